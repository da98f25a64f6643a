"""Signing in to other programs with an account of this hub: codes, tokens, who one is (RFC 6749, 7636, 9700, OIDC)."""

import base64
import hashlib
from datetime import timedelta
from urllib.parse import parse_qs, urlencode, urlsplit

import jwt
import pytest
from django.utils import timezone

from factories import auth, make_org, make_repo, make_token, make_user
from gatehouse.access import gate
from gatehouse.access.contributions import MOST
from gatehouse.accounts import administration, oauth_apps, oauth_codes, program_logins
from gatehouse.accounts.actor import Right
from gatehouse.accounts.models import AccessToken, OAuthApp, ProgramLogin, User
from gatehouse.accounts.oauth_refusal import OAuthRefused
from gatehouse.accounts.tokens import actor_from_token, add_rights, live_token
from gatehouse.repos import repositories
from gatehouse.repos.models import Repo

pytestmark = pytest.mark.django_db

BACK = "https://app.example/callback"
ASKS = {"Access-Control-Request-Method": "POST"}
VERIFIER = "v" * 43
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


@pytest.fixture
def public(db):
    return oauth_apps.create(None, name="Notebook", uris=[BACK], confidential=False).app


@pytest.fixture
def secretive(db):
    return oauth_apps.create(make_user("dev"), name="Dashboard", uris=[BACK], confidential=True)


def wish(app, **more):
    fields = {"client_id": app.client_id, "redirect_uri": BACK, "response_type": "code", "state": "s"} | PKCE | more
    return oauth_codes.read_wish({name: [value] for name, value in fields.items() if value is not None})


def code_for(app, user=None, **more):
    user = user or User.objects.filter(username="bob").first() or make_user("bob")
    back = oauth_codes.allow(wish(app, **more), user, address="203.0.113.9", signed_in_at=timezone.now())
    return parse_qs(urlsplit(back).query)["code"][0]


def redeem(client, code, *, headers=None, **more):
    fields = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, "code_verifier": VERIFIER} | more
    return client.post("/oauth/token", {k: v for k, v in fields.items() if v is not None}, headers=headers)


def signed_in(client, app, user=None, **more):
    return redeem(client, code_for(app, user, **more), client_id=app.client_id).json()


def error(answer):
    assert answer.status_code == (401 if answer.json()["error"] == "invalid_client" else 400)
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()["error"]


def whoami(client, token):
    return client.get("/api/whoami-v2", headers=auth(token))


def test_a_code_gives_tokens_once_and_a_second_time_takes_them_back(client, public):
    code = code_for(public)
    given = redeem(client, code, client_id=public.client_id).json()
    assert (given["token_type"], given["scope"], given["expires_in"]) == ("Bearer", "openid profile", 8 * 3600)
    assert whoami(client, given["access_token"]).json()["name"] == "bob"
    assert error(redeem(client, code, client_id=public.client_id)) == "invalid_grant"
    assert whoami(client, given["access_token"]).status_code == 401
    assert not ProgramLogin.objects.exists()


def test_who_has_only_a_used_code_takes_nothing_back(client, public):
    code = code_for(public)
    given = redeem(client, code).json()
    assert error(redeem(client, code, code_verifier="w" * 43)) == "invalid_grant"
    for token in (f"{code}.x", f"{code}.{'0' * 32}.x", code):
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": public.client_id}
        assert error(client.post("/oauth/token", form)) == "invalid_grant"
    assert whoami(client, given["access_token"]).status_code == 200


@pytest.mark.parametrize(
    "wrong",
    [
        {"code_verifier": None},
        {"code_verifier": "w" * 43},
        {"code_verifier": CHALLENGE},
        {"redirect_uri": "https://app.example/other"},
        {"code": "x"},
    ],
)
def test_a_stolen_code_is_worth_nothing(client, public, wrong):
    code = code_for(public)
    assert error(redeem(client, **({"code": code, "client_id": public.client_id} | wrong))) == "invalid_grant"
    assert not AccessToken.objects.exists()
    assert redeem(client, code).status_code == 200  # the one whose code it is can still have it


