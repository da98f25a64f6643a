"""A CI job exchanges the token that its provider signed for one of this hub's (RFC 8693)."""

import hashlib
import json
import time
from datetime import timedelta
from types import SimpleNamespace

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from django.utils import timezone

from factories import auth, make_org, make_repo, make_user
from gatehouse.access import publishers
from gatehouse.access.access_requests import grant
from gatehouse.access.publisher_models import JobExchange, TrustedPublisher
from gatehouse.accounts import job_tokens
from gatehouse.accounts.models import AccessToken, User
from gatehouse.accounts.people import set_member
from gatehouse.repos import repositories
from issuer import DISCOVERY, public, rsa_key

pytestmark = pytest.mark.django_db
HUB = "http://testserver"
GRANT = "urn:ietf:params:oauth:grant-type:token-exchange"
ID_TOKEN = "urn:ietf:params:oauth:token-type:id_token"
CLAIMS = {"repository": "acme/training", "ref": "refs/heads/main"}
COMMIT = (
    '{"key":"header","value":{"summary":"Publish"}}\n'
    '{"key":"file","value":{"path":"x","content":"eA==","encoding":"base64"}}'
)


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture
def repo(alice):
    return make_repo(alice)


@pytest.fixture
def trusted(alice, repo, issuer):
    return publishers.add(alice, repo, issuer.url, CLAIMS)


@pytest.fixture
def exchange(client):
    def ask(token, resource="alice/weights", address="127.0.0.1", **more):
        body = {"grant_type": GRANT, "subject_token_type": ID_TOKEN, "subject_token": token, "resource": resource}
        return client.post("/oauth/token", body | more, "application/json", REMOTE_ADDR=address)

    return ask


def given(answer):
    assert answer.status_code == 200, answer.content
    return answer.json()["access_token"]


def commit(client, token, repo_id="alice/weights"):
    return client.post(
        f"/api/models/{repo_id}/commit/main", COMMIT, "application/x-ndjson", headers=auth(token)
    ).status_code


def test_a_job_gets_a_token_that_publishes_to_one_repo(client, exchange, issuer, alice, repo, trusted):
    make_repo(alice, "other")
    make_repo(alice, "secret", private=True)
    answer = exchange(issuer.token(HUB))
    assert (answer.json()["token_type"], answer.json()["expires_in"]) == ("bearer", 3600)
    assert answer.headers["Cache-Control"] == "no-store"
    token = given(answer)
    assert [commit(client, token), commit(client, token, "alice/other")] == [200, 403]
    assert client.get("/api/models/alice/secret", headers=auth(token)).status_code == 404
    git = repositories.open_git(repo.public_id)
    told = client.get("/api/models/alice/weights/commits/main").json()[0]
    assert told["authors"][0]["user"] == f"acme/training ({issuer.url.removeprefix('http://')})"
    assert str(git.references["refs/heads/main"].target) == told["id"]


def test_forms_are_taken_too(client, issuer, trusted):
    body = {
        "grant_type": GRANT,
        "subject_token_type": ID_TOKEN,
        "subject_token": issuer.token(HUB),
        "resource": "alice/weights",
    }
    assert client.post("/oauth/token", body).status_code == 200


def test_publishing_is_not_managing(client, exchange, issuer, repo, trusted):
    headers = auth(given(exchange(issuer.token(HUB))))
    tried = [
        client.put("/api/models/alice/weights/settings", {"private": True}, "application/json", headers=headers),
        client.post("/api/repos/move", {"fromRepo": "alice/weights", "toRepo": "alice/x"}, "application/json", headers=headers),
        client.delete("/api/repos/delete", {"name": "weights"}, "application/json", headers=headers),
        client.get("/api/models/alice/weights/user-access-request/pending", headers=headers),
        client.post("/api/models/alice/weights/user-access-request/grant", {"user": "alice"}, "application/json", headers=headers),
        client.get("/alice/weights/user-access-report", headers=headers),
        client.get("/alice/weights/settings", headers=headers),
        client.get("/alice/weights/access-requests", headers=headers),
        client.get("/api/settings/webhooks", headers=headers),
    ]  # fmt: skip
    assert [answer.status_code for answer in tried] == [403] * len(tried)


