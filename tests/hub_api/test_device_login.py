"""`POST /oauth/device` and `POST /oauth/token`: what programs are told while their user decides, and after."""

from datetime import timedelta
from threading import Barrier, Thread

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from factories import auth, make_token, make_user
from gatehouse.accounts import device_logins, program_logins
from gatehouse.accounts.models import AccessToken, ProgramLogin, User

pytestmark = pytest.mark.django_db

ID = {"client_id": "26be6b09-91c5-47da-9861-d2d2bb7a7e36"}
GRANT = "urn:ietf:params:oauth:grant-type:device_code"
AGENT = "unknown/None; hf_hub/2.4.0; python/3.11.7"


def begin(client, **more):
    return client.post("/oauth/device", ID | more, headers={"User-Agent": AGENT}).json()


def ask(client, device_code):
    return client.post("/oauth/token", ID | {"grant_type": GRANT, "device_code": device_code})


def renew(client, refresh_token):
    return client.post("/oauth/token", ID | {"grant_type": "refresh_token", "refresh_token": refresh_token})


def decide(user, *, allow=True):
    assert device_logins.decide(ProgramLogin.objects.latest("pk"), user, allow=allow)


def signed_in(client, user=None, **more):
    """Let a program in and give what it got."""
    codes = begin(client, **more)
    decide(user or make_user())
    return ask(client, codes["device_code"]).json()


def error(answer):
    assert answer.status_code == (401 if answer.json()["error"] == "invalid_client" else 400)
    assert answer.headers["X-Error-Message"] == answer.json()["error_description"]
    assert answer.headers["Cache-Control"] == "no-store"
    return answer.json()["error"]


def age(**columns):
    ProgramLogin.objects.update(**{name: timezone.now() - ago for name, ago in columns.items()})


def test_a_program_gets_its_codes(client):
    codes = begin(client)
    assert (codes["interval"], codes["expires_in"]) == (5, 900)
    assert codes["verification_uri"].endswith("/oauth/device")
    assert codes["verification_uri_complete"] == f"{codes['verification_uri']}?user_code={codes['user_code']}"
    left, right = codes["user_code"].split("-")
    assert len(left) == len(right) == 4
    assert set(left + right) <= set("BCDFGHJKLMNPQRSTVWXZ")
    row = ProgramLogin.objects.get()
    assert row.program == "huggingface_hub 2.4.0"
    assert codes["device_code"] not in str(vars(row))


@pytest.mark.parametrize(
    ("agent", "program"),
    [
        ("python-httpx2/2.16.2", "huggingface_hub (python-httpx2 2.16.2)"),
        ("", "huggingface_hub"),
        ("<b>" + "x" * 300, "huggingface_hub (b)"),
        ("\u0441url/" + "7" * 300, "huggingface_hub (url " + "7" * 56 + ")"),
    ],
)
def test_a_program_cannot_call_itself_just_anything(client, agent, program):
    client.post("/oauth/device", ID, headers={"User-Agent": agent})
    assert ProgramLogin.objects.get().program == program


def test_it_waits_until_its_user_allows_it_and_is_then_their_program(client):
    codes = begin(client)
    assert error(ask(client, codes["device_code"])) == "authorization_pending"
    decide(make_user("bob"))
    given = ask(client, codes["device_code"]).json()
    assert given["token_type"] == "Bearer"
    me = client.get("/api/whoami-v2", headers=auth(given["access_token"])).json()
    assert (me["name"], me["auth"]["type"], "accessToken" in me["auth"]) == ("bob", "oauth", False)


def test_who_asks_too_fast_is_told_to_slow_down_and_has_to(client):
    code = begin(client)["device_code"]
    assert error(ask(client, code)) == "authorization_pending"
    assert error(ask(client, code)) == "slow_down"
    age(polled_at=timedelta(seconds=6))
    assert error(ask(client, code)) == "slow_down"
    age(polled_at=timedelta(seconds=16))
    assert error(ask(client, code)) == "authorization_pending"
    for _ in range(30):
        ask(client, code)
    assert ProgramLogin.objects.get().interval_s == 60


