"""People of the clients' tests: each test has its own, on the server that all tests share."""

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from clients.people import Person, sign_up
from live import LiveServer


@pytest.fixture
def person(live_server: LiveServer, client_env: Callable[..., dict[str, str]]) -> Callable[[str], Person]:
    """Give a function that makes a person, whose name begins as asked and is then made unique."""

    def make(lead: str, role: str = "write") -> Person:
        name, token = sign_up(live_server, lead, role)
        return Person(name, token, client_env(live_server.url, token))

    return make


@pytest.fixture(scope="session")
def neighbours(live_server: LiveServer) -> dict[str, str]:
    """Make Alice, who has an organization, and Carol, who has nothing; tell the scripts of them by the environment."""
    people = [dict(zip(("name", "token"), sign_up(live_server, lead), strict=True)) for lead in ("alice", "carol")]
    organization = f"{people[0]['name']}-lab"
    live_server.cli("org", "create", organization, "--admin", people[0]["name"])
    return {"PEOPLE": json.dumps(people), "ORG": organization}


@pytest.fixture
def day(
    live_server: LiveServer, neighbours: dict[str, str], client_env: Callable[..., dict[str, str]]
) -> dict[str, str]:
    """Give the environment in which a script lives a day of Alice's and Carol's, at a home of its own."""
    token = json.loads(neighbours["PEOPLE"])[0]["token"]
    return client_env(live_server.url, token) | neighbours


@pytest.fixture
def weights(tmp_path: Path) -> Path:
    """Give a folder with a gated model card, a config, a text and 3 MB of weights in a valid safetensors file."""
    import json
    import random

    folder = tmp_path / "weights"
    (folder / "notes").mkdir(parents=True)
    (folder / "README.md").write_text(
        "---\nlicense: mit\nextra_gated_prompt: Do no harm.\nextra_gated_fields:\n  Company: text\n"
        "  I agree: checkbox\n---\n# Weights\n"
    )
    (folder / "config.json").write_text('{"model_type": "bert", "hidden_size": 8}')
    (folder / "notes" / "how it was made.txt").write_text("By patience.\n")
    size = 3_000_000
    header = json.dumps({"w": {"dtype": "U8", "shape": [size], "data_offsets": [0, size]}}).encode()
    header += b" " * (-len(header) % 8)
    data = random.Random(7).randbytes(size)
    (folder / "model.safetensors").write_bytes(len(header).to_bytes(8, "little") + header + data)
    return folder
