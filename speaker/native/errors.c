// Names and hints of the errno values that sockets of this addon meet.
#include "errors.h"

#include <errno.h>
#include <stdio.h>

typedef struct {
  int error;
  const char *name;
  const char *hint;
} known_error;

#define KNOWN(name, hint) {name, #name, hint}

static const known_error KNOWN_ERRORS[] = {
    KNOWN(EPERM, "CAP_NET_RAW is missing"),
    KNOWN(EACCES, "not allowed"),
    KNOWN(ENODEV, "no such interface"),
    KNOWN(ENXIO, "the interface is gone"),
    KNOWN(ENETDOWN, "the interface is down"),
    KNOWN(ENOBUFS, "the send queue is full"),
    KNOWN(EAGAIN, "the send queue is full"),
    KNOWN(EMSGSIZE, "the frame is longer than the interface takes"),
    KNOWN(EINVAL, "the kernel refused an argument"),
    KNOWN(EBADF, "the socket is closed"),
    KNOWN(EMFILE, "this process has too many open files"),
    KNOWN(ENFILE, "the system has too many open files"),
    KNOWN(ENOMEM, "out of memory"),
    KNOWN(E2BIG, "the map is full"),
    KNOWN(EAFNOSUPPORT, "the kernel lacks this kind of socket"),
    KNOWN(EPROTONOSUPPORT, "the kernel lacks this kind of socket"),
    KNOWN(ENOPROTOOPT, "the kernel is too old"),
};

static known_error describe(int error, char *fallback, size_t size) {
  for (size_t i = 0; i < sizeof KNOWN_ERRORS / sizeof *KNOWN_ERRORS; i++) {
    if (KNOWN_ERRORS[i].error == error) return KNOWN_ERRORS[i];
  }
  snprintf(fallback, size, "E%d", error);
  return (known_error){error, fallback, "unexpected"};
}

void throw_errno(napi_env env, const char *action, const char *name, int error) {
  char fallback[16];
  char sentence[640];
  known_error known = describe(error, fallback, sizeof fallback);
  if (name) {
    snprintf(sentence, sizeof sentence, "Cannot %s on \"%s\": %s (%s)", action, name, known.name, known.hint);
  } else {
    snprintf(sentence, sizeof sentence, "Cannot %s: %s (%s)", action, known.name, known.hint);
  }
  napi_throw_error(env, known.name, sentence);
}

void throw_argument(napi_env env, const char *sentence) {
  napi_throw_type_error(env, "ERR_INVALID_ARG_TYPE", sentence);
}
