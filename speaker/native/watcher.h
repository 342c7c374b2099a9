// A non-blocking file descriptor that the event loop of its environment watches for input.
// It lives until both the loop and the garbage collector have let go of it.
#ifndef ARPEGGIO_WATCHER_H
#define ARPEGGIO_WATCHER_H

#include <net/if.h>
#include <node_api.h>
#include <stdbool.h>
#include <uv.h>

typedef struct watcher watcher;

/** Reads what is there; runs inside a callback scope and stops once `watcher_call` returns false. */
typedef void (*watcher_drain)(watcher *w);

struct watcher {
  uv_poll_t poll;
  int fd;
  int holders;
  bool closing;
  watcher_drain drain;
  char name[IF_NAMESIZE];
  napi_env env;
  napi_ref handle;
  napi_ref callback;
  napi_ref buffer;
  napi_async_context context;
  napi_async_cleanup_hook_handle hook;
};

typedef struct {
  int fd;
  const char *name;
  watcher_drain drain;
  napi_value callback;
  /** May be NULL. */
  napi_value buffer;
} watcher_options;

/** Takes over the descriptor, also on failure; returns the JavaScript handle, or NULL with an exception pending. */
napi_value watcher_open(napi_env env, const watcher_options *options);

/** The watcher behind a handle; NULL with an exception pending when `value` is none. */
watcher *watcher_of(napi_env env, napi_value value);

/** Calls back into JavaScript; false when the watcher was closed or the environment is stopping. */
bool watcher_call(watcher *w, size_t count, const napi_value *arguments);

/** Closes the descriptor at once and releases the rest from the loop; may be called again and from a callback. */
void watcher_close(watcher *w);

#endif
