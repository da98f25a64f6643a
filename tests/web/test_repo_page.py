"""The column beside a card: what is known of a repo, told to each reader as far as they may know it."""

import re

import pytest

from factories import make_repo
from web_pages import text_of

CARD = """---
license: mit
library_name: transformers
pipeline_tag: text-classification
language: [en, zh, xx-unknown]
base_model: [alice/base, nobody/gone]
datasets: carol/hidden
tags: [birds]
---
# Wren

So $x^2$. After arXiv:2401.12345.
"""


@pytest.fixture
def repo(alice, carol):
    make_repo(alice, "base")
    make_repo(carol, "hidden", "dataset", private=True)
    return make_repo(
        alice, "wren", files={"README.md": CARD}, safetensors={"parameters": {"F32": 100, "BF16": 900}, "total": 1000}
    )


def test_it_tells_what_is_known(browser, repo):
    page = browser().get(repo.path)
    shown = text_of(page)
    assert "Licence mit Task text-classification Library transformers Languages English , Chinese , xx-unknown" in shown
    assert "Parameters 1k Number type BF16 90% , F32 10%" in shown
    assert "arXiv:2401.12345" in shown
    assert "<math" in page.text


def test_it_links_to_what_the_reader_can_find_here(browser, repo, carol):
    page = browser().get(repo.path).text
    assert '<a href="/alice/base">alice/base</a>' in page
    assert '<li class="mono">nobody/gone</li>' in page
    assert '<li class="mono">carol/hidden</li>' in page
    assert '<a href="/datasets/carol/hidden">' in browser(carol).get(repo.path).text


def test_a_dataset_tells_its_tasks_rows_and_size(browser, alice):
    card = """---
task_categories: [text-classification, translation]
tags: [birds]
dataset_info: {splits: [{name: train, num_examples: 4200}]}
---
"""
    make_repo(alice, "songs", "dataset", files={"README.md": card, "a.csv": "x" * 2000})
    page = browser().get("/datasets/alice/songs")
    shown = text_of(page)
    assert "Task text-classification , translation" in shown
    assert "Rows 4.2k Size 4.8 KB" in shown
    assert 'href="/datasets?task_categories=translation"' in page.text
    assert "task_categories:translation" not in shown


def test_a_base_model_tells_what_was_made_from_it(browser, repo, alice):
    make_repo(alice, "secret", private=True, files={"README.md": "---\nbase_model: alice/base\n---\n"})
    assert "1 model on this hub" in text_of(browser().get("/alice/base"))
    assert "2 models on this hub" in text_of(browser(alice).get("/alice/base"))
    assert "alice/wren" in browser().get("/models?other=base_model:alice/base").text


def test_the_lines_to_copy_speak_of_this_hub(browser, repo, settings):
    page = text_of(browser().get(repo.path))
    assert f'os.environ["HF_ENDPOINT"] = "{settings.PUBLIC_URL}"' in page
    assert 'AutoModelForSequenceClassification.from_pretrained("alice/wren")' in page


@pytest.mark.parametrize(
    ("link", "href"),
    [
        ("LICENSE.md", "/alice/wren/blob/main/LICENSE.md"),
        ("https://lab.example/terms", "https://lab.example/terms"),
        ("javascript:alert(1)", "/models?license=other"),
    ],
)
def test_a_licence_of_ones_own_can_be_read(browser, alice, link, href):
    card = f"---\nlicense: other\nlicense_name: lab-terms\nlicense_link: {link}\n---\n"
    make_repo(alice, "wren", files={"README.md": card})
    assert re.search(f'<a href="{re.escape(href)}"[^>]*>lab-terms</a>', browser().get("/alice/wren").text)


def test_an_empty_repo_leads_its_authors_on(browser, alice, carol):
    make_repo(alice, "new", "dataset", files={})
    page = browser(alice).get("/datasets/alice/new")
    assert 'href="/datasets/alice/new/upload/main"' in page.text
    assert "hf upload alice/new ./folder --repo-type dataset" in text_of(page)
    assert "upload" not in browser(carol).get("/datasets/alice/new").text.lower()


@pytest.mark.parametrize("told", [{}, [], {"parameters": []}, {"parameters": {}}, {"parameters": {"F32": 0}}])
def test_odd_facts_of_weights_break_nothing(browser, alice, told):
    assert browser().get(make_repo(alice, "odd", safetensors=told).path).status_code == 200


def test_the_page_asks_the_database_little(browser, repo, alice, django_assert_max_num_queries):
    reader = browser(alice)
    reader.get(repo.path)  # a session's first page notes the session
    with django_assert_max_num_queries(8):
        reader.get(repo.path)


def test_it_is_liked_by_a_button_and_no_longer(browser, repo, bob):
    page = browser(bob)
    page.post(f"{repo.path}/like")
    page.post(f"{repo.path}/like")  # from another tab
    assert "Like 1" in text_of(page.get(repo.path))
    assert 'aria-pressed="true"' in page.get(repo.path).text
    assert "Like 1" in text_of(browser().get(repo.path))
    page.post(f"{repo.path}/like", {"unlike": "yes"})
    assert "Like 0" in text_of(page.get(repo.path))


def test_likes_are_given_by_people_who_are_signed_in_and_see_the_repo(browser, alice, bob):
    hidden = make_repo(alice, "secret", private=True)
    assert browser(bob).post(f"{hidden.path}/like").status_code == 404
    assert browser().post("/alice/wren/like")["Location"].startswith("/login")
    hidden.refresh_from_db()
    assert hidden.likes == 0
