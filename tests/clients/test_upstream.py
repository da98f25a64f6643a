"""The tests of huggingface_hub itself pass against this hub, but for those that upstream/selection.toml leaves out.

`WRITE_DOCS=1 pytest tests/clients/test_upstream.py` writes the table of docs/compatibility.md anew.
"""

import os
import re
from collections import Counter
from pathlib import Path

import pytest

from clients import running, upstream_suite
from clients.upstream_suite import LEFT_OUT, SELECTION, Result
from live import LiveServer

pytestmark = [pytest.mark.client, pytest.mark.once, pytest.mark.timeout(upstream_suite.SECONDS + 60)]
PAGE = Path(__file__).parents[2] / "docs" / "compatibility.md"
HEAD, FOOT = "<!-- written by tests/clients/test_upstream.py -->\n", "<!-- end -->\n"


@pytest.fixture(scope="module")
def results(tmp_path_factory: pytest.TempPathFactory) -> list[Result]:
    """Run them once."""
    folder = tmp_path_factory.mktemp("upstream")
    with LiveServer(folder) as server:
        env = running.environment(folder / "home", server.url)
        return upstream_suite.run_upstream(server, env, folder / "suite")


def reason(result: Result) -> str:
    """Why a test that did not pass is not held against the hub."""
    if result.outcome != "skipped":
        return result.why
    return "reads what is on huggingface.co" if result.why.startswith("reads") else "skipped by upstream"


def row(group: str, results: list[Result]) -> str:
    """Tell how the tests of one class ended."""
    file, _, name = group.partition("::")
    reasons = Counter(reason(result) for result in results if result.outcome != "passed")
    passed = sum(result.outcome == "passed" for result in results)
    left_out = "; ".join(f"{number}: {why}" for why, number in sorted(reasons.items()))
    return f"| `{name or file}` | {passed or ''} | {left_out} |"


def table(results: list[Result]) -> str:
    """Tell of every class that has something to do with a hub, and of every file that was left out."""
    groups: dict[str, list[Result]] = {}
    for result in results:
        groups.setdefault(result.group, []).append(result)
    lines = ["| tests | passed | left out, and why |", "|---|---|---|"]
    lines += [row(group, found) for group, found in groups.items() if any(r.asked or r.why for r in found)]
    for why, files in SELECTION["files_left_out"].items():
        lines += [f"| `{file}` | | all: {why} |" for file in files]
    return "\n".join(lines) + "\n"


def test_all_that_concern_this_hub_pass(results: list[Result]) -> None:
    failed = [f"{result.name}: {result.why}" for result in results if result.outcome == "failed"]
    assert not failed, "\n".join(failed)
    assert sum(result.asked for result in results if result.outcome == "passed") > 150


def test_nothing_is_left_out_that_passes_or_is_not_there(results: list[Result]) -> None:
    for name in LEFT_OUT:
        ended = {result.outcome for result in results if re.match(rf"{re.escape(name)}(::|\[|$)", result.name)}
        assert "xfail" in ended, f"{name} is not there any more"
        assert "passed" not in ended, f"{name} passes"


def test_the_page_says_what_passed(results: list[Result]) -> None:
    page = PAGE.read_text(encoding="utf-8")
    before, _, rest = page.partition(HEAD)
    found = before + HEAD + table(results) + FOOT + rest.partition(FOOT)[2]
    if os.environ.get("WRITE_DOCS"):
        PAGE.write_text(found, encoding="utf-8")
    assert PAGE.read_text(encoding="utf-8") == found
