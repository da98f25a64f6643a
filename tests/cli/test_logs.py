"""The log, which operators read in a terminal."""

import logging

from gatehouse.config.logs import Line


def test_a_record_is_one_line_whatever_others_wrote_into_it() -> None:
    [handler] = [each for each in logging.getLogger().handlers if isinstance(each.formatter, Line)]
    said = "HTTP/1.1 200\n2026-11-25 INFO gatehouse: all is well\r\x1b[2J\u202e\x9b"
    record = logging.LogRecord("gatehouse", logging.INFO, __file__, 1, "webhook not taken: %s", (said,), None)
    line = handler.format(record)
    assert line.isprintable()
    assert line.endswith(r"200\n2026-11-25 INFO gatehouse: all is well\r\x1b[2J\u202e\x9b")
