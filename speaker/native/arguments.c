// Reading what JavaScript passed; nothing is thrown here, the caller names what it wanted.
#include "arguments.h"

bool read_arguments(napi_env env, napi_callback_info info, size_t count, napi_value *arguments) {
  size_t passed = count;
  return napi_get_cb_info(env, info, &passed, arguments, NULL, NULL) == napi_ok && passed >= count;
}

static bool array_of(napi_env env, napi_value value, napi_typedarray_type wanted, bytes *out) {
  napi_typedarray_type type;
  bool is_array = false;
  if (napi_is_typedarray(env, value, &is_array) != napi_ok || !is_array) return false;
  return napi_get_typedarray_info(env, value, &type, &out->length, (void **)&out->data, NULL, NULL) == napi_ok &&
         type == wanted;
}

bool bytes_of(napi_env env, napi_value value, bytes *out) { return array_of(env, value, napi_uint8_array, out); }

bool words_of(napi_env env, napi_value value, bytes *out) {
  if (!array_of(env, value, napi_uint32_array, out)) return false;
  out->length *= sizeof(uint32_t);
  return true;
}

bool text_of(napi_env env, napi_value value, char *text, size_t size) {
  size_t length;
  return napi_get_value_string_utf8(env, value, NULL, 0, &length) == napi_ok && length < size &&
         napi_get_value_string_utf8(env, value, text, size, &length) == napi_ok;
}
