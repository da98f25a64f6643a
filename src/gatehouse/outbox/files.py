"""Letters as files, for a hub without a mail server: one .eml file each, which mail programs open."""

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from django.conf import settings
from django.core.mail import EmailMessage
from django.core.mail.backends.base import BaseEmailBackend
from django.utils import timezone


class EmailBackend(BaseEmailBackend):
    """Writes each letter to EMAIL_FILE_PATH, named by its moment, complete or not at all."""

    def send_messages(self, email_messages: Sequence[EmailMessage]) -> int:
        folder = Path(settings.EMAIL_FILE_PATH)
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        for message in email_messages:
            _write(folder / f"{timezone.now():%Y-%m-%dT%H-%M-%S.%f}-{secrets.token_hex(2)}.eml", message)
        return len(email_messages)


def _write(path: Path, message: EmailMessage) -> None:
    temporary = path.with_suffix(".part")
    with temporary.open("xb") as file:
        file.write(message.message().as_bytes())
        file.flush()
        os.fsync(file.fileno())
    temporary.rename(path)
