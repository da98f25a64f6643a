#!/usr/bin/env bash
# make-venv.sh LOCK: puts the packages that LOCK names, and this project itself, into .venv.
set -euo pipefail
lock=$1
python=${PYTHON:-python3}

if ! "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))'; then
    echo "Python 3.11 or newer is needed. Name yours like this: make install PYTHON=python3.12" >&2
    exit 1
fi
if ! "$python" -c 'import ensurepip, venv' 2>/dev/null; then
    echo "Python's venv module is missing. Install it with: apt install python3-venv" >&2
    exit 1
fi

pip() {
    .venv/bin/python -m pip install -qq --disable-pip-version-check --no-input "$@"
}

echo "Installing $lock into .venv ..."
[ -x .venv/bin/python ] || "$python" -m venv .venv
pip --require-hashes --requirement "$lock"
pip --no-deps --no-build-isolation --editable .
