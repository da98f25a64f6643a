"""The environments that the real clients run in: one virtual environment, or node_modules folder, per pinned list.

`make clients` builds them under .cache/clients/NAME-HASH. The hash is that of the pinned list, so that an environment
is built once and anew when its list changes.
"""

import hashlib
import os
import platform
import re
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

HERE = Path(__file__).parent
CACHE = HERE.parents[1] / ".cache" / "clients"
HUBS = ("hub-newest", "hub-1.33", "hub-1.19", "hub-0.36")
XET_OF_OLD = ("hub-1.28", "hub-1.20", "hub-0.36-xet-1.2")
UPSTREAM = "upstream"
OAUTH = "oauth"
PYTHON_NAMES = (*HUBS, *XET_OF_OLD, UPSTREAM, OAUTH)
AT_ONCE = 4  # while one waits for the network another unpacks
TORCH = "torch==2.13.0"


def folder(name: str) -> Path:
    """Where the environment `name` is, whether built or not."""
    pinned = HERE / "js" / "package-lock.json" if name == "js" else HERE / "requirements" / f"{name}.txt"
    digest = hashlib.sha256(platform.python_version().encode() + pinned.read_bytes())
    return CACHE / f"{name}-{digest.hexdigest()[:12]}"


def is_built(name: str) -> bool:
    """Whether the environment `name` is there in full."""
    return (folder(name) / "complete").exists()


def build(name: str) -> None:
    """Build the environment `name`, unless it is there, and remove its forerunners."""
    target = folder(name)
    if is_built(name):
        return
    started = time.monotonic()
    for old in CACHE.glob(f"{name}-????????????"):
        shutil.rmtree(old)
    target.mkdir(parents=True)
    build_js(target) if name == "js" else build_python(name, target)
    if name == UPSTREAM:
        add_source_distribution(target)
    (target / "complete").touch()
    say(f"client environment {name}: built in {time.monotonic() - started:.0f} s")


def build_python(name: str, target: Path) -> None:
    """Make a virtual environment with exactly the pinned packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", target], check=True)
    install(target, "--require-hashes", "--requirement", HERE / "requirements" / f"{name}.txt")


def add_source_distribution(target: Path) -> None:
    """Fetch what huggingface_hub was built from, which has its tests: the same version and hashes as the newest client's."""
    pinned = (HERE / "requirements" / f"{UPSTREAM}.txt").read_text()
    (wanted,) = re.findall(r"^huggingface-hub==.*\n(?: +--hash.*\n)+", pinned, re.MULTILINE)
    (target / "source.txt").write_text(wanted)
    command = [
        *pip(target, "download"),
        "--no-deps",
        "--no-build-isolation",
        "--no-binary",
        ":all:",
        "--require-hashes",
    ]
    subprocess.run([*command, "--dest", target, "--requirement", target / "source.txt"], check=True)


def source_distribution() -> Path:
    """Where the source distribution of the newest client is, once the environment is built."""
    (archive,) = folder(UPSTREAM).glob("huggingface_hub-*.tar.gz")
    return archive


def has_torch() -> bool:
    """Whether torch stands beside transformers."""
    return any(folder("transformers").glob("lib/python3.*/site-packages/torch-*.dist-info/RECORD"))


def add_torch() -> None:
    """Add torch from a folder that pip knows (`find-links`), or from the index when TORCH=index asks for it.

    The index's build weighs several GB, too much for every run of the tests; without torch, transformers still loads
    configurations and tokenizers.
    """
    target = folder("transformers")
    if os.environ.get("TORCH") == "index":
        install(target, TORCH)
        return
    found = subprocess.run([*pip(target), "--no-deps", "--no-index", TORCH], check=False, capture_output=True)
    if found.returncode != 0:
        say("client environment transformers: without torch (make clients TORCH=index downloads it, several GB)")


def pip(target: Path, command: str = "install") -> list[str | Path]:
    """This project's own pip, to install into a virtual environment that has none, or to do something else for it."""
    return [
        sys.executable,
        "-m",
        "pip",
        "--python",
        target / "bin" / "python",
        command,
        "-qq",
        "--disable-pip-version-check",
        "--no-input",
    ]


def install(target: Path, *what: str | Path) -> None:
    """Install packages into a virtual environment; raises CalledProcessError when that fails."""
    subprocess.run([*pip(target), *what], check=True)


def build_js(target: Path) -> None:
    """Put the JavaScript client into `target`/node_modules."""
    for file in ("package.json", "package-lock.json"):
        shutil.copy(HERE / "js" / file, target)
    subprocess.run(["npm", "ci", "--silent", "--ignore-scripts"], cwd=target, check=True)


def say(line: str) -> None:
    """Tell the person who waits."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main() -> None:
    """Build everything that can be built here."""
    npm = shutil.which("npm")
    if not npm:
        say("client environment js: left out, npm is not installed")
    with ThreadPoolExecutor(AT_ONCE) as pool:
        list(pool.map(build, ("transformers", *(["js"] if npm else []), *PYTHON_NAMES)))  # the largest first
    if not has_torch():
        add_torch()


if __name__ == "__main__":
    main()
