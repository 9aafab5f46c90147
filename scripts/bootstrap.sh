# shellcheck shell=bash
# Sourced by the launchers in this directory: makes a bare Debian or Ubuntu machine fit to run them, then sets NODE to a
# Node.js of at least version 24 and puts the checkout's node_modules/.bin first on PATH. Silent and quick when all is there.

bootstrap_root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

bootstrap_fail() {
  printf '%s\n' "$*" >&2
  exit 1
}

# Installs the Debian packages that are missing, without recommended ones.
bootstrap_packages() {
  command -v apt-get >/dev/null || bootstrap_fail "missing: $*. This machine has no apt-get to install it with."
  [ "$(id -u)" = 0 ] || bootstrap_fail "missing: $*. Install it (apt-get install $*) or run this once as root."
  printf 'installing Debian packages: %s\n' "$*" >&2
  local log
  log=$(mktemp)
  # package lists may be missing or out of date: on failure once more with fresh ones
  # RUNLEVEL=1 keeps package scripts from starting services
  if ! DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "$@" >"$log" 2>&1 &&
    ! { apt-get update -q && DEBIAN_FRONTEND=noninteractive RUNLEVEL=1 apt-get install -y -q --no-install-recommends "$@"; } >"$log" 2>&1; then
    tail -n 15 "$log" >&2
    rm -f "$log"
    bootstrap_fail "cannot install the Debian packages $*"
  fi
  rm -f "$log"
}

bootstrap_tools() {
  local missing=()
  [ -e /etc/ssl/certs/ca-certificates.crt ] || missing+=(ca-certificates)
  command -v git >/dev/null || missing+=(git)
  command -v python3 >/dev/null || missing+=(python3)
  command -v openssl >/dev/null || missing+=(openssl)
  # a venv needs ensurepip, which Debian keeps in a package of its own
  [ -e "$bootstrap_root/node_modules/.package-lock.json" ] || python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
  command -v npm >/dev/null || missing+=(npm)
  [ ${#missing[@]} = 0 ] || bootstrap_packages "${missing[@]}"
}

# Installs node_modules when they are missing or older than the lock file. One installs, others wait.
bootstrap_modules() {
  local installed="$bootstrap_root/node_modules/.package-lock.json" lock="$bootstrap_root/package-lock.json" log
  [ -e "$installed" ] && [ -x "$bootstrap_root/node_modules/.bin/node" ] && [ ! "$lock" -nt "$installed" ] && return 0
  [ -e "$lock" ] || bootstrap_fail "package-lock.json is missing in $bootstrap_root"
  exec 9>"${TMPDIR:-/tmp}/celery-operator-npm.$(id -u).lock"
  flock 9
  if [ ! -e "$installed" ] || [ ! -x "$bootstrap_root/node_modules/.bin/node" ] || [ "$lock" -nt "$installed" ]; then
    log=$(mktemp)
    # npm ci refuses where a registry lacks packages for other platforms; npm install takes the lock file's versions too
    if ! (cd "$bootstrap_root" && npm ci --no-audit --no-fund >"$log" 2>&1); then
      cat "$log" >&2
      rm -f "$log"
      bootstrap_fail "npm cannot install the packages of $bootstrap_root"
    fi
    rm -f "$log"
    touch "$installed"
  fi
  exec 9>&-
}

bootstrap_tools
bootstrap_modules
NODE="$bootstrap_root/node_modules/.bin/node"
# npm's "node" package fetches its binary in an install script; where scripts are off, a Node on PATH will do if new enough
if ! "$NODE" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)' 2>/dev/null; then
  NODE=$(command -v node || true)
  [ -n "$NODE" ] && "$NODE" -e 'process.exit(Number(process.versions.node.split(".")[0]) >= 24 ? 0 : 1)' ||
    bootstrap_fail "no Node.js 24 or later: node_modules/.bin/node does not run and there is none on PATH"
fi
PATH="$bootstrap_root/node_modules/.bin:$PATH"
export NODE PATH
