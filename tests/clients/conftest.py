"""People of the clients' tests: each test has its own, on the server that all tests share."""

import itertools
from collections.abc import Callable
from pathlib import Path

import pytest

from clients.people import Person
from live import LiveServer

_numbers = itertools.count(1)


@pytest.fixture
def person(live_server: LiveServer, client_env: Callable[..., dict[str, str]]) -> Callable[[str], Person]:
    """Give a function that makes a person, whose name begins as asked and is then made unique."""

    def make(lead: str, role: str = "write") -> Person:
        name = f"{lead}{next(_numbers)}"
        live_server.cli(
            "user", "create", name, "--email", f"{name}@example.org", "--password-stdin", stdin="long enough"
        )
        token = live_server.cli("token", "create", name, "--role", role)
        return Person(name, token, client_env(live_server.url, token))

    return make


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
