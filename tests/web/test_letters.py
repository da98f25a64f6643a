"""Letters as they arrive: text and HTML with one clear action, and a way to stop those about requests."""

import re
from email import message_from_bytes, policy
from html import unescape

import pytest
from django.core import signing
from django.test import Client

from factories import make_repo
from gatehouse.access import access_requests, gating, notice_addresses, notices
from gatehouse.access.models import NoticeAddress
from gatehouse.accounts import invitations
from gatehouse.outbox import delivery
from gatehouse.outbox.models import Letter
from web_pages import text_of

TEAM = "team@example.org"
ONE_CLICK = {"List-Unsubscribe": "One-Click"}


@pytest.fixture
def repo(alice):
    return make_repo(alice, "open", gated="manual", notifications_mode="real-time")


@pytest.fixture
def by_smtp(mail_server, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    return mail_server


def arrived(server):
    """Send what waits, and give what the mail server received last."""
    delivery.deliver_due()
    return message_from_bytes(server.received[-1].content, policy=policy.default)


def stop_link(letter):
    return re.fullmatch(r"http://testserver(/-/letters/\S+)", letter.unsubscribe_url)[1]


def told():
    addresses = list(Letter.objects.order_by("pk").values_list("to", flat=True))
    Letter.objects.all().delete()
    return addresses


def test_answers_are_read_as_on_the_review_page_in_the_readers_language(alice, carol):
    alice.language = "de"
    alice.save()
    use = "{type: select, options: [{label: A & B, value: ab}]}"
    card = f"---\nextra_gated_fields:\n  Country: country\n  I agree: checkbox\n  Use: {use}\n---\n"
    repo = make_repo(alice, "birds", gated="manual", notifications_mode="real-time", files={"README.md": card})
    access_requests.submit(repo, carol, {"Country": "GH", "I agree": "on", "Use": "ab"})
    access_requests.submit(repo, alice, {"Country": "DE", "I agree": "on", "Use": "ab"})
    first, second = Letter.objects.filter(to=alice.email).order_by("pk")
    assert "Country: Ghana\nI agree: Ja\nUse: A & B" in first.text
    assert "Country: Deutschland" in second.text


def ask_for_all_letters(repo, alice, carol, client):
    """Cause a letter of every sort."""
    request = access_requests.submit(repo, carol, {})
    for status in ("rejected", "reset", "accepted", "pending"):
        access_requests.handle(request, status, by=alice, reason="Please <i>say</i> more" if status == "reset" else "")
    gating.configure(repo, notifications_email=TEAM)
    NoticeAddress.objects.all().delete()
    notices.write_digest(repo)
    invitations.invite("new@example.org", by=alice)
    for address in (carol.email, "nobody@example.org"):
        client.post("/password/reset", {"email": address})
    for name, email in (("newcomer", "new@example.org"), ("another", alice.email)):
        data = {"username": name, "email": email, "password1": "a good long pass", "fullname": "<b>Eve</b>"}
        client.post("/join", data)


def test_every_letter_has_two_parts_and_one_button(client, repo, alice, carol):
    ask_for_all_letters(repo, alice, carol, client)
    assert Letter.objects.count() == 12
    for letter in Letter.objects.all():
        (button,) = re.findall(r'class="button" href="([^"]+)"', letter.html)
        assert button.startswith("http://testserver/"), letter.subject
        assert f":\n{unescape(button)}\n" in letter.text, letter.subject
        assert letter.html.count(button) == 3, "the button, and the plain link with its text"
        assert not re.search(r"<(img|script|link|form)|url\(|&lt;p&gt;", letter.html), letter.subject
        assert "prefers-color-scheme: dark" in letter.html
        assert not re.search(r"\n\n\n|^\s|<", letter.text.replace("<i>say</i>", "").replace("<b>Eve</b>", ""))


def test_what_people_write_is_text_in_both_parts(repo, alice, carol):
    carol.fullname = "<b>Carol</b>"
    carol.save()
    access_requests.submit(repo, carol, {})
    letter = Letter.objects.get()
    assert letter.text.startswith("<b>Carol</b> (carol), carol@example.org asks for access to alice/open.")
    assert "&lt;b&gt;Carol&lt;/b&gt;" in letter.html
    assert "<b>" not in letter.html


def test_a_letter_speaks_its_readers_language(repo, alice, carol):
    alice.language, carol.language = "de", "fr"
    alice.save()
    carol.save()
    request = access_requests.submit(repo, carol, {})
    access_requests.accept(request, by=alice)
    to_author, to_asker = Letter.objects.order_by("pk")
    assert to_author.subject == "carol möchte Zugriff auf alice/open"
    assert '<html lang="de" dir="ltr">' in to_author.html
    assert "ses fichiers vous sont ouverts" in to_asker.text


def test_one_click_in_the_mail_program_stops_the_letters(by_smtp, repo, alice, carol, bob):
    access_requests.submit(repo, carol, {})
    message = arrived(by_smtp)
    assert message["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    url = re.fullmatch(r"<http://testserver(/-/letters/\S+)>", message["List-Unsubscribe"].replace(" ", ""))[1]
    assert f"http://testserver{url}" in message.get_body(["plain"]).get_content()
    assert f'href="http://testserver{url}"' in message.get_body(["html"]).get_content()
    assert Client(enforce_csrf_checks=True).post(url, ONE_CLICK).status_code == 200
    told()
    access_requests.submit(repo, bob, {})
    assert told() == []


def test_letters_about_ones_own_request_have_no_such_link(by_smtp, repo, alice, carol):
    request = access_requests.submit(repo, carol, {})
    told()
    access_requests.accept(request, by=alice)
    assert arrived(by_smtp)["List-Unsubscribe"] is None


def test_the_page_asks_says_what_it_did_and_offers_the_way_back(client, repo, alice, carol):
    access_requests.submit(repo, carol, {})
    link = stop_link(Letter.objects.get())
    assert "Stop these letters?" in text_of(client.get(link))
    alice.refresh_from_db()
    assert alice.wants_request_letters, "opening the link must not be enough"
    assert "alice@example.org gets no more letters about new access requests" in text_of(client.post(link))
    alice.refresh_from_db()
    assert not alice.wants_request_letters
    assert "The letters come again" in text_of(client.post(link, {"resume": "1"}))
    alice.refresh_from_db()
    assert alice.wants_request_letters


def test_an_address_of_a_repo_stops_and_is_not_asked_again(client, repo, alice, carol, bob):
    gating.configure(repo, notifications_email=TEAM)
    client.post(re.search(r"http://\S+(/-/notice-address/\S+)", Letter.objects.get().text)[1])
    told()
    access_requests.submit(repo, carol, {})
    link = stop_link(Letter.objects.get(to=TEAM))
    assert "the repositories of alice" in text_of(client.post(link, ONE_CLICK))
    told()
    NoticeAddress.objects.update(asked_at=None)
    assert not notice_addresses.ask(repo)
    access_requests.submit(repo, bob, {})
    assert told() == ["alice@example.org"]
    client.post(link, {"resume": "1"})
    assert notice_addresses.agreed(repo)


def test_a_members_address_stops_too(client, acme, alice, bob, carol):
    repo = make_repo(acme, gated="manual", creator=alice, notifications_mode="real-time")
    gating.configure(repo, notifications_email="Bob@example.org")
    access_requests.submit(repo, carol, {})
    client.post(stop_link(Letter.objects.get()))
    assert not notice_addresses.agreed(repo)


@pytest.mark.parametrize("key", ["nonsense", signing.dumps([1], salt="another")], ids=["nonsense", "foreign"])
def test_a_link_that_was_never_sent_changes_nothing(client, alice, key):
    answer = client.post(f"/-/letters/{key}")
    assert answer.status_code == 400
    assert "This link does not work" in text_of(answer)
    alice.refresh_from_db()
    assert alice.wants_request_letters


def test_the_link_of_somebody_who_left_says_so(client, repo, alice, carol):
    access_requests.submit(repo, carol, {})
    link = stop_link(Letter.objects.get())
    repo.delete()
    alice.delete()
    assert client.post(link).status_code == 400
