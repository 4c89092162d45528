// Carries TCP and UDP between a TUN interface and UDP datagrams for peers that the daemon trusts, in the kernel.
//
// Sending: `encapsulate` at the TUN interface's egress puts IPv4 and UDP in front of a packet, super-packets included, and
// sends it out of the interface that leads to the peer. Receiving has two ways. `strip` in XDP removes both headers before the kernel
// coalesces, and `deliver` at ingress moves what was marked by it to the TUN interface. Where super-packets arrive whole
// (virtual links), XDP would forbid them, and `unwrap` at ingress does both.
//
// Only what is certain is carried: an entry of the map by the whole IPv6 address, the exact endpoint, no extension
// header, no trailer, no more than the MTU. Everything else goes on to the daemon unchanged.
#include "bpf.h"

enum { OVERHEAD = IPV4_LENGTH + UDP_LENGTH, IPV4_NO_FRAGMENT_MASK = 0x3FFF, WAYS = 64 };

// Written by the process that loads the programs, and by no other: it decides which interfaces and which port there are. Numbers of
// the wire in wire order.
struct settings {
    u32 tunnel;  // an interface index
    u32 local_address;
    u16 local_port;
    u16 is_client;
    u32 mtu;
    u32 mark;              // a number that only this program and `deliver` know
    u64 validity;          // nanoseconds after the last reception in which a peer is sent to
    u32 own_address[4];    // the client's Teredo address; zero while there is none
    u32 ways[WAYS];        // the indices of the interfaces that lead to peers; zero for none
};

// Written by the role, which reads what strangers send.
struct peer {
    u32 address;
    u16 port;
    u16 has_kernel_path;  // whether the last datagram came from a program like `encapsulate`
    u32 reception_address;
    u16 reception_port, reception_tick;
    u64 last_reception, last_transmission;
    u64 received_packets, received_octets, sent_packets, sent_octets;
    u32 way;                  // which of the interfaces leads to the peer
    u32 keeps_super_packets;  // whether the wire there hands super-packets over whole
};

struct counters {
    u64 received_packets, received_octets, sent_packets, sent_octets, lost, congested;
};

struct address {
    u32 words[4];
};

struct native_prefix {
    u32 length;
    struct address address;
};

struct map settings_map SECTION("maps") = {BPF_MAP_TYPE_ARRAY, 4, sizeof(struct settings), 1, 0};
struct map counters_map SECTION("maps") = {BPF_MAP_TYPE_PERCPU_ARRAY, 4, sizeof(struct counters), 1, 0};
struct map peers_map SECTION("maps") = {BPF_MAP_TYPE_HASH, 16, sizeof(struct peer), 65536, BPF_F_NO_PREALLOC};
// Native hosts that a relay serves: 1, or 0 for prefixes within that it does not (rules I3 to I5, I9, Y9 to Y12).
struct map native_map SECTION("maps") = {BPF_MAP_TYPE_LPM_TRIE, 20, 4, 1024, BPF_F_NO_PREALLOC};

INLINE void read_address(struct address *to, const u8 *from) {
    const w32 *words = (const w32 *)from;
    to->words[0] = words[0];
    to->words[1] = words[1];
    to->words[2] = words[2];
    to->words[3] = words[3];
}

INLINE int is_equal(const struct address *a, const u32 *b) {
    return a->words[0] == b[0] && a->words[1] == b[1] && a->words[2] == b[2] && a->words[3] == b[3];
}

// Whether our end of a packet is ours: the client's address, or a native host that the relay serves.
INLINE int is_our_end(const struct address *address, const struct settings *settings) {
    if (settings->is_client) return is_equal(address, settings->own_address) && address->words[0];
    // ISATAP identifiers of other tunnels: userspace compares the IPv4 address in them (I9, Y11).
    if ((address->words[2] & ~BE32(0x02000000)) == BE32(0x5EFE)) return 0;
    struct native_prefix key = {128, *address};
    u32 *is_served = map_lookup(&native_map, &key);
    return is_served && *is_served;
}

INLINE int is_carried(const u8 *ipv6) {
    return ipv6[0] >> 4 == 6 && (ipv6[6] == PROTOCOL_TCP || ipv6[6] == PROTOCOL_UDP) && ipv6[7] > 1;
}

