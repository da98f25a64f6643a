"""Every page of the hub, once: who looks at which address of the demo world.

The tests of accessibility, of weight and of queries go through this list, and so does `make screenshots`. A test holds
that no page is missing.
"""

from dataclasses import dataclass

OPEN = "/amara-okafor/field-notes-bert-tiny"
GATED = "/lumen-health/triage-notes-bert-tiny"
AUTOMATIC = "/amara-okafor/pollinator-vit-tiny"
DATASET = "/datasets/lumen-health/synthetic-vitals"
WAITING = "emil-sorensen"
APP = "5d1b7f0a-9c3e-4c52-8f61-0b6d2a7e4c19"  # the client id of the app that world.py makes
AUTHORIZE = f"/oauth/authorize?response_type=code&client_id={APP}&redirect_uri=https://notes.example/back"
# Whoever looks; None is somebody who is not signed in. Kai and the operator join the demo's people in world.py.
READERS = {
    "nobody": None,
    "stranger": "kai",
    "asker": WAITING,
    "granted": "grace-owusu",
    "author": "ines-carvalho",
    "admin": "the-operator",
}
ASKERS = ("nobody", "stranger", "asker", "granted", "author")
ALL = (*ASKERS, "admin")


@dataclass(frozen=True)
class ListedPage:
    """A page; {sha} in its path stands for the newest commit of the gated model."""

    name: str
    path: str
    readers: tuple[str, ...]
    status: int = 200


