"""Access requests over the wire: who sees them, who decides, and the Hub's own words."""

import pytest

from factories import auth, make_repo, make_token, make_user
from gatehouse.access import access_requests

pytestmark = pytest.mark.django_db
REPO = "/api/models/alice/weights/user-access-request"
NOT_FOUND = "No access request found matching your criteria"


@pytest.fixture
def alice():
    return make_user("alice")


@pytest.fixture
def carol():
    return make_user("carol")


@pytest.fixture
def repo(alice):
    return make_repo(alice, gated="manual", files={"README.md": "---\nextra_gated_fields:\n  Company: text\n---\n"})


@pytest.fixture
def asked(repo, carol):
    return access_requests.submit(repo, carol, {"Company": "ACME"})


@pytest.fixture
def call(client, repo, alice):
    """Call an endpoint as Alice, or as the bearer of another token (False: nobody)."""
    mine = make_token(alice, "write")

    def _call(path, body=None, token=mine):
        headers = auth(token) if token else None
        if body is None:
            return client.get(f"{REPO}/{path}", headers=headers)
        return client.post(f"{REPO}/{path}", body, "application/json", headers=headers)

    return _call


def test_a_request_is_written_as_on_the_hub(call, asked, carol):
    answer = call("pending")
    assert "Link" not in answer.headers
    [item] = answer.json()
    assert item.pop("timestamp").endswith("Z")
    assert item == {
        "requestId": asked.public_id,
        "status": "pending",
        "fields": {"Company": "ACME"},
        "user": {
            "_id": carol.public_id,
            "avatarUrl": "http://testserver/api/avatars/carol",
            "fullname": "Carol",
            "isPro": False,
            "user": "carol",
            "type": "user",
            "email": "carol@example.org",
            "verifiedOrgNames": [],
            "orgs": [],
        },
    }


@pytest.mark.parametrize("who", [{"user": "CAROL"}, {"userId": "carol"}, {"requestId": "carol"}])
def test_a_request_is_handled_by_name_id_or_its_own_id(call, asked, carol, who):
    ids = {"userId": carol.public_id, "requestId": asked.public_id}
    who = {name: ids.get(name, value) for name, value in who.items()}
    answer = call("handle", who | {"status": "accepted"})
    assert (answer.status_code, answer.json()) == (200, {})
    [item] = call("accepted").json()
    assert item["grantedBy"]["user"] == "alice"
    assert item["reviewedAt"].endswith("Z")
    assert call("pending").json() == []


def test_a_reset_request_is_in_its_own_list(call, asked):
    call("handle", {"user": "carol", "status": "reset", "resetReason": "Please name your company"})
    [item] = call("reset").json()
    assert (item["status"], "grantedBy" in item) == ("reset", False)


def test_whoever_was_let_in_unasked_shared_no_address(call, carol):
    answer = call("grant", {"user": "carol"})
    assert (answer.status_code, answer.json()) == (200, {})
    [item] = call("accepted").json()
    assert ("email" in item["user"], "fields" in item) == (False, False)
    again = call("grant", {"userId": carol.public_id})
    assert (again.status_code, again.json()["error"]) == (400, "That user already has access to the repo")


@pytest.mark.parametrize(
    ("path", "body", "status", "error"),
    [
        ("handle", {"user": "carol", "status": "pending"}, 404, NOT_FOUND),
        ("handle", {"user": "alice", "status": "accepted"}, 404, NOT_FOUND),
        ("handle", {"requestId": "0" * 24, "status": "accepted"}, 404, NOT_FOUND),
        ("handle", {"user": "nobody", "status": "accepted"}, 404, "User not found"),
        ("handle", {"userId": "0" * 24, "status": "accepted"}, 404, "User not found"),
        ("grant", {"user": "nobody"}, 404, "User not found"),
        ("handle", {"status": "accepted"}, 400, "* Either userId or user must be provided, but not both"),
        ("grant", {"user": "carol", "userId": "0" * 24}, 400, "* Either userId or user must be provided, but not both"),
        (
            "handle",
            {"user": "carol", "status": "maybe"},
            400,
            '* Invalid option: expected one of "accepted"|"rejected"|"pending"|"reset" * at status',
        ),
        (
            "handle",
            {"user": "carol", "status": "rejected", "rejectionReason": "x" * 201},
            400,
            "* Too big: expected string to have <=200 characters * at rejectionReason",
        ),
        (
            "batch",
            {"status": "accepted", "requests": []},
            400,
            "* Too small: expected array to have >=1 items * at requests",
        ),
        (
            "batch",
            {"status": "accepted", "requests": [{"user": "x"}] * 101},
            400,
            "* Too big: expected array to have <=100 items * at requests",
        ),
        ("pending?limit=9", None, 400, "* Too small: expected number to be >=10 * at limit"),
        ("pending?limit=1001", None, 400, "* Too big: expected number to be <=1000 * at limit"),
        ("maybe", None, 400, '* Invalid option: expected one of "accepted"|"rejected"|"pending"|"reset" * at status'),
        ("cancel", {}, 404, "No pending access request found for this repo and this user"),
    ],
)
def test_what_cannot_be_done_is_said_in_the_hubs_words(call, asked, path, body, status, error):
    answer = call(path, body)
    assert (answer.status_code, answer.json()["error"]) == (status, error)
    assert "X-Error-Code" not in answer.headers
    assert [item["status"] for item in call("pending").json()] == ["pending"]


