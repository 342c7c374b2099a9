// Opens with the filter attached before the bind, so that no unrelated frame is ever queued; drains in batches.
#include "packet-socket.h"

#include "arguments.h"
#include "errors.h"
#include "watcher.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/if_packet.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

// Frames per turn of the loop: others get their turn, the rest stays readable.
#define BATCH 64

typedef struct {
  char name[IF_NAMESIZE];
  int32_t index;
  uint32_t ether_type;
  struct sock_fprog filter;
  napi_value buffer;
} socket_options;

static void drain(watcher *w) {
  for (int i = 0; i < BATCH && !w->closing; i++) {
    napi_value buffer, length;
    bytes room;
    // Asked for every frame: the callback may have detached the buffer.
    if (napi_get_reference_value(w->env, w->buffer, &buffer) != napi_ok || !bytes_of(w->env, buffer, &room)) return;
    ssize_t size = recv(w->fd, room.data, room.length, MSG_DONTWAIT | MSG_TRUNC);
    if (size < 0 && errno == EINTR) continue;
    // EAGAIN ends the batch; ENETDOWN is news that the link monitor brings.
    if (size < 0) return;
    if ((size_t)size > room.length) continue;
    if (napi_create_uint32(w->env, (uint32_t)size, &length) != napi_ok) return;
    if (!watcher_call(w, 1, &length)) return;
  }
}

static int open_bound(const socket_options *options) {
  // Protocol 0: nothing is queued until the bind names the EtherType.
  int fd = socket(AF_PACKET, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  const int on = 1;
  const struct sockaddr_ll address = {
      .sll_family = AF_PACKET,
      .sll_protocol = htons((uint16_t)options->ether_type),
      .sll_ifindex = options->index,
  };
  if (setsockopt(fd, SOL_PACKET, PACKET_IGNORE_OUTGOING, &on, sizeof on) == 0 &&
      setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &options->filter, sizeof options->filter) == 0 &&
      bind(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
    return fd;
  }
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

static bool read_number(napi_env env, napi_value object, const char *key, int64_t *out) {
  napi_value value;
  return napi_get_named_property(env, object, key, &value) == napi_ok &&
         napi_get_value_int64(env, value, out) == napi_ok;
}

static bool read_options(napi_env env, napi_value object, socket_options *options) {
  napi_value name, filter;
  size_t length;
  int64_t index, ether_type;
  bytes program, room;
  if (napi_get_named_property(env, object, "name", &name) != napi_ok ||
      napi_get_value_string_utf8(env, name, options->name, sizeof options->name, &length) != napi_ok ||
      !read_number(env, object, "index", &index) || !read_number(env, object, "etherType", &ether_type) ||
      napi_get_named_property(env, object, "filter", &filter) != napi_ok || !bytes_of(env, filter, &program) ||
      napi_get_named_property(env, object, "buffer", &options->buffer) != napi_ok ||
      !bytes_of(env, options->buffer, &room)) {
    return false;
  }
  if (index <= 0 || index > INT32_MAX || ether_type <= 0 || ether_type > UINT16_MAX) return false;
  if (program.length == 0 || program.length % sizeof(struct sock_filter) != 0) return false;
  if (program.length / sizeof(struct sock_filter) > BPF_MAXINSNS || room.length == 0) return false;
  options->index = (int32_t)index;
  options->ether_type = (uint32_t)ether_type;
  options->filter.len = (unsigned short)(program.length / sizeof(struct sock_filter));
  options->filter.filter = (struct sock_filter *)program.data;
  return true;
}

napi_value open_packet_socket(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  napi_valuetype type = napi_undefined;
  socket_options options = {0};
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (count < 2 || !read_options(env, arguments[0], &options) ||
      napi_typeof(env, arguments[1], &type) != napi_ok || type != napi_function) {
    throw_argument(env, "Cannot open packet socket: wanted {name, index, etherType, filter, buffer} and a function");
    return NULL;
  }
  int fd = open_bound(&options);
  if (fd < 0) {
    throw_errno(env, "open packet socket", options.name, errno);
    return NULL;
  }
  return watcher_open(env, &(watcher_options){fd, options.name, drain, arguments[1], options.buffer});
}

napi_value send_frame(napi_env env, napi_callback_info info) {
  napi_value arguments[2];
  size_t count = 2;
  bytes frame;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (count < 2 || !bytes_of(env, arguments[1], &frame)) {
    throw_argument(env, "Cannot send frame: wanted a socket and a Uint8Array");
    return NULL;
  }
  watcher *w = watcher_of(env, arguments[0]);
  if (!w) return NULL;
  if (w->closing) {
    throw_errno(env, "send frame", w->name, EBADF);
  } else if (send(w->fd, frame.data, frame.length, MSG_DONTWAIT) < 0) {
    throw_errno(env, "send frame", w->name, errno);
  }
  return NULL;
}

/** One membership of the socket; the kernel counts them per interface and drops them when the socket closes. */
static napi_value change_group(napi_env env, napi_callback_info info, int option) {
  napi_value arguments[3];
  size_t count = 3;
  bytes mac;
  struct packet_mreq group = {.mr_type = PACKET_MR_MULTICAST, .mr_alen = 6};
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (count < 3 || napi_get_value_int32(env, arguments[1], &group.mr_ifindex) != napi_ok ||
      !bytes_of(env, arguments[2], &mac) || mac.length != group.mr_alen) {
    throw_argument(env, "Cannot change group: wanted a socket, an interface index and a MAC of 6 bytes");
    return NULL;
  }
  watcher *w = watcher_of(env, arguments[0]);
  if (!w) return NULL;
  memcpy(group.mr_address, mac.data, group.mr_alen);
  if (w->closing) {
    throw_errno(env, "change group", w->name, EBADF);
  } else if (setsockopt(w->fd, SOL_PACKET, option, &group, sizeof group) < 0) {
    throw_errno(env, "change group", w->name, errno);
  }
  return NULL;
}

napi_value join_group(napi_env env, napi_callback_info info) {
  return change_group(env, info, PACKET_ADD_MEMBERSHIP);
}

napi_value leave_group(napi_env env, napi_callback_info info) {
  return change_group(env, info, PACKET_DROP_MEMBERSHIP);
}
