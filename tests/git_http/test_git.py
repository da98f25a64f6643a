"""Real git and git-lfs against the live hub."""

import os
import subprocess
import threading
import time
from pathlib import Path

import pytest

from gatehouse.storage.pointers import make_pointer

pytestmark = pytest.mark.client


@pytest.fixture
def repo(alice):
    return alice.create_repo()


def test_what_is_pushed_is_cloned(alice, carol, repo):
    folder = alice.clone(repo)
    alice.commit(folder, a_txt=b"hello\n")
    alice.push(folder)
    again = carol.home / "again"
    carol.git("clone", f"{carol.server.url}/{repo}.git", again)  # it is public: nobody needs a name
    assert (again / "a.txt").read_bytes() == b"hello\n"


@pytest.mark.parametrize("version", ["0", "1", "2"])
def test_every_protocol_version_works(alice, repo, version):
    folder = alice.clone(repo, "-c", f"protocol.version={version}")
    for number in (b"1", b"2"):
        alice.commit(folder, a_txt=number)
        alice.push(folder)
    other = alice.clone(repo, "-c", f"protocol.version={version}", "--depth", "1")
    alice.git("fetch", "--unshallow", cwd=other)
    assert alice.git("rev-list", "--count", "HEAD", cwd=other).out == "3\n"


@pytest.mark.parametrize("filters", ["blob:none", "tree:0"])
def test_a_partial_clone_fetches_what_it_lacks(alice, repo, filters):
    folder = alice.clone(repo)
    for number in (b"1", b"2"):
        (folder / "sub").mkdir(exist_ok=True)
        (folder / "sub" / "b.txt").write_bytes(number)
        alice.commit(folder, a_txt=number)
    alice.push(folder)
    partial = alice.clone(repo, f"--filter={filters}", "--sparse")
    assert not (partial / "sub").exists()
    alice.git("sparse-checkout", "set", "sub", cwd=partial)
    assert (partial / "sub" / "b.txt").read_bytes() == b"2"
    assert "+2" in alice.git("log", "-p", "--reverse", "--", "a.txt", cwd=partial).out


def test_a_repo_is_a_submodule_of_another(alice, repo):
    other = alice.create_repo()
    folder = alice.clone(repo)
    alice.git("submodule", "add", alice.url(other), "part", cwd=folder)
    alice.commit(folder, a_txt=b"a")
    alice.push(folder)
    assert (alice.clone(repo, "--recurse-submodules") / "part" / ".gitattributes").exists()


def test_a_dataset_is_cloned_below_datasets(alice):
    repo = alice.create_repo(type="dataset")
    folder = alice.clone(f"datasets/{repo}")
    alice.commit(folder, a_csv=b"1\n")
    alice.push(folder)
    assert (alice.clone(f"datasets/{repo}.git") / "a.csv").exists()


def test_a_push_is_read_into_the_repos_page(alice, repo):
    folder = alice.clone(repo)
    alice.commit(folder, README_md=b"---\nlicense: mit\n---\n# Weights\n")
    alice.push(folder)
    info = alice.api("GET", f"/api/models/{repo}")
    assert info["cardData"]["license"] == "mit"
    assert info["sha"] == alice.git("rev-parse", "HEAD", cwd=folder).out.strip()


def test_a_large_push_arrives_in_pieces(alice, repo):
    folder = alice.clone(repo)
    data = os.urandom(8_000_000)
    alice.commit(folder, a_txt=data)  # beyond http.postBuffer git asks first, then sends it chunked and packed
    alice.push(folder)
    assert (alice.clone(repo) / "a.txt").read_bytes() == data


def test_large_files_go_by_lfs_and_come_back(alice, repo):
    folder = alice.clone(repo)
    data = os.urandom(3_000_000)
    (folder / "model.safetensors").write_bytes(data)
    alice.git("lfs", "install", "--local", cwd=folder)
    alice.git("add", ".", cwd=folder)
    alice.git("commit", "-m", "Add weights", cwd=folder)
    alice.git("push", cwd=folder)
    pointer = alice.git("show", "HEAD:model.safetensors", cwd=folder).out
    assert pointer.startswith("version https://git-lfs")
    assert (alice.clone(repo) / "model.safetensors").read_bytes() == data


def test_a_private_repo_asks_for_a_password_and_is_hidden_from_others(alice, carol):
    repo = alice.create_repo(private=True)
    done = carol.git("clone", f"{carol.server.url}/{repo}", check=False)
    assert "could not read Username" in done.err
    done = carol.git("clone", carol.url(repo), check=False)
    assert "remote: Repository not found" in done.err
    alice.clone(repo)


def test_a_repo_that_does_not_exist_asks_for_a_password_too(alice):
    done = alice.git("clone", f"{alice.server.url}/{alice.name}/nope", check=False)
    assert "could not read Username" in done.err


