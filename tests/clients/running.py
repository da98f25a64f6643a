"""Runs the real client programs, each with a home of its own, so that nothing of the machine's reaches them."""

import json
import os
import shutil
import subprocess
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from clients import environments

# Every way out but loopback ends here: nothing listens on the discard port.
NO_WAY_OUT = "http://127.0.0.1:9"
GIT_CONFIG = """\
[user]
    name = Test Person
    email = person@example.org
[init]
    defaultBranch = main
[filter "lfs"]
    clean = git-lfs clean -- %f
    smudge = git-lfs smudge -- %f
    process = git-lfs filter-process
    required = true
"""


@dataclass(frozen=True)
class Finished:
    """How a program ended."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        """What the program printed last, read as JSON."""
        return json.loads(self.out.splitlines()[-1])


def environment(home: Path, url: str, token: str | None = None) -> dict[str, str]:
    """Make `home` and give the environment of a person who lives there and uses the hub at `url`."""
    home.mkdir(parents=True)
    (home / ".gitconfig").write_text(GIT_CONFIG)
    proxies = dict.fromkeys(("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy"), NO_WAY_OUT)
    inherited = ("PATH", "LANG", "TMPDIR", "OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE")
    return (
        {name: os.environ[name] for name in inherited if name in os.environ}
        | proxies
        | {"NO_PROXY": "127.0.0.1,localhost", "no_proxy": "127.0.0.1,localhost"}
        | {"HOME": str(home), "HF_HOME": str(home / "hf"), "HF_ENDPOINT": url}
        | {"HF_HUB_DISABLE_TELEMETRY": "1", "HF_HUB_DISABLE_PROGRESS_BARS": "1"}
        | {"GIT_CONFIG_NOSYSTEM": "1", "GIT_TERMINAL_PROMPT": "0", "PYTHONWARNINGS": "default", "NO_COLOR": "1"}
        | ({"HF_TOKEN": token} if token else {})
    )


def run(
    command: Sequence[str | Path],
    env: dict[str, str],
    *,
    cwd: Path | None = None,
    stdin: str = "",
    check: bool = True,
    timeout: float = 100,
) -> Finished:
    """Run a program to its end; with `check`, a failure fails the test and shows what was printed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    done = subprocess.run(
        command,
        env=env,
        cwd=cwd or env["HOME"],
        input=stdin,
        capture_output=True,
        text=True,
        check=False,
        timeout=timeout,
    )
    assert not check or done.returncode == 0, f"{command} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return Finished(done.returncode, done.stdout, done.stderr)


def program(environment_name: str, name: str) -> Path:
    """Give the path of a program of a client environment; skips the test when that is not built."""
    if not environments.is_built(environment_name):
        pytest.skip(f"the client environment {environment_name} is not built: make clients")
    return environments.folder(environment_name) / "bin" / name


def run_python(
    environment_name: str, script: str, env: dict[str, str], *arguments: str, stdin: str = "", check: bool = True
) -> Finished:
    """Run a Python script in a client environment; it finds `arguments` in sys.argv[1:]."""
    code = textwrap.dedent(script)
    return run([program(environment_name, "python"), "-c", code, *arguments], env, stdin=stdin, check=check)


def run_hf(environment_name: str, env: dict[str, str], *arguments: str, check: bool = True) -> Finished:
    """Run the `hf` command line of a client environment."""
    return run([program(environment_name, "hf"), *arguments], env, check=check)


def run_js(script: str, env: dict[str, str], *arguments: str, check: bool = True) -> Finished:
    """Run a JavaScript module beside the JavaScript client; it finds `arguments` in process.argv.slice(1)."""
    if not environments.is_built("js"):
        pytest.skip("the client environment js is not built: make clients (needs nodejs and npm)")
    command = ["node", "--input-type=module", "--eval", textwrap.dedent(script), "--", *arguments]
    return run(command, env, cwd=environments.folder("js"), check=check)


def needs_torch() -> None:
    """Skip the test when torch could not be had."""
    if not environments.has_torch():
        pytest.skip("torch is not installed beside transformers: make clients TORCH=index")
