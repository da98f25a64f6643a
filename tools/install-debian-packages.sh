#!/usr/bin/env bash
# Installs the Debian packages that the tests drive, where it may; elsewhere it names what is missing and which tests that skips.
set -euo pipefail

packages=()
without=()

# want PACKAGES WHAT-IS-SKIPPED TEST...: notes the packages when the test fails.
want() {
    local names=$1 skipped=$2
    shift 2
    if ! "$@" >/dev/null 2>&1; then
        read -ra words <<<"$names"
        packages+=("${words[@]}")
        without+=("without $names: $skipped")
    fi
}

has() {
    command -v "$1"
}

postgresql_server() {
    has initdb || compgen -G '/usr/lib/postgresql/*/bin/initdb'
}

want python3-venv 'nothing can be tested' "${PYTHON:-python3}" -c 'import ensurepip, venv'
want git-lfs 'the git-lfs tests are skipped' has git-lfs
want postgresql 'the tests run on SQLite alone' postgresql_server
want 'chromium fonts-dejavu-core' 'the browser tests are skipped' has chromium
want gettext 'whether every text is in the translations is not checked' has xgettext
want nodejs 'the JavaScript client tests are skipped' has node
want npm 'the JavaScript client tests are skipped' has npm

[ ${#packages[@]} -gt 0 ] || exit 0

if [ "$(id -u)" -eq 0 ]; then
    as_root=(env)
elif sudo -n true 2>/dev/null; then
    as_root=(sudo -n env)
fi
if [ -n "${as_root:-}" ] && has apt-get >/dev/null; then
    echo "Installing Debian packages: ${packages[*]} ..."
    as_root+=(DEBIAN_FRONTEND=noninteractive)
    "${as_root[@]}" apt-get update -qq
    "${as_root[@]}" apt-get install -qq --no-install-recommends "${packages[@]}" >/dev/null
else
    printf '%s\n' "${without[@]}" "Install them with: sudo apt-get install ${packages[*]}" >&2
fi