def test_a_gated_repo_says_why_not_and_lets_in_who_was_accepted(alice, carol, repo):
    alice.api("PUT", f"/api/models/{repo}/settings", gated="manual")
    done = carol.git("clone", carol.url(repo), check=False)
    assert f"remote: Access to model {repo} is restricted and you are not in the authorized list." in done.err
    assert "could not read Username" in carol.git("clone", f"{carol.server.url}/{repo}", check=False).err
    alice.api("POST", f"/api/models/{repo}/user-access-request/grant", user=carol.name)
    folder = carol.clone(repo)
    alice.api("POST", f"/api/models/{repo}/user-access-request/handle", user=carol.name, status="rejected")
    done = carol.git("fetch", cwd=folder, check=False)
    assert "has been rejected by the repo's authors" in done.err


def test_a_wrong_token_is_told_so(alice):
    repo = alice.create_repo(private=True)
    done = alice.git("clone", alice.url(repo, token="hf_wrong"), check=False)
    assert "Invalid credentials" in done.err


def test_readers_do_not_push(alice, carol, repo):
    folder = carol.clone(repo)
    carol.commit(folder, a_txt=b"mine")
    done = carol.push(folder, check=False)
    assert "remote: You have read access but not the required permissions" in done.err
    folder = alice.clone(repo)
    alice.commit(folder, a_txt=b"mine")
    read = alice.server.cli("token", "create", alice.name, "--role", "read")
    done = alice.git("push", alice.url(repo, token=read), "HEAD", cwd=folder, check=False)
    assert "remote: This token has no right to write" in done.err


def test_branches_and_tags_come_and_go(alice, repo):
    folder = alice.clone(repo)
    alice.git("tag", "-a", "v1", "-m", "first", cwd=folder)
    alice.push(folder, "HEAD:refs/heads/feature/one", "v1")
    alice.push(folder, ":refs/heads/feature/one", ":refs/tags/v1")
    assert "feature" not in alice.git("ls-remote", "origin", cwd=folder).out


def test_history_may_be_rewritten_by_force(alice, repo):
    folder = alice.clone(repo)
    alice.commit(folder, a_txt=b"1")
    alice.push(folder)
    alice.git("commit", "--amend", "-m", "Better", cwd=folder)
    assert alice.push(folder, check=False).code != 0
    alice.push(folder, "--force", "HEAD")


def test_what_a_force_push_has_dropped_is_kept_and_not_shown(alice, repo):
    folder = alice.clone(repo)
    alice.commit(folder, a_txt=repo.encode())  # no other repo here has this commit
    alice.push(folder)
    dropped = alice.git("rev-parse", "HEAD", cwd=folder).out.strip()
    alice.git("commit", "--amend", "-m", "Better", cwd=folder)
    alice.push(folder, "--force", "HEAD")
    for version in "02":
        shown = alice.git("-c", f"protocol.version={version}", "ls-remote", "origin", cwd=folder).out
        assert dropped not in shown
        assert "refs/heads/main" in shown
    [kept] = alice.server.data.glob(f"repos/??/*.git/refs/dropped/*/{dropped}")
    assert kept.read_text().strip() == dropped
    alice.api("POST", f"/api/models/{repo}/branch/rescued", startingPoint=dropped)


@pytest.mark.parametrize(
    ("what", "sentence"),
    [
        (":refs/heads/main", "The branch main is this repo's default branch and cannot be deleted."),
        ("HEAD:refs/notes/x", "refs/notes/x cannot be pushed: only branches and tags can."),
        ("HEAD:refs/pr/1", "refs/pr/1 cannot be pushed: only branches and tags can."),
        ("HEAD:refs/heads/" + "a" * 40, "Invalid reference for a branch: " + "a" * 40),
        ("HEAD:refs/heads/HEAD", "Invalid reference for a branch: HEAD"),
    ],
)
def test_other_refs_are_refused_with_a_sentence(alice, repo, what, sentence):
    folder = alice.clone(repo)
    done = alice.push(folder, what, check=False)
    assert done.code != 0
    assert f"remote: {sentence}" in done.err
    assert alice.git("ls-remote", "origin", cwd=folder).out.count("\n") == 2


def test_a_pointer_to_bytes_that_were_never_sent_is_refused(alice, repo):
    folder = alice.clone(repo)
    alice.commit(folder, a_bin=make_pointer("a" * 64, 5), b_txt=b"harmless")
    done = alice.push(folder, check=False)
    assert f"remote: The large file {'a' * 64} was not uploaded to this repo: upload it first." in done.err
    assert (
        alice.git("ls-remote", "origin", "main", cwd=folder).out.split()[0]
        != alice.git("rev-parse", "HEAD", cwd=folder).out.strip()
    )


