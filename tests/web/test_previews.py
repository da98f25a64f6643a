"""Files as their pages show them."""

import json
import struct

import pytest

from factories import make_repo
from gatehouse.repos import commits, possession, repositories
from gatehouse.storage.git_operations import Put
from gatehouse.storage.pointers import make_pointer
from gguf_files import gguf, string
from web_pages import text_of

TENSORS = {
    "__metadata__": {"format": "pt"},
    "embed.weight": {"dtype": "BF16", "shape": [1000, 64], "data_offsets": [0, 128000]},
    "norm": {"dtype": "F32", "shape": [64], "data_offsets": [128000, 128256]},
}
HEADER = json.dumps(TENSORS).encode()
SAFETENSORS = struct.pack("<Q", len(HEADER)) + HEADER + b"\0" * 2000
PIXEL = "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="


def code_cell(source, *outputs):
    return {"cell_type": "code", "execution_count": 7, "source": source, "outputs": list(outputs)}


NOTEBOOK = {
    "metadata": {"language_info": {"name": "python"}},
    "cells": [
        {"cell_type": "markdown", "source": ["# Study\n", "<script>alert(1)</script>\n\nSee [data](data.csv) and $x^2$."]},
        code_cell("def f(): pass", {"output_type": "stream", "text": ["printed <b>\n"]}),
        code_cell("plot()", {"output_type": "display_data", "data": {"image/png": PIXEL, "text/plain": "<Figure>"}}),
        code_cell("df", {"output_type": "execute_result", "data": {
            "text/html": "<style>x{}</style><table onclick='x()'><tr><td>cell</td></tr></table><script>1</script>"}}),
        code_cell("1/0", {"output_type": "error", "traceback": ["\x1b[31mZeroDivisionError\x1b[0m"]}),
    ],
}  # fmt: skip


@pytest.fixture
def show(browser, alice):
    """Give a function that commits a file and gives its page."""

    def shown(name, data, query=""):
        data = data.encode() if isinstance(data, str) else data
        repo = make_repo(alice, "open", files={name: data})
        return browser().get(f"/alice/open/blob/{repo.head}/{name}{query}")

    return shown


@pytest.fixture
def show_large(browser, alice):
    """Give a function that commits a large file and gives its page."""

    def shown(name, data):
        repo = make_repo(alice, "open")
        blob = repositories.blobs().receive([data])
        possession.take_in(repo.pk, blob, user_pk=alice.pk)
        commits.commit(repo, "main", [Put(name, make_pointer(blob.oid, blob.size))], user=alice, message="Weights")
        return browser().get(f"/alice/open/blob/main/{name}")

    return shown


def test_a_notebook_is_shown_and_runs_nothing(show):
    page = show("study.ipynb", json.dumps(NOTEBOOK))
    assert "[7]" in text_of(page)
    assert '<span class="k">def</span>' in page.text
    assert "printed &lt;b&gt;" in page.text
    assert f"data:image/png;base64,{PIXEL}" in page.text
    assert "<td>cell</td>" in page.text
    assert "ZeroDivisionError" in page.text
    assert "<math" in page.text
    for harm in ("alert(1)", "onclick", "<style", "\x1b"):
        assert harm not in page.text


@pytest.mark.parametrize(
    "book",
    ["{}", "[]", "nonsense", '{"cells": 1}', '{"cells": [1, {}, {"cell_type": "code", "outputs": 5, "source": {}}]}',
     '{"cells": [], "metadata": []}', '{"cells":[{"cell_type":"code","source":"x","outputs":[3,{"data":[]}]}]}'],
)  # fmt: skip
def test_an_odd_notebook_is_shown_as_it_is_written_or_as_far_as_it_goes(show, book):
    assert show("odd.ipynb", book).status_code == 200


@pytest.mark.parametrize(
    "output", [{"output_type": "stream", "text": "x"}, {"output_type": "display_data", "data": {"image/png": "="}}]
)
def test_of_a_notebook_made_of_crumbs_the_beginning_is_shown(show, output):
    page = show("crumbs.ipynb", json.dumps({"cells": [code_cell("", *[output] * 40_000)]}))
    assert page.status_code == 200
    assert len(page.content) < 2_000_000


def test_formulas_do_not_make_a_notebook_grow_without_end(show):
    cell = {"cell_type": "markdown", "source": "$x_1$ " * 6_000}
    assert len(show("formulas.ipynb", json.dumps({"cells": [cell] * 10})).content) < 1_500_000


