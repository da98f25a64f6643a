"""The addresses of the pages; as on the Hub where it has the same page."""

from django.urls import URLPattern, URLResolver, include, path

from gatehouse.web import (
    ask,
    deciding,
    editing,
    files,
    history,
    home,
    invitation_pages,
    languages,
    large_uploads,
    letters,
    new_repo,
    notice_address,
    organizations,
    own_settings,
    people,
    profile,
    refs,
    repo,
    repo_lists,
    repo_settings,
    review,
    static_files,
    themes,
    tokens,
    webhooks,
    writing,
)

SETTINGS_FORMS = {
    "enable": repo_settings.enable,
    "disable": repo_settings.disable,
    "gate": repo_settings.gate,
    "grant": repo_settings.grant,
    "visibility": repo_settings.visibility,
    "move": repo_settings.move,
    "delete": repo_settings.delete,
}


def repo_routes(kind: str) -> list[URLPattern]:
    """Give the pages of a repo of `kind`, below `{namespace}/{name}`."""
    extra = {"kind": kind}
    return [
        path("", repo.repo, extra),
        path("/withdraw", ask.withdraw, extra),
        path("/access-requests", review.review, extra),
        path("/access-requests/-/decide", deciding.decide, extra),
        path("/access-requests/-/undo", deciding.undo, extra),
        path("/access-requests/-/counts", review.counts, extra),
        path("/access-requests/<str:username>", review.one_person, extra),
        path("/tree/<path:tail>", files.tree, extra),
        path("/blob/<path:tail>", files.blob, extra),
        path("/commits/<path:tail>", history.commits, extra),
        path("/commit/<str:sha>", history.commit, extra),
        path("/refs", refs.refs, extra),
        path("/refs/create", refs.create, extra),
        path("/refs/delete", refs.delete, extra),
        path("/upload/<path:tail>", writing.upload, extra),
        path("/large-uploads", large_uploads.begin, extra),
        path("/large-uploads/<str:signed>", large_uploads.one, extra),
        path("/large-uploads/<str:signed>/<int:number>", large_uploads.part, extra),
        path("/new/<path:tail>", editing.new_file, extra),
        path("/edit/<path:tail>", editing.edit, extra),
        path("/delete/<path:tail>", editing.delete, extra),
        path("/settings", repo_settings.settings_page, extra),
        *(path(f"/settings/{name}", view, extra) for name, view in SETTINGS_FORMS.items()),
    ]


REPO = "<str:namespace>/<str:name>"

urlpatterns: list[URLPattern | URLResolver] = [
    path("", home.home),
    path("search", home.search),
    path("models", repo_lists.repo_list, {"kind": "model"}),
    path("datasets", repo_lists.repo_list, {"kind": "dataset"}),
    path("spaces", repo_lists.repo_list, {"kind": "space"}),
    path("new", new_repo.new_repo),
    path("settings/profile", own_settings.profile),
    path("settings/account", own_settings.account),
    path("settings/notifications", own_settings.notifications),
    path("settings/gated-repos", own_settings.gated_repos),
    path("settings/tokens", tokens.tokens),
    path("settings/tokens/<str:public_id>/revoke", tokens.revoke),
    path("settings/webhooks", webhooks.webhooks),
    path("settings/webhooks/<str:public_id>", webhooks.webhook),
    path("settings/webhooks/<str:public_id>/switch", webhooks.switch),
    path("settings/webhooks/<str:public_id>/delete", webhooks.delete),
    path("settings/webhooks/<str:public_id>/deliveries/<str:delivery_id>/again", webhooks.again),
    path("organizations/new", organizations.new),
    path("invitations", invitation_pages.invitation_list),
    path("invitations/<int:pk>/revoke", invitation_pages.revoke),
    path("<str:namespace>/-/members", organizations.members),
    path("<str:namespace>/-/members/add", organizations.add),
    path("<str:namespace>/-/members/<str:username>/remove", organizations.remove),
    path("<str:namespace>/-/rename", organizations.rename),
    path("-/people", people.suggest),
    path("-/notice-address/<str:key>", notice_address.notice_address),
    path("-/letters/<str:key>", letters.letters),
    path("-/language", languages.choose),
    path("-/theme", themes.choose),
    path("static/<str:digest>/<str:name>", static_files.static_file),
    path("favicon.ico", static_files.favicon),
    path("", include("gatehouse.web.account_urls")),
    path("<str:namespace>", profile.profile),
    path(f"datasets/{REPO}", include(repo_routes("dataset"))),
    path(f"spaces/{REPO}", include(repo_routes("space"))),
    path(REPO, include(repo_routes("model"))),
]
