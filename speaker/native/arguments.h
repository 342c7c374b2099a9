// Reading what JavaScript passed.
#ifndef ARPEGGIO_ARGUMENTS_H
#define ARPEGGIO_ARGUMENTS_H

#include <node_api.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct {
  uint8_t *data;
  size_t length;
} bytes;

/** False unless at least `count` arguments were passed. */
bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments);

/** A Uint8Array. */
bool bytes_of(napi_env env, napi_value value, bytes *out);

/** A Uint32Array; `length` is in bytes. */
bool words_of(napi_env env, napi_value value, bytes *out);

/** A string that fits, with its end. */
bool text_of(napi_env env, napi_value value, char *text, size_t size);

#endif