PAGES = (
    ListedPage("home", "/", ALL),
    ListedPage("search", "/search?q=bert", ("nobody", "author")),
    ListedPage("search-empty", "/search", ("nobody",)),
    ListedPage("search-nothing", "/search?q=zzzz", ("nobody",)),
    ListedPage("models", "/models", ("nobody", "author")),
    ListedPage("models-filtered", "/models?gated=true&license=mit&other=en", ("nobody",)),
    ListedPage("models-nothing", "/models?search=zzzz", ("stranger",)),
    ListedPage("datasets", "/datasets", ("stranger",)),
    ListedPage("spaces", "/spaces", ("nobody",)),
    ListedPage("organization", "/lumen-health", ("nobody", "author")),
    ListedPage("person", "/amara-okafor", ("nobody",)),
    ListedPage("own-profile", "/ines-carvalho", ("author",)),
    ListedPage("members", "/lumen-health/-/members", ("author",)),
    ListedPage("nothing", "/there/is/nothing", ("nobody",), 404),
    ListedPage("no-such-repo", "/lumen-health/nothing", ("asker",), 404),
    # A repo.
    ListedPage("gate", GATED, ASKERS),
    ListedPage("gate-automatic", AUTOMATIC, ("nobody", "stranger")),
    ListedPage("model", OPEN, ("nobody", "stranger")),
    ListedPage("dataset", DATASET, ("stranger", "author")),
    ListedPage("files", f"{GATED}/tree/main", ASKERS),
    ListedPage("file", f"{OPEN}/blob/main/README.md", ("nobody",)),
    ListedPage("file-as-written", f"{OPEN}/blob/main/README.md?plain=1", ("nobody",)),
    ListedPage("file-history", f"{OPEN}/commits/main/README.md", ("nobody",)),
    ListedPage("file-of-lines", f"{OPEN}/blob/main/config.json", ("nobody",)),
    ListedPage("file-of-weights", f"{OPEN}/blob/main/model.safetensors", ("nobody",)),
    ListedPage("file-refused", f"{GATED}/blob/main/config.json", ("stranger",), 403),
    ListedPage("commits", f"{GATED}/commits/main", ("author",)),
    ListedPage("commit", f"{GATED}/commit/{{sha}}", ("author",)),
    ListedPage("refs", f"{GATED}/refs", ("author",)),
    ListedPage("upload", f"{GATED}/upload/main", ("author",)),
    ListedPage("new-file", f"{GATED}/new/main", ("author",)),
    ListedPage("edit-file", f"{GATED}/edit/main/README.md", ("author",)),
    ListedPage("delete-file", f"{GATED}/delete/main/config.json", ("author",)),
    ListedPage("review", f"{GATED}/access-requests", ("author",)),
    ListedPage("review-accepted", f"{GATED}/access-requests?status=accepted", ("author",)),
    ListedPage("review-person", f"{GATED}/access-requests/{WAITING}", ("author",)),
    ListedPage("repo-settings", f"{GATED}/settings", ("author",)),
    ListedPage("repo-publishers", f"{GATED}/settings/publishers", ("author",)),
    # One's own.
    ListedPage("new-repo", "/new", ("author",)),
    ListedPage("new-organization", "/organizations/new", ("author",)),
    ListedPage("settings-profile", "/settings/profile", ("author",)),
    ListedPage("settings-account", "/settings/account", ("author",)),
    ListedPage("settings-email", "/settings/email", ("author",)),
    ListedPage("settings-password", "/settings/password", ("author",)),
    ListedPage("settings-sessions", "/settings/sessions", ("author",)),
    ListedPage("settings-notifications", "/settings/notifications", ("author",)),
    ListedPage("settings-tokens", "/settings/tokens", ("author", "stranger")),
    ListedPage("connected-apps", "/settings/connected-apps", ("author", "stranger")),
    ListedPage("connected-app", f"/settings/connected-apps/{APP}", ("author",)),
    ListedPage("authorize", f"{AUTHORIZE}&scope=openid+profile+write-repos", ("stranger",)),
    ListedPage("authorize-refused", f"{AUTHORIZE}&scope=world", ("nobody",), 400),
    ListedPage("webhooks", "/settings/webhooks", ("author",)),
    ListedPage("settings-publishers", "/settings/publishers", ("author",)),
    ListedPage("my-requests", "/settings/gated-repos", ("asker", "granted", "stranger")),
    ListedPage("invitations", "/invitations", ("admin",), 404),  # while everybody may make an account
    ListedPage("styleguide", "/-/styleguide", ("nobody",)),
    # The administrator's.
    ListedPage("admin", "/-/admin", ("admin",)),
    ListedPage("admin-users", "/-/admin/users", ("admin",)),
    ListedPage("admin-users-nobody", "/-/admin/users?q=zzzz", ("admin",)),
    ListedPage("admin-organizations", "/-/admin/organizations", ("admin",)),
    ListedPage("admin-repos", "/-/admin/repos", ("admin",)),
    ListedPage("admin-letters", "/-/admin/letters", ("admin",)),
    ListedPage("admin-webhooks", "/-/admin/webhooks", ("admin",)),
    ListedPage("admin-settings", "/-/admin/settings", ("admin",)),
    ListedPage("admin-refused", "/-/admin", ("author",), 404),
    # The ways in.
    ListedPage("login", "/login", ("nobody",)),
    ListedPage("logout", "/logout", ("stranger",)),
    ListedPage("join", "/join", ("nobody",)),
    ListedPage("password-reset", "/password/reset", ("nobody",)),
    ListedPage("password-reset-sent", "/password/reset/done", ("nobody",)),
    ListedPage("password-reset-late", "/password/reset/1-late-link", ("nobody",)),
    ListedPage("confirm-email", "/confirm-email", ("nobody",)),
    ListedPage("confirm-email-late", "/confirm-email/late", ("nobody",)),
    ListedPage("password-set", "/account/password/reset/key/done/", ("nobody",)),
    ListedPage("inactive", "/account/inactive/", ("nobody",)),
    ListedPage("reauthenticate", "/account/reauthenticate/?next=/settings/account", ("author",)),
    # The second factor, which only the admin has.
    ListedPage("second-factor", "/account/2fa/", ("author", "admin")),
    ListedPage("second-factor-app", "/account/2fa/totp/activate/", ("author",)),
    ListedPage("second-factor-off", "/account/2fa/totp/deactivate/", ("admin",)),
    ListedPage("second-factor-codes", "/account/2fa/recovery-codes/", ("admin",)),
    ListedPage("second-factor-new-codes", "/account/2fa/recovery-codes/generate/", ("admin",)),
    ListedPage("second-factor-again", "/account/2fa/reauthenticate/", ("admin",)),
)
# What answers GET and is no page of its own, by the name of its view.
NO_PAGES = {
    "static_file": "a file",
    "favicon": "a file",
    "suggest": "a part of pages",
    "counts": "a part of the review screen",
    "mfa_download_recovery_codes": "a file",
    "one": "how much of an upload has come",
    "webhook": "wants the id of a webhook: tests/web/test_webhooks.py looks at it",
    "notice_address": "wants a key out of a letter",
    "letters": "wants a key out of a letter",
    "account_set_password": "leads those on who have a password, and everybody has",
    "account_confirm_login_code": "leads to the sign-in page: nobody signs in by a code",
    "account_logout": "stands behind our own, which is listed",
    "mfa_authenticate": "wants a sign-in that is half done",
}