// The traffic class of an IPv6 packet, as it stands in an IPv4 header: six bits of DSCP and two of ECN.
INLINE u8 traffic_class(const u8 *ipv6) { return (u8)(ipv6[0] << 4 | ipv6[1] >> 4); }

enum { NOT_CAPABLE = 0, CAPABLE_ONE = 1, CAPABLE_ZERO = 2, EXPERIENCED = 3, CONGESTED = 0x100 };

// The traffic class that a packet with `inner` has when it came in an IPv4 header with `outer`: ECN by the table of RFC 6040, DSCP
// as the network left it (RFC 2983). CONGESTED when the packet has to be dropped.
INLINE u32 decapsulated_class(u8 inner, u8 outer) {
    u32 mark = inner & 3, met = outer & 3;
    if (mark == NOT_CAPABLE) {
        if (met == EXPERIENCED) return CONGESTED;
    } else if (met == EXPERIENCED) {
        mark = EXPERIENCED;
    } else if (mark == CAPABLE_ZERO && met == CAPABLE_ONE) {
        mark = CAPABLE_ONE;
    }
    return (outer & ~3u & 0xFF) | mark;
}

// Writes a traffic class; 2 octets must be inside the bounds.
INLINE void set_traffic_class(u8 *ipv6, u32 class) {
    ipv6[0] = (u8)(0x60 | class >> 4);
    ipv6[1] = (u8)(class << 4 | (ipv6[1] & 0x0F));
}

INLINE void count_reception(struct peer *peer, struct counters *counters, u32 packets, u32 octets) {
    // The clock is read once in a tick of the kernel's: that is exact enough, and a reading costs as much as a look-up.
    u16 tick = (u16)ticks();
    if (tick != peer->reception_tick) {
        peer->reception_tick = tick;
        peer->last_reception = boot_time_nanoseconds();
    }
    __sync_fetch_and_add(&peer->received_packets, packets);
    __sync_fetch_and_add(&peer->received_octets, octets);
    counters->received_packets += packets;
    counters->received_octets += octets;
}

// The trusted peer that sent the datagram at `ipv4`, whose headers and IPv6 header are inside the bounds; NULL when userspace must
// judge. `gso_size` is 0 for a single datagram.
INLINE struct peer *sender(const u8 *ipv4, u32 length, u32 gso_size, const struct settings *settings) {
    const u8 *udp = ipv4 + IPV4_LENGTH, *ipv6 = udp + UDP_LENGTH;
    if (ipv4[0] != 0x45 || ipv4[9] != PROTOCOL_UDP || *(w16 *)(ipv4 + 6) & BE16(IPV4_NO_FRAGMENT_MASK)) return 0;
    if (*(w32 *)(ipv4 + 16) != settings->local_address || *(w16 *)(udp + 2) != settings->local_port) return 0;
    // One packet and nothing behind it: datagrams that the kernel joined have a packet shorter than the payload.
    u32 inner = IPV6_LENGTH + BE16(*(w16 *)(ipv6 + 4));
    if (length != OVERHEAD + inner || BE16(*(w16 *)(ipv4 + 2)) != length) return 0;
    if (BE16(*(w16 *)(udp + 4)) != UDP_LENGTH + inner || !is_carried(ipv6)) return 0;
    if (gso_size ? gso_size + 60 > settings->mtu : inner > settings->mtu) return 0;
    struct address to, from;
    read_address(&to, ipv6 + 24);
    if (!is_our_end(&to, settings)) return 0;
    read_address(&from, ipv6 + 8);
    struct peer *peer = map_lookup(&peers_map, &from);
    if (!peer || peer->reception_address != *(w32 *)(ipv4 + 12) || peer->reception_port != *(w16 *)udp) return 0;
    // Userspace sends with a checksum.
    u16 has_kernel_path = *(w16 *)(udp + 6) == 0;
    if (peer->has_kernel_path != has_kernel_path) peer->has_kernel_path = has_kernel_path;
    return peer;
}

