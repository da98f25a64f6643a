#!/usr/bin/env bash
# lock.sh [--upgrade]: writes the lock files of the project and of the client environments, with hashes for every platform.
set -euo pipefail
PATH=$PATH:.venv/bin
export UV_CUSTOM_COMPILE_COMMAND='make lock'

compile() {
    uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url "$@"
}

# setuptools builds the project itself, so that an install needs nothing that is not in the lock file.
echo 'setuptools' | compile "$@" pyproject.toml - --output-file requirements.lock
echo 'setuptools' | compile "$@" pyproject.toml - --extra dev --constraint requirements.lock --output-file requirements-dev.lock
for wanted in tests/clients/requirements/*.in; do
    compile "$@" "$wanted" --output-file "${wanted%.in}.txt"
done

js_wanted=()
[ $# -eq 0 ] || js_wanted=(@huggingface/hub@latest)
npm install --silent --package-lock-only --save-exact --omit-lockfile-registry-resolved --prefix tests/clients/js "${js_wanted[@]}"
