"""Which language a page speaks, and that programs always hear English."""

from datetime import timedelta

import pytest
from django.contrib.auth import get_user_model
from django.utils import timezone, translation

from gatehouse.web.templatetags.gatehouse import ago

GERMAN = {"Accept-Language": "de-AT,de;q=0.8"}


def test_a_page_speaks_what_the_browser_asks_for(client, db):
    assert '<html lang="de" dir="ltr"' in client.get("/login", headers=GERMAN).text
    assert '<html lang="en" dir="ltr"' in client.get("/login", headers={"Accept-Language": "tlh"}).text


def test_arabic_runs_from_right_to_left(client, db):
    assert '<html lang="ar" dir="rtl"' in client.get("/login", headers={"Accept-Language": "ar"}).text


def test_a_choice_in_the_browser_beats_what_it_asks_for(client, db):
    answer = client.post("/-/language", {"language": "fr", "next": "/models"})
    assert (answer.status_code, answer["Location"]) == (302, "/models")
    assert '<html lang="fr"' in client.get("/login", headers=GERMAN).text


def test_a_choice_follows_a_person_to_another_browser(alice, browser):
    browser(alice).post("/-/language", {"language": "es"})
    assert get_user_model().objects.get(pk=alice.pk).language == "es"
    assert '<html lang="es"' in browser(alice).get("/settings/profile", headers=GERMAN).text


@pytest.mark.parametrize("language", ["xx", "", "de; Path=/", "../en"])
def test_only_languages_of_this_hub_can_be_chosen(alice, browser, language):
    answer = browser(alice).post("/-/language", {"language": language, "next": "//evil.example"})
    assert answer["Location"] == "/"
    assert "gatehouse_language" not in answer.cookies
    assert not get_user_model().objects.get(pk=alice.pk).language


def test_programs_hear_english(client, db):
    answer = client.get("/api/models/a/b", headers=GERMAN)
    assert answer.json() == client.get("/api/models/a/b").json()
    assert "Content-Language" not in answer or answer["Content-Language"] == "en"


def test_times_speak_the_language(db):
    with translation.override("en"):
        assert ">3 hours ago<" in ago(timezone.now() - timedelta(hours=3, minutes=1))
