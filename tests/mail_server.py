"""A real mail server on this machine, and what it received."""

from collections.abc import Callable
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from postgres import free_port


class MailServer:
    """Takes letters, or refuses them as `refuse_recipient` and `refuse_data` say (an SMTP answer, or nothing)."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[Envelope] = []
        self.refuse_recipient: Callable[[str], str] = lambda _address: ""
        self.refuse_data = ""
        self.on_letter: Callable[[], None] = lambda: None
        self._controller: Controller | None = None

    @property
    def url(self) -> str:
        return f"smtp://127.0.0.1:{self.port}"

    @property
    def message_ids(self) -> list[str]:
        return [self.header(envelope, "Message-ID") for envelope in self.received]

    @staticmethod
    def header(envelope: Envelope, name: str) -> str:
        lines = envelope.content.decode().splitlines()
        return next(line.split(": ", 1)[1] for line in lines if line.startswith(f"{name}: "))

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: Any
    ) -> str:
        self.on_letter()
        refusal = self.refuse_recipient(address)
        if not refusal:
            envelope.rcpt_tos.append(address)
        return refusal or "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        if not self.refuse_data:
            self.received.append(envelope)
        return self.refuse_data or "250 OK"
