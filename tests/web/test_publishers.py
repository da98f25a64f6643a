"""The pages of trusted publishers."""

import pytest

from factories import make_repo
from gatehouse.access import publishers
from gatehouse.access.publisher_models import TrustedPublisher
from gatehouse.accounts.models import AccessToken, User
from gatehouse.accounts.people import set_member
from gatehouse.accounts.tokens import create_token
from web_pages import text_of

URL = "/alice/tern/settings/publishers"
GITHUB = "https://token.actions.githubusercontent.com"


def send(client, form, url=URL, **fields):
    return client.post(url, {"form": form, **fields})


def test_jobs_of_github_are_named_in_its_words(browser, alice, gated):
    fields = {"repository": "acme/training", "branch": "main", "workflow": "publish.yml", "environment": "release"}
    assert send(browser(alice), "github", **fields).status_code == 302
    made = TrustedPublisher.objects.get()
    assert (made.user, made.repo, made.issuer) == (alice, gated, GITHUB)
    assert made.claims == {
        "repository": "acme/training",
        "ref": "refs/heads/main",
        "workflow_ref": "acme/training/.github/workflows/publish.yml@refs/heads/main",
        "environment": "release",
    }
    page = text_of(browser(alice).get(URL))
    assert "acme/training (GitHub Actions)" in page
    assert "added by alice" in page


def test_any_issuer_is_named_by_its_claims(browser, alice, gated):
    claims = "project_path = acme/training\n\nref=refs/heads/a=b\n"
    assert send(browser(alice), "issuer", issuer="https://gitlab.com", claims=claims).status_code == 302
    assert TrustedPublisher.objects.get().claims == {"project_path": "acme/training", "ref": "refs/heads/a=b"}


REFUSED = [
    ("github", {}, "required"),
    ("github", {"repository": "acme/*"}, "letter for letter"),
    ("github", {"repository": "acme/x", "workflow": "publish.yml"}, "Name the branch"),
    ("issuer", {"issuer": "https://gitlab.com", "claims": "project_path"}, "name = value"),
    ("issuer", {"issuer": "https://gitlab.com", "claims": "project_path ="}, "name = value"),
    ("issuer", {"issuer": "https://gitlab.com", "claims": "sub = a\nsub = b"}, "Write each claim once"),
    ("issuer", {"issuer": "https://gitlab.com", "claims": "sub = *"}, "letter for letter"),
    ("issuer", {"issuer": "https://gitlab.com", "claims": "ref = refs/heads/main"}, "signs for everybody"),
    ("issuer", {"issuer": GITHUB, "claims": "job_workflow_ref = acme/x/.github/workflows/x.yml@v1"}, "for everybody"),
    ("issuer", {"issuer": "https://ci.example.org", "claims": "iss = https://ci.example.org"}, "tells no job"),
    ("issuer", {"issuer": "https://ci.example.org", "claims": f"sub = {'x' * 256}"}, "1 to 255 characters"),
    ("issuer", {"issuer": "https://ci.example.org", "claims": "\n".join(f"c{n} = x" for n in range(11))}, "1 to 10 claims"),
    ("issuer", {"issuer": "http://ci.example.org", "claims": "sub = x"}, "begins with https://"),
    ("issuer", {"issuer": "https://ci.example.org/?x", "claims": "sub = x"}, "has no '?'"),
    ("issuer", {"issuer": "https://me:pass@ci.example.org", "claims": "sub = x"}, "no user name"),
    ("issuer", {"issuer": "nonsense", "claims": "sub = x"}, "begins with https://"),
]  # fmt: skip


@pytest.mark.parametrize(("form", "fields", "sentence"), REFUSED)
def test_what_many_jobs_could_claim_is_refused(browser, alice, gated, form, fields, sentence):
    answer = send(browser(alice), form, **fields)
    assert answer.status_code == 400
    assert sentence in text_of(answer)
    assert not TrustedPublisher.objects.exists()


def test_no_form_adds_nothing(browser, alice, gated):
    assert browser(alice).post(URL).status_code == 400
    assert browser(alice).post("/settings/publishers", {"form": "another"}).status_code == 400


def test_the_page_tells_which_jobs_had_a_token(browser, alice, gated):
    made = publishers.add(alice, gated, GITHUB, {"repository": "acme/training"})
    job = "repo:acme/training:ref:refs/heads/<main>"
    create_token(alice, scope="fineGrained", name=job, publisher=(made.pk, str(made)))
    assert job in text_of(browser(alice).get(URL))
    assert job not in text_of(browser(alice).get("/settings/tokens"))


def test_a_removed_publisher_takes_its_tokens_along(browser, alice, carol, gated):
    made = publishers.add(alice, gated, GITHUB, {"repository": "acme/training"})
    create_token(alice, scope="fineGrained", publisher=(made.pk, str(made)))
    assert browser(carol).post(f"{URL}/{made.public_id}/remove").status_code == 403
    assert browser(alice).post(f"/settings/publishers/{made.public_id}/remove").status_code == 404
    assert browser(alice).post(f"{URL}/{made.public_id}/remove").status_code == 302
    assert (TrustedPublisher.objects.count(), AccessToken.objects.count()) == (0, 0)


def test_whoever_may_not_write_sees_nothing(browser, alice, carol, gated):
    publishers.add(alice, gated, GITHUB, {"repository": "acme/secret-training"})
    for visitor in (None, carol):
        assert "secret-training" not in browser(visitor).get(URL).text
        assert send(browser(visitor), "github", repository="carol/x").status_code in {302, 403}
    assert TrustedPublisher.objects.count() == 1


def test_everybody_has_publishers_of_their_own(browser, alice, carol):
    own = "/settings/publishers"
    assert send(browser(alice), "github", own, repository="alice/tests").status_code == 302
    made = TrustedPublisher.objects.get()
    assert made.repo is None
    assert "alice/tests" in text_of(browser(alice).get(own))
    assert "alice/tests" not in text_of(browser(carol).get(own))
    assert browser(carol).post(f"{own}/{made.public_id}/remove").status_code == 404


def test_the_page_tells_when_a_publisher_lost_its_rights(browser, alice, acme):
    bob = User.objects.get(username="bob")
    set_member(acme, bob, "write")
    repo = make_repo(acme, "shared", creator=alice)
    publishers.add(bob, repo, GITHUB, {"repository": "acme/training"})
    page = "/acme/shared/settings/publishers"
    assert "bob may not write here any more" not in text_of(browser(alice).get(page))
    set_member(acme, bob, "read")
    assert "bob may not write here any more" in text_of(browser(alice).get(page))
