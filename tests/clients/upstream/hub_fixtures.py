"""Stands in for upstream's conftest.py, which its source distribution lacks. Runs in the client's environment, as a copy.

What upstream's tests find here: the fixtures that they ask for, a cache for each, and, in the file that LEFT_OUT names,
which of them this hub has reason to fail.
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from huggingface_hub import HfApi, RepoUrl, constants

from .testing_constants import ENDPOINT_STAGING, TOKEN, USER
from .testing_utils import repo_name

RepoFactory = Callable[..., RepoUrl]
MARKERS = ("api", "transfer", "inference", "xet", "no_xet", "production", "git_lfs", "vcr")
LEFT_OUT: dict[str, str] = json.loads(Path(os.environ["LEFT_OUT"]).read_text())
_asked: list[str] = []


def pytest_configure(config: pytest.Config) -> None:
    """Know upstream's markers, and notice every request that the client sends."""
    for marker in MARKERS:
        config.addinivalue_line("markers", f"{marker}: upstream's own")
    send = httpx2.Client.send

    def noticed(self: httpx2.Client, request: httpx2.Request, **options: Any) -> httpx2.Response:
        _asked.append(str(request.url))
        return send(self, request, **options)

    httpx2.Client.send = noticed  # type: ignore[method-assign]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Expect that what is left out fails, which tells when it no longer does."""
    for item in items:
        name = item.nodeid.partition("/")[2]
        item.user_properties.append(("name", name))
        if item.get_closest_marker("production"):
            item.add_marker(pytest.mark.skip(reason="reads what is on huggingface.co"))
        for start, reason in LEFT_OUT.items():
            if name == start or name.startswith((f"{start}::", f"{start}[")):
                item.add_marker(pytest.mark.xfail(reason=reason, strict=False))


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    _asked.clear()


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Tell whether the test, or its set-up, asked the hub anything."""
    if any(url.startswith(ENDPOINT_STAGING) for url in _asked):
        item.user_properties.append(("asked", "yes"))


@pytest.hookimpl(wrapper=True)
def pytest_fixture_setup(fixturedef: Any) -> Iterator[Any]:
    """Leave out the pull request that some classes open beside the files that their tests are about."""
    upload = HfApi.upload_file

    def without_pull_request(self: HfApi, **options: Any) -> Any:
        return None if options.get("create_pr") else upload(self, **options)

    with pytest.MonkeyPatch.context() as patch:
        if fixturedef.argname in {"_repo", "_shared_repo"}:
            patch.setattr(HfApi, "upload_file", without_pull_request)
        return (yield)


@pytest.fixture(scope="session")
def api() -> HfApi:
    return HfApi(endpoint=ENDPOINT_STAGING, token=TOKEN)


@pytest.fixture(scope="session")
def new_repo_id() -> str:
    return f"{USER}/{repo_name()}"


@pytest.fixture(scope="session")
def repo_factory() -> RepoFactory:
    """Give a function that makes a repo. Tests of whole classes use it, so its repos live as long as the hub does."""

    def make(repo_type: str = "model", *, repo_id: str | None = None, token: str = TOKEN, **settings: Any) -> RepoUrl:
        api = HfApi(endpoint=ENDPOINT_STAGING, token=token)
        return api.create_repo(repo_id or repo_name(), repo_type=repo_type, **settings)

    return make


@pytest.fixture(autouse=True)
def _own_cache(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Give each test a cache of its own."""
    monkeypatch.setattr(constants, "HF_HUB_CACHE", str(tmp_path_factory.mktemp("hub")))
