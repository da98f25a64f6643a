"""The addresses of the pages; as on the Hub where it has the same page."""

from django.urls import URLPattern, URLResolver, include, path

from gatehouse.web import ask, home, profile, repo, repo_lists, static_files


def repo_routes(kind: str) -> list[URLPattern]:
    """Give the pages of a repo of `kind`, below `{namespace}/{name}`."""
    extra = {"kind": kind}
    return [
        path("", repo.repo, extra),
        path("/withdraw", ask.withdraw, extra),
    ]


REPO = "<str:namespace>/<str:name>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home),
    path("search", home.search),
    path("models", repo_lists.repo_list, {"kind": "model"}),
    path("datasets", repo_lists.repo_list, {"kind": "dataset"}),
    path("spaces", repo_lists.repo_list, {"kind": "space"}),
    path("static/<str:digest>/<str:name>", static_files.static_file),
    path("favicon.ico", static_files.favicon),
    path("", include("gatehouse.web.account_urls")),
    path("<str:namespace>", profile.profile),
    path(f"datasets/{REPO}", include(repo_routes("dataset"))),
    path(f"spaces/{REPO}", include(repo_routes("space"))),
    path(REPO, include(repo_routes("model"))),
]
