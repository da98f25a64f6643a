"""Runs the tests that huggingface_hub ships in its source distribution against a hub, and reads what they say."""

import json
import shutil
import tarfile
import tomllib
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

from clients import environments
from clients.running import program, run
from live import LiveServer

HERE = Path(__file__).parent / "upstream"
SELECTION = tomllib.loads((HERE / "selection.toml").read_text())
LEFT_OUT: dict[str, str] = {name: reason for reason, names in SELECTION["left_out"].items() for name in names}
OUTCOMES = {"failure": "failed", "error": "failed", "skipped": "skipped"}
SECONDS = 900  # about one minute of a quiet machine


@dataclass(frozen=True)
class Result:
    """How one upstream test ended: `passed`, `failed`, `xfail` (left out, and failed indeed), or `skipped`, and why."""

    name: str
    outcome: str
    why: str
    asked: bool

    @property
    def group(self) -> str:
        """The file and the class of the test."""
        return self.name.split("[")[0].rpartition("::")[0]


def run_upstream(server: LiveServer, env: dict[str, str], folder: Path) -> list[Result]:
    """Unpack upstream's tests into `folder`, run them against `server`, and give how each ended."""
    python = program(environments.UPSTREAM, "python")
    _unpack(folder, _settle(server))
    left_out, results = folder / "left_out.json", folder / "results.xml"
    left_out.write_text(json.dumps(LEFT_OUT))
    chosen = [f"tests/{name}" for name in SELECTION["files"]]
    chosen += [f"--deselect=tests/{name}" for name in SELECTION["no_hub"]]
    options = ["-q", "-p", "no:cacheprovider", "--timeout", "60", "--junit-xml", results]
    command = [python, "-m", "pytest", *options, *chosen]
    done = run(command, env | {"LEFT_OUT": str(left_out)}, cwd=folder, check=False, timeout=SECONDS)
    assert done.code in (0, 1), done.out + done.err
    return [_result(case) for case in ET.parse(results).iter("testcase")]


def _settle(server: LiveServer) -> dict[str, str]:
    """Make the people and the organizations that upstream's tests know, and tell what to write for their constants."""
    tokens = {}
    for name, fullname in (("dummy-hub-user", "Dummy User"), ("DVUser", ""), ("EnterpriseAdmin", ""), ("julien-c", "")):
        about = ("--fullname", fullname, "--email", f"{name}@example.org", "--password-stdin")
        server.cli("user", "create", name, *about, stdin="long enough")
        tokens[name] = server.cli("token", "create", name, "--role", "write")
    server.cli("org", "create", "valid_org_hub", "--fullname", "Dummy Hub Org", "--admin", "dummy-hub-user")
    server.cli("org", "create", "HuggingFaceH4", "--admin", "julien-c")
    server.cli("org", "create", "EnterpriseOrgPrivate", "--admin", "EnterpriseAdmin")
    return {
        '"__DUMMY_HUB_USER__"': '"dummy-hub-user"',
        '"hf_HubCITokenXXXXXXXXXXXXXXXXXXXXX"': f'"{tokens["dummy-hub-user"]}"',
        '"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"': f'"{tokens["DVUser"]}"',
        '"hf_enterprise_admin_token"': f'"{tokens["EnterpriseAdmin"]}"',
        '"https://hub-ci.huggingface.co': f'"{server.url}',
    }


def _unpack(folder: Path, constants: dict[str, str]) -> None:
    """Unpack the tests, with our people in place of theirs and our fixtures beside them."""
    with tarfile.open(environments.source_distribution()) as archive:
        archive.extractall(folder, filter="data")
    (unpacked,) = folder.glob("huggingface_hub-*/tests")
    tests = unpacked.rename(folder / "tests")
    for file in tests.glob("*.py"):
        text = file.read_text()
        for theirs, ours in constants.items():
            text = text.replace(theirs, ours)
        file.write_text(text)
    shutil.copy(HERE / "hub_fixtures.py", tests / "conftest.py")
    (tests / "__init__.py").touch()
    (folder / "pytest.ini").write_text("[pytest]\n")


def _result(case: ET.Element) -> Result:
    told = {found.get("name"): str(found.get("value")) for found in case.iter("property")}
    bad = next((child for child in case if child.tag in OUTCOMES), None)
    outcome, why = "passed", ""
    if bad is not None:
        outcome = "xfail" if bad.get("type") == "pytest.xfail" else OUTCOMES[bad.tag]
        why = str(bad.get("message"))
    return Result(told["name"], outcome, why, told.get("asked") == "yes")
