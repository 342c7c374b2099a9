// Answers ARP requests, neighbour solicitations and pings for owned addresses at the head of an interface's tcx ingress
// chain (RFC 826, 4861, 792, 4443). All it does not answer goes on as if it were not there: what it refuses is judged, and
// counted with a reason, by the process behind it. Helpers only: a direct packet write would make the verifier add a copy
// of shared packets. Lengths are constant, because clang loses the verifier's bounds on others.
#include <linux/bpf.h>
#include <linux/if_ether.h>
#include <bpf/bpf_endian.h>
#include <bpf/bpf_helpers.h>

#define NEXT (-1)
#define ALL_NODES_LAST 1
#define ICMPV6 58
#define SOLICITATION 135
#define ADVERTISEMENT 136
#define HOPS_LEFT 64

// The order is that of OUTCOMES in kernel/layout.ts.
enum outcome { ARP_ANSWERED, NDP_ANSWERED, ECHO_ANSWERED, ASLEEP, NOT_OWNED, VLAN, CLAIM, REFUSED, TOO_LONG, OUTCOMES };

struct key4 { __u32 ip, ifindex; };
struct key6 { __u32 ip[4], ifindex; };
struct iface { __u8 mac[6], pad[2]; };
struct map_definition { __u32 type, key, value, entries; };
#define MAP(name, type, key, value, entries) struct map_definition name SEC("maps") = {type, key, value, entries}

/** Nothing is answered after this time of the monotonic clock, ns. */
MAP(alive, BPF_MAP_TYPE_ARRAY, 4, 8, 1);
/** 1: pings are answered. */
MAP(echo, BPF_MAP_TYPE_ARRAY, 4, 8, 1);
/** To the number of answers. */
MAP(owned4, BPF_MAP_TYPE_HASH, sizeof(struct key4), 8, 65536);
MAP(owned6, BPF_MAP_TYPE_HASH, sizeof(struct key6), 8, 65536);
MAP(ifaces, BPF_MAP_TYPE_HASH, 4, sizeof(struct iface), 1024);
MAP(outcomes, BPF_MAP_TYPE_PERCPU_ARRAY, 4, 8, OUTCOMES);

struct arp {
  __u8 destination[6], source[6];
  __be16 ether_type, hardware, protocol;
  __u8 hardware_length, protocol_length;
  __be16 operation;
  __u8 sender_mac[6], sender_ip[4], target_mac[6], target_ip[4];
} __attribute__((packed));

/** Version and flow label; payload length, next header and hop limit; source; destination. */
struct ipv6 { __u32 version, lengths, source[4], destination[4]; };
/** Words of the longest solicitation with an answer here: 24 octets and two options of 8. */
struct message { __u32 words[10]; };

static __always_inline int count(__u32 outcome) {
  __u64 *counter = bpf_map_lookup_elem(&outcomes, &outcome);
  if (counter) (*counter)++;
  return NEXT;
}

static __always_inline int is_set(void *map, __u64 least) {
  __u32 zero = 0;
  __u64 *value = bpf_map_lookup_elem(map, &zero);
  return value && *(volatile __u64 *)value > least;
}

static __always_inline int is_alive(void) { return is_set(&alive, bpf_ktime_get_ns()); }

static __always_inline int equals_mac(const __u8 *a, const __u8 *b) {
  return a[0] == b[0] && a[1] == b[1] && a[2] == b[2] && a[3] == b[3] && a[4] == b[4] && a[5] == b[5];
}

static __always_inline int is_station(const __u8 *mac) {
  return !(mac[0] & 1) && (mac[0] | mac[1] | mac[2] | mac[3] | mac[4] | mac[5]);
}

static __always_inline int is_broadcast(const __u8 *mac) {
  return (mac[0] & mac[1] & mac[2] & mac[3] & mac[4] & mac[5]) == 0xff;
}

static __always_inline __u16 fold(__u64 sum) {
  sum = (sum & 0xffffffff) + (sum >> 32);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  sum = (sum & 0xffff) + (sum >> 16);
  return sum;
}

/** A ping is no request for the address: `answers` is 0 then. */
static __always_inline int answer(struct __sk_buff *skb, __u64 *answers, __u32 outcome) {
  if (answers) __sync_fetch_and_add(answers, 1);
  count(outcome);
  return bpf_redirect(skb->ifindex, 0);
}