def test_a_stolen_pointer_is_refused_also_deep_in_history_and_behind_a_tag(alice, carol, repo):
    oid = upload(alice, repo, b"weights" * 1000)
    alice.api("PUT", f"/api/models/{repo}/settings", gated="manual")
    loot = carol.create_repo()
    folder = carol.clone(loot)
    carol.commit(folder, a_bin=make_pointer(oid, 7000))
    carol.commit(folder, a_bin=b"nothing to see")
    for what in ("HEAD", "HEAD:refs/heads/other", "HEAD:refs/tags/v1"):
        assert f"The large file {oid} was not uploaded" in carol.push(folder, what, check=False).err


def test_who_may_read_the_bytes_elsewhere_may_name_them(alice, carol, repo):
    oid = upload(alice, repo, b"weights" * 1000)
    fork = carol.create_repo()
    folder = carol.clone(fork)
    carol.commit(folder, a_bin=make_pointer(oid, 7000))
    carol.push(folder)
    assert (carol.clone(fork) / "a.bin").read_bytes() == b"weights" * 1000
    carol.commit(folder, b_bin=make_pointer(oid, 6999))
    assert "was not uploaded" in carol.push(folder, check=False).err


def upload(person, repo, data):
    """Push a large file by git-lfs and give its oid."""
    folder = person.clone(repo)
    (folder / "model.bin").write_bytes(data)
    person.git("lfs", "install", "--local", cwd=folder)
    person.git("add", ".", cwd=folder)
    person.git("commit", "-m", "Add weights", cwd=folder)
    person.git("push", cwd=folder)
    return person.git("show", "HEAD:model.bin", cwd=folder).out.split("sha256:")[1].split()[0]


def test_two_pushes_at_once_end_with_one_winner(alice, repo):
    folders = [alice.clone(repo) for _ in range(3)]
    for number, folder in enumerate(folders):
        alice.commit(folder, a_txt=str(number).encode())
    done = []
    threads = [threading.Thread(target=lambda f=f: done.append(alice.push(f, check=False).code)) for f in folders]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert min(done) == 0
    assert sorted(done)[1] != 0


def test_objects_that_git_finds_broken_are_refused(alice, repo):
    folder = alice.clone(repo)
    tree = alice.git("rev-parse", "HEAD^{tree}", cwd=folder).out.strip()
    broken = f"tree {tree}\nauthor nobody\ncommitter nobody\n\nno dates\n"
    path = folder / "commit.txt"
    path.write_text(broken)
    sha = alice.git("hash-object", "-t", "commit", "-w", "--literally", path, cwd=folder).out.strip()
    done = alice.push(folder, f"{sha}:refs/heads/broken", check=False)
    assert done.code != 0
    assert "fsck error" in done.err


def test_nothing_stays_behind_when_the_pusher_goes_away(alice, repo):
    folder = alice.clone(repo)
    alice.commit(folder, a_txt=os.urandom(30_000_000))
    push = subprocess.Popen(
        ["git", "push", "--no-verify", "origin", "HEAD"], cwd=folder, env=alice.env, stderr=subprocess.DEVNULL
    )
    gits = alice.server.data / "repos"
    deadline = time.monotonic() + 20
    while not list(gits.glob("*/*/objects/tmp_objdir-*")) and time.monotonic() < deadline and push.poll() is None:
        time.sleep(0.001)
    push.kill()
    push.wait()
    while list(gits.glob("*/*/objects/tmp_objdir-*")) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not list(gits.glob("*/*/objects/tmp_objdir-*"))
    alice.push(folder)


def running_gits(alice) -> list[str]:
    """Give the command lines of the git programs that work on this server's repositories."""
    lines = []
    for process in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            line = process.read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if line.startswith("git ") and str(alice.server.data) in line:
            lines.append(line)
    return lines


def test_git_ends_when_the_cloner_goes_away(alice, repo):
    folder = alice.clone(repo)
    alice.commit(folder, a_txt=os.urandom(60_000_000))
    alice.push(folder)
    command = ["git", "clone", "--no-checkout", alice.url(repo), alice.home / "never"]
    clone = subprocess.Popen(command, env=alice.env, stderr=subprocess.DEVNULL)
    deadline = time.monotonic() + 20
    while not running_gits(alice) and clone.poll() is None:
        time.sleep(0.001)
    clone.kill()
    clone.wait()
    while running_gits(alice) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert running_gits(alice) == []


def test_of_a_repository_that_lost_a_commit_it_says_that_it_is_damaged(alice, repo):
    folder = alice.clone(repo)
    alice.commit(folder, a_txt=b"a")
    alice.push(folder)
    sha = alice.git("rev-parse", "HEAD", cwd=folder).out.strip()
    (lost,) = alice.server.data.glob(f"repos/*/*.git/objects/{sha[:2]}/{sha[2:]}")
    lost.unlink()
    done = alice.git("clone", alice.url(repo), check=False)
    assert "remote: This repository is damaged on the server." in done.err
