// The life of a watched descriptor: open, drain, close; also when the environment (main or worker thread) ends first.
#include "watcher.h"

#include "errors.h"

#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const napi_type_tag HANDLE_TAG = {0x61727065676769f0, 0x8d1f6d2f5b7a4c93};

static void release(watcher *w) {
  if (--w->holders == 0) free(w);
}

static void delete_reference(watcher *w, napi_ref *reference) {
  if (*reference) napi_delete_reference(w->env, *reference);
  *reference = NULL;
}

static void release_javascript(watcher *w) {
  napi_handle_scope scope;
  if (napi_open_handle_scope(w->env, &scope) != napi_ok) return;
  delete_reference(w, &w->handle);
  delete_reference(w, &w->callback);
  delete_reference(w, &w->buffer);
  if (w->context) napi_async_destroy(w->env, w->context);
  w->context = NULL;
  napi_close_handle_scope(w->env, scope);
}

static void on_closed(uv_handle_t *handle) {
  watcher *w = handle->data;
  release_javascript(w);
  // Last: once no hook is left the environment may go away.
  if (w->hook) napi_remove_async_cleanup_hook(w->hook);
  release(w);
}

void watcher_close(watcher *w) {
  if (w->closing) return;
  w->closing = true;
  uv_close((uv_handle_t *)&w->poll, on_closed);
  close(w->fd);
  w->fd = -1;
}

static void on_environment_end(napi_async_cleanup_hook_handle hook, void *data) {
  (void)hook;
  watcher_close(data);
}

static void on_collected(napi_env env, void *data, void *hint) {
  (void)env;
  (void)hint;
  release(data);
}

static void on_ready(uv_poll_t *poll, int status, int events);

/** An error on the socket (interface down, netlink overrun) stops the poll: take the error off and go on. */
static void restart(watcher *w) {
  int error;
  socklen_t size = sizeof error;
  getsockopt(w->fd, SOL_SOCKET, SO_ERROR, &error, &size);
  uv_poll_start(&w->poll, UV_READABLE, on_ready);
}

static void on_ready(uv_poll_t *poll, int status, int events) {
  (void)events;
  watcher *w = poll->data;
  napi_env env = w->env;
  napi_handle_scope handles;
  napi_callback_scope callbacks;
  if (status < 0) restart(w);
  if (napi_open_handle_scope(env, &handles) != napi_ok) return;
  if (napi_open_callback_scope(env, NULL, w->context, &callbacks) == napi_ok) {
    w->drain(w);
    napi_close_callback_scope(env, callbacks);
  }
  napi_close_handle_scope(env, handles);
}

bool watcher_call(watcher *w, size_t count, const napi_value *arguments) {
  napi_env env = w->env;
  napi_value callback, global, exception;
  bool pending = false;
  if (w->closing || napi_get_reference_value(env, w->callback, &callback) != napi_ok) return false;
  if (napi_get_global(env, &global) != napi_ok) return false;
  napi_status status = napi_call_function(env, global, callback, count, arguments, NULL);
  if (status == napi_pending_exception || (napi_is_exception_pending(env, &pending) == napi_ok && pending)) {
    if (napi_get_and_clear_last_exception(env, &exception) == napi_ok) napi_fatal_exception(env, exception);
    return !w->closing;
  }
  return status == napi_ok && !w->closing;
}

static bool start_polling(napi_env env, watcher *w) {
  uv_loop_t *loop;
  if (napi_get_uv_event_loop(env, &loop) != napi_ok) return false;
  if (uv_poll_init(loop, &w->poll, w->fd) != 0) return false;
  w->poll.data = w;
  w->holders++;
  // From here on only watcher_close may end it.
  return uv_poll_start(&w->poll, UV_READABLE, on_ready) == 0;
}

static bool refer(napi_env env, watcher *w, const watcher_options *options, napi_value handle) {
  napi_value label;
  return napi_create_reference(env, options->callback, 1, &w->callback) == napi_ok &&
         (!options->buffer || napi_create_reference(env, options->buffer, 1, &w->buffer) == napi_ok) &&
         napi_create_string_utf8(env, "arpeggio:watcher", NAPI_AUTO_LENGTH, &label) == napi_ok &&
         napi_async_init(env, NULL, label, &w->context) == napi_ok &&
         // Strong while open: an open socket stays open even if nobody keeps the handle.
         napi_create_reference(env, handle, 1, &w->handle) == napi_ok &&
         napi_add_async_cleanup_hook(env, on_environment_end, w, &w->hook) == napi_ok;
}

static napi_value wrap(napi_env env, watcher *w) {
  napi_value handle;
  if (napi_create_object(env, &handle) != napi_ok) return NULL;
  if (napi_type_tag_object(env, handle, &HANDLE_TAG) != napi_ok) return NULL;
  if (napi_wrap(env, handle, w, on_collected, NULL, NULL) != napi_ok) return NULL;
  w->holders++;
  return handle;
}

napi_value watcher_open(napi_env env, const watcher_options *options) {
  watcher *w = calloc(1, sizeof *w);
  if (!w) {
    close(options->fd);
    return throw_argument(env, "Cannot watch a socket: out of memory"), NULL;
  }
  w->env = env;
  w->fd = options->fd;
  w->drain = options->drain;
  w->holders = 1;
  strncpy(w->name, options->name, sizeof w->name - 1);
  napi_value handle = wrap(env, w);
  bool polling = handle && start_polling(env, w);
  bool opened = polling && refer(env, w, options, handle);
  if (!opened) {
    if (w->poll.data) watcher_close(w);
    else close(w->fd);
    throw_argument(env, "Cannot watch a socket: the event loop refused it");
  }
  release(w);
  return opened ? handle : NULL;
}

watcher *watcher_of(napi_env env, napi_value value) {
  bool tagged = false;
  void *data = NULL;
  if (napi_check_object_type_tag(env, value, &HANDLE_TAG, &tagged) == napi_ok && tagged &&
      napi_unwrap(env, value, &data) == napi_ok) {
    return data;
  }
  throw_argument(env, "Cannot use this value as a socket: wanted a handle of this addon");
  return NULL;
}