SECTION("tc/encapsulate") int encapsulate(struct packet_context *context) {
    if (context->protocol != BE16(ETHERTYPE_IPV6)) return TC_NEXT;
    u8 *ipv6 = (u8 *)(u64)context->data, *end = (u8 *)(u64)context->data_end;
    u32 zero = 0;
    const struct settings *settings = map_lookup(&settings_map, &zero);
    struct counters *counters = map_lookup(&counters_map, &zero);
    if (!settings || !counters || ipv6 + IPV6_LENGTH > end || !is_carried(ipv6)) return TC_NEXT;
    u32 length = context->length, gso_size = context->gso_size;
    if (IPV6_LENGTH + BE16(*(w16 *)(ipv6 + 4)) != length) return TC_NEXT;
    if (gso_size ? gso_size + 48 > settings->mtu : length > settings->mtu) return TC_NEXT;
    struct address from, to;
    read_address(&from, ipv6 + 8);
    if (!is_our_end(&from, settings)) return TC_NEXT;
    read_address(&to, ipv6 + 24);
    struct peer *peer = map_lookup(&peers_map, &to);
    u64 now = boot_time_nanoseconds();
    if (!peer || (s64)(now - peer->last_reception) > (s64)settings->validity) return TC_NEXT;
    // A socket would get the super-packet as one datagram. Userspace sends it to such a peer in pieces.
    if (gso_size && peer->keeps_super_packets && !peer->has_kernel_path) return TC_NEXT;

    u32 packets = gso_size ? context->gso_segments : 1, class = traffic_class(ipv6);
    u32 address = peer->address, interface = settings->ways[peer->way % WAYS];
    u16 port = peer->port;
    if (packet_adjust_room(context, OVERHEAD, ROOM_AFTER_MAC,
                           ROOM_ENCAPSULATE_IPV4 | ROOM_ENCAPSULATE_UDP | ROOM_FIXED_GSO))
        return TC_NEXT;
    // A link-layer header, which the neighbour's replaces: packets without one are not redirected.
    if (packet_change_head(context, ETHERNET_LENGTH, 0)) goto lost;
    u8 *frame = (u8 *)(u64)context->data;
    end = (u8 *)(u64)context->data_end;
    if (frame + ETHERNET_LENGTH + OVERHEAD > end) goto lost;
    *(w16 *)(frame + 12) = BE16(ETHERTYPE_IPV4);
    u8 *ipv4 = frame + ETHERNET_LENGTH, *udp = ipv4 + IPV4_LENGTH;
    // DSCP and ECN of the packet (SEC-61), DF clear (RFC 4380 section 5.1.2). The length is that of the super-packet
    // until it is split.
    ipv4[0] = 0x45;
    ipv4[1] = (u8)class;
    *(w16 *)(ipv4 + 2) = BE16(OVERHEAD + length);
    *(w16 *)(ipv4 + 4) = (u16)random_number();
    *(w16 *)(ipv4 + 6) = 0;
    *(w16 *)(ipv4 + 8) = BE16(64 << 8 | PROTOCOL_UDP);
    *(w16 *)(ipv4 + 10) = 0;
    *(w32 *)(ipv4 + 12) = settings->local_address;
    *(w32 *)(ipv4 + 16) = address;
    *(w16 *)(ipv4 + 10) = (u16)~fold(sum_words(ipv4, 10));
    *(w16 *)udp = settings->local_port;
    *(w16 *)(udp + 2) = port;
    *(w16 *)(udp + 4) = BE16(UDP_LENGTH + length);
    // None (RFC 768): the kernel cannot be told to compute it for each packet of a super-packet, and the sum inside covers
    // addresses, ports and data.
    *(w16 *)(udp + 6) = 0;
    peer->last_transmission = now;
    __sync_fetch_and_add(&peer->sent_packets, packets);
    __sync_fetch_and_add(&peer->sent_octets, length);
    counters->sent_packets += packets;
    counters->sent_octets += length;
    return (int)redirect_to_neighbor(interface, 0, 0, 0);
lost:
    counters->lost++;
    return TC_DROP;
}

