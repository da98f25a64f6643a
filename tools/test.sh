#!/usr/bin/env bash
# test.sh: every check and every test, on both databases. Goes on after a failure and names all of them at the end.
set -uo pipefail
cd "$(dirname "$0")/.." || exit 1
failed=()
# Tests start the hub hundreds of times: without kept bytecode each start would compile the whole project.
unset PYTHONDONTWRITEBYTECODE

# step NAME COMMAND...: runs the command under a heading and remembers whether it failed.
step() {
    local name=$1 started=$SECONDS
    shift
    printf '\n== %s\n' "$name"
    "$@" || failed+=("$name")
    printf -- '-- %s: %d s\n' "$name" $((SECONDS - started))
}

# The type checker loads Django's settings, which want a key and have no default.
types() {
    GATEHOUSE_SECRET_KEY=$(head -c 32 /dev/urandom | base64 -w0) .venv/bin/mypy
}

tests_on() {
    GATEHOUSE_TEST_DATABASE=$1 .venv/bin/pytest -n 3 --dist loadfile --no-loadscope-reorder -rs --durations 25
}

step 'debian packages' tools/install-debian-packages.sh
step 'environment' make --no-print-directory .venv/installed-dev
[ ${#failed[@]} -eq 0 ] || exit 1
step 'client environments' make --no-print-directory clients
step 'lint' .venv/bin/ruff check .
step 'format' .venv/bin/ruff format --check .
step 'types' types
step 'import contracts' .venv/bin/lint-imports --no-logo
step 'tests on SQLite' tests_on sqlite
if command -v initdb >/dev/null || compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null; then
    step 'tests on PostgreSQL' tests_on postgres
fi

printf '\n'
if [ ${#failed[@]} -gt 0 ]; then
    printf 'FAILED: %s\n' "${failed[@]}"
    exit 1
fi
echo "All good in $SECONDS s."