def test_a_user_publisher_reads_the_gated_repos_of_its_user(client, exchange, issuer, alice, repo):
    carol = make_user("carol")
    gated = make_repo(carol, "gated", gated="manual", files={"config.json": "{}"})
    make_repo(alice, "secret", private=True, files={"config.json": "{}"})
    publishers.add(alice, None, issuer.url, CLAIMS)
    headers = auth(given(exchange(issuer.token(HUB), "Alice")))
    url = "/carol/gated/resolve/main/config.json"
    assert publishers.of(alice, repo).count() == 0
    assert client.get("/api/models/carol/gated/auth-check", headers=headers).status_code == 403
    grant(gated, alice, by=carol)
    assert client.get("/api/models/carol/gated/auth-check", headers=headers).status_code == 200, url
    assert client.get("/api/models/alice/secret", headers=headers).status_code == 404
    assert commit(client, headers["Authorization"].partition(" ")[2]) == 403


WRONG = {
    "another repository": {"repository": "mallory/training"},
    "a branch that begins alike": {"ref": "refs/heads/main-backup"},
    "a claim that is missing": {"ref": None},
    "a claim in a list": {"repository": ["acme/training"]},
    "not yet": {"nbf": int(time.time()) + 3600},
    "signed in the future": {"iat": int(time.time()) + 3600},
    "another issuer": {"iss": "https://example.org"},
    "no issuer": {"iss": None},
}


@pytest.mark.parametrize("claims", WRONG.values(), ids=WRONG)
def test_a_job_that_does_not_match_gets_nothing(exchange, issuer, trusted, claims):
    answer = exchange(issuer.token(HUB, **claims))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert "No trusted publisher of 'alice/weights' matches this job" in answer.json()["error_description"]
    assert not AccessToken.objects.exists()


@pytest.mark.parametrize(
    ("claims", "sentence"),
    [
        ({"aud": "https://huggingface.co"}, "its audience (aud) must be http://testserver"),
        ({"aud": [HUB, "https://example.org"]}, "its audience (aud) must be http://testserver"),
        ({"aud": None}, "its audience (aud) must be http://testserver"),
        ({"aud": HUB + "/"}, "its audience (aud) must be http://testserver"),
        ({"exp": int(time.time()) - 120}, "expired"),
        ({"exp": None}, "expired"),
        ({"exp": int(time.time()) + 8 * 24 * 3600}, "more than 7 days"),
        ({"exp": 10**30}, "more than 7 days"),
        ({"exp": True}, "expired"),
        ({"padding": "x" * 20_000}, "longer than 16384 characters"),
    ],
)
def test_what_could_never_be_taken_is_told_why(exchange, issuer, trusted, claims, sentence):
    answer = exchange(issuer.token(HUB, **claims))
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert sentence in answer.json()["error_description"]
    assert issuer.asked == []


def test_nobody_but_the_issuer_signs(exchange, issuer, trusted):
    shared = json.dumps(issuer.keys[0]).encode()
    forged = [
        issuer.token(HUB, rsa_key("another")),
        issuer.token(HUB, rsa_key("another"), kid="unknown"),
        issuer.token(HUB, ec.generate_private_key(ec.SECP256R1()), alg="ES256"),
        issuer.token(HUB, hashlib.sha512(shared).hexdigest(), alg="HS256"),
        issuer.token(HUB, "", alg="none"),
        issuer.token(HUB) + "x",
        issuer.token(HUB).rpartition(".")[0] + ".",
        "nonsense",
        "a.b.c",
        ".." + "A" * 100,
    ]
    answers = [exchange(token) for token in forged]
    assert {(answer.status_code, answer.json()["error"]) for answer in answers} == {(400, "invalid_grant")}
    assert not AccessToken.objects.exists()


def test_a_symmetric_key_among_the_issuers_proves_nothing(exchange, issuer, trusted):
    secret = b"k" * 32
    issuer.keys.append({"kty": "oct", "kid": "mac", "k": "a2tra2tra2tra2tra2tra2tra2tra2tra2tra2tra2s", "alg": "HS256"})
    assert exchange(issuer.token(HUB, secret, alg="HS256", kid="mac")).status_code == 400


def test_a_short_key_proves_nothing(exchange, issuer, trusted):
    issuer.keys = [public(rsa_key("short", 1024), "one")]
    key = rsa_key("short", 1024)
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = issuer.token(HUB, key)
    assert exchange(token).status_code == 400


def test_elliptic_keys_do(exchange, issuer, trusted):
    key = ec.generate_private_key(ec.SECP256R1())
    issuer.keys = [public(key, "curve")]
    assert given(exchange(issuer.token(HUB, key, alg="ES256", kid="curve")))


