"""Whatever bytes come as a commit: they are one, or they are refused."""

import json
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.hub_api import commit_lines
from gatehouse.hub_api.commit_lines import read_lines, split_lines
from gatehouse.storage.errors import Refusal

pytestmark = pytest.mark.once

words = st.text(max_size=20)
values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | words
    | st.sampled_from(["a.txt", "base64", "utf-8", "sha256", "aGk=", "ab" * 32]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(words, inner, max_size=3),
    max_leaves=5,
)
names = st.sampled_from(
    ["path", "content", "encoding", "oldPath", "oid", "size", "algo", "summary", "description", "parentCommit"]
)
keys = st.sampled_from(["header", "file", "lfsFile", "deletedFile", "deletedFolder", "deletedEntry", "x"])
items = st.fixed_dictionaries({"key": keys, "value": st.dictionaries(names, values) | values})
lines = st.one_of(
    items.map(lambda item: json.dumps(item).encode()), values.map(lambda v: json.dumps(v).encode()), st.binary()
)
HEADER = b'{"key":"header","value":{"summary":"x"}}'


@given(st.booleans(), st.lists(lines, max_size=5))
def test_any_lines_are_operations_or_a_refusal(begins_well, rest):
    body = b"\n".join([HEADER, *rest] if begins_well else rest)
    with suppress(Refusal):
        header, operations = read_lines([body])
        for operation in operations:
            assert isinstance(operation.path, str)
            if isinstance(operation, commit_lines.FileLine):
                operation.data()
        assert header.message.encode()


@given(st.lists(st.sampled_from([b"", b"a", b"\n", b"bc\nd", b"\r\n", b"\n\n"])))
def test_lines_do_not_depend_on_where_blocks_end(blocks):
    whole = [line.strip() for line in b"".join(blocks).split(b"\n") if line.strip()]
    assert list(split_lines(blocks)) == whole


def test_one_line_is_in_memory_at_a_time():
    given_out = []

    def blocks():
        for number in range(1000):
            yield b'{"key":"file","value":{"path":"%d","content":""}}\n' % number if number else HEADER + b"\n"
            given_out.append(number)

    _, operations = read_lines(blocks())
    assert next(operations).path == "1"
    assert len(given_out) < 5


def test_a_line_without_end_is_not_awaited(monkeypatch):
    monkeypatch.setattr(commit_lines, "LONGEST_LINE", 100)
    endless = iter(lambda: b"x" * 60, None)
    with pytest.raises(Refusal, match="upload large files by LFS"):
        list(split_lines(endless))