def test_a_denied_program_stays_out(client):
    codes = begin(client)
    decide(make_user(), allow=False)
    assert error(ask(client, codes["device_code"])) == "access_denied"


def test_nobody_decides_twice(client):
    begin(client)
    alice, bob = make_user("alice"), make_user("bob")
    login = ProgramLogin.objects.get()
    assert device_logins.decide(login, alice, allow=True)
    assert not device_logins.decide(login, bob, allow=True)
    assert not device_logins.decide(login, bob, allow=False)
    assert ProgramLogin.objects.get().user == alice


def test_codes_expire(client):
    codes = begin(client)
    age(expires_at=timedelta(0))
    assert device_logins.waiting(codes["user_code"]) is None
    assert not device_logins.decide(ProgramLogin.objects.get(), make_user(), allow=True)
    assert error(ask(client, codes["device_code"])) == "expired_token"


def test_an_allowed_code_expires_too(client):
    codes = begin(client)
    decide(make_user())
    age(expires_at=timedelta(0))
    assert error(ask(client, codes["device_code"])) == "expired_token"


def test_a_device_code_gives_tokens_once(client):
    codes = begin(client)
    decide(make_user())
    assert ask(client, codes["device_code"]).status_code == 200
    assert error(ask(client, codes["device_code"])) == "invalid_grant"
    assert AccessToken.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({}, "invalid_request"),
        ({"grant_type": GRANT}, "invalid_request"),
        ({"grant_type": GRANT, **ID}, "invalid_request"),
        ({"grant_type": GRANT, "client_id": "another", "device_code": "x"}, "invalid_client"),
        ({"grant_type": "refresh_token", "client_id": "another", "refresh_token": "x"}, "invalid_client"),
        ({"grant_type": GRANT, **ID, "device_code": "x"}, "invalid_grant"),
        ({"grant_type": GRANT, **ID, "device_code": "x\0"}, "invalid_request"),
        ({"grant_type": "refresh_token", **ID, "refresh_token": "x"}, "invalid_grant"),
        ({"grant_type": "refresh_token", **ID, "refresh_token": "x.y.z"}, "invalid_grant"),
        ({"grant_type": "password", **ID}, "unsupported_grant_type"),
        ({"grant_type": "urn:ietf:params:oauth:grant-type:token-exchange"}, "invalid_request"),
    ],
)
@pytest.mark.parametrize("kind", ["application/x-www-form-urlencoded", "application/json"])
def test_what_makes_no_sense_has_its_error(client, fields, expected, kind):
    from urllib.parse import urlencode

    body = fields if kind.endswith("json") else urlencode(fields)
    assert error(client.post("/oauth/token", body, kind)) == expected


def test_the_hubs_other_programs_are_unknown_here(client):
    assert error(client.post("/oauth/device", {"client_id": "another"})) == "invalid_client"
    for scope in ("read-repos inference-api", "contribute-repos"):
        assert error(client.post("/oauth/device", ID | {"scope": scope})) == "invalid_scope"
    assert error(client.post("/oauth/device", "[1]", "application/json")) == "invalid_request"
    assert not ProgramLogin.objects.exists()


@pytest.mark.parametrize(
    ("scope", "role", "reads_gated"),
    [
        ("", "write", True),
        ("openid write-repos", "write", True),
        ("read-repos profile", "read", True),
        ("gated-repos", "fineGrained", True),
        ("openid profile email", "fineGrained", False),
    ],
)
def test_a_token_does_what_its_scope_asks(client, scope, role, reads_gated):
    from gatehouse.accounts.tokens import actor_from_token

    actor = actor_from_token(signed_in(client, scope=scope)["access_token"])
    assert (actor.token.scope, actor.reads_gated) == (role, reads_gated)


def test_a_refresh_token_gives_the_next_ones(client):
    first = signed_in(client)
    second = renew(client, first["refresh_token"]).json()
    third = renew(client, second["refresh_token"]).json()
    tokens = {given["access_token"] for given in (first, second, third)}
    assert len(tokens) == 3
    # What is under way with a former access token goes on until that one expires by itself.
    assert {client.get("/api/whoami-v2", headers=auth(token)).status_code for token in tokens} == {200}