SECTION("xdp/strip") int strip(struct xdp_context *context) {
    u8 *frame = (u8 *)(u64)context->data, *end = (u8 *)(u64)context->data_end;
    if (frame + ETHERNET_LENGTH + OVERHEAD + IPV6_LENGTH > end) return XDP_PASS;
    if (*(w16 *)(frame + 12) != BE16(ETHERTYPE_IPV4) || frame[0] & 1) return XDP_PASS;
    u8 *ipv4 = frame + ETHERNET_LENGTH;
    u32 zero = 0;
    const struct settings *settings = map_lookup(&settings_map, &zero);
    struct counters *counters = map_lookup(&counters_map, &zero);
    if (!settings || !counters) return XDP_PASS;
    u32 length = (u32)(end - ipv4);
    struct peer *peer = sender(ipv4, length, 0, settings);
    if (!peer || fold(sum_words(ipv4, 10)) != 0xFFFF) return XDP_PASS;
    u8 inner = traffic_class(ipv4 + OVERHEAD), outer = ipv4[1];
    u32 class = decapsulated_class(inner, outer);
    if (class == CONGESTED) goto congested;
    u32 stations[3] = {*(w32 *)frame, *(w32 *)(frame + 4), *(w32 *)(frame + 8)};
    if (xdp_adjust_head(context, OVERHEAD)) return XDP_PASS;
    if (xdp_adjust_meta(context, -4)) {
        // A driver without metadata: the datagram goes to userspace as it was, nothing was written yet.
        if (xdp_adjust_head(context, -OVERHEAD)) goto lost;
        return XDP_PASS;
    }
    frame = (u8 *)(u64)context->data;
    end = (u8 *)(u64)context->data_end;
    u8 *meta = (u8 *)(u64)context->data_meta;
    if (meta + 4 > frame || frame + ETHERNET_LENGTH + 2 > end) goto lost;
    *(w32 *)meta = settings->mark;
    *(w32 *)frame = stations[0];
    *(w32 *)(frame + 4) = stations[1];
    *(w32 *)(frame + 8) = stations[2];
    *(w16 *)(frame + 12) = BE16(ETHERTYPE_IPV6);
    if (class != inner) set_traffic_class(frame + ETHERNET_LENGTH, class);
    count_reception(peer, counters, 1, length - OVERHEAD);
    return XDP_PASS;
lost:
    counters->lost++;
    return XDP_DROP;
congested:
    counters->congested++;
    return XDP_DROP;
}

SECTION("tc/deliver") int deliver(struct packet_context *context) {
    u8 *meta = (u8 *)(u64)context->data_meta, *frame = (u8 *)(u64)context->data;
    if (meta + 4 > frame) return TC_NEXT;
    u32 zero = 0;
    const struct settings *settings = map_lookup(&settings_map, &zero);
    if (!settings || *(w32 *)meta != settings->mark) return TC_NEXT;
    return (int)redirect(settings->tunnel, REDIRECT_INGRESS);
}

SECTION("tc/unwrap") int unwrap(struct packet_context *context) {
    if (context->protocol != BE16(ETHERTYPE_IPV4)) return TC_NEXT;
    u8 *frame = (u8 *)(u64)context->data, *end = (u8 *)(u64)context->data_end;
    if (frame + ETHERNET_LENGTH + OVERHEAD + IPV6_LENGTH > end || frame[0] & 1) return TC_NEXT;
    u8 *ipv4 = frame + ETHERNET_LENGTH;
    u32 zero = 0;
    const struct settings *settings = map_lookup(&settings_map, &zero);
    struct counters *counters = map_lookup(&counters_map, &zero);
    if (!settings || !counters) return TC_NEXT;
    u32 length = context->length - ETHERNET_LENGTH, gso_size = context->gso_size;
    struct peer *peer = sender(ipv4, length, gso_size, settings);
    if (!peer || fold(sum_words(ipv4, 10)) != 0xFFFF) return TC_NEXT;
    u32 packets = gso_size ? context->gso_segments : 1;
    u8 inner = traffic_class(ipv4 + OVERHEAD), outer = ipv4[1];
    u32 class = decapsulated_class(inner, outer);
    if (class == CONGESTED) {
        counters->congested += packets;
        return TC_DROP;
    }
    if (packet_adjust_room(context, -OVERHEAD, ROOM_AFTER_MAC, ROOM_FIXED_GSO | ROOM_DECAPSULATE_IPV6)) return TC_NEXT;
    if (class != inner) {
        frame = (u8 *)(u64)context->data;
        end = (u8 *)(u64)context->data_end;
        if (frame + ETHERNET_LENGTH + 2 > end) {
            counters->lost++;
            return TC_DROP;
        }
        set_traffic_class(frame + ETHERNET_LENGTH, class);
    }
    count_reception(peer, counters, packets, length - OVERHEAD);
    return (int)redirect(settings->tunnel, REDIRECT_INGRESS);
}

LICENSE("Apache-2.0");