HALF = "\ud800"
HALF_HEADER = json.dumps({HALF: {"dtype": f"F{HALF}", "shape": [1]}}).encode()


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("half.jsonl", json.dumps({HALF: HALF})),
        ("half.json", json.dumps([HALF, "x" * 3_000])),
        ("half.ipynb", json.dumps({"cells": [code_cell(HALF, {"output_type": "stream", "text": HALF})]})),
        ("raw.ipynb", json.dumps({"cells": [code_cell(HALF)]}, ensure_ascii=False).encode("utf-8", "surrogatepass")),
        ("half.safetensors", struct.pack("<Q", len(HALF_HEADER)) + HALF_HEADER),
    ],
)
def test_half_a_surrogate_pair_breaks_no_page(show, name, data):
    page = show(name, data)
    assert (page.status_code, "valid safetensors" in page.text) == (200, False)


def test_tensors_larger_than_any_number_are_told_to_be_bad(show):
    header = json.dumps({"t": {"dtype": "F32", "shape": [2**62] * 60}}).encode()
    assert "valid" in show("huge.safetensors", struct.pack("<Q", len(header)) + header).text


def test_deep_json_is_not_laid_out_beyond_measure(show):
    page = show("deep.json", "[" * 400 + "1," * 5_000 + "1" + "]" * 400)
    assert page.status_code == 200
    assert "Laid out" not in page.text


def test_a_notebook_can_be_read_as_it_is_written(show):
    assert "cell_type" in show("study.ipynb", json.dumps(NOTEBOOK), "?plain=1").text


def test_csv_is_a_table(show):
    page = text_of(show("birds.csv", 'name;weight\nwren;9\n"tern; arctic";110\n'))
    assert "Row name weight 1 wren 9 2 tern; arctic 110" in page


def test_json_lines_are_a_table_with_a_column_for_each_key(show):
    page = show("birds.jsonl", '{"name": "wren", "g": 9}\n{"name": "<b>", "wings": ["l", "r"]}\n')
    assert 'Row name g wings 1 wren 9 2 <b> ["l", "r"]' in text_of(page)
    assert "<b>" not in page.text


def test_of_a_long_table_the_beginning_is_shown(show_large):
    page = show_large("long.csv", b"a,b\n" + b"1,2\n" * 200_000)
    assert "Only the beginning of this file is shown." in page.text
    assert page.text.count("<tr>") == 201
    assert len(page.text) < 100_000


def test_what_is_no_table_is_shown_as_text(show):
    assert "not json" in show("broken.jsonl", "not json\n").text


def test_json_in_one_line_is_laid_out(show):
    page = show("vocab.json", json.dumps({f"word{n}": n for n in range(300)}))
    assert 'id="L302"' in page.text
    assert "Laid out" in page.text


@pytest.mark.parametrize("how", ["show", "show_large"])
def test_the_head_of_a_safetensors_file_is_shown(request, how):
    page = text_of(request.getfixturevalue(how)("model.safetensors", SAFETENSORS))
    assert "Parameters 64.1k Tensors 2 BF16 64k F32 64" in page
    assert "embed.weight BF16 1000 \u00d7 64 64,000" in page
    assert "format pt" in page


def test_the_head_of_a_gguf_file_is_shown(show_large):
    page = text_of(show_large("wren.gguf", gguf([("general.name", string("Wren"))], [("w", (8, 4), 12)]) + b"\0" * 999))
    assert "general.name Wren" in page
    assert "w Q4_K 8 \u00d7 4 32" in page


@pytest.mark.parametrize("name", ["x.safetensors", "x.gguf"])
@pytest.mark.parametrize(
    "data", [b"nonsense", b"\xff" * 100, struct.pack("<Q", 2) + b"[]", b'\x08\0\0\0\0\0\0\0{"a": 1}']
)
def test_a_bad_weight_file_is_told_to_be_bad(show, name, data):
    page = show(name, data)
    assert page.status_code == 200
    assert "valid" in page.text


def test_bytes_that_were_never_uploaded_are_told_to_be_missing(show):
    page = show("model.safetensors", make_pointer("ab" * 32, 5))
    assert page.status_code == 200
    assert "never uploaded" in page.text


def test_sounds_and_films_are_played(show_large):
    page = show_large("song.flac", b"\0fLaC")
    assert "<audio controls" in page.text
    assert "media-src 'self'" in page["Content-Security-Policy"]
