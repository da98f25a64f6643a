"""Light or dark, chosen in a browser: the server draws it, so no script is needed and nothing flashes."""

import pytest


def test_without_a_choice_the_system_decides(client, db):
    assert 'class="theme-system"' in client.get("/").text


@pytest.mark.parametrize("theme", ["light", "dark", "system"])
def test_a_choice_is_kept_in_the_browser(client, db, theme):
    answer = client.post("/-/theme", {"theme": theme, "next": "/models?sort=likes"})
    assert answer["Location"] == "/models?sort=likes"
    assert answer.cookies["gatehouse_theme"]["httponly"]
    assert f'class="theme-{theme}"' in client.get("/").text


def test_it_refuses_other_themes(client, db):
    assert client.post("/-/theme", {"theme": "pink"}).status_code == 400


def test_a_made_up_cookie_changes_nothing(client, db):
    client.cookies["gatehouse_theme"] = '"><script>'
    assert 'class="theme-system"' in client.get("/").text


def test_it_leads_to_no_other_site(client, db):
    assert client.post("/-/theme", {"theme": "dark", "next": "https://evil.example"})["Location"] == "/"
