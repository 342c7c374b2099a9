#!/bin/sh
# Compiles the in-kernel responder with clang (and the headers of libbpf-dev). Its output is checked in, so that neither is
# needed to run Arpeggio; a test compiles again and compares. OUTPUT names another file.
set -eu
cd "$(dirname "$0")"
clang -O2 -g0 -target bpf -mcpu=v2 -Wall -Wextra -Werror -I"/usr/include/$(uname -m)-linux-gnu" \
  -fno-ident -c responder.bpf.c -o "${OUTPUT:-responder.bpf.o}"
