"""transformers and datasets: what the scripts load and push."""

from pathlib import Path

import pytest

from clients.running import needs_torch, program, run

pytestmark = pytest.mark.client
RUN = Path(__file__).with_name("scripts") / "run.py"


@pytest.mark.parametrize("script", ["transformers_texts", "transformers_models", "datasets_tables"])
def test_the_day(script: str, day: dict[str, str]) -> None:
    if script == "transformers_models":
        needs_torch()
    run([program("transformers", "python"), RUN, script], day)
