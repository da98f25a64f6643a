"""Runs every example of docs/access-requests-by-program.md as it stands, against a live hub, one language after the other."""

import json
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from clients.people import sign_up
from clients.running import Finished, program, run, run_js
from live import LiveServer

pytestmark = pytest.mark.client
PAGE = Path(__file__).parents[2] / "docs" / "access-requests-by-program.md"
LANGUAGES = ("bash", "python", "js")
FIRST = "Before the first call"
MARK = "=== "
CARD = "---\nextra_gated_fields:\n  Institution: text\n  I agree: checkbox\n---\n"
# What must be among the words that an example prints.
PRINTS = {
    "List who waits": ("GRACE@example.org", "HEIDI@example.org", "Volta Hospital"),
    "List who has access": ("GRACE",),
    "List who was turned down": ("GRACE",),
    "Decide about many at once": ("GRACE", "VICTOR", "nobody-here", "user_not_found"),
    "Withdraw one's own request": ("ok",),
    "Download the report": ("GRACE", "VICTOR", "accepted"),
}
# The calls of the API's table, and those around them.
CALLS = (
    "requests/pending", "requests/accepted", "requests/rejected", "requests/handle", "requests/grant", "requests/batch",
    "requests/cancel", "ask-access", "user-access-report", "models/$repo/settings", "settings/notifications",
)  # fmt: skip


def sections() -> dict[str, dict[str, str]]:
    """Give the examples of the page: heading, language, code."""
    found = {}
    for section in re.split(r"^## ", PAGE.read_text(), flags=re.MULTILINE)[1:]:
        heading, _, text = section.partition("\n")
        found[heading] = dict(re.findall(r"^```(\w+)\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL))
    return found


def test_every_call_is_shown_in_every_language() -> None:
    for heading, examples in sections().items():
        assert set(examples) == set(LANGUAGES), heading
    shown = PAGE.read_text()
    assert [call for call in CALLS if f"${call}" not in shown and f"/{call}" not in shown] == []


def script(language: str, names: dict[str, str]) -> str:
    """Put all examples of a language one after the other, each under its heading, with the names of this test."""
    say = {"bash": "echo {}", "python": "print({})", "js": "console.log({});"}[language]
    parts = ["set -e" if language == "bash" else ""]
    for heading, examples in sections().items():
        parts += [say.format(json.dumps(f"\n{MARK}{heading}\n" if language != "bash" else f"{MARK}{heading}"))]
        parts += [examples[language], "echo" if language == "bash" else ""]
    text = "\n".join(parts)
    for name, real in names.items():
        text = re.sub(rf"(?<![\w$]){name}(?!\w)", real, text)
    return text


def run_script(language: str, text: str, env: dict[str, str]) -> Finished:
    if language == "js":
        return run_js(text, env)
    command = {"bash": ["bash", "-c"], "python": [program("hub-newest", "python"), "-c"]}[language]
    return run([*command, text], env)


def call(env: dict[str, str], method: str, path: str, body: Any = None, token: str = "") -> Any:
    """Send what stands around the examples by curl."""
    sent = ["-d", json.dumps(body), "-H", "Content-Type: application/json"] if body is not None else []
    auth = f"Authorization: Bearer {token or env['HF_TOKEN']}"
    out = run(["curl", "-sSf", "-X", method, "-H", auth, *sent, f"{env['HF_ENDPOINT']}{path}"], env).out
    return json.loads(out) if out.startswith(("{", "[")) else out


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_examples_do_what_they_say(
    language: str, live_server: LiveServer, client_env: Callable[..., dict[str, str]]
) -> None:
    (alice, token), *others = (sign_up(live_server, lead) for lead in ("alice", "grace", "victor", "heidi"))
    (grace, grace_token), (victor, _), (heidi, heidi_token) = others
    env = client_env(live_server.url, token) | {"GRACE_TOKEN": grace_token, "HEIDI_TOKEN": heidi_token}
    repo = f"{alice}/weights"
    call(env, "POST", "/api/repos/create", {"name": "weights"})
    call(env, "PUT", f"/api/models/{repo}/settings", {"gated": "manual"})
    call(env, "POST", f"/{repo}/ask-access", {}, heidi_token)
    call(env, "PUT", f"/api/models/{repo}/settings", {"gated": False})
    commit = [
        {"key": "header", "value": {"summary": "Card"}},
        {"key": "file", "value": {"path": "README.md", "content": CARD}},
    ]
    lines = "\n".join(json.dumps(line) for line in commit)
    command = ["curl", "-sSf", "-H", f"Authorization: Bearer {token}", "-H", "Content-Type: application/x-ndjson"]
    run([*command, "--data-binary", lines, f"{live_server.url}/api/models/{repo}/commit/main"], env)

    names = {"you/your-model": repo, "grace": grace, "victor": victor}
    done = run_script(language, script(language, names), env)

    printed = dict(part.split("\n", 1) for part in done.out.split(MARK)[1:])
    real = {"GRACE": grace, "VICTOR": victor, "HEIDI": heidi}
    for heading, words in PRINTS.items():
        for word in words:
            assert re.sub(r"[A-Z]{4,}", lambda found: real[found[0]], word) in printed[heading], heading
    accepted = call(env, "GET", f"/api/models/{repo}/user-access-request/accepted")
    assert sorted(row["user"]["user"] for row in accepted) == sorted([grace, victor])
    assert call(env, "GET", f"/api/models/{repo}/user-access-request/pending") == []
    assert call(env, "GET", f"/api/models/{repo}")["gated"] == "manual"
