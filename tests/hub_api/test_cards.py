"""Is this card's metadata sound?"""

import pytest

pytestmark = pytest.mark.django_db
SOUND = "---\nlicense: mit\n---\n# Hi\n"
WRONG = "---\nlicense: mine\n---\n"


@pytest.fixture
def check(client):
    return lambda content, **more: client.post(
        "/api/validate-yaml", {"content": content, "repoType": "model"}, "application/json", **more
    )


def test_a_sound_card_is_sound(check):
    answer = check(SOUND)
    assert (answer.status_code, answer.json()) == (200, {"errors": [], "warnings": []})


def test_missing_metadata_is_a_warning(check):
    answer = check("# Hi")
    assert answer.status_code == 200
    assert answer.json()["warnings"] == [{"message": "empty or missing yaml metadata in repo card"}]


@pytest.mark.parametrize("content", [WRONG, "---\na: [\n---\n"])
def test_a_wrong_card_is_told_why_in_json_and_in_text(check, content):
    answer = check(content)
    assert answer.status_code == 400
    [error, *_] = answer.json()["errors"]
    text = check(content, headers={"Accept": "text/plain"})
    assert (text.status_code, text.headers["Content-Type"]) == (400, "text/plain; charset=utf-8")
    assert text.content.decode().startswith(f"- Error: {error['message']}")


def test_a_license_error_reads_as_on_the_hub(check):
    text = check(WRONG, headers={"Accept": "text/plain"}).content.decode()
    assert text.startswith('- Error: "license" must be one of [')


def test_a_card_has_a_largest_size(check):
    answer = check("x" * (2 * 1024 * 1024 + 1))
    assert answer.status_code == 400
    assert answer.json()["errors"] == [{"message": "a card holds at most 2 MiB of text"}]
