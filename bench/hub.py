"""A hub of a benchmark's own: a real `gatehouse serve`, and Django in this process on the same data to fill it."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
from live import LiveServer  # the server of the tests


@contextmanager
def serving(folder: Path, **settings: str) -> Iterator[LiveServer]:
    """Start a server of one worker on new data in `folder`, and set Django up here for the same data."""
    limits = {f"GATEHOUSE_RATE_{name}": "1000000" for name in ("API", "RESOLVERS", "PAGES")}
    with LiveServer(folder, **limits | settings) as server:
        os.environ |= {
            "DJANGO_SETTINGS_MODULE": "gatehouse.config.settings",
            "GATEHOUSE_DATA": str(server.data),
            "GATEHOUSE_PUBLIC_URL": server.url,
        }
        import django

        django.setup()
        yield server


def web_process(server: LiveServer) -> int:
    """Give the id of the process that answers requests: the youngest child of the web server's own."""
    assert server.process is not None
    found = server.process.pid
    while children := _children(found):
        granian = [pid for pid in children if b"web_server" in Path(f"/proc/{pid}/cmdline").read_bytes()]
        found = max(granian or children)
    return found


def _children(pid: int) -> list[int]:
    return [
        int(child) for task in Path(f"/proc/{pid}/task").iterdir() for child in (task / "children").read_text().split()
    ]


def resident_mib(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmRSS")) / 1024


def peak_mib(pid: int) -> float:
    """Give the most memory that the process ever had, since `reset_peak`."""
    lines = Path(f"/proc/{pid}/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) / 1024


def reset_peak(pid: int) -> None:
    Path(f"/proc/{pid}/clear_refs").write_text("5")


def cpu_seconds(pid: int) -> float:
    """Give the processor time that a process has taken so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
