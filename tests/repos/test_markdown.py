"""Cards as pages show them: rich, safe, and never slow."""

import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gatehouse.repos import markdown
from gatehouse.repos.markdown import CUT, render, render_inline_prompt

pytestmark = pytest.mark.once


def html(text: str, directory: str = "") -> str:
    return render(
        text, link_base="/org/name/blob/main/", image_base="/org/name/resolve/main/", directory=directory
    ).strip()


def text_only(page: str) -> str:
    return re.sub(r"<[^>]+>", "", page)


@pytest.mark.parametrize(
    ("text", "part"),
    [
        ("**bold** ~~gone~~ `code`", "<p><strong>bold</strong> <s>gone</s> <code>code</code></p>"),
        ("a|b\n:-|-:\n1|2", '<td align="right">2</td>'),
        ("- [x] done", '<input class="task-list-item-checkbox" disabled="" type="checkbox" checked="" aria-label="done"> done'),
        ("a[^1]\n\n[^1]: note", '<li id="user-content-fn1" class="footnote-item"><p>note'),
        ("a[^1]\n\n[^1]: note", '<a href="#user-content-fn1" id="user-content-fnref1"'),
        ("so $a<b$ is", '<span class="math inline"><math display="inline"><mrow><mi>a</mi><mo>&lt;</mo><mi>b</mi></mrow></math></span>'),
        ("$$\nx^2\n$$", '<div class="math block"><math display="block"><mrow><msup><mi>x</mi><mn>2</mn></msup></mrow></math></div>'),
        ("no $\\frac$ formula", '<span class="math inline">\\frac</span>'),
        ("it costs $5 or $6", "<p>it costs $5 or $6</p>"),
        ("> [!Note]\n> mind", '<div class="markdown-alert markdown-alert-note">'),
        ("```python\ndef f(): pass\n```", '<pre class="highlight"><code><span class="k">def</span>'),
        ("```nothing\n<b>\n```", '<pre class="highlight"><code>&lt;b&gt;\n</code></pre>'),
        ("    <b>", "<pre><code>&lt;b&gt;\n</code></pre>"),
        ("see https://a.example/b_(c).", '<a href="https://a.example/b_(c)" rel="nofollow noopener ugc">'),
        ("<details open><summary>s</summary>\n\n*t*\n\n</details>", '<details open=""><summary>s</summary>\n<p><em>t</em></p>'),
        ('<div align="center"><img src="a.png" width="80%"></div>', '<img src="/org/name/resolve/main/a.png" width="80%"'),
        ("line<br>break", "line<br>break"),
    ],
)  # fmt: skip
def test_it_renders(text: str, part: str) -> None:
    assert part in html(text)


def test_it_leaves_out_the_metadata() -> None:
    assert text_only(html("---\nlicense: mit\n---\n# Hi")) == "Hi"


def test_a_heading_links_to_itself_for_pointers_alone() -> None:
    link = '<a href="#user-content-hi" class="heading-link" aria-hidden="true" tabindex="-1" rel="nofollow noopener ugc"></a>'
    assert html("# Hi") == f'<h1 id="user-content-hi">Hi{link}</h1>'


def test_it_numbers_equal_headings_and_prefixes_every_id() -> None:
    page = html('# My `Model`, v2\n## My Model v2\n# ???\n<p id="nav" name="x">t</p>\n\n<a name="old" id="nav2"></a>')
    assert re.findall(r'(?:id|name)="([^"]*)"', page) == [
        "user-content-my-model-v2", "user-content-my-model-v2-1", "user-content-section", "user-content-nav",
        "user-content-old", "user-content-nav2",
    ]  # fmt: skip


@pytest.mark.parametrize(
    "formula",
    [r"\text{<script>alert(1)</script>}", r"\href{javascript:alert(1)}{y}", r"\style{background:url(x)}{y}",
     r"\class{site-header}{y}", r"\newcommand{\a}{\a\a}\a", "{" * 500 + "x" + "}" * 500, "a" * 5000],
)  # fmt: skip
def test_a_formula_is_a_formula_and_nothing_else(formula: str) -> None:
    page = html(f"$$\n{formula}\n$$")
    assert "<script" not in page
    assert not re.search(r"<[^>]*(href|style|class=.site)", page)


def test_many_formulas_take_little_time() -> None:
    begin = time.perf_counter()
    html("\n\n".join(f"$$\n\\frac{{x_{n}}}{{{n}}}\n$$" for n in range(3000)))
    assert time.perf_counter() - begin < 3


def test_it_renders_ten_thousand_equal_headings() -> None:
    assert html("# a\n" * 10_000).count("<h1") == 10_000


