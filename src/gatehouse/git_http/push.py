"""A push: received by git, looked at before it counts, and made known to the hub before the pusher hears its end."""

import logging
import os
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from gatehouse import storage
from gatehouse.git_http.program import Program
from gatehouse.storage.errors import Refusal
from gatehouse.storage.git_refs import Update

log = logging.getLogger(__name__)

HOOKS = Path(storage.__file__).parent / "hooks"
ACCEPTED = "yes"
END = b"\nend\n"
MOST_ASKED = 1024 * 1024  # bytes of branches and tags in one push

# Given the folder of the pushed objects and what shall move, raises Refusal to forbid it.
Check = Callable[[str, list[Update]], None]


class Push:
    """An answer's body: git receive-pack, whose hook asks `check`; `moved` is called when it has ended well.

    What git says after the check, a few lines, is held back until then: the pusher finds the hub up to date.
    """

    def __init__(
        self,
        path: Path,
        *,
        config: Mapping[str, str],
        environment: Mapping[str, str],
        check: Check,
        moved: Callable[[list[Update]], None],
    ) -> None:
        if not os.access(HOOKS / "pre-receive", os.X_OK):
            raise RuntimeError(f"{HOOKS}/pre-receive is not executable: git would take every push unchecked")
        self._check, self._moved = check, moved
        self._asked, self._accepted, self._held = b"", list[Update](), b""
        self._ended = False
        self._ask, ask = os.pipe()
        verdict, self._verdict = os.pipe()
        try:
            self._program = Program(
                ["receive-pack", "--stateless-rpc", str(path)],
                config={**config, "core.hooksPath": str(HOOKS)},
                environment={**environment, "GATEHOUSE_ASK": str(ask), "GATEHOUSE_VERDICT": str(verdict)},
                pass_fds=(ask, verdict),
                listen={self._ask: self._listen},
            )
        finally:
            os.close(ask)
            os.close(verdict)

    def receive(self, blocks: Iterable[bytes]) -> None:
        """Hand the pushed objects to git; raises what reading them raises, and nothing has moved then."""
        try:
            self._program.feed(blocks)
        except BaseException:
            self._end()
            raise

    def __iter__(self) -> "Push":
        return self

    def __next__(self) -> bytes:
        for words in self._program:
            if not self._accepted:
                return words
            self._held += words
        self._end()
        held, self._held = self._held, b""
        if not held:
            raise StopIteration
        return held

    def close(self) -> None:
        """Let an accepted push come to its end though the pusher is gone; end any other."""
        if self._accepted:
            for _ in self._program:
                pass
        self._program.close()
        self._end()

    def _end(self) -> None:
        if self._ended:
            return
        self._ended = True
        os.close(self._ask)
        os.close(self._verdict)
        if self._accepted:
            try:
                self._moved(self._accepted)
            except Exception:
                log.exception("A push was accepted, but the repo's row could not be brought up to date")

    def _listen(self) -> bool:
        data = os.read(self._ask, 65536)
        self._asked += data
        if self._asked.endswith(END):
            os.write(self._verdict, self._judge().encode() + b"\n")
        elif len(self._asked) > 2 * MOST_ASKED:
            self._asked = self._asked[-MOST_ASKED - len(END) :]  # refused already for its length; only the end matters
        return bool(data)

    def _judge(self) -> str:
        asked, self._asked = self._asked, b""
        if len(asked) > MOST_ASKED:
            return "This push moves too many branches and tags: push fewer at once."
        quarantine, *lines = os.fsdecode(asked.removesuffix(END)).split("\n")
        updates = [Update(*line.split(" ", 2)) for line in lines]
        try:
            self._check(quarantine, updates)
        except Refusal as refusal:
            return one_line(refusal.message)
        except Exception:
            log.exception("A push could not be checked")
            return "Something went wrong on this server; its log knows more."
        self._accepted = updates
        return ACCEPTED


def one_line(message: str) -> str:
    """Fit a sentence for a terminal: no line breaks, nothing that moves its cursor."""
    return "".join(c if c.isprintable() else "?" for c in " ".join(message.split()))[:1000]