static __always_inline int respond_arp(struct __sk_buff *skb) {
  struct arp packet __attribute__((aligned(8)));
  if (bpf_skb_load_bytes(skb, 0, &packet, sizeof packet)) return count(REFUSED);
  if (packet.hardware != bpf_htons(1) || packet.protocol != bpf_htons(ETH_P_IP) || packet.hardware_length != 6 ||
      packet.protocol_length != 4 || packet.operation != bpf_htons(1))
    return count(REFUSED);
  struct key4 target = {.ifindex = skb->ifindex}, sender = {.ifindex = skb->ifindex};
  __builtin_memcpy(&target.ip, packet.target_ip, 4);
  __builtin_memcpy(&sender.ip, packet.sender_ip, 4);
  if (sender.ip && bpf_map_lookup_elem(&owned4, &sender)) return count(CLAIM);
  __u64 *answers = bpf_map_lookup_elem(&owned4, &target);
  if (!answers) return count(NOT_OWNED);
  struct iface *ours = bpf_map_lookup_elem(&ifaces, &target.ifindex);
  if (!ours || equals_mac(packet.source, ours->mac) || equals_mac(packet.sender_mac, ours->mac) ||
      !is_station(packet.source) || !is_station(packet.sender_mac) ||
      !(is_broadcast(packet.destination) || equals_mac(packet.destination, ours->mac)))
    return count(REFUSED);
  __builtin_memcpy(packet.destination, packet.sender_mac, 6);
  __builtin_memcpy(packet.source, ours->mac, 6);
  packet.operation = bpf_htons(2);
  __builtin_memcpy(packet.target_mac, packet.sender_mac, 6);
  __builtin_memcpy(packet.sender_mac, ours->mac, 6);
  __builtin_memcpy(packet.sender_ip, &target.ip, 4);
  __builtin_memcpy(packet.target_ip, &sender.ip, 4);
  if (skb->len != sizeof packet && bpf_skb_change_tail(skb, sizeof packet, 0)) return count(REFUSED);
  if (bpf_skb_store_bytes(skb, 0, &packet, sizeof packet, BPF_F_RECOMPUTE_CSUM)) return count(REFUSED);
  return answer(skb, answers, ARP_ANSWERED);
}

static __always_inline __u64 sum_message(const struct ipv6 *ip, const struct message *message, __u32 length) {
  struct { __u32 source[4], destination[4], length, next; } pseudo;
  __builtin_memcpy(pseudo.source, ip->source, 16);
  __builtin_memcpy(pseudo.destination, ip->destination, 16);
  pseudo.length = bpf_htonl(length);
  pseudo.next = bpf_htonl(ICMPV6);
  // What lies behind a shorter message is zero and adds nothing.
  __s64 sum = bpf_csum_diff(0, 0, (void *)&pseudo, sizeof pseudo, 0);
  return bpf_csum_diff(0, 0, (void *)message->words, sizeof message->words, sum);
}

/** A source address option may name a station, not us; a probe carries none. */
static __always_inline int is_bad_option(const __u8 *option, int is_probe, const __u8 *our_mac) {
  return option[0] == 1 && (is_probe || !is_station(option + 2) || equals_mac(option + 2, our_mac));
}

/** Only the first source address option counts, as in the process. */
static __always_inline int has_bad_options(const __u8 *octets, __u32 length, int is_probe, const __u8 *our_mac) {
  const __u8 *first = octets + 24, *second = octets + 32;
  if (length == 24) return 0;
  if (is_bad_option(first, is_probe, our_mac)) return 1;
  if (length == 32) return first[1] != 1;
  if (first[1] == 2) return 0;
  return first[1] != 1 || second[1] != 1 || (first[0] != 1 && is_bad_option(second, is_probe, our_mac));
}

static __always_inline int is_solicited_node(const __u32 *ip) {
  return ip[0] == bpf_htonl(0xff020000) && ip[1] == 0 && ip[2] == bpf_htonl(1) &&
         (ip[3] & bpf_htonl(0xff000000)) == bpf_htonl(0xff000000);
}

