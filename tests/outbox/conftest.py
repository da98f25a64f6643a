"""Sending by a real mail server."""

from typing import Any

import pytest

from mail_server import MailServer


@pytest.fixture
def by_smtp(mail_server: MailServer, settings: Any) -> MailServer:
    """Let this process send its letters to `mail_server`."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", mail_server.port
    return mail_server
