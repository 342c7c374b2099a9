// A route netlink socket that tells when links came, went or changed; what changed is read elsewhere.
#ifndef ARPEGGIO_LINK_MONITOR_H
#define ARPEGGIO_LINK_MONITOR_H

#include <node_api.h>

/** openLinkMonitor(onChange): handle */
napi_value open_link_monitor(napi_env env, napi_callback_info info);

#endif
