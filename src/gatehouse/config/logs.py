"""What the log looks like."""

import logging
import re

# What begins a line, commands a terminal, or turns the direction of the text round.
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028-\u202e\u2066-\u2069]")


class Line(logging.Formatter):
    """One record is one line, whatever a client, a receiver or a mail server wrote into it; a traceback follows."""

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - the library names it
        return _CONTROL.sub(lambda found: ascii(found[0])[1:-1], super().formatMessage(record))