def test_a_code_is_for_the_app_that_asked(client, public, secretive):
    other = oauth_apps.create(None, name="Thief", uris=[BACK], confidential=False).app
    assert error(redeem(client, code_for(public), client_id=other.client_id)) == "invalid_grant"
    code = code_for(secretive.app)
    assert error(redeem(client, code)) == "invalid_grant"
    assert error(redeem(client, code, client_id=secretive.app.client_id)) == "invalid_client"
    wrong = {"client_id": secretive.app.client_id, "client_secret": "x"}
    assert error(redeem(client, code, **wrong)) == "invalid_client"
    assert redeem(client, code, **(wrong | {"client_secret": secretive.secret})).status_code == 200


def test_a_secret_is_taken_as_a_password_too(client, secretive):
    pair = base64.b64encode(f"{secretive.app.client_id}:{secretive.secret}".encode()).decode()
    basic = {"Authorization": f"Basic {pair}"}
    given = redeem(client, code_for(secretive.app), headers=basic).json()
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert client.post("/oauth/token", form, headers=basic).status_code == 200
    assert error(redeem(client, "x", headers={"Authorization": "Basic !"})) == "invalid_request"
    assert error(redeem(client, "x", headers=basic, client_secret="x")) == "invalid_request"


def test_a_code_is_over_after_five_minutes(client, public):
    code = code_for(public)
    left = ProgramLogin.objects.get().expires_at - timezone.now()
    assert timedelta(minutes=4) < left <= timedelta(minutes=5)
    ProgramLogin.objects.update(expires_at=timezone.now())
    assert error(redeem(client, code)) == "invalid_grant"


def test_an_app_with_a_secret_may_do_without_a_challenge_and_then_takes_no_verifier(client, secretive):
    more = {"client_id": secretive.app.client_id, "client_secret": secretive.secret}
    without = {"code_challenge": None, "code_challenge_method": None}
    assert error(redeem(client, code_for(secretive.app, **without), **more)) == "invalid_grant"
    assert redeem(client, code_for(secretive.app, **without), code_verifier=None, **more).status_code == 200


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ({"code_challenge": None, "code_challenge_method": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"request": "x"}, "request_not_supported"),
        ({"scope": "openid inference-api"}, "invalid_scope"),
        ({"nonce": "n" * 256}, "invalid_request"),
        ({"prompt": "none"}, "interaction_required"),
    ],
)
def test_a_wish_that_cannot_be_granted_has_its_error(public, more, expected):
    with pytest.raises(oauth_codes.AnsweredRefusal) as refused:
        wish(public, **more)
    told = parse_qs(urlsplit(refused.value.back).query)
    assert (told["error"], told["state"], told["iss"]) == ([expected], ["s"], ["http://testserver"])


def test_nothing_comes_twice(public):
    fields = {"client_id": [public.client_id], "redirect_uri": [BACK], "scope": ["openid", "write-repos"]}
    with pytest.raises(oauth_codes.AnsweredRefusal, match="more than once"):
        oauth_codes.read_wish(fields)