static __always_inline int respond_ndp(struct __sk_buff *skb, struct ipv6 *ip, __u8 *ethernet) {
  struct message message = {};
  __u32 length = bpf_ntohl(ip->lengths) >> 16;
  int failed = length == 24   ? bpf_skb_load_bytes(skb, 54, &message, 24)
               : length == 32 ? bpf_skb_load_bytes(skb, 54, &message, 32)
               : length == 40 ? bpf_skb_load_bytes(skb, 54, &message, 40)
                              : 1;
  if (failed) return count(length > 40 ? TOO_LONG : REFUSED);
  __u8 *octets = (__u8 *)message.words;
  if ((bpf_ntohl(ip->lengths) & 0xff) != 255 || octets[1] || octets[8] == 0xff || (__u8)ip->source[0] == 0xff)
    return count(REFUSED);
  struct key6 target = {.ifindex = skb->ifindex}, sender = {.ifindex = skb->ifindex};
  __builtin_memcpy(target.ip, message.words + 2, 16);
  __builtin_memcpy(sender.ip, ip->source, 16);
  int is_probe = !(sender.ip[0] | sender.ip[1] | sender.ip[2] | sender.ip[3]);
  if (!is_probe && bpf_map_lookup_elem(&owned6, &sender)) return count(CLAIM);
  __u64 *answers = bpf_map_lookup_elem(&owned6, &target);
  if (!answers) return count(NOT_OWNED);
  struct iface *ours = bpf_map_lookup_elem(&ifaces, &target.ifindex);
  if (!ours || fold(sum_message(ip, &message, length)) != 0xffff) return count(REFUSED);
  if (has_bad_options(octets, length, is_probe, ours->mac)) return count(REFUSED);
  if (is_probe && !is_solicited_node(ip->destination)) return count(REFUSED);
  if (!is_station(ethernet + 6) || equals_mac(ethernet + 6, ours->mac)) return count(REFUSED);
  if (!(ethernet[0] == 0x33 && ethernet[1] == 0x33) && !equals_mac(ethernet, ours->mac)) return count(REFUSED);

  if (is_probe) {
    ethernet[0] = ethernet[1] = 0x33;
    ethernet[2] = ethernet[3] = ethernet[4] = 0;
    ethernet[5] = ALL_NODES_LAST;
    ip->destination[0] = bpf_htonl(0xff020000);
    ip->destination[1] = ip->destination[2] = 0;
    ip->destination[3] = bpf_htonl(ALL_NODES_LAST);
  } else {
    __builtin_memcpy(ethernet, ethernet + 6, 6);
    __builtin_memcpy(ip->destination, sender.ip, 16);
  }
  __builtin_memcpy(ethernet + 6, ours->mac, 6);
  ip->version = bpf_htonl(0x60000000);
  ip->lengths = bpf_htonl(32 << 16 | ICMPV6 << 8 | 255);
  __builtin_memcpy(ip->source, target.ip, 16);
  message.words[0] = bpf_htonl((__u32)ADVERTISEMENT << 24);
  message.words[1] = is_probe ? bpf_htonl(0x20000000) : bpf_htonl(0x60000000);
  octets[24] = 2;
  octets[25] = 1;
  __builtin_memcpy(octets + 26, ours->mac, 6);
  message.words[8] = message.words[9] = 0;
  __u16 checksum = ~fold(sum_message(ip, &message, 32));
  __builtin_memcpy(octets + 2, &checksum, 2);
  if (skb->len != 86 && bpf_skb_change_tail(skb, 86, 0)) return count(REFUSED);
  if (bpf_skb_store_bytes(skb, 0, ethernet, 12, BPF_F_RECOMPUTE_CSUM) ||
      bpf_skb_store_bytes(skb, 14, ip, sizeof *ip, BPF_F_RECOMPUTE_CSUM) ||
      bpf_skb_store_bytes(skb, 54, &message, 32, BPF_F_RECOMPUTE_CSUM))
    return count(REFUSED);
  return answer(skb, answers, NDP_ANSWERED);
}

/** RFC 1624: the checksum after one word changed. */
static __always_inline __u16 mend(__u16 checksum, __u16 before, __u16 after) {
  return ~fold((__u64)(__u16)~checksum + (__u16)~before + after);
}

/** Turns the frame around: our MAC is its destination, so the sender's is where the answer goes. */
static __always_inline int swap_stations(struct __sk_buff *skb, const __u8 *ethernet) {
  __u8 swapped[12];
  __builtin_memcpy(swapped, ethernet + 6, 6);
  __builtin_memcpy(swapped + 6, ethernet, 6);
  return bpf_skb_store_bytes(skb, 0, swapped, sizeof swapped, BPF_F_RECOMPUTE_CSUM);
}

static __always_inline int is_between_stations(const __u8 *ethernet, __u32 ifindex) {
  struct iface *ours = bpf_map_lookup_elem(&ifaces, &ifindex);
  return ours && equals_mac(ethernet, ours->mac) && is_station(ethernet + 6) && !equals_mac(ethernet + 6, ours->mac);
}

static __always_inline int respond_echo6(struct __sk_buff *skb, struct ipv6 *ip, __u8 *ethernet) {
  __u16 head[2];
  struct key6 target = {.ifindex = skb->ifindex};
  if (!is_set(&echo, 0)) return NEXT;
  __builtin_memcpy(target.ip, ip->destination, 16);
  if (!bpf_map_lookup_elem(&owned6, &target)) return NEXT;
  if (bpf_skb_load_bytes(skb, 54, head, sizeof head) || head[0] != bpf_htons(128 << 8)) return count(REFUSED);
  if ((__u8)ip->source[0] == 0xff || !(ip->source[0] | ip->source[1] | ip->source[2] | ip->source[3]) ||
      !is_between_stations(ethernet, target.ifindex))
    return count(REFUSED);
  __builtin_memcpy(ip->destination, ip->source, 16);
  __builtin_memcpy(ip->source, target.ip, 16);
  ip->lengths = (ip->lengths & bpf_htonl(0xffffff00)) | bpf_htonl(HOPS_LEFT);
  head[1] = mend(head[1], head[0], bpf_htons(129 << 8));
  head[0] = bpf_htons(129 << 8);
  if (swap_stations(skb, ethernet) || bpf_skb_store_bytes(skb, 14, ip, sizeof *ip, BPF_F_RECOMPUTE_CSUM) ||
      bpf_skb_store_bytes(skb, 54, head, sizeof head, BPF_F_RECOMPUTE_CSUM))
    return count(REFUSED);
  return answer(skb, 0, ECHO_ANSWERED);
}

