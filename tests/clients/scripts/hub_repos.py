"""Repos and who may what with them: made, moved, copied, branched, tagged, squashed, deleted; and oneself."""

import urllib.request
from tempfile import NamedTemporaryFile

from day import ALICE, CAROL, ORG, URL, api, ask, carols, content, heads, name, new_repo, nobodys, refused, weights
from huggingface_hub import HfApi
from huggingface_hub.errors import GatedRepoError, RepositoryNotFoundError, RevisionNotFoundError


def check_who_one_is() -> None:
    me = api.whoami()
    assert (me["type"], me["name"], me["email"]) == ("user", ALICE["name"], f"{ALICE['name']}@example.org")
    assert [org["name"] for org in me["orgs"]] == [ORG]
    assert me["auth"]["accessToken"]["role"] == "write"
    assert api.get_full_repo_name("x") == f"{ALICE['name']}/x"
    with refused(401, "Invalid user token", error=OSError):
        HfApi(token="hf_wrong").whoami()


def check_a_repo_is_made_once_and_deleted() -> None:
    repo_id = name()
    url = api.create_repo(repo_id)
    assert (url, url.repo_id, url.repo_type) == (f"{URL}/{repo_id}", repo_id, "model")
    assert api.create_repo(repo_id, exist_ok=True) == url
    with refused(409, "already created this model repo"):
        api.create_repo(repo_id)
    with refused(403):
        carols.delete_repo(repo_id)
    api.delete_repo(repo_id)
    api.delete_repo(repo_id, missing_ok=True)
    with refused(404, error=RepositoryNotFoundError):
        api.delete_repo(repo_id)
    assert not api.repo_exists(repo_id)


def check_datasets_and_spaces_are_made_too() -> None:
    repo_id = name("kinds")
    assert api.create_repo(repo_id, repo_type="dataset") == f"{URL}/datasets/{repo_id}"
    assert api.dataset_info(repo_id).id == repo_id
    assert api.create_repo(repo_id, repo_type="space", space_sdk="static") == f"{URL}/spaces/{repo_id}"
    assert api.space_info(repo_id).id == repo_id
    assert not api.repo_exists(repo_id)


def check_nobody_makes_repos_for_others() -> None:
    with refused(403):
        carols.create_repo(name())
    with refused(403):
        carols.create_repo(name(owner=ORG))
    with refused(401):
        nobodys.create_repo(name())


def check_an_organization_has_repos_and_members() -> None:
    repo_id = name(owner=ORG)
    api.create_repo(repo_id, private=True)
    assert api.model_info(repo_id).author == ORG
    assert [user.username for user in api.list_organization_members(ORG)] == [ALICE["name"]]
    assert api.get_organization_overview(ORG).name == ORG
    assert api.get_user_overview(CAROL["name"]).username == CAROL["name"]


def check_a_private_repo_is_not_there_for_others() -> None:
    repo_id = new_repo(private=True, files={"a.txt": b"a"})
    assert api.model_info(repo_id).private
    for other in (carols, nobodys):
        assert not other.repo_exists(repo_id)
        assert not other.file_exists(repo_id, "a.txt")
        with refused(404 if other is carols else 401, error=RepositoryNotFoundError):
            other.model_info(repo_id)
        with refused(404 if other is carols else 401, error=RepositoryNotFoundError):
            content(repo_id, "a.txt", other)
    api.update_repo_settings(repo_id, private=False)
    assert content(repo_id, "a.txt", nobodys) == b"a"


def check_what_exists() -> None:
    repo_id = new_repo(files={"a.txt": b"a"})
    assert api.repo_exists(repo_id)
    assert not api.repo_exists(name("none"))
    assert api.file_exists(repo_id, "a.txt")
    assert not api.file_exists(repo_id, "b.txt")
    assert not api.file_exists(repo_id, "a.txt", revision="none")
    assert api.revision_exists(repo_id, "main")
    assert not api.revision_exists(repo_id, "none")
    assert not api.revision_exists(name("none"), "main")