@pytest.mark.parametrize(
    ("registered", "wanted", "named"),
    [
        (BACK, BACK, True),
        (BACK, BACK + "/", False),
        (BACK, BACK + "?x=1", False),
        (BACK, BACK + "#x", False),
        (BACK, "https://app.example.evil.example/callback", False),
        (BACK, "https://app.example@evil.example/callback", False),
        (BACK, "https://app.example/callback/../steal", False),
        (BACK, "http://app.example/callback", False),
        (BACK, BACK + "\r\nX: 1", False),
        (BACK, "", False),
        (BACK, "http://[", False),
        (BACK, BACK + "?_target_url=%2F%3F", True),
        (BACK, BACK + "?_target_url=%2F&x=1", False),
        (BACK + "?a=1", BACK + "?a=1&_target_url=%2F", True),
        ("http://127.0.0.1/cb", "http://127.0.0.1:51234/cb", True),
        ("http://localhost:3000/cb", "http://localhost:3001/cb", True),
        ("http://[::1]/cb", "http://[::1]:9/cb", True),
        ("http://127.0.0.1/cb", "http://localhost/cb", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1/other", False),
        ("http://127.0.0.1/cb", "http://127.0.0.1:1@evil.example/cb", False),
        ("http://127.0.0.1/cb", "https://127.0.0.1/cb", False),
        ("https://app.example:8443/cb", "https://app.example/cb", False),
        ("cursor://callback", "cursor://callback", True),
        ("cursor://callback", "cursor://other", False),
    ],
)
def test_browsers_are_led_only_to_what_was_registered(registered, wanted, named):
    app = oauth_apps.create(None, name="x", uris=[registered], confidential=False).app
    if named:
        assert wish(app, redirect_uri=wanted).redirect_uri == wanted
        return
    with pytest.raises(OAuthRefused, match="not registered") as refused:
        wish(app, redirect_uri=wanted)
    assert not isinstance(refused.value, oauth_codes.AnsweredRefusal)


@pytest.mark.parametrize(
    "uri",
    [
        "http://app.example/cb",
        "https://app.example/cb#x",
        "https://user@app.example/cb",
        "https:///cb",
        "https://app.ex\u0430mple/cb",
        "https://*.example/cb?a b",
        "https://[::1",
        "//app.example/cb",
        "/cb",
        "javascript:alert(1)",
        "JavaScript://x/%0aalert(1)",
        "data:text/html,x",
        "file:///etc/passwd",
        "search-ms:query=x",
        "ms-msdt:/id",
        "",
    ],
)
def test_some_addresses_cannot_be_registered(client, uri):
    answer = client.post("/oauth/register", {"redirect_uris": [uri]}, "application/json")
    assert error(answer) == "invalid_redirect_uri"
    assert not OAuthApp.objects.exists()


def test_a_program_registers_itself(client):
    wanted = {"client_name": "Agent", "redirect_uris": ["http://127.0.0.1/cb"], "token_endpoint_auth_method": "none"}
    answer = client.post("/oauth/register", wanted | {"scope": "openid", "logo_uri": "x"}, "application/json")
    told = answer.json()
    assert (answer.status_code, answer.headers["Access-Control-Allow-Origin"]) == (201, "*")
    assert {name: told[name] for name in wanted} == wanted
    assert "client_secret" not in told
    with_secret = client.post("/oauth/register", {"redirect_uris": [BACK]}, "application/json").json()
    app = oauth_apps.authenticate(with_secret["client_id"], with_secret["client_secret"])
    assert (app.owner, with_secret["token_endpoint_auth_method"]) == (None, "client_secret_basic")
    assert with_secret["client_secret"] not in str(vars(app))


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_name": "x" * 101},
        {"client_name": "evil\u202egnp.exe"},
        {"client_name": "a\u200bb"},
        {"client_name": 7},
        {"grant_types": ["client_credentials"]},
        {"response_types": ["token"]},
        {"redirect_uris": BACK},
        {"redirect_uris": [7]},
        {"token_endpoint_auth_method": "private_key_jwt"},
        {"token_endpoint_auth_method": []},
    ],
)
def test_what_a_program_cannot_be_is_refused(client, wrong):
    answer = client.post("/oauth/register", {"redirect_uris": [BACK]} | wrong, "application/json")
    assert error(answer) == "invalid_client_metadata"
    assert not OAuthApp.objects.exists()


def test_one_address_registers_twenty_programs_in_five_minutes(client):
    body = {"redirect_uris": [BACK], "token_endpoint_auth_method": "none"}
    answers = [client.post("/oauth/register", body, "application/json").status_code for _ in range(21)]
    assert answers == [201] * 20 + [429]


def test_programs_that_nobody_uses_are_forgotten(client, public, secretive):
    used = oauth_apps.create(None, name="Used", uris=[BACK], confidential=False).app
    signed_in(client, used)
    OAuthApp.objects.update(created_at=timezone.now() - timedelta(days=3))
    oauth_apps.clear_unused()
    assert set(OAuthApp.objects.all()) == {used, secretive.app}
    OAuthApp.objects.filter(pk=used.pk).update(used_at=timezone.now() - timedelta(days=181))
    oauth_apps.clear_unused()
    assert OAuthApp.objects.filter(pk=used.pk).exists()  # somebody's login is alive
    ProgramLogin.objects.all().delete()
    oauth_apps.clear_unused()
    assert set(OAuthApp.objects.all()) == {secretive.app}