@pytest.mark.parametrize(
    "query", ["after=2026-01-01", "before=yesterday", "q=" + "x" * 251, "cursor=zzz", "cursor=W10"]
)
def test_a_query_that_makes_no_sense_is_refused(call, query):
    assert call(f"pending?{query}").status_code == 400


def test_a_reason_for_another_state_is_dropped(call, asked):
    assert call("handle", {"user": "carol", "status": "accepted", "rejectionReason": "no"}).status_code == 200
    asked.refresh_from_db()
    assert asked.reason == ""


def test_without_a_gate_there_is_nothing_to_decide(call, asked, repo):
    repo.gated = ""
    repo.save()
    carol = {"user": "carol"}
    bodies = {
        "handle": carol | {"status": "accepted"},
        "grant": carol,
        "batch": {"status": "accepted", "requests": [carol]},
    }
    for path, body in bodies.items():
        answer = call(path, body)
        assert (answer.status_code, answer.headers["X-Error-Code"]) == (400, "RepoNotGated")
        assert answer.json()["error"] == "model alice/weights is not gated"
    assert len(call("pending").json()) == 1


def test_a_batch_tells_of_each_in_order(call, asked, carol):
    call("handle", {"user": "carol", "status": "accepted"})
    body = {"status": "accepted", "requests": [{"user": "nobody"}, {"userId": carol.public_id}, {"user": "alice"}]}
    assert call("batch", body).json() == [
        {"user": "nobody", "ok": False, "error": "user_not_found"},
        {"userId": carol.public_id, "ok": True},
        {"user": "alice", "ok": False, "error": "request_not_found"},
    ]
    body = {"status": "rejected", "rejectionReason": "No", "requests": [{"user": "carol"}]}
    assert call("batch", body).json() == [{"user": "carol", "ok": True}]
    asked.refresh_from_db()
    assert (asked.status, asked.reason) == ("rejected", "No")


def test_everybody_comes_in_one_page_and_in_several(client, call, repo):
    for number in range(23):
        access_requests.submit(repo, make_user(f"user-{number:02}"), {"Company": "x"})
    assert len(call("pending").json()) == 23
    path, seen = "pending?limit=10&q=user", []
    while path:
        answer = call(path)
        seen += [item["user"]["user"] for item in answer.json()]
        path = answer.headers.get("Link", "").partition(">")[0].removeprefix(f"<http://testserver{REPO}/")
    assert seen == [f"user-{number:02}" for number in reversed(range(23))]


def test_requests_are_found_by_name_and_by_time(call, asked):
    assert len(call("pending?q=car").json()) == 1
    assert call("pending?q=bob").json() == []
    assert len(call("pending?after=2020-01-01T00:00:00Z").json()) == 1
    assert call("pending?before=2020-01-01T00:00:00Z").json() == []


@pytest.mark.parametrize(
    ("path", "body"),
    [
        ("pending", None),
        ("handle", {"user": "carol", "status": "accepted"}),
        ("batch", {"status": "accepted", "requests": [{"user": "carol"}]}),
        ("grant", {"user": "carol"}),
    ],
)
def test_only_authors_with_a_token_for_writing_decide(call, asked, alice, carol, path, body):
    answer = call(path, body, token=False)
    assert (answer.status_code, answer.json()["error"]) == (401, "Invalid username or password.")
    answer = call(path, body, make_token(carol, "write"))
    assert answer.status_code == 403
    assert answer.json()["error"] == "You have read access but not the required permissions for this operation"
    assert call(path, body, make_token(alice, "read")).status_code == 403
    asked.refresh_from_db()
    assert asked.status == "pending"


def test_a_hidden_repo_has_no_requests_to_show(call, repo, carol):
    repo.private = True
    repo.save()
    answer = call("pending", token=make_token(carol, "write"))
    assert (answer.status_code, answer.headers["X-Error-Code"]) == (404, "RepoNotFound")


def test_an_asker_withdraws_a_pending_request(call, asked, carol):
    assert call("cancel", {}, make_token(carol, "read")).status_code == 403
    assert call("cancel", {}, token=False).status_code == 401
    assert call("cancel", {}, make_token(carol, "write")).json() == {"ok": True}
    assert call("pending").json() == []
    assert call("cancel", {}, make_token(carol, "write")).status_code == 404


@pytest.mark.parametrize("name", ["after", "before"])
@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_that_utc_does_not_have_is_refused(client, repo, alice, name, moment):
    answer = client.get(f"{REPO}/pending", {name: moment}, headers=auth(make_token(alice, "write")))
    assert answer.status_code == 400
