// The few commands of bpf(2) that the responder in the kernel needs, by file descriptor; what they mean is decided elsewhere.
#ifndef ARPEGGIO_BPF_H
#define ARPEGGIO_BPF_H

#include <node_api.h>

/** Adds the functions of the `Bpf` type in addon.ts to `exports`. */
void define_bpf(napi_env env, napi_value exports);

#endif
