#!/bin/sh
# Builds programs of the lab from the Go module proxy into a cache outside the repository, keyed by the modules'
# checksums: the control plane (etcd and Kubernetes); with the argument `metallb` MetalLB of both eras, each version in a
# folder of its own with its manifests; with `containerd` what runs a released image in the manner of containerd. Prints
# the folder on stdout and progress on stderr.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/arpeggio/lab
version=v1.36.3
stamp=k8s.io/component-base/version
metallb=go.universe.tf/metallb

say() { printf '%s\n' "$*" >&2; }

# build_into DIR MODULE OUTPUT PACKAGE [LDFLAGS]: one binary, with a count of compiled packages while it runs.
build_into() {
  started=$(date +%s)
  say "  building $3 (minutes on a first run)"
  (cd "$here/$2" && go build -v -trimpath -buildvcs=false -ldflags "-s -w ${5:-}" -o "$1/$3" "$4" 2>&1) |
    awk -v name="$3" '/^go: downloading/ { next }
      /^[a-z0-9.]+\/|^[a-z]+$/ { n++; if (n % 200 == 0) { print "    " name ": " n " packages compiled"; fflush() } next }
      { print "    " $0; fflush() }' >&2
  [ -x "$1/$3" ] || { say "Cannot build $3: go build failed (see the lines above)"; exit 1; }
  say "  built $3 in $(($(date +%s) - started)) s"
}

key() { (cd "$here" && cat "$@") | sha256sum | cut -c1-16; }

build_cluster() {
  say "Building the lab's control plane (Kubernetes $version, etcd) into $target"
  build_into "$work" etcd etcd .
  for name in kube-apiserver kube-controller-manager kube-scheduler kube-proxy kubectl; do
    build_into "$work" kubernetes "$name" "k8s.io/kubernetes/cmd/$name" \
      "-X $stamp.gitVersion=$version -X $stamp.gitMajor=1 -X $stamp.gitMinor=36"
  done
}

# metallb_into VERSION MANIFEST...: its two programs, and of its own files those that install it.
metallb_into() {
  folder=$work/$1
  mkdir "$folder"
  say "  MetalLB $1:"
  for name in controller speaker; do build_into "$folder" "metallb-$1" "$name" "$metallb/$name"; done
  module=$(cd "$here/metallb-$1" && go list -m -f '{{.Dir}}' "$metallb")
  shift
  for manifest in "$@"; do cp "$module/$manifest" "$folder/"; done
  chmod -R u+w "$folder"
}

build_metallb() {
  say "Building MetalLB, from which a test migrates, into $target"
  metallb_into 0.12 manifests/namespace.yaml manifests/metallb.yaml
  metallb_into 0.14 config/manifests/metallb-native.yaml
}

build_containerd() {
  say "Building containerd's seccomp profile into $target"
  build_into "$work" containerd seccomp-profile .
}

case ${1:-cluster} in
  cluster) target=$cache/$version-$(key etcd/go.mod etcd/go.sum kubernetes/go.mod kubernetes/go.sum) ;;
  metallb) target=$cache/metallb-$(key metallb-0.12/go.mod metallb-0.12/go.sum metallb-0.14/go.mod metallb-0.14/go.sum) ;;
  containerd) target=$cache/containerd-$(key containerd/go.mod containerd/go.sum containerd/main.go) ;;
  *) say "Cannot build: \"$1\" is unknown, wanted cluster, metallb or containerd"; exit 1 ;;
esac

# For the machine: checkouts that are set up at once had better not build the same twice.
lock() {
  command -v flock >/dev/null 2>&1 || return 0
  mkdir -p "$cache"
  exec 8>"$cache/building.lock"
  flock -n 8 || { say 'Waiting for a build of another checkout'; flock 8; }
}

[ -d "$target" ] || lock
if [ ! -d "$target" ]; then
  command -v go >/dev/null 2>&1 || {
    say 'Cannot build the lab: "go" is not on the PATH; install Go 1.26 or later from https://go.dev/dl'
    exit 1
  }
  mkdir -p "$cache"
  work=$(mktemp -d "$cache/building.XXXXXX")
  trap 'rm -rf "$work"' EXIT
  trap 'exit 130' INT TERM
  "build_${1:-cluster}"
  mv -T "$work" "$target" 2>/dev/null || [ -d "$target" ]
fi
printf '%s\n' "$target"
