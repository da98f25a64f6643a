"""Who asks too often is told to wait, through every kind of door, whoever they say they are."""

import json

import pytest
from world import Reply, World, bearer, browser, build, call

from factories import make_user
from gatehouse.accounts import rates

pytestmark = pytest.mark.django_db

FILE = "/acme/weights/resolve/main/README.md"
API = "/api/models/acme/weights"
BUCKETS = [("resolvers", FILE), ("api", API), ("pages", "/models")]


@pytest.fixture(autouse=True)
def _limits(settings):
    settings.RATE_LIMITS = {"api": 3, "resolvers": 3, "pages": 3}


@pytest.fixture
def world():
    return build()


def ask(path: str, caller: dict[str, str] | None = None, **environ: str) -> Reply:
    return call("GET", path, caller or {}, **environ)


def use_up(path: str, caller: dict[str, str] | None = None, **environ: str) -> None:
    while ask(path, caller, **environ).status != 429:
        pass


@pytest.mark.parametrize(("bucket", "path"), BUCKETS)
def test_answers_say_how_many_are_left_and_then_when_to_come_back(world: World, bucket: str, path: str) -> None:
    for left in (2, 1, 0):
        reply = ask(path)
        assert reply.status == 200
        assert reply.headers["RateLimit"].startswith(f'"{bucket}";r={left};t=')
        assert reply.headers["RateLimit-Policy"] == f'"fixed window";"{bucket}";q=3;w=300'
    reply = ask(path)
    wait_s = int(reply.headers["Retry-After"])
    assert (reply.status, reply.headers["X-Error-Code"]) == (429, "TooManyRequests")
    assert reply.headers["RateLimit"] == f'"{bucket}";r=0;t={wait_s}'
    assert reply.headers["X-Error-Message"] == f"Too many requests in five minutes. Try again in {wait_s} seconds."
    assert 0 < wait_s <= 300


@pytest.mark.parametrize(("bucket", "path"), BUCKETS)
def test_zero_is_no_limit(world: World, settings, bucket: str, path: str) -> None:
    settings.RATE_LIMITS = {name: 0 for name, _ in BUCKETS}
    for _ in range(5):
        reply = ask(path)
        assert (reply.status, "RateLimit" in reply.headers) == (200, False)


def test_a_refusal_speaks_as_its_door_does(world: World) -> None:
    for path in (FILE, API, "/models"):
        use_up(path)
    assert ask(FILE).body.startswith(b"Too many requests")
    assert json.loads(ask(API).body)["error"].startswith("Too many requests")
    assert b"<h1>Too many requests</h1>" in ask("/models").body
    batch = call("POST", "/acme/weights.git/info/lfs/objects/batch", {}, b"{}")
    assert (batch.status, json.loads(batch.body)["message"][:17]) == (429, "Too many requests")
    assert call("HEAD", FILE, {}).body == b""


@pytest.mark.parametrize("path", ["/oauth/authorize", "/oauth/device"])
def test_a_person_who_lets_a_program_in_is_told_by_a_page(world: World, path: str) -> None:
    use_up(path)
    assert b"<h1>Too many requests</h1>" in ask(path).body
    assert call("POST", "/oauth/device", {}, b"").status != 429  # the program's own count


def test_a_program_that_waits_for_its_user_goes_on_waiting(world: World) -> None:
    use_up("/api/whoami-v2")
    reply = call("POST", "/oauth/token", {}, b"")
    assert (reply.status, json.loads(reply.body)["error"]) == (429, "slow_down")


def test_each_user_and_each_address_has_its_own_count(world: World) -> None:
    carol, dave = bearer(make_user("carol")), bearer(make_user("dave"))
    use_up(API, carol)
    assert ask(API, dave).status == ask(API).status == 200
    use_up(API)
    assert ask(API, REMOTE_ADDR="192.0.2.7").status == 200
    assert ask(API, dave).status == 200


def test_all_tokens_and_browsers_of_a_person_count_together(world: World) -> None:
    carol = make_user("carol")
    use_up(FILE, bearer(carol))
    assert ask(FILE, bearer(carol)).status == ask(FILE, browser(carol)).status == 429


@pytest.mark.parametrize(
    "made_up",
    [
        {"HTTP_AUTHORIZATION": "Bearer hf_made_up"},
        {"HTTP_AUTHORIZATION": "Basic ???"},
        {"HTTP_AUTHORIZATION": ""},
        {"HTTP_COOKIE": "gatehouse_session=made-up"},
        {"HTTP_X_FORWARDED_FOR": "198.51.100.3"},
    ],
)
@pytest.mark.parametrize("path", [FILE, API])
def test_nobody_escapes_by_what_they_make_up(world: World, made_up: dict[str, str], path: str) -> None:
    use_up(path)
    assert ask(path, made_up).status == 429


def test_a_token_that_is_none_any_more_counts_for_its_address(world: World) -> None:
    from gatehouse.accounts.models import AccessToken

    carol = bearer(make_user("carol"))
    AccessToken.objects.all().delete()
    use_up(API, REMOTE_ADDR="192.0.2.7")
    assert ask(API, carol, REMOTE_ADDR="192.0.2.7").status == 429


def test_the_proxies_that_are_trusted_name_the_address(world: World, settings) -> None:
    settings.TRUSTED_PROXIES = 1
    use_up(API, HTTP_X_FORWARDED_FOR="198.51.100.3")
    assert ask(API, HTTP_X_FORWARDED_FOR="198.51.100.4").status == 200
    assert ask(API, HTTP_X_FORWARDED_FOR="198.51.100.4, 198.51.100.3").status == 429


def test_a_network_of_ipv6_counts_as_one_address(world: World) -> None:
    use_up(API, REMOTE_ADDR="2001:db8::1")
    assert ask(API, REMOTE_ADDR="2001:db8::ffff:2").status == 429
    assert ask(API, REMOTE_ADDR="2001:db8:0:1::1").status == 200


def test_addresses_of_ipv4_count_apart_also_where_the_server_hears_them_by_ipv6(world: World) -> None:
    use_up(API, REMOTE_ADDR="::ffff:192.0.2.7")
    assert ask(API, REMOTE_ADDR="192.0.2.7").status == 429
    assert ask(API, REMOTE_ADDR="::ffff:192.0.2.8").status == 200


def test_what_pages_are_made_of_and_the_monitors_question_are_not_counted(world: World) -> None:
    use_up("/models")
    for path in ("/healthz", "/favicon.ico"):
        reply = ask(path)
        assert (reply.status, "RateLimit" in reply.headers) == (200, False)


def test_without_its_database_the_hub_still_counts(world: World, monkeypatch) -> None:
    from django.db import OperationalError

    def away(_token: str) -> None:
        raise OperationalError

    monkeypatch.setattr(rates, "live_token", away)
    known = rates.counter_for("api", {"REMOTE_ADDR": "192.0.2.7"})
    assert rates.counter_for("api", {"HTTP_AUTHORIZATION": "Bearer hf_x", "REMOTE_ADDR": "192.0.2.7"}) is known
