// The addon: what Node has no API for. Packet sockets (ARP, NDP), link events, bpf(2); decisions stay in TypeScript.
#include "bpf.h"
#include "link-monitor.h"
#include "packet-socket.h"
#include "watcher.h"

/** close(handle): void; closing twice is fine. */
static napi_value close_handle(napi_env env, napi_callback_info info) {
  napi_value arguments[1];
  size_t count = 1;
  napi_get_cb_info(env, info, &count, arguments, NULL, NULL);
  // A missing argument reads as undefined, which watcher_of refuses.
  watcher *w = watcher_of(env, arguments[0]);
  if (w) watcher_close(w);
  return NULL;
}

NAPI_MODULE_INIT() {
  const napi_property_descriptor properties[] = {
      {"openPacketSocket", NULL, open_packet_socket, NULL, NULL, NULL, napi_enumerable, NULL},
      {"sendFrame", NULL, send_frame, NULL, NULL, NULL, napi_enumerable, NULL},
      {"joinGroup", NULL, join_group, NULL, NULL, NULL, napi_enumerable, NULL},
      {"leaveGroup", NULL, leave_group, NULL, NULL, NULL, napi_enumerable, NULL},
      {"openLinkMonitor", NULL, open_link_monitor, NULL, NULL, NULL, napi_enumerable, NULL},
      {"close", NULL, close_handle, NULL, NULL, NULL, napi_enumerable, NULL},
  };
  napi_define_properties(env, exports, sizeof properties / sizeof *properties, properties);
  define_bpf(env, exports);
  return exports;
}