def test_many_addresses_do_not_fill_the_table_with_programs(client, monkeypatch):
    monkeypatch.setattr(oauth_apps, "MOST_NEVER_USED", 2)
    owned = oauth_apps.create(make_user("alice"), name="owned", uris=[BACK], confidential=False).app
    used, *others = (oauth_apps.create(None, name=str(n), uris=[BACK], confidential=False).app for n in range(2))
    OAuthApp.objects.filter(pk=used.pk).update(used_at=timezone.now())
    for _ in range(3):
        assert client.post("/oauth/register", {"redirect_uris": [BACK]}, "application/json").status_code == 201
    left = set(OAuthApp.objects.all())
    assert (len(left), {owned, used} <= left, left.isdisjoint(others)) == (4, True, True)


def test_the_id_token_says_who_it_is_to_this_app_alone(client, public):
    bob = make_user("bob")
    make_org("acme", admin=bob)
    given = signed_in(client, public, bob, scope="openid profile email", nonce="n-1")
    key = jwt.PyJWK(client.get("/oauth/jwks").json()["keys"][0])
    claims = jwt.decode(given["id_token"], key, ["RS256"], audience=public.client_id, issuer="http://testserver")
    told = client.get("/oauth/userinfo", headers=auth(given["access_token"])).json()
    assert told["sub"] == bob.public_id == whoami(client, given["access_token"]).json()["id"]
    assert (told["preferred_username"], told["email"], told["orgs"][0]["roleInOrg"]) == ("bob", bob.email, "admin")
    assert claims.pop("exp") - claims.pop("iat") == 900
    assert claims.pop("auth_time") == int(ProgramLogin.objects.get().signed_in_at.timestamp())
    assert (claims.pop("nonce"), claims.pop("aud"), claims.pop("iss")) == ("n-1", public.client_id, "http://testserver")
    assert claims == told


def test_an_app_is_told_no_more_than_it_asked(client, public):
    given = signed_in(client, public, scope="read-repos")
    assert "id_token" not in given
    told = client.get("/oauth/userinfo", headers=auth(given["access_token"])).json()
    assert (set(told), told["orgs"]) == ({"sub", "isPro", "orgs"}, [])
    assert "email" not in whoami(client, given["access_token"]).json()
    given = signed_in(client, public, scope="email")
    assert whoami(client, given["access_token"]).json()["email"] == User.objects.get(username="bob").email


def test_who_one_is_takes_a_token(client):
    bob = make_user("bob")
    client.force_login(bob, backend="allauth.account.auth_backends.AuthenticationBackend")
    answer = client.get("/oauth/userinfo")
    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, 'Bearer error="invalid_token"')
    assert client.post("/oauth/userinfo", headers=auth(make_token(bob))).json()["email"] == bob.email


@pytest.mark.parametrize(
    ("scope", "sees", "files", "writes"),
    [
        ("openid profile email", False, False, False),
        ("gated-repos", False, True, False),
        ("read-repos", True, True, False),
        ("write-repos", True, True, True),
        ("manage-repos", True, True, True),
    ],
)
def test_a_token_does_what_its_scope_says(client, public, scope, sees, files, writes):
    bob, alice = make_user("bob"), make_user("alice")
    hidden = make_repo(bob, "hidden", private=True)
    gated = make_repo(alice, "gated", gated="manual", files={"config.json": "{}"})
    from gatehouse.access import access_requests

    access_requests.grant(gated, bob, by=alice)
    token = signed_in(client, public, bob, scope=scope)["access_token"]
    actor = actor_from_token(token)
    secret = gate.case_by_name(actor, "model", "bob/hidden")
    assert (gate.see(secret) is gate.Answer.YES) == sees
    assert (gate.write(secret) is gate.Answer.YES) == writes
    assert (gate.read_files(gate.case_by_name(actor, "model", "alice/gated")) is gate.Answer.YES) == files
    made = client.post("/api/repos/create", {"name": "new"}, "application/json", headers=auth(token))
    assert (made.status_code == 200) == writes
    assert hidden.pk == secret.repo_pk