@pytest.mark.parametrize(
    ("written", "leads_to"),
    [
        ("docs/use.md", "/org/name/blob/main/docs/use.md"),
        ("./docs/", "/org/name/blob/main/docs/"),
        ("use.md?x=1#part", "/org/name/blob/main/use.md?x=1#part"),
        ("../../../etc/passwd", "/org/name/blob/main/etc/passwd"),
        ("a/../../b", "/org/name/blob/main/b"),
        ("%2e%2e/%2E%2E/x", "/org/name/blob/main/x"),
        ("a%2f..%2f..%2fx", "/org/name/blob/main/a%2F..%2F..%2Fx"),
        ("a%20b", "/org/name/blob/main/a%20b"),
        ("/org/other", "/org/other"),
        ("//evil.example/x", "https://evil.example/x"),
        ("/%5Cevil.example", "/%5Cevil.example"),
        ("#my-part", "#user-content-my-part"),
        ("https://a.example/?q=1", "https://a.example/?q=1"),
        ("mailto:a@b.example", "mailto:a@b.example"),
    ],
)
def test_it_resolves_links(written: str, leads_to: str) -> None:
    assert f'<a href="{leads_to}" rel="nofollow noopener ugc">x</a>' in html(f"[x]({written})")
    assert f'<a href="{leads_to}" rel="nofollow noopener ugc">x</a>' in html(f'<a href="{written}">x</a>')


def test_it_resolves_from_the_folder_of_the_text() -> None:
    assert 'href="/org/name/blob/main/b.md"' in html("[x](../b.md)", directory="docs")
    assert 'src="/org/name/resolve/main/docs/fig/a.png"' in html("![x](fig/a.png)", directory="docs/")


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JaVaScRiPt:alert(1)", "java\tscript:alert(1)", "&#106;avascript:alert(1)", "\x01javascript:alert(1)",
     "vbscript:x", "data:text/html,x", "file:///etc/passwd", "ftp://a.example", "blob:x"],
)  # fmt: skip
def test_it_links_to_no_script(address: str) -> None:
    page = html(f'<a href="{address}">x</a> [x](<{address}>)')
    assert not re.search(r'href="(?!/|https?:)', page)


@pytest.mark.parametrize(
    ("written", "shown"),
    [
        ("data:image/png;base64,AAAA", 'src="data:image/png;base64,AAAA"'),
        ("data:image/svg+xml;base64,AAAA", None),
        ("data:text/html;base64,AAAA", None),
        ("https://a.example/b.png", 'src="https://a.example/b.png"'),
        ("../../a.png", 'src="/org/name/resolve/main/a.png"'),
        ("javascript:x", None),
    ],
)
def test_it_shows_images_from_safe_addresses_only(written: str, shown: str | None) -> None:
    page = html(f'<img src="{written}">')
    assert shown in page if shown else "src=" not in page


def test_it_resolves_every_image_of_a_picture() -> None:
    page = html('<picture><source media="(a)" srcset="a.png 1x, javascript:x 2x, b.png"><img src="c.png"></picture>')
    assert 'srcset="/org/name/resolve/main/a.png 1x, /org/name/resolve/main/b.png"' in page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>x",
        "<ScRiPt src=//evil.example>x",
        "<img src=x onerror=alert(1)>",
        "<svg><script>alert(1)</script></svg>",
        "<math><mi xlink:href='javascript:alert(1)'>x</mi></math>",
        "<style>*{display:none}</style>",
        '<p style="position:fixed">x</p>',
        '<p class="navbar">x</p>',
        "<iframe src=//evil.example></iframe>",
        "<form action=/settings method=post><input name=a><button>x</button></form>",
        "<input type=text name=password>",
        "<object data=x></object><embed src=x>",
        "<base href=//evil.example>",
        "<meta http-equiv=refresh content=0>",
        "<link rel=stylesheet href=x>",
        "<a href=x target=_blank onclick=x>y</a>",
        "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
        "<textarea></textarea><title></title><xmp>",
        "<details ontoggle=alert(1) open>",
        "<!--><img src=x onerror=alert(1)>-->",
        "`<script>`\n```html\n<script>alert(1)</script>\n```",
        '[x]: x "<script>"\n\n[x] ![<script>](y)',
    ],
)
def test_it_lets_nothing_dangerous_through(text: str) -> None:
    for page in (html(text), render_inline_prompt(text)):
        check_safe(page)


TAG = re.compile(r"<[^>]*>")
ALLOWED_INPUT = re.compile(
    r'<input class="task-list-item-checkbox" disabled="" type="checkbox"( checked="")? aria-label="(done|to do)">'
)


def check_safe(page: str) -> None:
    """Look at what is markup; text may say anything."""
    for tag in TAG.findall(re.sub(r'"[^"]*"', lambda quoted: quoted[0].replace(">", ""), page)):
        name = tag.strip("</>").split()[0].lower() if tag.strip("</> ") else ""
        assert name not in {
            "script",
            "style",
            "iframe",
            "form",
            "button",
            "object",
            "embed",
            "base",
            "meta",
            "link",
            "svg",
        }
        assert name != "input" or ALLOWED_INPUT.fullmatch(tag)
        attributes = re.findall(r'\s([\w:-]+)="([^"]*)"', tag)
        for attribute, value in attributes:
            assert not attribute.startswith("on")
            assert attribute not in {"style", "target", "action"}
            assert attribute not in {"href", "src", "srcset"} or re.match(
                r"#|/|https?:|mailto:|data:image/(png|jpeg|gif|webp);", value
            )
            assert attribute not in {"id", "name"} or value.startswith("user-content-")
            assert attribute != "class" or "navbar" not in value


