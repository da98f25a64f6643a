"""Files in a real browser: sent in parts over a bad line, dropped, edited, compared; and all of it without scripts."""

import json
import struct
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

pytestmark = [pytest.mark.browser, pytest.mark.once]


@pytest.fixture
def large(tmp_path: Path) -> Path:
    """Give a weight file of 40 MB, which is sent in two parts."""
    header = json.dumps({"w": {"dtype": "F32", "shape": [1000, 1000], "data_offsets": [0, 4_000_000]}}).encode()
    path = tmp_path / "model.safetensors"
    path.write_bytes(struct.pack("<Q", len(header)) + header + bytes(40_000_000))
    return path


def test_a_large_file_survives_a_broken_line_and_a_closed_tab(enter, writer, large, live_server):
    page = enter()
    sent: list[str] = []

    def unreliable(route: Route) -> None:
        sent.append(route.request.url.rpartition("/")[2])
        if sent == ["1", "2"]:
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/large-uploads/*/*", unreliable)
    page.goto(f"/{writer}/wren/upload/main")
    page.get_by_label("Files", exact=True).set_input_files([large])
    page.get_by_label("What is this change?").fill("Weights from the field")
    page.get_by_role("button", name="Upload and commit").click()
    page.wait_for_url(f"**/{writer}/wren/tree/main", timeout=60_000)
    assert sent == ["1", "2", "2"]
    expect(page.get_by_role("link", name="Weights from the field").first).to_be_visible()
    page.get_by_role("link", name="model.safetensors", exact=True).click()
    expect(page.get_by_role("cell", name="1000 \u00d7 1000")).to_be_visible()


def test_what_was_sent_before_is_not_sent_again(enter, writer, large):
    page = enter()
    page.route("**/large-uploads/*/2", lambda route: route.abort("connectionreset"))
    page.goto(f"/{writer}/wren/upload/main")
    page.get_by_label("Files", exact=True).set_input_files([large])
    page.get_by_role("button", name="Upload and commit").click()
    expect(page.get_by_text("The connection broke. Trying again.")).to_be_visible(timeout=30_000)
    page.unroute_all()
    sent: list[str] = []
    page.on("request", lambda request: sent.append(request.url.rpartition("/")[2]) if request.method == "PUT" else None)
    page.on("dialog", lambda dialog: dialog.accept())
    page.goto(f"/{writer}/wren/upload/main")
    page.get_by_label("Files", exact=True).set_input_files([large])
    page.get_by_role("button", name="Upload and commit").click()
    page.wait_for_url(f"**/{writer}/wren/tree/main", timeout=60_000)
    assert sent == ["2"]


def test_files_are_dropped_listed_and_taken_away_again(enter, writer):
    page = enter()
    page.goto(f"/{writer}/wren/upload/main")
    page.evaluate("""() => {
        const data = new DataTransfer();
        for (const name of ["a.txt", "b.txt"]) data.items.add(new File([name], name));
        document.querySelector("[data-drop]").dispatchEvent(new DragEvent("drop", { dataTransfer: data, bubbles: true }));
    }""")
    rows = page.locator(".upload-list li")
    expect(rows).to_have_count(2)
    rows.first.get_by_role("button", name="Remove").click()
    page.get_by_role("button", name="Upload and commit").click()
    page.wait_for_url(f"**/{writer}/wren/tree/main")
    expect(page.get_by_role("link", name="b.txt", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="a.txt", exact=True)).to_have_count(0)


def test_a_folder_of_very_many_files_is_committed_in_several_steps(enter, writer):
    page = enter()
    page.goto(f"/{writer}/wren/upload/main")
    files = [{"name": f"{number}.txt", "mimeType": "", "buffer": b"x"} for number in range(120)]
    page.get_by_label("Files", exact=True).set_input_files(files)
    page.get_by_role("button", name="Upload and commit").click()
    page.wait_for_url(f"**/{writer}/wren/tree/main")
    expect(page.get_by_role("link", name="0.txt", exact=True)).to_be_visible()
    expect(page.get_by_role("link", name="119.txt", exact=True)).to_be_visible()
    page.goto(f"/{writer}/wren/commits/main")
    expect(page.get_by_role("link", name="Upload 100 files")).to_be_visible()
    expect(page.get_by_role("link", name="Upload 20 files")).to_be_visible()


