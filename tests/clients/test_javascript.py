"""A usual day with `@huggingface/hub`: what the script does and checks."""

from pathlib import Path

import pytest

from clients.running import run_js

pytestmark = pytest.mark.client
SCRIPT = Path(__file__).with_name("scripts") / "hub.mjs"


def test_the_day(day: dict[str, str]) -> None:
    run_js(SCRIPT.read_text(), day)
