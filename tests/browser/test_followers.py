"""Following by the button of a page, and what the clients tell of it."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from browser.people import sign_in
from clients.environments import HUBS
from clients.people import sign_up
from clients.running import run_python
from live import LiveServer

pytestmark = [pytest.mark.browser, pytest.mark.client]

SCRIPT = """
    import sys
    from huggingface_hub import HfApi
    api, (alice, carol, lab) = HfApi(), sys.argv[1:]
    assert [user.username for user in api.list_user_followers(alice)] == [carol]
    assert [user.username for user in api.list_user_following(carol)] == [alice]
    assert (api.get_user_overview(alice).num_followers, api.get_user_overview(carol).num_following) == (1, 1)
    if hasattr(api, "list_organization_followers"):
        assert [user.username for user in api.list_organization_followers(lab)] == [carol]
        assert api.get_organization_overview(lab).num_followers == 1
"""


@pytest.mark.parametrize("scripts", [True, False])
def test_followed_by_a_button(
    open_page: Callable[..., Page],
    live_server: LiveServer,
    client_env: Callable[..., dict[str, str]],
    scripts: bool,
) -> None:
    (alice, _), (carol, _) = (sign_up(live_server, lead) for lead in ("alice", "carol"))
    lab = f"{alice}-lab"
    live_server.cli("org", "create", lab, "--admin", alice)
    page = open_page(java_script_enabled=scripts)
    page.goto(f"/{alice}")
    page.get_by_role("link", name="Follow").click()  # whoever is not signed in is asked to, and comes back
    sign_in(page, carol)
    for owner in (alice, lab):
        page.goto(f"/{owner}")
        page.get_by_role("button", name="Follow", exact=True).click()
        expect(page.get_by_text("1 follower")).to_be_visible()
    env = client_env(live_server.url)
    for client in HUBS:
        run_python(client, SCRIPT, env, alice, carol, lab)
    page.get_by_role("button", name="Unfollow").click()
    expect(page.get_by_text("0 followers")).to_be_visible()
    page.goto(f"/{carol}")
    expect(page.get_by_role("button", name="Follow")).to_have_count(0)
