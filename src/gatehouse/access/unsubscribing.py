"""The link in each letter about requests that stops such letters, and the one back. It works without signing in.

Its key is signed, and never grows old: a letter may be read late. It can do nothing but turn these letters off and on.
"""

from dataclasses import dataclass
from typing import Self

from django.conf import settings
from django.core import signing
from django.utils import timezone

from gatehouse.access.models import NoticeAddress
from gatehouse.accounts.models import Namespace, User
from gatehouse.storage.errors import Refusal

SALT = "gatehouse.letters"


class NoSuchLetters(Refusal):
    """The key of a link is not one of ours, or its account is gone."""

    def __init__(self) -> None:
        super().__init__("This link does not work. You can turn letters off in the settings of your account.")


@dataclass(frozen=True)
class Recipient:
    """Who gets letters about requests: a person, or an address that a namespace named."""

    email: str
    user: User | None = None
    namespace: Namespace | None = None

    @property
    def language(self) -> str:
        return self.user.language if self.user else ""

    @property
    def url(self) -> str:
        """The address of the page that stops these letters."""
        who = [self.user.pk] if self.user else [self.namespace.pk if self.namespace else 0, self.email.lower()]
        return f"{settings.PUBLIC_URL}/-/letters/{signing.dumps(who, salt=SALT)}"

    @classmethod
    def of_key(cls, key: str) -> Self:
        """Find whose link it is; raises NoSuchLetters."""
        try:
            number, *email = signing.loads(key, salt=SALT)
        except signing.BadSignature as error:
            raise NoSuchLetters from error
        if email:
            namespace = Namespace.objects.filter(pk=number).first()
            found = cls(email[0], namespace=namespace) if namespace else None
        else:
            user = User.objects.filter(pk=number).first()
            found = cls(user.email, user=user) if user else None
        if found is None:
            raise NoSuchLetters
        return found

    def want(self, wanted: bool) -> None:
        """Stop the letters, or let them come again."""
        if self.user:
            User.objects.filter(pk=self.user.pk).update(wants_request_letters=wanted)
            return
        row, _ = NoticeAddress.objects.get_or_create(namespace=self.namespace, email=self.email.lower())
        stopped_at = None if wanted else timezone.now()
        NoticeAddress.objects.filter(pk=row.pk).update(stopped_at=stopped_at)
