"""The API that the clients speak: which module answers what."""

from typing import Any

from django.http import HttpRequest
from django.urls import URLPattern, register_converter
from ninja import NinjaAPI
from ninja.parser import Parser

from gatehouse import __version__
from gatehouse.hub_api import (
    access_requests,
    auth_check,
    avatars,
    branches,
    cards,
    commit,
    duplicate,
    followers,
    history,
    identity,
    lfs_files,
    likes,
    lists,
    my_settings,
    people,
    preupload,
    quicksearch,
    repo_info,
    repos,
    safetensors,
    settings,
    tags,
    trees,
    unknown,
    webhooks,
)
from gatehouse.hub_api.cases import RepoConverter
from gatehouse.hub_api.cors import open_to_pages
from gatehouse.hub_api.errors import add_handlers
from gatehouse.hub_api.exchange import exchange
from gatehouse.hub_api.json_text import read_json

register_converter(RepoConverter, "repo")


class StrictParser(Parser):
    """Reads JSON bodies strictly."""

    def parse_body(self, request: HttpRequest) -> Any:
        return read_json(request.body)


class HubAPI(NinjaAPI):
    """The API with the same surroundings for every answer, those of unknown paths and methods included."""

    @property
    def urls(self) -> Any:
        patterns, app, namespace = super().urls
        for pattern in patterns:
            if isinstance(pattern, URLPattern):
                pattern.callback = open_to_pages(exchange(pattern.callback))
        return patterns, app, namespace


api = HubAPI(title="Gatehouse", version=__version__, docs_url=None, urls_namespace="hub_api", parser=StrictParser())
add_handlers(api)
# The last two come last: they take what no other module answers.
MODULES = (
    identity, people, followers, avatars, quicksearch, tags, my_settings, webhooks, lists, repos, settings, duplicate,
    branches, trees, history, safetensors, preupload, commit, cards, lfs_files, likes, access_requests,
    auth_check, repo_info, unknown,
)  # fmt: skip
for module in MODULES:
    api.add_router("", module.router)
