"""Heads of READMEs as people really write them, and YAML that means harm."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.repos.front_matter import parse, split

pytestmark = pytest.mark.once

HEAD = "license: mit\ntags:\n- speech\n"
DATA = {"license": "mit", "tags": ["speech"]}


def head(yaml_text: str) -> str:
    return f"---\n{yaml_text}\n---\n# Weights\n"


@pytest.mark.parametrize(
    "text",
    [
        f"---\n{HEAD}---\n# Weights",
        f"---  \n{HEAD}---\t\n# Weights",
        f"\ufeff---\n{HEAD}---\n# Weights",
        f"\n\n---\n{HEAD}---\n# Weights",
        f"<!-- made by a tool -->\n---\n{HEAD}---\n# Weights",
        f"<!-- made\nby a tool\n-->\n\n---\n{HEAD}---\n# Weights",
        f"# a comment\n---\n{HEAD}---\n# Weights",
        f"<<<<<<< HEAD\n---\n{HEAD}---\n# Weights",
        f"=======\n---\n{HEAD}---\n# Weights",
        f"---\n{HEAD}---\n# Weights".replace("\n", "\r\n"),
        f"---\n{HEAD}---\n# Weights".replace("\n", "\r"),
        f"---\n{HEAD}---\n# Weights".encode(),
        b"\xef\xbb\xbf---\n" + HEAD.encode() + b"---\n# Weights",
    ],
)
def test_it_finds_the_head(text: str | bytes) -> None:
    card = parse(text)
    assert (card.data, card.body, card.problem) == (DATA, "# Weights", None)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# Weights\n",
        "# Weights\n---\n\nText under a ruler.\n\n---\n",
        "---\n\nA ruler, then text.\n\n---\n",
        "---\n\n# A ruler, then a heading\n",
        "Text first.\n---\nlicense: mit\n---\n",
        "----\nlicense: mit\n----\n",
        "<!-- half a comment --> words\n---\nlicense: mit\n---\n",
    ],
)
def test_it_leaves_text_without_a_head_alone(text: str) -> None:
    card = parse(text)
    assert (card.data, card.body, card.problem, card.warnings) == ({}, text, None, ())


def test_it_reads_an_empty_head() -> None:
    assert parse("---\n---\nText").data == {}
    assert parse("---\n---\nText").body == "Text"


def test_it_reads_up_to_the_text_when_the_closing_dashes_are_missing() -> None:
    card = parse(f"---\n{HEAD}\n# Weights\n\nSome text.\n")
    assert (card.data, card.body) == (DATA, "\n# Weights\n\nSome text.\n")
    assert "not closed" in card.warnings[0]


def test_it_is_not_fooled_by_a_ruler_further_down() -> None:
    card = parse(f"---\n{HEAD}\n# Weights\n\nSome text.\n\n---\n\nMore text.\n")
    assert card.data == DATA
    assert card.body == "\n# Weights\n\nSome text.\n\n---\n\nMore text.\n"


def test_it_tells_of_a_leftover_before_the_head() -> None:
    assert parse(f"<<<<<<< HEAD\n---\n{HEAD}---\n").warnings == ("Line 1 is a leftover of a merge conflict.",)
    assert "stands before the metadata" in parse(f"# note\n---\n{HEAD}---\n").warnings[0]


@pytest.mark.parametrize(
    ("yaml_text", "words"),
    [
        ("a: 1\nb: c: d", "line 3"),
        ("\ttags: x", "indent with spaces"),
        ("a: [1, 2", "not closed"),
        ("a: 'x", "quote"),
        ("a: 1\n<<<<<<< HEAD\nb: 2\n=======\nb: 3\n>>>>>>> other", "merge conflict (line 3)"),
        ("- a\n- b", "`key: value`"),
        ("{a: 1} trailing", "line 2"),
        ("a: 1\n--- # more\nb: 2", "more than one YAML document (line 3)"),
        ("a: *nowhere", "no anchor"),
        ("a: \x01", "cannot be read"),
    ],
)
def test_it_says_in_one_sentence_what_is_broken(yaml_text: str, words: str) -> None:
    card = parse(head(yaml_text))
    assert card.problem
    assert words in card.problem
    assert "\n" not in card.problem
    assert (card.data, card.body) == ({}, "# Weights\n")


def test_it_counts_lines_of_the_readme_and_not_of_the_head() -> None:
    assert "line 5" in (parse("\n\n---\na: 1\nb: c: d\n---\n").problem or "")


def test_it_keeps_words_as_they_are_written() -> None:
    data = parse(head("No: checkbox\nlanguage: no\nyes: on\n1.0: x\nnull: y\n~: z\n'true': q\nday: 2024-01-31\n")).data
    assert data == {
        "No": "checkbox", "language": "no", "yes": "on", "1.0": "x", "null": "y", "~": "z", "true": "q",
        "day": "2024-01-31",
    }  # fmt: skip


def test_it_reads_numbers_and_truth() -> None:
    data = parse(head("a: 3\nb: -1.5\nc: true\nd: False\ne: ~\nf:\ng: 0x10\nh: '3'\ni: 007\nj: 1_000\nk: 2e3")).data
    assert list(data.values()) == [3, -1.5, True, False, None, None, 16, "3", "007", "1_000", 2000.0]


def test_it_makes_odd_values_fit_for_json() -> None:
    data = parse(
        head("a: .nan\nb: 1e999\nc: !!binary aGk=\nd: !!set {x, y}\ne: !!timestamp 2024-01-31\nf: !mine {g: 1}")
    ).data
    assert data == {"a": ".nan", "b": "1e999", "c": "aGk=", "d": ["x", "y"], "e": "2024-01-31", "f": {"g": 1}}


def test_it_builds_no_objects() -> None:
    data = parse(head("a: !!python/object/apply:os.system [x]\nb: !!python/name:os.system x")).data
    assert data == {"a": ["x"], "b": "x"}


def test_it_replaces_what_no_database_stores() -> None:
    assert parse(head('a: "x\\0y"')).data == {"a": "x\N{REPLACEMENT CHARACTER}y"}
    assert parse("---\na: x\ud800\n---\n").data == {"a": "x?"}


def test_it_keeps_the_order_of_keys() -> None:
    assert list(parse(head("z: 1\na: 2\nm: 3")).data) == ["z", "a", "m"]


def test_it_reads_long_keys() -> None:
    label = "I have read the terms and agree to every one of them " * 5
    assert list(parse(head(f"? {label}\n: checkbox")).data) == [label.strip()]
    assert parse(head("? [a, b]\n: 1")).data == {'["a", "b"]': 1}


def test_it_merges_keys_where_the_author_asks_for_it() -> None:
    data = parse(head("base: &b {x: 1, y: 2}\nmine: {<<: *b, y: 3}\nall:\n  <<: [*b, {z: 4}]")).data
    assert (data["mine"], data["all"]) == ({"y": 3, "x": 1}, {"x": 1, "y": 2, "z": 4})
    assert parse(head("a: 1\n<<: text")).data == {"a": 1, "<<": "text"}


def test_it_keeps_the_last_of_two_equal_keys_and_says_so() -> None:
    card = parse(head("license: mit\ntags: []\nlicense: gemma"))
    assert card.data == {"license": "gemma", "tags": []}
    assert card.problem == '"license" is given twice (line 4); the last one counts.'


def test_it_refuses_a_head_of_two_megabytes() -> None:
    card = parse(head(f"extra_gated_prompt: {'x' * 2 * 1024 * 1024}"))
    assert card.problem == "The metadata is 2048 KiB long; at most 1024 KiB are read."
    assert (card.data, card.body) == ({}, "# Weights\n")


@pytest.mark.parametrize(
    "yaml_text",
    [
        "a0: &a0 [x,x,x,x,x,x,x,x,x]\n"
        + "\n".join(f"a{n}: &a{n} [{','.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)),
        "a: &a " + "x" * 100_000 + "\nb: [" + "*a," * 90 + "]",
        "a: &a [1]\nb: [" + "*a," * 101 + "]",
        "a: &a [*a]",
        "a: " + "[" * 60 + "]" * 60,
        "a: " + "[" * 200_000,
        "a:" + "".join(f"\n{' ' * n}b:" for n in range(1, 60)),
        "a: [" + "x," * 100_001 + "]",
    ],
)
def test_it_refuses_yaml_that_grows(yaml_text: str) -> None:
    card = parse(head(yaml_text))
    assert card.data == {}
    assert card.problem


def test_it_reads_a_dataset_with_thousands_of_configurations() -> None:
    configs = "".join(f"- config_name: c{n}\n  data_files:\n  - split: train\n    path: c{n}/*\n" for n in range(4000))
    assert len(parse(head(f"configs:\n{configs}")).data["configs"]) == 4000


@given(st.text() | st.text(alphabet="---\n:ab[]{}&*!?|>'\"# \t\r\ufeff<>=") | st.binary())
def test_it_never_raises(text: str | bytes) -> None:
    for each in (parse(text), parse(b"---\n" + text + b"\n---\n" if isinstance(text, bytes) else head(text))):
        json.dumps(each.data, allow_nan=False).encode()
        assert "\0" not in str(each.data)


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=20,
)


@given(st.dictionaries(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1), json_values))
def test_it_reads_json_as_yaml(data: dict[str, object]) -> None:
    assert list(parse(head(json.dumps(data))).data) in ([], list(data))


@given(st.text())
def test_it_loses_no_text(text: str) -> None:
    front = split(head("license: mit") + text)
    assert front.body == "# Weights\n" + text.encode("utf-8", "replace").decode().replace("\r\n", "\n").replace(
        "\r", "\n"
    )