def test_expired_access_tokens_are_refused_and_renewed(client):
    first = signed_in(client)
    AccessToken.objects.update(expires_at=timezone.now())
    assert client.get("/api/whoami-v2", headers=auth(first["access_token"])).status_code == 401
    second = renew(client, first["refresh_token"]).json()
    assert client.get("/api/whoami-v2", headers=auth(second["access_token"])).status_code == 200
    assert AccessToken.objects.count() == 1


@pytest.mark.parametrize("renewals", [1, 3])
def test_a_former_refresh_token_shuts_everybody_out(client, renewals):
    stolen = latest = signed_in(client)
    for _ in range(renewals):
        latest = renew(client, latest["refresh_token"]).json()
    assert error(renew(client, stolen["refresh_token"])) == "invalid_grant"
    assert error(renew(client, latest["refresh_token"])) == "invalid_grant"
    assert client.get("/api/whoami-v2", headers=auth(latest["access_token"])).status_code == 401


def test_a_login_that_was_not_used_for_long_is_over(client):
    given = signed_in(client)
    age(expires_at=timedelta(0))
    assert error(renew(client, given["refresh_token"])) == "invalid_grant"


def test_who_has_no_account_any_more_gets_nothing(client):
    codes = begin(client)
    decide(make_user())
    User.objects.update(is_active=False)
    assert error(ask(client, codes["device_code"])) == "invalid_grant"
    User.objects.update(is_active=True)
    given = ask(client, codes["device_code"]).json()
    User.objects.update(is_active=False)
    assert error(renew(client, given["refresh_token"])) == "invalid_grant"


def test_other_tokens_are_no_refresh_tokens(client):
    given = signed_in(client)
    for token in (given["access_token"], make_token(make_user("bob"))):
        assert error(renew(client, token)) == "invalid_grant"
    assert client.get("/api/whoami-v2", headers=auth(given["access_token"])).status_code == 200


def test_one_address_makes_a_hundred_codes_and_no_more(client):
    for _ in range(100):
        begin(client)
    answer = client.post("/oauth/device", ID)
    assert (answer.status_code, answer.json()["error"]) == (429, "slow_down")
    age(expires_at=timedelta(0))
    assert client.post("/oauth/device", ID).status_code == 200


def test_whoever_forges_a_long_address_behind_a_proxy_is_counted_too(client, settings):
    settings.TRUSTED_PROXIES = 1
    headers = {"X-Forwarded-For": "x" * 60}
    answers = [client.post("/oauth/device", ID, headers=headers).status_code for _ in range(101)]
    assert answers == [200] * 100 + [429]


def test_what_is_over_is_cleared_away(client):
    begin(client)
    signed_in(client)
    program_logins.clear()
    assert ProgramLogin.objects.count() == 2
    age(expires_at=timedelta(hours=2))
    program_logins.clear()
    assert not ProgramLogin.objects.exists()
    assert not AccessToken.objects.exists()


def at_once(*calls):
    """Make calls in threads that start together; give what they answered."""
    answers, start = [], Barrier(len(calls))

    def run(call):
        start.wait()
        answers.append(call())
        connection.close()

    threads = [Thread(target=run, args=(call,)) for call in calls]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return answers


@pytest.mark.django_db(transaction=True)
def test_of_two_that_collect_at_once_one_gets_the_tokens(client):
    code = begin(client)["device_code"]
    decide(make_user())
    answers = at_once(*[lambda: ask(Client(), code)] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert AccessToken.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_that_renew_at_once_one_gets_tokens_and_both_are_shut_out(client):
    """The client takes a lock before it renews: two at once are a program and its thief."""
    token = signed_in(client)["refresh_token"]
    answers = at_once(*[lambda: renew(Client(), token)] * 4)
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]
    assert not AccessToken.objects.exists()
    assert not ProgramLogin.objects.exists()
