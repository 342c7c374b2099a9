#!/bin/sh
# Makes the checkout ready to run: `sh test/setup.sh check` brings npm packages and the native addon,
# `sh test/setup.sh lab` also what the lab needs (root, Debian packages, control-plane binaries),
# `sh test/setup.sh test` also what judges a release and the metrics, the browser that looks at the page, MetalLB, and all of
# `sh test/setup.sh release [linux/amd64] [linux/arm64]`: what a release is made of, for both platforms unless one is named
# (the files of Debian packages, what another machine's programs are built with, kubectl of the control plane).
# Progress goes to stderr; a run with nothing to do takes a few milliseconds, one that looks into package lists two seconds.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
root=$(dirname "$here")
what=${1:-lab}
[ $# -eq 0 ] || shift
stamp=$root/node_modules/.arpeggio-setup
cache=${XDG_CACHE_HOME:-$HOME/.cache}/arpeggio

say() { printf '%s\n' "$*" >&2; }
fail() { say "$*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

npm_packages() {
  wanted=$(sha256sum "$root/package-lock.json" | cut -c1-64)
  [ -f "$stamp" ] && [ "$(cat "$stamp")" = "$wanted" ] && return 0
  has node || fail 'Cannot set up: "node" is not on the PATH; install Node 20 or later from https://nodejs.org'
  major=$(node -p 'process.versions.node.split(".")[0]')
  [ "$major" -ge 20 ] || fail "Cannot set up: Node $major is too old, wanted 20 or later (https://nodejs.org)"
  has npm || fail 'Cannot set up: "npm" is not on the PATH; it comes with Node (https://nodejs.org)'
  say 'Installing npm packages'
  # npm removes node_modules first: it had better not run from there.
  PATH=$(printf '%s' "$PATH" | tr ':' '\n' | grep -v node_modules/.bin | tr '\n' ':')
  log=$(mktemp)
  (cd "$root" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error) >"$log" 2>&1 || {
    head -n 12 "$log" >&2
    rm -f "$log"
    fail 'Cannot install npm packages: npm ci failed (see the lines above)'
  }
  rm -f "$log"
  printf '%s\n' "$wanted" >"$stamp"
}

# Against the headers of the Node that npm brought: a machine-wide nodedir would build for another Node.
raw_socket() {
  folder=$root/node_modules/raw-socket
  { [ -d "$folder" ] && [ ! -f "$folder/build/Release/raw.node" ]; } || return 0
  for tool in g++ make python3; do
    has "$tool" || fail "Cannot build the package raw-socket: \"$tool\" is not on the PATH; install it (Debian: apt-get install g++ make python3)"
  done
  for headers in "$root"/node_modules/node-linux-*; do [ -d "$headers/include/node" ] && break; done
  log=$(mktemp)
  (cd "$root" && npm_config_nodedir=$headers PATH=$headers/bin:$PATH npm rebuild raw-socket) >"$log" 2>&1 || {
    tail -n 12 "$log" >&2
    rm -f "$log"
    fail 'Cannot build the package raw-socket: npm rebuild failed (see the lines above)'
  }
  rm -f "$log"
}

native_addon() {
  [ -f "$root/speaker/native/build.sh" ] || return 0
  for addon in "$root"/speaker/native/*.node; do
    [ -f "$addon" ] || break
    [ -n "$(find "$root/speaker/native" -newer "$addon" -type f ! -name '*.node')" ] || return 0
    break
  done
  has gcc || fail 'Cannot build the native addon: "gcc" is not on the PATH; install a C compiler (Debian: apt-get install gcc libc6-dev)'
  sh "$root/speaker/native/build.sh" >&2
}

# The Debian packages of the commands that are missing, one per word.
missing_packages() {
  has nft || echo nftables
  has ip || echo iproute2
  has conntrack || echo conntrack
  has curl || echo curl
  has ping || echo iputils-ping
  has arping || echo iputils-arping
  has ndisc6 || echo ndisc6
  has tcpdump || echo tcpdump
  { has setpriv && has nsenter && has unshare && has pivot_root; } || echo util-linux
  [ "$what" = test ] || return 0
  has umoci || echo umoci
  has runc || echo runc
  has qemu-aarch64 || echo qemu-user
  { has prometheus && has promtool; } || echo prometheus
}

# Of a package with a service only the program is wanted. This file is how Debian asks whether a service may start.
without_services() {
  policy=/usr/sbin/policy-rc.d
  [ ! -e "$policy" ] || { "$@"; return; }
  trap 'rm -f "$policy"' EXIT
  trap 'exit 130' INT TERM
  printf '#!/bin/sh\nexit 101\n' >"$policy"
  chmod 755 "$policy"
  code=0
  "$@" || code=$?
  rm -f "$policy"
  trap - EXIT INT TERM
  return "$code"
}

debian_packages() {
  missing=$(missing_packages | tr '\n' ' ')
  missing=${missing% }
  [ -n "$missing" ] || return 0
  has apt-get || fail "Cannot set up the lab: commands of these packages are missing: $missing; install them with the package manager of this system"
  install_packages "$missing" || fail "Cannot install Debian packages: apt-get failed for $missing (see the lines above)"
}

# Only one test wants it, which says why it is skipped.
browser() {
  has chromium && return 0
  { has apt-get && install_packages 'chromium fonts-dejavu-core'; } || say 'No Chromium: the page of the command line is not tested'
}

# apt-get, its lists and the answer about services are the machine's: checkouts that are set up at once take turns.
alone() {
  has flock || { "$@"; return; }
  mkdir -p "$cache"
  exec 8>"$cache/apt-get.lock"
  flock -n 8 || { say 'Waiting for Debian packages of another checkout'; flock 8; }
  result=0
  "$@" || result=$?
  exec 8>&-
  return "$result"
}

install_packages() { alone install_packages_now "$1"; }

install_packages_now() {
  say "Installing Debian packages: $1"
  log=$(mktemp)
  # shellcheck disable=SC2086
  { apt-get update -q && without_services env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $1; } >"$log" 2>&1 || {
    tail -n 20 "$log" >&2
    rm -f "$log"
    return 1
  }
  rm -f "$log"
}

case $what in check | lab | test | release) ;; *) fail "Cannot set up: \"$what\" is unknown, wanted check, lab, test or release" ;; esac
PATH=$PATH:/usr/sbin:/sbin

# One set-up at a time for a checkout: a second one waits, then finds all done. What is the machine's has locks of its own.
exec 9<"$root/package.json"
has flock && flock 9
npm_packages
raw_socket
native_addon
[ "$what" != check ] || exit 0

if [ "$what" != release ]; then
  [ "$(id -u)" -eq 0 ] || fail 'Cannot set up the lab: it makes network namespaces and needs root (try again with sudo)'
  debian_packages
fi
[ "$what" != test ] || browser
if [ "$what" != lab ]; then
  { [ "$what" = release ] && [ $# -gt 0 ]; } || set -- linux/amd64 linux/arm64
  . "$here/setup-release.sh"
  release_parts "$@"
fi
sh "$here/lab/binaries/build.sh" >/dev/null
[ "$what" = test ] || exit 0
sh "$here/lab/binaries/build.sh" containerd >/dev/null
# Only one test wants it, which says why it is skipped.
sh "$here/lab/binaries/build.sh" metallb >/dev/null || say 'No MetalLB: the way from it is not tested'