def test_an_issuer_may_change_its_keys(exchange, issuer, trusted, monkeypatch):
    given(exchange(issuer.token(HUB)))
    issuer.keys = [public(rsa_key("two"), "two")]
    new = issuer.token(HUB, rsa_key("two"), kid="two")
    assert exchange(new).status_code == 400  # for half a minute nobody looks again
    assert issuer.asked == [DISCOVERY, "/keys"]
    monkeypatch.setattr(job_tokens, "LOOKED_AGAIN_S", 0)
    assert given(exchange(new))
    assert exchange(issuer.token(HUB)).status_code == 400


@pytest.mark.parametrize(
    "document",
    [
        {"issuer": "https://example.org", "jwks_uri": "http://127.0.0.1/keys"},
        {"issuer": "{url}", "jwks_uri": "http://example.org/keys"},
        {"issuer": "{url}", "jwks_uri": "file:///etc/passwd"},
        {"issuer": "{url}", "jwks_uri": 7},
        {"issuer": "{url}"},
        ["issuer"],
        {"issuer": "{url}", "padding": "x" * 300_000, "jwks_uri": "{url}/keys"},
    ],
)
def test_an_issuer_that_misbehaves_is_asked_once_in_a_while(exchange, issuer, trusted, document):
    issuer.documents[DISCOVERY] = json.loads(json.dumps(document).replace("{url}", issuer.url))
    for _ in range(3):
        assert exchange(issuer.token(HUB)).json()["error"] == "invalid_grant"
    assert issuer.asked == [DISCOVERY]


def test_keys_inside_this_hubs_networks_are_not_fetched(exchange, issuer, trusted, settings):
    settings.WEBHOOK_NETWORKS = ()
    assert exchange(issuer.token(HUB)).status_code == 400
    assert issuer.asked == []


@pytest.mark.parametrize(("of_others", "of_alice", "heard"), [(4, 0, False), (3, 0, True), (0, 2, False), (2, 1, True)])
def test_slow_issuers_do_not_take_all_the_threads(
    exchange, issuer, alice, trusted, monkeypatch, of_others, of_alice, heard
):
    """Those of one account hold up two requests, and leave the others' places free."""
    asking = [0] * of_others + [alice.pk] * of_alice
    monkeypatch.setattr(job_tokens, "_asking", asking)
    assert (exchange(issuer.token(HUB)).status_code == 200) is heard
    assert len(asking) == of_others + of_alice
    asking.clear()
    assert given(exchange(issuer.token(HUB)))


def test_who_trusts_slow_issuers_waits_ten_times_as_long_as_they_took(exchange, issuer, alice, trusted, monkeypatch):
    now = [1000.0]
    monkeypatch.setattr(job_tokens, "time", SimpleNamespace(time=time.time, monotonic=lambda: now[0]))
    fetched = job_tokens._fetched

    def slowly(address):
        now[0] += 20
        return fetched(address)

    monkeypatch.setattr(job_tokens, "_fetched", slowly)
    assert given(exchange(issuer.token(HUB)))
    job_tokens._known.clear()
    now[0] += 139
    assert exchange(issuer.token(HUB)).status_code == 400
    now[0] += 2
    assert given(exchange(issuer.token(HUB)))


def test_who_trusts_the_same_issuer_and_slow_ones_holds_up_nobody_else(exchange, issuer, alice, trusted, monkeypatch):
    """Neither who trusted it first nor who did last."""
    bob = make_user("bob")
    publishers.add(bob, make_repo(bob), issuer.url, CLAIMS)
    for slow, resource in ((alice, "bob/weights"), (bob, "alice/weights")):
        monkeypatch.setattr(job_tokens, "_asking", [slow.pk] * 2)
        monkeypatch.setattr(job_tokens, "_known", {})
        assert given(exchange(issuer.token(HUB), resource))


def test_a_stolen_token_is_refused_where_it_was_not_brought_first(exchange, issuer, trusted):
    token = issuer.token(HUB)
    first = given(exchange(token))
    assert given(exchange(token)) != first  # the next command of the same job
    answer = exchange(token, address="127.0.0.2")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_grant")
    assert "from another address before" in answer.json()["error_description"]
    assert AccessToken.objects.count() == 2


def test_what_is_hidden_looks_like_nothing(exchange, issuer, alice, repo, trusted):
    make_repo(make_user("carol"), "secret", private=True)
    publishers.add(User.objects.get(username="carol"), None, issuer.url, CLAIMS | {"ref": "refs/heads/x"})
    token = issuer.token(HUB, repository="mallory/x")
    answers = {
        exchange(token, name).content.decode().replace(name, "N")
        for name in ("alice/weights", "carol/secret", "carol/nothing", "carol", "nobody", "datasets/alice/weights")
    }
    assert len(answers) == 1