def check_the_gate_says_who_may() -> None:
    repo_id = new_repo(gated="manual")
    api.auth_check(repo_id)
    with refused(403, f"{URL}/{repo_id}", error=GatedRepoError):
        carols.auth_check(repo_id)
    with refused(401, "Please log in", error=GatedRepoError):
        nobodys.auth_check(repo_id)
    ask(repo_id)
    with refused(403, "awaiting a review", error=GatedRepoError):
        carols.auth_check(repo_id)
    api.accept_access_request(repo_id, CAROL["name"])
    carols.auth_check(repo_id)
    with refused(404, error=RepositoryNotFoundError):
        carols.auth_check(name("none"))


def check_requests_are_refused_in_words() -> None:
    repo_id = new_repo(gated="auto")
    api.grant_access(repo_id, CAROL["name"])
    with refused(400, "already has access"):
        api.grant_access(repo_id, CAROL["name"])
    with refused(404):
        api.accept_access_request(repo_id, CAROL["name"])
    with refused(404, "User not found"):
        api.accept_access_request(repo_id, "nobody-of-this-name")
    with refused(403):
        list(carols.list_pending_access_requests(repo_id))
    api.reject_access_request(repo_id, CAROL["name"], rejection_reason="Not now")
    assert [found.username for found in api.list_rejected_access_requests(repo_id)] == [CAROL["name"]]
    with refused(403, "has been rejected", error=GatedRepoError):
        carols.auth_check(repo_id)
    api.update_repo_settings(repo_id, gated=False)
    carols.auth_check(repo_id)
    with refused(400, "is not gated"):
        api.grant_access(repo_id, CAROL["name"])


def check_branches_tags_and_refs() -> None:
    repo_id = new_repo(files={"a.txt": b"a"})
    first = api.model_info(repo_id).sha
    api.create_branch(repo_id, branch="exp/one")
    api.create_branch(repo_id, branch="exp/one", exist_ok=True)
    with refused(409, "Reference refs/heads/exp/one already exists"):
        api.create_branch(repo_id, branch="exp/one")
    api.create_tag(repo_id, tag="v1", tag_message="The first")
    api.create_tag(repo_id, tag="v0", revision=first)
    with refused(409):
        api.create_tag(repo_id, tag="v1")
    api.upload_file(path_or_fileobj=b"b", path_in_repo="a.txt", repo_id=repo_id)
    api.create_branch(repo_id, branch="old", revision="v1")
    refs = api.list_repo_refs(repo_id)
    assert {(ref.name, ref.ref, ref.target_commit) for ref in refs.branches} == {
        ("main", "refs/heads/main", api.model_info(repo_id).sha),
        ("exp/one", "refs/heads/exp/one", first),
        ("old", "refs/heads/old", first),
    }
    assert {(ref.name, ref.ref) for ref in refs.tags} == {("v0", "refs/tags/v0"), ("v1", "refs/tags/v1")}
    assert content(repo_id, "a.txt", revision="v1") == b"a"
    api.delete_branch(repo_id, branch="exp/one")
    api.delete_tag(repo_id, tag="v1")
    for delete in (lambda: api.delete_branch(repo_id, branch="exp/one"), lambda: api.delete_tag(repo_id, tag="v1")):
        with refused(404, error=RevisionNotFoundError):
            delete()
    with refused(404, error=RevisionNotFoundError):
        api.create_branch(repo_id, branch="new", revision="none")
    with refused(None, "Cannot delete refs/heads/main"):
        api.delete_branch(repo_id, branch="main")


def check_history_is_told_and_squashed() -> None:
    repo_id = new_repo(files={"a.safetensors": weights()})
    for number in range(3):
        api.upload_file(path_or_fileobj=b"%d" % number, path_in_repo="n.txt", repo_id=repo_id)
    assert heads(repo_id) == [
        *["Upload n.txt with huggingface_hub"] * 3,
        "Upload folder using huggingface_hub",
        "initial commit",
    ]
    commit = api.list_repo_commits(repo_id, formatted=True)[0]
    assert commit.authors == [ALICE["name"]]
    assert "n.txt" in commit.formatted_title
    api.super_squash_history(repo_id, commit_message="Begin anew")
    assert heads(repo_id) == ["Begin anew"]
    assert content(repo_id, "n.txt") == b"2"
    assert content(repo_id, "a.safetensors") == weights()
    with refused(404, error=RevisionNotFoundError):
        heads(repo_id, revision="none")


