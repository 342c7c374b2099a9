// AF_PACKET sockets: whole Ethernet frames of one EtherType on one interface.
#ifndef ARPEGGIO_PACKET_SOCKET_H
#define ARPEGGIO_PACKET_SOCKET_H

#include <node_api.h>

/** openPacketSocket({name, index, etherType, filter, buffer}, onFrame): handle */
napi_value open_packet_socket(napi_env env, napi_callback_info info);

/** sendFrame(handle, frame): void */
napi_value send_frame(napi_env env, napi_callback_info info);

/** joinGroup(handle, index, mac): void */
napi_value join_group(napi_env env, napi_callback_info info);

/** leaveGroup(handle, index, mac): void */
napi_value leave_group(napi_env env, napi_callback_info info);

#endif