def create(client, token, name, **more):
    wanted = {"name": name, "private": True} | more
    return client.post("/api/repos/create", wanted, "application/json", headers=auth(token))


def may(token, name):
    actor = actor_from_token(token)
    case = gate.case_by_name(actor, "model", name)
    answers = (gate.see(case), gate.write(case), gate.manage(case))
    return [answer is gate.Answer.YES for answer in answers]


@pytest.mark.parametrize("more", ["", " read-repos"])
def test_an_app_that_contributes_reaches_what_it_made_and_no_more(client, public, secretive, more):
    bob, scope = make_user("bob"), "openid contribute-repos" + more
    make_org("acme", admin=bob)
    make_repo(bob, "hidden", private=True)
    given = signed_in(client, public, bob, scope=scope)
    token = given["access_token"]
    assert create(client, token, "made").status_code == 200
    assert may(token, "bob/made") == [True, True, False]
    assert may(token, "bob/hidden") == [bool(more), False, False]
    assert create(client, token, "made").status_code == 409
    assert create(client, token, "made", organization="acme").status_code == 403
    code = code_for(secretive.app, bob, scope=scope)
    other = redeem(client, code, client_id=secretive.app.client_id, client_secret=secretive.secret).json()[
        "access_token"
    ]
    assert may(other, "bob/made") == [bool(more), False, False]
    assert create(client, make_token(bob), "x").status_code == 403  # a token that reads


def test_an_app_that_contributes_finds_what_it_made_again(client, public):
    bob = make_user("bob")
    given = signed_in(client, public, bob, scope="contribute-repos")
    create(client, given["access_token"], "made")
    repositories.move_repo(Repo.objects.get(), bob.namespace, "renamed")
    renewed = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"], "client_id": public.client_id}
    for token in (
        client.post("/oauth/token", renewed).json()["access_token"],
        signed_in(client, public, bob, scope="contribute-repos")["access_token"],
    ):
        assert may(token, "bob/renamed") == [True, True, False]
    for scope in ("openid", "gated-repos"):
        assert may(signed_in(client, public, bob, scope=scope)["access_token"], "bob/renamed") == [False] * 3
    carol = signed_in(client, public, make_user("carol"), scope="contribute-repos")["access_token"]
    assert may(carol, "bob/renamed") == [False] * 3


def test_another_repo_that_has_the_name_later_is_none_of_the_apps(client, public):
    bob = make_user("bob")
    token = signed_in(client, public, bob, scope="contribute-repos")["access_token"]
    create(client, token, "made")
    create(client, token, "gone")
    repositories.move_repo(Repo.objects.get(name="made"), bob.namespace, "renamed")
    repositories.delete_repo(Repo.objects.get(name="gone"))
    for name in ("made", "gone"):
        make_repo(bob, name, private=True)
        assert may(token, f"bob/{name}") == [False] * 3
    assert may(token, "bob/renamed") == [True, True, False]
    listed = client.get("/api/models?author=bob", headers=auth(token)).json()
    assert [repo["id"] for repo in listed] == ["bob/renamed"]


def test_an_app_that_made_very_many_repos_may_list_them(client, public):
    bob = make_user("bob")
    token = signed_in(client, public, bob, scope="contribute-repos")["access_token"]
    create(client, token, "made")
    rights = [Right(f"bob/{number}", "model", write=True, repo=10**6 + number) for number in range(MOST - 1)]
    add_rights(live_token(token), rights, most=MOST)
    listed = client.get("/api/models?author=bob", headers=auth(token)).json()
    assert [repo["id"] for repo in listed] == ["bob/made"]


def test_a_copy_is_made_by_an_app_too_and_neither_is_deleted_by_it(client, public):
    bob = make_user("bob")
    make_repo(make_user("alice"), "open")
    token = signed_in(client, public, bob, scope="contribute-repos")["access_token"]
    wanted = {"repository": "bob/copy"}
    answer = client.post("/api/models/alice/open/duplicate", wanted, "application/json", headers=auth(token))
    assert (answer.status_code, may(token, "bob/copy")) == (200, [True, True, False])
    answer = client.delete("/api/repos/delete", {"name": "copy"}, "application/json", headers=auth(token))
    assert (answer.status_code, Repo.objects.count()) == (403, 2)


