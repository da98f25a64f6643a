"""People and repositories for tests: Alice owns, Bob belongs, Carol is a stranger."""

from gatehouse.access import webhooks
from gatehouse.access.webhooks import Item
from gatehouse.accounts.models import Organization, User
from gatehouse.accounts.people import create_organization, create_user, set_member
from gatehouse.accounts.tokens import create_token
from gatehouse.outbox.webhook_models import Webhook
from gatehouse.repos import card, commits
from gatehouse.repos.models import Repo
from gatehouse.repos.repositories import create_repo
from gatehouse.storage.git_operations import Put

PASSWORD = "correct horse battery staple"


def make_user(name: str = "alice", **more: object) -> User:
    return create_user(name, email=f"{name}@example.org", password=PASSWORD, **({"fullname": name.title()} | more))


def make_org(name: str = "acme", *, admin: User, **members: str) -> Organization:
    """Make an organization; `bob="write"` makes (or finds) Bob and adds him."""
    organization = create_organization(name, admin=admin, fullname=name.title())
    for username, role in members.items():
        user = User.objects.filter(username=username).first() or make_user(username)
        set_member(organization, user, role)
    return organization


def make_repo(
    owner: User | Organization,
    name: str = "weights",
    kind: str = "model",
    *,
    creator: User | None = None,
    private: bool = False,
    gated: str = "",
    files: dict[str, bytes | str] | None = None,
    **columns: object,
) -> Repo:
    creator = creator or (owner if isinstance(owner, User) else None) or make_user("creator")
    repo = create_repo(owner.namespace, name, kind, creator=creator, private=private)
    if files:
        puts = [Put(path, data.encode() if isinstance(data, str) else data) for path, data in files.items()]
        repo.head = commits.commit(repo, card.DEFAULT_BRANCH, puts, user=creator, message="Add files")
    Repo.objects.filter(pk=repo.pk).update(gated=gated, **columns)
    repo.refresh_from_db()
    return repo


def make_token(user: User, scope: str = "read", **more: object) -> str:
    return create_token(user, scope=scope, **more)


def make_webhook(owner: User, url: str = "https://example.org/hook", *watched: str, **more: object) -> Webhook:
    """Make a webhook; `watched` are like user:alice, by default all that is the owner's."""
    items = [Item(*each.split(":")) for each in watched or (f"user:{owner.username}",)]
    return webhooks.create(owner, url=url, items=items, **({"domains": ["repo", "access_request"]} | more))


def auth(token: str) -> dict[str, str]:
    """Give the headers of a bearer, for Django's test client (`headers=`)."""
    return {"Authorization": f"Bearer {token}"}
