// Thin: arguments in, one system call, a result or an Error with the errno name as its code.
#include "bpf.h"

#include "arguments.h"
#include "errors.h"

#include <errno.h>
#include <linux/bpf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

// Kernel 6.6; older headers do not name it.
#define ATTACH_TCX_INGRESS 46
#define BEFORE_ALL (1U << 3)
#define LOG_SIZE (1 << 20)
#define FRAME_MOST 4096

static int call(int command, union bpf_attr *attributes) {
  return (int)syscall(SYS_bpf, command, attributes, sizeof *attributes);
}

static uint64_t pointer(const void *address) { return (uint64_t)(uintptr_t)address; }

/** Another capability than the sockets of this addon want. */
static void throw_bpf(napi_env env, const char *action, const char *name) {
  if (errno != EPERM) return throw_errno(env, action, name, errno);
  char sentence[640];
  snprintf(sentence, sizeof sentence, "Cannot %s: EPERM (CAP_BPF or CAP_NET_ADMIN is missing)", action);
  napi_throw_error(env, "EPERM", sentence);
}

static napi_value number_or_throw(napi_env env, int result, const char *action) {
  if (result < 0) return throw_bpf(env, action, NULL), NULL;
  napi_value value;
  napi_create_int32(env, result, &value);
  return value;
}

static napi_value boolean(napi_env env, bool truth) {
  napi_value value;
  napi_get_boolean(env, truth, &value);
  return value;
}

/** createMap(name, [type, keySize, valueSize, entries, flags]): fd */
static napi_value create_map(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  char name[BPF_OBJ_NAME_LEN];
  bytes shape;
  union bpf_attr attributes = {0};
  if (!read_arguments(env, info, 2, arguments) || !text_of(env, arguments[0], name, sizeof name) ||
      !words_of(env, arguments[1], &shape) || shape.length != 5 * sizeof(uint32_t)) {
    return throw_argument(env, "Cannot create map: wanted a name and five numbers in a Uint32Array"), NULL;
  }
  uint32_t words[5];
  memcpy(words, shape.data, sizeof words);
  attributes.map_type = words[0];
  attributes.key_size = words[1];
  attributes.value_size = words[2];
  attributes.max_entries = words[3];
  attributes.map_flags = words[4];
  memcpy(attributes.map_name, name, sizeof name);
  return number_or_throw(env, call(BPF_MAP_CREATE, &attributes), "create map");
}

/** loadProgram(instructions): fd; the Error of a refusal ends with the verifier's last words. */
static napi_value load_program(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  bytes program;
  union bpf_attr attributes = {0};
  if (!read_arguments(env, info, 1, arguments) || !bytes_of(env, arguments[0], &program)) {
    return throw_argument(env, "Cannot load program: wanted a Uint8Array"), NULL;
  }
  attributes.prog_type = BPF_PROG_TYPE_SCHED_CLS;
  attributes.insns = pointer(program.data);
  attributes.insn_cnt = (uint32_t)(program.length / sizeof(struct bpf_insn));
  attributes.license = pointer("Apache-2.0");
  memcpy(attributes.prog_name, "arpeggio", sizeof "arpeggio");
  int fd = call(BPF_PROG_LOAD, &attributes);
  char *log = fd < 0 && errno != EPERM ? calloc(1, LOG_SIZE) : NULL;
  if (log) {
    attributes.log_buf = pointer(log);
    attributes.log_size = LOG_SIZE;
    attributes.log_level = 1;
    const int error = errno;
    fd = call(BPF_PROG_LOAD, &attributes);
    if (fd < 0) {
      char action[512];
      const size_t length = strnlen(log, LOG_SIZE - 1);
      snprintf(action, sizeof action, "load program, the verifier said \"%s\"", log + (length > 400 ? length - 400 : 0));
      throw_errno(env, action, NULL, error);
      return free(log), NULL;
    }
    free(log);
  }
  return number_or_throw(env, fd, "load program");
}

static bool read_path(napi_env env, napi_value value, char *path, size_t size) {
  return text_of(env, value, path, size);
}

/** pin(fd, path): void */
static napi_value pin(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  char path[256];
  union bpf_attr attributes = {0};
  int32_t fd;
  if (!read_arguments(env, info, 2, arguments) || napi_get_value_int32(env, arguments[0], &fd) != napi_ok ||
      !read_path(env, arguments[1], path, sizeof path)) {
    return throw_argument(env, "Cannot pin: wanted a descriptor and a path"), NULL;
  }
  attributes.bpf_fd = (uint32_t)fd;
  attributes.pathname = pointer(path);
  if (call(BPF_OBJ_PIN, &attributes) < 0) throw_bpf(env, "pin", path);
  return NULL;
}