def test_an_upload_is_stopped_and_goes_on_later(enter, writer, large):
    page = enter()
    sent: list[str] = []

    def never_arriving(route: Route) -> None:
        sent.append(route.request.url.rpartition("/")[2])
        if sent != ["1", "2"]:
            route.continue_()

    page.route("**/large-uploads/*/*", never_arriving)
    page.goto(f"/{writer}/wren/upload/main")
    page.get_by_label("Files", exact=True).set_input_files([large])
    page.get_by_role("button", name="Upload and commit").click()
    while sent != ["1", "2"]:
        page.wait_for_timeout(50)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_text("Stopped. What was sent")).to_be_visible()
    expect(page.get_by_role("button", name="Stop")).to_be_hidden()
    page.get_by_role("button", name="Upload and commit").click()
    page.wait_for_url(f"**/{writer}/wren/tree/main", timeout=60_000)
    assert [part for part in sent if part.isdecimal()] == ["1", "2", "2"]


def test_who_was_signed_out_meanwhile_is_told_so(enter, writer):
    page = enter()
    page.goto(f"/{writer}/wren/upload/main")
    page.get_by_label("Files", exact=True).set_input_files([{"name": "a.txt", "mimeType": "", "buffer": b"a"}])
    page.context.clear_cookies(name="gatehouse_session")
    page.get_by_role("button", name="Upload and commit").click()
    expect(page.get_by_text("You are signed out.")).to_be_visible()
    expect(page.locator(".upload-list li")).to_have_count(1)


def test_a_refusal_is_read_and_the_files_stay_chosen(enter, writer):
    page = enter()
    page.goto(f"/{writer}/wren/upload/main")
    page.get_by_label("Files", exact=True).set_input_files([{"name": "a.txt", "mimeType": "", "buffer": b"a"}])
    page.get_by_label("Folder").fill("../up")
    page.get_by_role("button", name="Upload and commit").click()
    expect(page.get_by_text("'..'")).to_be_visible()
    page.get_by_label("Folder").fill("up")
    page.get_by_role("button", name="Upload and commit").click()
    page.wait_for_url(f"**/{writer}/wren/tree/main/up")


def test_the_editor_indents_previews_and_keeps_what_was_typed(enter, writer):
    page = enter()
    page.goto(f"/{writer}/wren/new/main?name=README.md")
    text = page.get_by_label("Text")
    text.fill("# Wren\n\n$x^2$\n")
    text.press("End")
    text.press("Tab")
    assert text.input_value().endswith("  ")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview math")).to_be_visible()
    expect(page.locator("#preview .added").first).to_be_visible()
    asked: list[str] = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    page.get_by_role("link", name="Cancel").click()
    assert asked == ["beforeunload"]
    text.press("Escape")
    text.press("Tab")
    expect(page.get_by_label("What is this change?")).to_be_focused()
    page.get_by_role("button", name="Commit").click()
    page.wait_for_url(f"**/{writer}/wren/blob/main/README.md")


def test_all_of_it_works_without_scripts(enter, writer):
    page = enter(java_script_enabled=False)
    page.goto(f"/{writer}/wren/upload/main")
    page.get_by_label("Files", exact=True).set_input_files([{"name": "a.csv", "mimeType": "", "buffer": b"x,y\n1,2\n"}])
    page.get_by_role("button", name="Upload and commit").click()
    page.get_by_role("link", name="a.csv", exact=True).click()
    expect(page.get_by_role("columnheader", name="y", exact=True)).to_be_visible()
    page.get_by_role("link", name="Edit").click()
    page.get_by_label("Text").fill("x,y\n1,3\n")
    page.get_by_role("button", name="Preview").click()
    expect(page.locator("#preview mark").first).to_have_text("2")
    page.get_by_label("What is this change?").fill("Count again")
    page.get_by_role("button", name="Commit").click()
    page.get_by_role("link", name="History").click()
    page.get_by_role("link", name="Count again").click()
    expect(page.locator("tr.added").filter(has_text="1,3")).to_be_visible()


def test_a_filter_changes_the_list_and_its_address_and_going_back_undoes_it(enter, live_server):
    page = enter()
    page.goto("/models")
    page.evaluate("window.marked = true")
    page.get_by_role("link", name="Gated", exact=True).click()
    page.wait_for_url("**/models?gated=true")
    expect(page.get_by_role("link", name="Gated remove this filter")).to_be_visible()
    expect(page.locator("#chip-gated-true")).to_be_focused()
    assert page.evaluate("window.marked")
    page.get_by_label("Find in Models").fill("zzz")
    expect(page).to_have_url(f"{live_server.url}/models?gated=true&search=zzz&sort=modified")
    page.go_back()
    expect(page).to_have_url(f"{live_server.url}/models?gated=true")
    expect(page.get_by_label("Find in Models")).to_have_value("")
    page.go_back()
    expect(page).to_have_url(f"{live_server.url}/models")
    expect(page.get_by_role("link", name="Gated remove this filter")).to_have_count(0)
