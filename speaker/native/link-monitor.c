// Messages are not parsed: any of them, and an overrun (ENOBUFS) too, means "look again".
#include "link-monitor.h"

#include "errors.h"
#include "watcher.h"

#include <errno.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <sys/socket.h>
#include <unistd.h>

static const unsigned GROUPS = RTMGRP_LINK | RTMGRP_IPV4_IFADDR | RTMGRP_IPV6_IFADDR;

static void drain(watcher *w) {
  char message[4096];
  for (;;) {
    ssize_t size = recv(w->fd, message, sizeof message, MSG_DONTWAIT);
    if (size < 0 && errno != EINTR && errno != ENOBUFS) break;
  }
  watcher_call(w, 0, NULL);
}

static int open_subscribed(void) {
  int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, NETLINK_ROUTE);
  const struct sockaddr_nl address = {.nl_family = AF_NETLINK, .nl_groups = GROUPS};
  if (fd < 0 || bind(fd, (const struct sockaddr *)&address, sizeof address) == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

napi_value open_link_monitor(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  size_t count = 1;
  napi_valuetype type = napi_undefined;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  if (count < 1 || napi_typeof(env, arguments[0], &type) != napi_ok || type != napi_function) {
    throw_argument(env, "Cannot open link monitor: wanted a function");
    return NULL;
  }
  int fd = open_subscribed();
  if (fd < 0) {
    throw_errno(env, "open link monitor", NULL, errno);
    return NULL;
  }
  return watcher_open(env, &(watcher_options){fd, "netlink", drain, arguments[0], NULL});
}