/** openPinned(path): fd, or -1 when nothing is there */
static napi_value open_pinned(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  char path[256];
  union bpf_attr attributes = {0};
  if (!read_arguments(env, info, 1, arguments) || !read_path(env, arguments[0], path, sizeof path)) {
    return throw_argument(env, "Cannot open pin: wanted a path"), NULL;
  }
  attributes.pathname = pointer(path);
  int fd = call(BPF_OBJ_GET, &attributes);
  if (fd < 0 && errno != ENOENT) return throw_bpf(env, "open pin", path), NULL;
  napi_value value;
  napi_create_int32(env, fd, &value);
  return value;
}

/** describeMap(fd): [type, keySize, valueSize, entries] */
static napi_value describe_map(napi_env env, napi_callback_info info) {
  napi_value arguments[1], buffer, array;
  int32_t fd;
  struct bpf_map_info map = {0};
  union bpf_attr attributes = {0};
  if (!read_arguments(env, info, 1, arguments) || napi_get_value_int32(env, arguments[0], &fd) != napi_ok) {
    return throw_argument(env, "Cannot describe map: wanted a descriptor"), NULL;
  }
  attributes.info.bpf_fd = (uint32_t)fd;
  attributes.info.info_len = sizeof map;
  attributes.info.info = pointer(&map);
  if (call(BPF_OBJ_GET_INFO_BY_FD, &attributes) < 0) return throw_bpf(env, "describe map", NULL), NULL;
  const uint32_t words[] = {map.type, map.key_size, map.value_size, map.max_entries};
  void *data;
  if (napi_create_arraybuffer(env, sizeof words, &data, &buffer) != napi_ok) return NULL;
  memcpy(data, words, sizeof words);
  napi_create_typedarray(env, napi_uint32_array, 4, buffer, 0, &array);
  return array;
}

/** An element command on (fd, key, value?); true when it was done, false when the key is not there. */
static napi_value element(napi_env env, napi_callback_info info, int command) {
  napi_value arguments[3];
  size_t count = 3;
  int32_t fd;
  bytes key = {0}, value = {0};
  napi_valuetype key_type;
  union bpf_attr attributes = {0};
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  const bool takes_value = command != BPF_MAP_DELETE_ELEM;
  bool good = count >= 2 && napi_get_value_int32(env, arguments[0], &fd) == napi_ok &&
              napi_typeof(env, arguments[1], &key_type) == napi_ok;
  // The first key comes after no key.
  const bool is_first = good && command == BPF_MAP_GET_NEXT_KEY && key_type == napi_undefined;
  good = good && (is_first || bytes_of(env, arguments[1], &key));
  good = good && (!takes_value || (count >= 3 && bytes_of(env, arguments[2], &value)));
  if (!good) return throw_argument(env, "Cannot use map: wanted a descriptor, a key and a value"), NULL;
  attributes.map_fd = (uint32_t)fd;
  attributes.key = pointer(key.data);
  attributes.value = pointer(value.data);
  if (call(command, &attributes) == 0) return boolean(env, true);
  if (errno == ENOENT) return boolean(env, false);
  return throw_bpf(env, "use map", NULL), NULL;
}

static napi_value update(napi_env env, napi_callback_info info) { return element(env, info, BPF_MAP_UPDATE_ELEM); }
static napi_value lookup(napi_env env, napi_callback_info info) { return element(env, info, BPF_MAP_LOOKUP_ELEM); }
static napi_value drop(napi_env env, napi_callback_info info) { return element(env, info, BPF_MAP_DELETE_ELEM); }
static napi_value next_key(napi_env env, napi_callback_info info) { return element(env, info, BPF_MAP_GET_NEXT_KEY); }

static bool two_numbers(napi_env env, napi_callback_info info, int32_t out[2]) {
  napi_value arguments[2];
  return read_arguments(env, info, 2, arguments) && napi_get_value_int32(env, arguments[0], &out[0]) == napi_ok &&
         napi_get_value_int32(env, arguments[1], &out[1]) == napi_ok;
}

