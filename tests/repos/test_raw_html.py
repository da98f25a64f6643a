"""Authors' HTML in good order."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.repos.raw_html import MAX_DEPTH, MAX_RAW_TAGS, RawHtml

pytestmark = pytest.mark.once


@pytest.mark.parametrize(
    ("written", "passed"),
    [
        ("<b>x</b>", "<b>x</b>"),
        ("<B>x</B >", "<b>x</b>"),
        ("<b>x<i>y</b>", "<b>x<i>y</i></b>"),
        ("x</b>", "x"),
        ("<br/><hr>", "<br><hr>"),
        ('<a name="x"/>y', '<a name="x"></a>y'),
        ("<ul><li>a<li>b</ul>", "<ul><li>a</li><li>b</li></ul>"),
        ("<tr><td>1<th>2<tr><td>3", "<tr><td>1</td><th>2</th></tr><tr><td>3"),
        ("<p>a<p>b", "<p>a</p><p>b"),
        ("a<!-- <b> -->c", "ac"),
        ("a<!-- <b>", "a"),
        ("a < b <3", "a &lt; b &lt;3"),
        ("<script>x</SCRIPT >y", "y"),
        ("<style>x", ""),
        ("<blink>x</blink>", "x"),
        ("<img src='a>b' alt=c>", "<img src='a>b' alt=c>"),
        ("<a " + "b=1 " * 21 + ">", "&lt;a " + "b=1 " * 21 + ">"),
        ("<!doctype html><?php ?>", "&lt;!doctype html>&lt;?php ?>"),
    ],
)
def test_it_passes_on_what_is_well_formed(written: str, passed: str) -> None:
    assert RawHtml().pass_on(written) == passed


def test_it_remembers_open_tags_between_pieces() -> None:
    raw = RawHtml()
    assert raw.pass_on("<details><b>") == "<details><b>"
    assert raw.close_formatting() == "</b>"
    assert raw.pass_on("</b></details>") == "</details>"
    assert raw.close_all() == ""


def test_it_goes_only_so_deep() -> None:
    assert RawHtml().pass_on("<div>" * 1000).count("<div>") == MAX_DEPTH


def test_it_passes_on_only_so_many_tags() -> None:
    assert RawHtml().pass_on("<br>" * 50_000).count("<br>") == MAX_RAW_TAGS


@given(
    st.lists(
        st.sampled_from(
            ["<b>", "</b>", "<p>", "</p>", "<li>", "<td>", "<tr>", "</table>", "<br>", "x", "<!--", "-->", "<i a='>'>"]
        )
    ).map("".join)
)
def test_it_is_always_well_nested(written: str) -> None:
    raw = RawHtml()
    open_tags: list[str] = []
    for close, name in re.findall(r"<(/?)([a-z]+)", raw.pass_on(written)):
        if close:
            assert open_tags.pop() == name
        elif name != "br":
            open_tags.append(name)
    assert raw.close_all() == "".join(f"</{name}>" for name in reversed(open_tags) if name != "p")
