"""The documentation says what the code does."""

import re
import shlex
from argparse import ArgumentParser, _SubParsersAction
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path

import pytest

from gatehouse.access.access_requests import DECISIONS, SUBMITTABLE
from gatehouse.cli.parser import build_parser
from gatehouse.config.env import SETTINGS
from gatehouse.hub_api.api import api

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parents[2]
NEVER = "\N{EN DASH}"
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")]


def rows(page: str) -> list[list[str]]:
    """Give the cells of all table rows of a page."""
    lines = (ROOT / page).read_text().splitlines()
    return [[cell.strip() for cell in line.strip("|").split("|")] for line in lines if line.startswith("|")]


def commands(parser: ArgumentParser, words: str = "gatehouse") -> Iterator[tuple[str, ArgumentParser]]:
    groups = [action for action in parser._actions if isinstance(action, _SubParsersAction)]
    if not groups:
        yield words, parser
    for name, below in groups[0].choices.items() if groups else ():
        yield from commands(below, f"{words} {name}")


def test_the_settings_page_has_every_setting_with_its_default_and_meaning() -> None:
    expected = []
    for setting in SETTINGS.values():
        default = f"`{setting.default}`" if setting.default else ""
        example = f" Example: `{setting.example}`." if setting.example else ""
        expected.append([f"`{setting.name}`", default, setting.help + example])
    assert [row for row in rows("docs/settings.md") if row[0].startswith("`")] == expected


def test_the_administrators_page_has_every_command_with_its_options() -> None:
    described = {row[0].strip("`"): row[1] for row in rows("docs/administer.md") if row[0].startswith("`gatehouse ")}
    for words, parser in commands(build_parser()):
        positional = [action.metavar for action in parser._actions if not action.option_strings]
        text = described.pop(" ".join([words, *map(str, positional)]))
        options = {option for action in parser._actions for option in action.option_strings}
        assert options - {"-h", "--help", "--data"} <= set(re.findall(r"--[a-z-]+", text)), words
    assert described == {}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_line_in_the_documentation_is_understood(page: Path) -> None:
    for line in page.read_text().splitlines():
        words = re.fullmatch(r" +(?:.*\||TOKEN=\$\()? *(?:\.venv/bin/)?gatehouse ([^<)]*).*", line)
        if words:
            build_parser().parse_args(shlex.split(words[1]))


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)#]*)[^)]*\)", page.read_text()):
        if link and "://" not in link:
            assert (page.parent / link).exists(), link


def test_the_review_page_has_the_states_and_verbs_of_the_code() -> None:
    table = rows("docs/review-requests.md")
    head = next(row for row in table if row[0] == "from")
    states = {row[0]: dict(zip(head[1:], row[1:], strict=True)) for row in table if row[0] in {*DECISIONS, "nothing"}}
    assert states.keys() == {*DECISIONS, "nothing"}
    for state, cells in states.items():
        for after, decision in DECISIONS.items():
            assert cells[decision.verb] == (after if state in decision.before else NEVER), (state, decision.verb)
        asks_anew = ("" if state == "nothing" else state) in SUBMITTABLE
        assert cells["ask"] == ("pending, or accepted in automatic mode" if asks_anew else "no change")


def test_the_api_page_has_every_endpoint() -> None:
    def shape(endpoint: str) -> str:
        return re.sub(r"\{[^}]*\}", "{}", endpoint.replace("/api/{repo}", "/api/models/{}"))

    methods = api.get_openapi_schema(path_prefix="/api/")["paths"].items()
    offered = {shape(f"{method.upper()} {path}") for path, below in methods for method in below}
    text = (ROOT / "docs/api.md").read_text()
    described = {shape(found) for found in re.findall(r"`((?:GET|POST|PUT|PATCH|DELETE) /api/[^`]*)`", text)}
    assert described == offered


UNITS = {"KiB": 2**10, "MiB": 2**20, "GiB": 2**30, "TiB": 2**40}


def test_the_limits_page_has_the_numbers_of_the_code() -> None:
    described = [row for row in rows("docs/limits.md") if re.fullmatch(r"`[\w.]+\.[A-Z_]+`", row[-1])]
    assert len(described) > 20
    for what, limit, constant in described:
        module, _, name = constant.strip("`").rpartition(".")
        number, _, unit = limit.partition(" ")
        assert int(number) * UNITS.get(unit, 1) == getattr(import_module(f"gatehouse.{module}"), name), what


def test_the_limits_page_has_the_defaults_of_the_rates() -> None:
    described = {row[2].strip("`"): row[3] for row in rows("docs/limits.md") if "GATEHOUSE_RATE_" in row[2]}
    assert described == {name: setting.default for name, setting in SETTINGS.items() if "_RATE_" in name}
