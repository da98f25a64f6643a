"""A repo's own address for letters about requests: nobody is written to who has not agreed.

Whoever may write to a repo may name any address. It gets one letter with a link; until somebody follows the link,
letters go where they would go without it. An agreement holds for all repos of the namespace.
"""

from datetime import timedelta

from django.conf import settings
from django.core import signing
from django.db.models import Q
from django.utils import timezone

from gatehouse.access.models import NoticeAddress
from gatehouse.accounts.models import Namespace
from gatehouse.accounts.people import is_address_of_member
from gatehouse.outbox import letters
from gatehouse.repos.models import Repo
from gatehouse.storage.errors import Refusal

SALT = "gatehouse.notice-address"
VALID = timedelta(days=7)
DAY = timedelta(days=1)
MOST_A_DAY_TO_ONE_ADDRESS = 3
MOST_A_DAY_FROM_ONE_NAMESPACE = 20


class LinkIsOver(Refusal):
    """The link of a letter is too old, or was never one of ours."""

    def __init__(self) -> None:
        super().__init__("This link does not work any more. Save the repository's settings again to get a new one.")


def agreed(repo: Repo) -> bool:
    """Whether the repo's own address may be written to: it agreed, or belongs to an owner who proved to have it."""
    row = NoticeAddress.objects.filter(_of(repo.namespace, repo.notifications_email)).first()
    if row and (row.stopped_at or row.confirmed_at):
        return row.stopped_at is None
    return is_address_of_member(repo.namespace, repo.notifications_email)


def stopped(repo: Repo) -> bool:
    """Whether somebody at the repo's own address followed the link of a letter that stops such letters."""
    rows = NoticeAddress.objects.filter(_of(repo.namespace, repo.notifications_email))
    return rows.filter(stopped_at__isnull=False).exists()


def ask(repo: Repo) -> bool:
    """Ask the repo's own address by letter; False if it need not be asked, or was asked often enough today."""
    namespace, email = repo.namespace, repo.notifications_email
    if agreed(repo) or _asked_enough(namespace, email):
        return False
    row, _ = NoticeAddress.objects.get_or_create(namespace=namespace, email=email.lower())
    unasked = Q(asked_at__isnull=True) | Q(asked_at__lt=timezone.now() - DAY)
    if not NoticeAddress.objects.filter(unasked, pk=row.pk, stopped_at__isnull=True).update(asked_at=timezone.now()):
        return False
    link = f"{settings.PUBLIC_URL}/-/notice-address/{signing.dumps(row.pk, salt=SALT)}"
    letters.write(email, "notice_address", {"namespace": namespace, "action_url": link, "days": VALID.days})
    return True


def find(key: str) -> NoticeAddress:
    """Find the address that the key of a letter's link stands for; raises LinkIsOver."""
    try:
        pk = signing.loads(key, salt=SALT, max_age=VALID)
    except signing.BadSignature as error:
        raise LinkIsOver from error
    row = NoticeAddress.objects.select_related("namespace").filter(pk=pk).first()
    if row is None:
        raise LinkIsOver
    return row


def confirm(address: NoticeAddress) -> None:
    NoticeAddress.objects.filter(pk=address.pk, confirmed_at__isnull=True).update(confirmed_at=timezone.now())


def _of(namespace: Namespace, email: str) -> Q:
    return Q(namespace=namespace, email=email.lower())


def _asked_enough(namespace: Namespace, email: str) -> bool:
    lately = NoticeAddress.objects.filter(asked_at__gte=timezone.now() - DAY)
    return (
        lately.filter(email=email.lower()).count() >= MOST_A_DAY_TO_ONE_ADDRESS
        or lately.filter(namespace=namespace).count() >= MOST_A_DAY_FROM_ONE_NAMESPACE
    )