/** Words of an IPv4 header: version to length, identification to offset, life to checksum, source, destination. */
static __always_inline int respond_echo4(struct __sk_buff *skb) {
  __u32 ip[5];
  __u16 head[2];
  __u8 ethernet[12];
  if (!is_set(&echo, 0) || bpf_skb_load_bytes(skb, 14, ip, sizeof ip)) return NEXT;
  struct key4 target = {ip[4], skb->ifindex}, sender = {ip[3], skb->ifindex};
  __u32 life = bpf_ntohl(ip[2]);
  if ((life >> 16 & 0xff) != 1) return NEXT;
  if (!bpf_map_lookup_elem(&owned4, &target)) return NEXT;
  if (!is_alive()) return count(ASLEEP);
  // Without options, whole, an echo request; a fragment or a broadcast source is nobody's ping.
  if (bpf_ntohl(ip[0]) >> 24 != 0x45 || (ip[1] & bpf_htonl(0x3fff)) || bpf_skb_load_bytes(skb, 34, head, sizeof head) ||
      head[0] != bpf_htons(8 << 8) || bpf_skb_load_bytes(skb, 0, ethernet, sizeof ethernet) ||
      !is_between_stations(ethernet, target.ifindex) || !sender.ip || (__u8)sender.ip >= 224 ||
      bpf_map_lookup_elem(&owned4, &sender))
    return count(REFUSED);
  __u16 before = bpf_htons(life >> 16), after = bpf_htons(HOPS_LEFT << 8 | 1);
  __u16 checksum = mend(bpf_htons(life & 0xffff), before, after);
  ip[2] = bpf_htonl((__u32)(HOPS_LEFT << 8 | 1) << 16 | bpf_ntohs(checksum));
  ip[3] = target.ip;
  ip[4] = sender.ip;
  head[1] = mend(head[1], head[0], 0);
  head[0] = 0;
  if (swap_stations(skb, ethernet) || bpf_skb_store_bytes(skb, 14, ip, sizeof ip, BPF_F_RECOMPUTE_CSUM) ||
      bpf_skb_store_bytes(skb, 34, head, sizeof head, BPF_F_RECOMPUTE_CSUM))
    return count(REFUSED);
  return answer(skb, 0, ECHO_ANSWERED);
}

static __always_inline int respond_icmp6(struct __sk_buff *skb) {
  struct ipv6 ip;
  __u8 ethernet[12], next = 0, type = 0;
  if (bpf_skb_load_bytes(skb, 20, &next, 1) || next != ICMPV6) return NEXT;
  if (bpf_skb_load_bytes(skb, 54, &type, 1) || (type != SOLICITATION && type != 128)) return NEXT;
  if (bpf_skb_load_bytes(skb, 0, ethernet, sizeof ethernet) || bpf_skb_load_bytes(skb, 14, &ip, sizeof ip))
    return count(REFUSED);
  if (bpf_ntohl(ip.version) >> 28 != 6) return count(REFUSED);
  if (!is_alive()) return count(ASLEEP);
  return type == SOLICITATION ? respond_ndp(skb, &ip, ethernet) : respond_echo6(skb, &ip, ethernet);
}

SEC("tc") int respond(struct __sk_buff *skb) {
  __u32 protocol = skb->protocol;
  if (protocol != bpf_htons(ETH_P_ARP) && protocol != bpf_htons(ETH_P_IPV6) && protocol != bpf_htons(ETH_P_IP))
    return NEXT;
  // A priority tag, id 0, is no VLAN.
  if (skb->vlan_present && (skb->vlan_tci & 0xfff)) return protocol == bpf_htons(ETH_P_ARP) ? count(VLAN) : NEXT;
  if (protocol == bpf_htons(ETH_P_IP)) return respond_echo4(skb);
  if (protocol == bpf_htons(ETH_P_IPV6)) return respond_icmp6(skb);
  return is_alive() ? respond_arp(skb) : count(ASLEEP);
}

char _license[] SEC("license") = "Apache-2.0";