def test_refresh_tokens_are_for_their_app_and_work_once(client, public, secretive):
    first = signed_in(client, public)

    def renew(token, **more):
        form = {"grant_type": "refresh_token", "refresh_token": token, "client_id": public.client_id} | more
        return client.post("/oauth/token", form)

    other = {"client_id": secretive.app.client_id, "client_secret": secretive.secret}
    assert error(renew(first["refresh_token"], **other)) == "invalid_grant"
    assert error(renew(first["refresh_token"], client_id="26be6b09-91c5-47da-9861-d2d2bb7a7e36")) == "invalid_grant"
    assert error(renew(first["refresh_token"], client_id="")) == "invalid_request"
    assert error(renew(first["refresh_token"], scope="openid profile write-repos")) == "invalid_scope"
    second = renew(first["refresh_token"], scope="profile openid").json()
    assert whoami(client, second["access_token"]).status_code == 200
    assert error(renew(first["refresh_token"])) == "invalid_grant"
    assert whoami(client, second["access_token"]).status_code == 401


def test_tokens_end_with_what_they_come_from(client, public, secretive):
    given = signed_in(client, public)
    program_logins.end(ProgramLogin.objects.get())
    assert whoami(client, given["access_token"]).status_code == 401
    more = {"client_id": secretive.app.client_id, "client_secret": secretive.secret}
    given = redeem(client, code_for(secretive.app), **more).json()
    User.objects.filter(username="dev").update(is_active=False)
    form = {"grant_type": "refresh_token", "refresh_token": given["refresh_token"]}
    assert error(client.post("/oauth/token", form | more)) == "invalid_client"
    secretive.app.delete()
    assert whoami(client, given["access_token"]).status_code == 401


def test_whoever_is_shut_out_has_no_app_that_acts_for_others(client):
    mallory, root = make_user("mallory"), make_user("dora")
    User.objects.filter(pk=root.pk).update(is_superuser=True)
    app = oauth_apps.create(mallory, name="Trap", uris=[BACK], confidential=False).app
    given, waiting = signed_in(client, app), code_for(app)
    administration.deactivate(mallory, by=root)
    assert whoami(client, given["access_token"]).status_code == 401
    assert error(redeem(client, waiting)) == "invalid_grant"


def test_somebody_signs_in_to_one_app_at_twenty_places(client, public):
    tokens = [signed_in(client, public)["access_token"] for _ in range(21)]
    assert [whoami(client, token).status_code for token in (tokens[0], tokens[1], tokens[20])] == [401, 200, 200]


@pytest.mark.parametrize("path", ["openid-configuration", "oauth-authorization-server"])
def test_programs_find_what_there_is(client, path):
    told = client.get(f"/.well-known/{path}", headers={"Origin": "https://app.example"})
    assert told.headers["Access-Control-Allow-Origin"] == "*"
    for name in ("token_endpoint", "userinfo_endpoint", "jwks_uri", "registration_endpoint"):
        address = told.json()[name].removeprefix(told.json()["issuer"])
        assert client.options(address, headers=ASKS).headers["Access-Control-Allow-Headers"] == "*, Authorization", name
        assert client.get(address).status_code in {200, 401, 405}, name
    assert "Access-Control-Allow-Origin" not in client.get(f"/oauth/authorize?{urlencode(PKCE)}").headers


def test_there_is_nothing_else_below_oauth(client):
    answer = client.get("/oauth/anything/else")
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "EndpointNotFound")


def test_pages_of_other_sites_call_the_api_with_a_token_of_their_own(client, public):
    answer = client.options("/api/whoami-v2", headers=ASKS | {"Access-Control-Request-Headers": "authorization"})
    assert (answer.status_code, answer.headers["Access-Control-Allow-Headers"]) == (204, "*, Authorization")
    answer = whoami(client, signed_in(client, public)["access_token"])
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert client.get("/api/nothing").headers["Access-Control-Allow-Origin"] == "*"
