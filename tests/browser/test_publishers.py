"""A CI job publishes without a stored token: trusted on a page, then the real client does the rest."""

from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from browser.people import sign_in
from clients.people import sign_up
from clients.running import run_hf, run_python
from issuer import Issuer
from live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.client]

OIDC_HUBS = ("hub-newest", "hub-1.33", "hub-1.19")
PUBLISH = """
    import sys
    from huggingface_hub import HfApi
    api, (repo_id, name) = HfApi(), sys.argv[1:]
    api.upload_file(path_or_fileobj=name.encode(), path_in_repo=name, repo_id=repo_id)
    api.upload_file(path_or_fileobj=bytes(20_000_000), path_in_repo=f"{name}.bin", repo_id=repo_id)
    assert api.list_repo_commits(repo_id)[0].authors[0].startswith("acme/training ("), api.list_repo_commits(repo_id)
"""
READ = """
    import sys
    from huggingface_hub import HfApi, hf_hub_download
    from huggingface_hub.errors import HfHubHTTPError
    repo_id, = sys.argv[1:]
    assert "secret" in open(hf_hub_download(repo_id, "config.json")).read()
    try:
        HfApi().upload_file(path_or_fileobj=b"x", path_in_repo="x", repo_id=repo_id)
    except HfHubHTTPError as error:
        assert error.response.status_code == 403, error
    else:
        raise AssertionError("it writes")
"""


@pytest.fixture
def hub(own_server: Callable[..., LiveServer]) -> LiveServer:
    return own_server(GATEHOUSE_WEBHOOK_NETWORKS="127.0.0.0/8")


def trust(page: Page, address: str, issuer: Issuer) -> None:
    page.goto(address)
    page.get_by_role("textbox", name="Issuer").fill(issuer.url)
    page.get_by_role("textbox", name="Claims").fill("repository = acme/training\nref = refs/heads/main")
    page.get_by_role("button", name="Trust this issuer's jobs").click()
    expect(page.get_by_text("The publisher is trusted from now on.")).to_be_visible()


def test_from_trust_to_a_published_model(
    open_page: Callable[..., Page],
    hub: LiveServer,
    issuer: Issuer,
    client_env: Callable[..., dict[str, str]],
    tmp_path: Path,
) -> None:
    alice, token = sign_up(hub, "alice")
    repo_id = f"{alice}/model"
    run_python(
        "hub-newest",
        """
        import sys
        from huggingface_hub import HfApi
        HfApi().create_repo(sys.argv[1])
        HfApi().upload_file(path_or_fileobj=b'{"secret": 1}', path_in_repo="config.json", repo_id=sys.argv[1])
        HfApi().update_repo_settings(sys.argv[1], gated="manual")
        """,
        client_env(hub.url, token),
        repo_id,
    )
    page = open_page()
    page.goto(f"{hub.url}/login")
    sign_in(page, alice)
    trust(page, f"{hub.url}/{repo_id}/settings/publishers", issuer)

    github = {"GITHUB_ACTIONS": "true", "ACTIONS_ID_TOKEN_REQUEST_TOKEN": "of the runner"}
    github |= {"ACTIONS_ID_TOKEN_REQUEST_URL": f"{issuer.url}/job?api-version=2.0", "HF_OIDC_RESOURCE": repo_id}
    for client in OIDC_HUBS:
        run_python(client, PUBLISH, client_env(hub.url) | github, repo_id, client)

    # Any other provider gives its token by the environment, and each command exchanges it anew.
    (tmp_path / "notes.txt").write_text("by hand")
    other = client_env(hub.url) | {"HF_OIDC_RESOURCE": repo_id, "HF_OIDC_ID_TOKEN": issuer.token(hub.url)}
    for name in ("one.txt", "two.txt"):
        run_hf("hub-newest", other, "upload", repo_id, str(tmp_path / "notes.txt"), name)
    wrong = other | {"HF_OIDC_ID_TOKEN": issuer.token(hub.url, ref="refs/heads/dev")}
    refused = run_hf("hub-newest", wrong, "upload", repo_id, str(tmp_path / "notes.txt"), "three.txt", check=False)
    assert refused.code != 0
    assert "No trusted publisher" in refused.err, refused.err

    trust(page, f"{hub.url}/settings/publishers", issuer)
    for client in OIDC_HUBS:
        run_python(client, READ, client_env(hub.url) | github | {"HF_OIDC_RESOURCE": alice}, repo_id)

    page.goto(f"{hub.url}/{repo_id}/settings/publishers")
    expect(page.get_by_text("repo:acme/training:ref:refs/heads/main").first).to_be_visible()
    page.locator("summary", has_text="Remove").first.click()
    page.get_by_role("dialog").get_by_role("button", name="Remove").click()
    expect(page.get_by_text("The publisher is removed.")).to_be_visible()
    assert run_hf("hub-newest", other, "upload", repo_id, str(tmp_path / "notes.txt"), "x", check=False).code != 0