def check_a_moved_repo_answers_to_its_old_name() -> None:
    repo_id, to = new_repo(files={"a.txt": b"a"}), name("moved", ORG)
    with refused(403):
        carols.move_repo(repo_id, name(owner=CAROL["name"]))
    api.move_repo(repo_id, to)
    assert api.model_info(repo_id).id == to
    assert content(repo_id, "a.txt", nobodys) == b"a"
    api.upload_file(path_or_fileobj=b"b", path_in_repo="b.txt", repo_id=repo_id)
    assert content(to, "b.txt") == b"b"
    taken = new_repo()
    with refused(409, "already exists"):
        api.move_repo(taken, to)


def check_a_gated_repo_is_copied_only_by_those_who_may_read_it() -> None:
    if not hasattr(HfApi, "duplicate_repo"):
        return
    repo_id = new_repo(files={"a.safetensors": weights(), "a.txt": b"a"}, gated="manual")
    copy = name("copy", CAROL["name"])
    with refused(403, "not in the authorized list", error=GatedRepoError):
        carols.duplicate_repo(repo_id, copy)
    assert not carols.repo_exists(copy)
    api.grant_access(repo_id, CAROL["name"])
    carols.duplicate_repo(repo_id, copy)
    assert (content(copy, "a.safetensors", carols), content(copy, "a.txt", carols)) == (weights(), b"a")
    assert carols.model_info(copy).private


def check_a_former_name_can_be_taken_again() -> None:
    repo_id, to = new_repo(files={"a.txt": b"a"}), name("moved")
    api.move_repo(repo_id, to)
    api.create_repo(repo_id)
    assert api.model_info(repo_id).id == repo_id
    assert not api.file_exists(repo_id, "a.txt")


def check_likes_are_given_counted_and_taken_back() -> None:
    repo_id = new_repo()
    request = urllib.request.Request(f"{URL}/api/models/{repo_id}/like", b"", method="POST")
    request.add_header("Authorization", f"Bearer {CAROL['token']}")
    urllib.request.urlopen(request).close()  # no version of the client has a method for this
    assert [user.username for user in api.list_repo_likers(repo_id)] == [CAROL["name"]]
    assert repo_id in carols.list_liked_repos().models
    assert api.model_info(repo_id).likes == 1
    carols.unlike(repo_id)
    assert api.model_info(repo_id).likes == 0


def check_ones_own_repos_are_listed_with_their_sizes() -> None:
    if not hasattr(HfApi, "list_user_repos"):
        return
    repo_id = new_repo(files={"a.safetensors": weights()})
    (told,) = (repo for repo in api.list_user_repos() if repo.id == repo_id)
    assert told.storage == len(weights())


def check_what_is_not_offered_says_so() -> None:
    repo_id = new_repo()
    with refused(501, "Discussions and pull requests are not offered by this hub"):
        api.create_discussion(repo_id, "Title")
    with refused(501, "Discussions and pull requests are not offered by this hub"):
        list(api.get_repo_discussions(repo_id))
    with refused(501, "Discussions and pull requests are not offered by this hub"):
        api.create_pull_request(repo_id, "Title")
    if hasattr(api, "upload_attachment"):
        with NamedTemporaryFile(suffix=".png") as image, refused(501, "Attachments are not offered by this hub"):
            api.upload_attachment(image.name)
    if hasattr(api, "read_paper"):
        with refused(501, "Papers are not offered by this hub"):
            api.read_paper("2106.09685")
    with refused(501, "Collections are not offered by this hub"):
        api.get_collection("someone/collection-0123456789abcdef01234567")
    with refused(501, "Resource groups are not offered by this hub"):
        api.create_repo(name("grouped"), resource_group_id="66670e5163145ca562cb1988")
    with refused(501, "Spaces are not run by this hub"):
        api.create_repo(
            name("secret"), repo_type="space", space_sdk="gradio", space_secrets=[{"key": "A", "value": "b"}]
        )
    with refused(501, "Spaces are not run by this hub"):
        api.get_space_runtime(repo_id)
    assert api.list_repo_refs(repo_id, include_pull_requests=True).pull_requests == []
