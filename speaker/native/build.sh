#!/bin/sh
# Builds arpeggio.node with the C compiler alone and the headers of the Node that npm brought.
# Does nothing when the addon is newer than its sources; CFLAGS adds flags, OUTPUT another file name.
set -eu
cd "$(dirname "$0")"
output=${OUTPUT:-arpeggio.node}
compiler=${CC:-gcc}

if [ -f "$output" ] && [ -z "$(find . -name '*.[ch]' ! -path './bpf/*' -newer "$output" -o -name build.sh -newer "$output")" ]; then
  exit 0
fi

headers=
for folder in ../../node_modules/node-linux-*/include/node; do
  if [ -f "$folder/node_api.h" ]; then headers=$folder; fi
done
if [ -z "$headers" ]; then
  echo "Cannot build speaker/native/$output: no Node headers in node_modules, run npm ci first" >&2
  exit 1
fi
if ! command -v "$compiler" >/dev/null 2>&1; then
  echo "Cannot build speaker/native/$output: $compiler was not found, install it (Debian: apt-get install gcc libc6-dev)" >&2
  exit 1
fi

# A file of its own first, so that two builds at once never leave half an addon.
partial=$output.$$
trap 'rm -f "$partial"' EXIT
# shellcheck disable=SC2086
"$compiler" -std=c11 -D_GNU_SOURCE -O2 -g0 -fPIC -shared -fvisibility=hidden -Wall -Wextra -Werror ${CFLAGS:-} \
  -isystem "$headers" -o "$partial" arguments.c arpeggio.c bpf.c errors.c link-monitor.c packet-socket.c watcher.c
mv "$partial" "$output"
