"""A virtual environment for what only the baselines need, made once under .cache."""

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).with_name("requirements.txt")


def python() -> Path:
    """Give the interpreter that has the baselines' packages; raises CalledProcessError when they cannot be had."""
    digest = hashlib.sha256(sys.version.encode() + REQUIREMENTS.read_bytes()).hexdigest()[:12]
    folder = Path(__file__).parents[2] / ".cache" / f"bench-{digest}"
    if not (folder / "complete").exists():
        shutil.rmtree(folder, ignore_errors=True)
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "pip", "install", "-q", "--disable-pip-version-check"]
        subprocess.run([*pip, "-r", REQUIREMENTS], check=True, stdout=sys.stderr)
        (folder / "complete").touch()
    return folder / "bin" / "python"