@pytest.mark.parametrize("resource", ["alice/weights", "alice/nothing", "nobody"])
def test_keys_are_looked_up_whatever_the_resource_for_time_tells_too(exchange, issuer, trusted, resource):
    forged = issuer.token(HUB, rsa_key("two"), kid="unknown")
    assert exchange(forged, resource).status_code == 400
    assert issuer.asked == [DISCOVERY, "/keys"]


@pytest.mark.parametrize("iss", ["\0", "\ud800", "https://nobody.example", None])
def test_whom_nobody_trusts_is_not_asked(exchange, issuer, trusted, iss):
    assert exchange(issuer.token(HUB, iss=iss)).json()["error"] == "invalid_grant"
    assert issuer.asked == []


@pytest.mark.parametrize("resource", ["", "a/b/c/d", "alice/", "/", "datasets/", "../alice", "x" * 5000, "\0"])
def test_odd_resources_are_refused(exchange, issuer, trusted, resource):
    assert exchange(issuer.token(HUB), resource).status_code == 400


def test_odd_types_are_refused(exchange, issuer, trusted):
    answer = exchange(issuer.token(HUB), subject_token_type="urn:ietf:params:oauth:token-type:saml2")
    assert (answer.status_code, answer.json()["error"]) == (400, "invalid_request")


def test_a_publisher_does_what_its_person_still_may(client, exchange, issuer, alice):
    acme = make_org("acme", admin=alice, bob="write")
    bob = User.objects.get(username="bob")
    repo = make_repo(acme, "shared", creator=alice)
    publishers.add(bob, repo, issuer.url, CLAIMS)
    token = given(exchange(issuer.token(HUB), "acme/shared"))
    assert commit(client, token, "acme/shared") == 200
    set_member(acme, bob, "read")
    assert commit(client, token, "acme/shared") == 403
    assert exchange(issuer.token(HUB), "acme/shared").status_code == 400
    set_member(acme, bob, "write")
    User.objects.filter(pk=bob.pk).update(is_active=False)
    assert exchange(issuer.token(HUB), "acme/shared").status_code == 400


def test_the_token_ends_with_its_publisher_and_its_repo(client, exchange, issuer, alice, repo, trusted):
    token = given(exchange(issuer.token(HUB)))
    publishers.remove(alice, repo, trusted.public_id)
    assert commit(client, token) == 401
    publishers.add(alice, repo, issuer.url, CLAIMS)
    token = given(exchange(issuer.token(HUB)))
    repositories.delete_repo(repo)
    make_repo(alice)
    assert commit(client, token) == 401


def test_a_repo_that_moved_is_found_by_both_names(client, exchange, issuer, alice, repo, trusted):
    repositories.move_repo(repo, alice.namespace, "renamed")
    for name in ("alice/weights", "alice/renamed"):
        assert commit(client, given(exchange(issuer.token(HUB), name)), "alice/renamed") == 200


def test_a_job_makes_no_repo_where_its_own_was(client, exchange, issuer, alice, repo, trusted):
    headers = auth(given(exchange(issuer.token(HUB))))
    create = {"path": "/api/repos/create", "data": {"name": "weights"}, "content_type": "application/json"}
    assert client.post(**create, headers=headers).status_code == 409
    repositories.move_repo(repo, alice.namespace, "renamed")
    assert client.post(**create, headers=headers).status_code == 403
    copied = client.post("/api/models/alice/renamed/duplicate", {"repository": "alice/weights"}, "application/json", headers=headers)  # fmt: skip
    assert copied.status_code == 403


def test_datasets_are_named_as_clients_name_them(client, exchange, issuer, alice):
    publishers.add(alice, make_repo(alice, "words", "dataset"), issuer.url, CLAIMS)
    token = given(exchange(issuer.token(HUB), "datasets/alice/words"))
    assert client.get("/api/datasets/alice/words/auth-check/write", headers=auth(token)).status_code == 200


def test_what_is_over_is_cleared(exchange, issuer, trusted):
    given(exchange(issuer.token(HUB)))
    publishers.clear()
    assert (AccessToken.objects.count(), JobExchange.objects.count()) == (1, 1)
    AccessToken.objects.update(expires_at=timezone.now() - timedelta(days=31))
    JobExchange.objects.update(expires_at=timezone.now())
    publishers.clear()
    assert (AccessToken.objects.count(), JobExchange.objects.count(), TrustedPublisher.objects.count()) == (0, 0, 1)