soup = st.lists(
    st.sampled_from(
        ["<script>", "</script>", "<img src=", "javascript:", "onerror=", "alert(1)", ">", "<", "'", '"', "`", "```\n", "[a](", ")", "![", "]", "<a href=", "\n", "\n\n",
         "<p ", "<svg", "<style>", "&lt;", "&#106;", "<!--", "-->", "- [x] ", "|", "|-|\n", "$", "$$", "[^1]", "[^1]: ", "# ", "> ", "<div>", "</div>", "<b ", "x", " ", "=", "/",
         "<details open", "<table><td>", "</table>", "<input type=text ", "\0", "\t", "data:text/html,", "style=", "id=a ", "class=navbar "]
    )
    | st.text(max_size=8)
).map("".join)  # fmt: skip


@given(soup | st.text())
def test_its_output_is_safe_whatever_comes_in(text: str) -> None:
    check_safe(html(text))
    check_safe(render_inline_prompt(text))


def test_a_prompt_has_no_ids_and_no_pictures_of_the_repo() -> None:
    text = "# Terms\n\n[a](b.md) ![c](d.png) [e](https://f.example)"
    page = render_inline_prompt(text, link_base="/alice/tern/blob/main/")
    assert "id=" not in page
    assert 'href="/alice/tern/blob/main/b.md"' in page
    assert "b.md" not in render_inline_prompt(text)
    assert "d.png" not in page
    assert 'href="https://f.example"' in page


def test_it_links_no_address_twice() -> None:
    assert (
        html("[https://a.example](https://b.example) <a href='https://c.example'>https://d.example</a>").count("<a ")
        == 2
    )
    assert "<a " not in html("`https://a.example`")


def test_it_cuts_a_text_that_is_too_long() -> None:
    page = render("word " * 300_000, link_base="/", image_base="/")
    assert page.endswith(CUT)
    assert len(page) < 1_100_000
    assert CUT not in render("word " * 200_000, link_base="/", image_base="/")


@pytest.mark.parametrize(
    "text",
    [
        "[" * 10_000 + "]" * 10_000, "> " * 10_000 + "x", "- " * 10_000 + "x", "![" * 10_000, "*a " * 20_000, "`" * 10_000 + "a",
        "<div>" * 20_000, "<b>" * 20_000, "<a " * 20_000, "<!--" * 20_000, "<script>" * 10_000, "[^a]: b\n" * 10_000,
        "\n- $$>" * 8_000, "$$a\n" * 20_000, "a|b\n-|-\n" + "|" * 20_000, ("|a" * 200 + "\n" + "|-" * 200 + "\n" + "a\n" * 300 + "\n") * 50,
        "[a](" * 10_000, "http://a.b(" * 10_000, "a@b" * 20_000, ":" * 50_000, "\n" * 100_000, "&" * 50_000, "\\" * 50_000,
        "```c\n" + "\n" * 9_000 + "```\n", "```ts\n" + "?" * 9_000 + "\n```\n", "<a " + "b=1 " * 100_000 + ">",
        "".join("    " * n + "- a\n" for n in range(300)), "# a\n" * 10_000, f"[a]: /{'x' * 500_000} '{'y' * 400_000}'\n\n" + "[a]" * 10_000, "[a]: b\n" * 10_000 + "[a]" * 10_000,
        "<p>" + "".join(f"<b title={n}>" for n in range(3_000)) + "</p>\n\n" + "x\n\n" * 3_000, "<table><b title=1><tr><td>" * 3_000,
    ],
)  # fmt: skip
def test_odd_text_costs_neither_time_nor_size(text: str) -> None:
    started = time.process_time()
    page = html(text)
    assert time.process_time() - started < 5
    assert len(page) < 40 * len(text) + 1000


def test_it_fills_up_short_rows_within_reason() -> None:
    page = html("|a" * 200 + "\n" + "|-" * 200 + "\n" + "a\n" * 300)
    assert markdown.MAX_CELLS - 1000 < page.count("<td>") <= markdown.MAX_CELLS
    assert page.endswith("a\na\na</p>")


def test_it_stops_at_a_number_of_marks() -> None:
    page = html("*a* " * markdown.MAX_MARKS)
    assert page.endswith(CUT.strip())
    assert page.count("<em>") == markdown.MAX_MARKS // 2


def test_a_text_of_nothing_but_headings_does_not_grow_into_megabytes() -> None:
    written = "# a\n" * 50_000
    html = markdown.render(written, link_base="/a/b/blob/main/", image_base="/a/b/resolve/main/")
    assert html.count('class="heading-link"') == markdown.MAX_HEADING_LINKS
    assert len(html) < 5 * len(written)