/** attach(program, ifindex): fd of the link, at the head of the tcx ingress chain */
static napi_value attach(napi_env env, napi_callback_info info) {
  int32_t numbers[2];
  union bpf_attr attributes = {0};
  if (!two_numbers(env, info, numbers)) return throw_argument(env, "Cannot attach: wanted two numbers"), NULL;
  attributes.link_create.prog_fd = (uint32_t)numbers[0];
  attributes.link_create.target_ifindex = (uint32_t)numbers[1];
  attributes.link_create.attach_type = ATTACH_TCX_INGRESS;
  attributes.link_create.flags = BEFORE_ALL;
  return number_or_throw(env, call(BPF_LINK_CREATE, &attributes), "attach program");
}

/** replaceProgram(link, program): void, with no moment without one */
static napi_value replace_program(napi_env env, napi_callback_info info) {
  int32_t numbers[2];
  union bpf_attr attributes = {0};
  if (!two_numbers(env, info, numbers)) return throw_argument(env, "Cannot replace program: wanted two numbers"), NULL;
  attributes.link_update.link_fd = (uint32_t)numbers[0];
  attributes.link_update.new_prog_fd = (uint32_t)numbers[1];
  if (call(BPF_LINK_UPDATE, &attributes) < 0) throw_bpf(env, "replace program", NULL);
  return NULL;
}

static napi_value octets(napi_env env, const uint8_t *data, size_t length) {
  void *copy;
  napi_value buffer, array;
  if (napi_create_arraybuffer(env, length, &copy, &buffer) != napi_ok) return NULL;
  memcpy(copy, data, length);
  return napi_create_typedarray(env, napi_uint8_array, length, buffer, 0, &array) == napi_ok ? array : NULL;
}

/** testRun(program, ifindex, frame): {verdict, frame} */
static napi_value test_run(napi_env env, napi_callback_info info) {
  napi_value arguments[3], result, verdict;
  int32_t program, ifindex;
  bytes frame;
  uint8_t out[FRAME_MOST];
  struct __sk_buff context = {0};
  union bpf_attr attributes = {0};
  if (!read_arguments(env, info, 3, arguments) || napi_get_value_int32(env, arguments[0], &program) != napi_ok ||
      napi_get_value_int32(env, arguments[1], &ifindex) != napi_ok || !bytes_of(env, arguments[2], &frame)) {
    return throw_argument(env, "Cannot test: wanted a program, an interface index and a frame"), NULL;
  }
  context.ifindex = (uint32_t)ifindex;
  attributes.test.prog_fd = (uint32_t)program;
  attributes.test.data_in = pointer(frame.data);
  attributes.test.data_size_in = (uint32_t)frame.length;
  attributes.test.data_out = pointer(out);
  attributes.test.data_size_out = sizeof out;
  attributes.test.ctx_in = pointer(&context);
  attributes.test.ctx_size_in = sizeof context;
  if (call(BPF_PROG_TEST_RUN, &attributes) < 0) return throw_bpf(env, "test program", NULL), NULL;
  napi_create_object(env, &result);
  napi_create_int32(env, (int32_t)attributes.test.retval, &verdict);
  napi_set_named_property(env, result, "verdict", verdict);
  napi_set_named_property(env, result, "frame", octets(env, out, attributes.test.data_size_out));
  return result;
}

/** closeDescriptor(fd): void */
static napi_value close_descriptor(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  int32_t fd;
  if (!read_arguments(env, info, 1, arguments) || napi_get_value_int32(env, arguments[0], &fd) != napi_ok) {
    return throw_argument(env, "Cannot close: wanted a descriptor"), NULL;
  }
  close(fd);
  return NULL;
}

#define FUNCTION(name, callback) {name, NULL, callback, NULL, NULL, NULL, napi_enumerable, NULL}

void define_bpf(napi_env env, napi_value exports) {
  const napi_property_descriptor properties[] = {
      FUNCTION("createMap", create_map),   FUNCTION("loadProgram", load_program),
      FUNCTION("pin", pin),                FUNCTION("openPinned", open_pinned),
      FUNCTION("describeMap", describe_map), FUNCTION("update", update),
      FUNCTION("lookup", lookup),          FUNCTION("delete", drop),
      FUNCTION("nextKey", next_key),       FUNCTION("attach", attach),
      FUNCTION("replaceProgram", replace_program), FUNCTION("testRun", test_run),
      FUNCTION("closeDescriptor", close_descriptor),
  };
  napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
}
