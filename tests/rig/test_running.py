"""The real clients start in surroundings of their own."""

import pytest

from clients.running import run, run_hf, run_js, run_python

pytestmark = pytest.mark.client
HUB = "http://127.0.0.1:9"


@pytest.mark.parametrize(("name", "version"), [("hub-newest", "2."), ("hub-0.36", "0.36.")])
def test_each_line_of_the_client_is_there(client_env, name, version):
    done = run_python(name, "import huggingface_hub as hub; print(hub.__version__)", client_env(HUB))
    assert done.out.startswith(version)


def test_each_person_has_a_home_of_their_own(client_env):
    alice, bob = client_env(HUB, "hf_alice"), client_env(HUB)
    assert alice["HOME"] != bob["HOME"]
    assert "HF_TOKEN" not in bob


def test_the_command_line_takes_the_hub_from_the_environment(client_env):
    assert HUB in run_hf("hub-newest", client_env(HUB), "env").out


def test_a_client_cannot_leave_this_machine(client_env):
    script = """
        import json, urllib.request
        try:
            urllib.request.urlopen("http://192.0.2.1/", timeout=5)
        except OSError as error:
            print(json.dumps(str(error)))
    """
    assert "refused" in run_python("hub-newest", script, client_env(HUB)).json


def test_transformers_and_datasets_start(client_env):
    script = "import transformers, datasets; print(transformers.AutoConfig.__name__, datasets.load_dataset.__name__)"
    assert run_python("transformers", script, client_env(HUB)).out == "AutoConfig load_dataset\n"


def test_the_javascript_client_starts_and_finds_its_arguments(client_env):
    script = """
        import * as hub from "@huggingface/hub";
        console.log(JSON.stringify([typeof hub.downloadFile, ...process.argv.slice(1)]));
    """
    assert run_js(script, client_env(HUB), "one", "two").json == ["function", "one", "two"]


def test_git_knows_the_person_and_git_lfs(client_env, tmp_path):
    env = client_env(HUB)
    run(["git", "init", "-q", "repo"], env, cwd=tmp_path)
    run(["git-lfs", "track", "*.bin"], env, cwd=tmp_path / "repo")
    run(["git", "add", "."], env, cwd=tmp_path / "repo")
    run(["git", "commit", "-qm", "Track"], env, cwd=tmp_path / "repo")
    assert run(["git", "log", "--format=%an"], env, cwd=tmp_path / "repo").out == "Test Person\n"


def test_a_failed_program_fails_the_test_with_what_it_said(client_env):
    with pytest.raises(AssertionError, match="a clear word"):
        run_python("hub-newest", "raise SystemExit('a clear word')", client_env(HUB))
