"""Runs every benchmark, one after the other, and writes bench/RESULTS.md. `make bench` calls it.

A benchmark is a script in this folder that prints, as the last line of its standard output, a JSON list of rows
`{"what": …, "measured": …, "goal": …, "met": true|false|null}`; `null` where no goal was set.
"""

import json
import os
import platform
import subprocess
import sys
import time
from pathlib import Path

HERE = Path(__file__).parent
SCRIPTS = ("resolve", "access_requests", "sign_in", "git_clone", "transfer", "xet", "lists", "pages", "hub_clients")


def machine() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines()
    model = next((line.split(":", 1)[1].strip() for line in lines if "model name" in line), platform.machine())
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    system = f"{platform.system()} {platform.release()}, Python {platform.python_version()}"
    return f"{os.cpu_count()} cores of {model}, {memory:.0f} GiB, {system}"


def run(script: str) -> list[dict[str, object]]:
    print(f"== {script}", flush=True)
    done = subprocess.run([sys.executable, HERE / f"{script}.py"], stdout=subprocess.PIPE, text=True, check=False)
    if done.returncode:
        return [{"what": script, "measured": f"failed with exit code {done.returncode}", "goal": "", "met": False}]
    rows: list[dict[str, object]] = json.loads(done.stdout.strip().splitlines()[-1])
    for row in rows:
        print(f"   {row['what']}: {row['measured']} (goal: {row['goal'] or 'none'})", flush=True)
    return rows


def main() -> int:
    chosen = sys.argv[1:] or SCRIPTS
    lines = [
        "# Benchmark results",
        "",
        f"Measured on {time.strftime('%Y-%m-%d')} by `make bench` on {machine()}.",
        "Medians of interleaved runs; ratios compare programs in the same run, so they hold when the machine drifts.",
    ]
    failed = False
    for script in chosen:
        lines += [
            "",
            f"## {script.replace('_', ' ').capitalize()}",
            "",
            "| what | measured | goal | met |",
            "|---|---|---|---|",
        ]
        for row in run(script):
            met = {True: "yes", False: "**no**", None: ""}[row["met"]]
            failed = failed or "failed" in str(row["measured"])
            lines.append(f"| {row['what']} | {row['measured']} | {row['goal']} | {met} |")
        if not sys.argv[1:]:  # after each: a run that is cut off leaves what it found
            (HERE / "RESULTS.md").write_text("\n".join(lines) + "\n")
    return int(failed)


if __name__ == "__main__":
    sys.exit(main())
