// Answers plain router solicitations on the receiving interface, before the network stack (RFC 4380 section 5.3.2).
//
// Plain means: no IPv4 options, no fragment, no authentication or the null form of it, no trailers and no options in the
// solicitation. Such a datagram is answered here with the octets that TeredoServer gives, or dropped when its sender is
// over the rate limit. Everything else, malformed or not, goes up unchanged, and userspace judges and counts it.
#include "bpf.h"

enum { SOLICITATION_LENGTH = 48, NULL_AUTHENTICATION_LENGTH = 13, ORIGIN_LENGTH = 8, ADVERTISEMENT_LENGTH = 96 };
enum { ANSWER_LENGTH = ORIGIN_LENGTH + ADVERTISEMENT_LENGTH, GROWTH = ANSWER_LENGTH - SOLICITATION_LENGTH };
enum { TEREDO_PORT = 3544 };
// The least time between two answers from an endpoint's own share, and for how long it is known, in nanoseconds.
#define SHARE_SPACING (3 * 1000000000ULL)
#define SHARE_MEMORY (180 * 1000000000ULL)

// Written by the loader before the program is attached; numbers of the wire in wire order.
struct settings {
    u32 primary, secondary;
    u32 answers_from_other;  // whether the other address may answer on this interface (cone bit 1)
    u32 reserved;
    u64 source_interval, source_tolerance;
    u64 solicitation_interval, solicitation_tolerance;
    u64 multiplier;  // odd and secret: which endpoints share a set
    u8 link_local[16];
    u8 answer[ANSWER_LENGTH];  // origin and advertisement; endpoint, destination and checksum are filled in
};

// When the buckets of a source are full again, in nanoseconds: a token bucket in one number, which one compare and swap
// changes. As in TeredoServer every datagram takes from the first bucket, and a solicitation from the second too.
struct buckets {
    u64 source, solicitation;
};

// Endpoints that were answered lately, and when, in nanoseconds: each has a share of its own, as in AnsweredEndpoints. Eight of a set,
// 32 sets for an address; one that comes back in time is never pushed out.
enum { WAYS = 8, SETS = 2048 };
struct shares {
    u64 endpoint[WAYS], answered[WAYS];
};

struct counters {
    u64 answered, limited, octets_received, octets_sent;
};

struct prefix {
    u32 length, address;
};

struct map settings_map SECTION("maps") = {BPF_MAP_TYPE_ARRAY, 4, sizeof(struct settings), 1, 0};
struct map counters_map SECTION("maps") = {BPF_MAP_TYPE_PERCPU_ARRAY, 4, sizeof(struct counters), 1, 0};
struct map buckets_map SECTION("maps") = {BPF_MAP_TYPE_LRU_HASH, 4, sizeof(struct buckets), 16384, 0};
struct map shares_map SECTION("maps") = {BPF_MAP_TYPE_ARRAY, 4, sizeof(struct shares), SETS, 0};
// Sources that are not global unicast, or our own: rules S3, S4 and V3. The longest prefix decides; 0 is an exception.
struct map forbidden_map SECTION("maps") = {BPF_MAP_TYPE_LPM_TRIE, 8, 4, 4096, BPF_F_NO_PREALLOC};

// Takes a token: the bucket is empty when it is full again later than `tolerance` from now.
INLINE int take(u64 *full, u64 now, u64 interval, u64 tolerance) {
#pragma clang loop unroll(full)
    for (int attempt = 0; attempt < 4; attempt++) {
        u64 old = *(volatile u64 *)full;
        u64 start = old > now ? old : now;
        if (start - now > tolerance) return 0;
        if (__sync_val_compare_and_swap(full, old, start + interval) == old) return 1;
    }
    return 0;
}

// Where an endpoint is in its set, or may be; WAYS when others have all of its places.
INLINE u32 place_of(const struct shares *shares, u64 endpoint, u64 now) {
    u32 free = WAYS;
#pragma clang loop unroll(full)
    for (u32 way = 0; way < WAYS; way++) {
        u64 known = shares->endpoint[way];
        if (known == endpoint) return way;
        if (free == WAYS && (known == 0 || now - shares->answered[way] >= SHARE_MEMORY)) free = way;
    }
    return free;
}

INLINE int is_within_limits(const struct settings *settings, u32 source, u64 now) {
    struct buckets *known = map_lookup(&buckets_map, &source);
    if (!known) {
        struct buckets fresh = {now + settings->source_interval, now + settings->solicitation_interval};
        if (map_update(&buckets_map, &source, &fresh, BPF_NOEXIST) == 0) return 1;
        known = map_lookup(&buckets_map, &source);
        if (!known) return 0;
    }
    return take(&known->source, now, settings->source_interval, settings->source_tolerance) &&
           take(&known->solicitation, now, settings->solicitation_interval, settings->solicitation_tolerance);
}

// SEC-40: within what all behind an address have together, or else in the share of an endpoint that was answered before. What others
// do in the name of the address never touches the latter.
INLINE int admit(const struct settings *settings, u32 client, u16 port) {
    u64 now = time_nanoseconds(), endpoint = (u64)client << 16 | port;
    u32 set = (u32)((((u64)client << 5 | (BE16(port) & 31)) + 1) * settings->multiplier >> 33) & (SETS - 1);
    struct shares *shares = map_lookup(&shares_map, &set);
    if (!shares) return 0;
    u32 place = place_of(shares, endpoint, now);
    if (!is_within_limits(settings, client, now)) {
        if (place >= WAYS || shares->endpoint[place] != endpoint) return 0;
        u64 age = now - shares->answered[place];
        if (age < SHARE_SPACING || age >= SHARE_MEMORY) return 0;
    }
    if (place < WAYS) {
        shares->endpoint[place] = endpoint;
        shares->answered[place] = now;
    }
    return 1;
}

// The sum of a payload: words behind an odd number of octets count with their octets swapped.
INLINE u32 sum_payload(const u8 *payload, u32 authentication, u32 packet_words) {
    u64 packet = sum_words(payload + authentication, packet_words);
    if (authentication == 0) return fold(packet);
    u64 head = sum_words(payload, NULL_AUTHENTICATION_LENGTH / 2) + payload[NULL_AUTHENTICATION_LENGTH - 1];
    return fold(head + __builtin_bswap16((u16)fold(packet)));
}

INLINE u64 sum_pseudo_header(const u8 *ipv4, u32 udp_length) {
    return sum_words(ipv4 + 12, 4) + BE16(PROTOCOL_UDP) + BE16(udp_length);
}

// Zero, right, or not computed yet: virtual links hand over the sum of the pseudo-header alone.
INLINE int is_valid_udp_checksum(const u8 *ipv4, u32 authentication, u32 udp_length) {
    const u8 *udp = ipv4 + IPV4_LENGTH;
    u16 checksum = *(w16 *)(udp + 6);
    if (checksum == 0) return 1;
    u64 pseudo = sum_pseudo_header(ipv4, udp_length);
    if (checksum == fold(pseudo)) return 1;
    u32 payload = sum_payload(udp + UDP_LENGTH, authentication, SOLICITATION_LENGTH / 2);
    return fold(pseudo + sum_words(udp, 4) + payload) == 0xFFFF;
}

// The checks of RouterSolicitation.init(validating:) for a message without options.
INLINE int is_solicitation(const u8 *packet, const struct settings *settings) {
    if (packet[0] >> 4 != 6 || *(w16 *)(packet + 4) != BE16(8) || packet[6] != PROTOCOL_ICMPV6 || packet[7] != 255)
        return 0;
    if (packet[8] != 0xFE || (packet[9] & 0xC0) != 0x80) return 0;
    const w32 *to = (const w32 *)(packet + 24);
    if (to[0] != BE32(0xFF020000) || to[1] != 0 || to[2] != 0 || to[3] != BE32(2)) return 0;
    if (packet[40] != 133 || packet[41] != 0) return 0;
    // V7, SEC-46: not a copy of our own packet.
    const w32 *from = (const w32 *)(packet + 8), *own = (const w32 *)settings->link_local;
    if (from[0] == own[0] && from[1] == own[1] && from[2] == own[2] && from[3] == own[3]) return 0;
    u64 sum = sum_words(packet + 8, 16) + sum_words(packet + 40, 4) + BE16(8) + BE16(PROTOCOL_ICMPV6);
    return fold(sum) == 0xFFFF;
}

INLINE int answer(struct xdp_context *context, u32 authentication) {
    const u32 payload_length = authentication + SOLICITATION_LENGTH, udp_length = UDP_LENGTH + payload_length;
    const u32 frame_length = ETHERNET_LENGTH + IPV4_LENGTH + udp_length;
    u8 *frame = (u8 *)(u64)context->data, *end = (u8 *)(u64)context->data_end;
    if (frame + frame_length > end) return XDP_PASS;
    // Padding or more behind the datagram: hidden from the compiler, which would join both tests into one that the
    // verifier learns nothing from.
    u8 *last = frame + frame_length;
    HIDE(last);
    if (last != end) return XDP_PASS;
    u8 *ipv4 = frame + ETHERNET_LENGTH, *udp = ipv4 + IPV4_LENGTH, *payload = udp + UDP_LENGTH;
    u32 zero = 0;
    const struct settings *settings = map_lookup(&settings_map, &zero);
    struct counters *counters = map_lookup(&counters_map, &zero);
    if (!settings || !counters) return XDP_PASS;

    // The null form of the authentication: no identifier and no value; the confirmation octet is not looked at.
    if (authentication && *(w32 *)payload != BE32(0x00010000)) return XDP_PASS;
    const u8 *packet = payload + authentication;
    if (!is_solicitation(packet, settings)) return XDP_PASS;
    if (fold(sum_words(ipv4, 10)) != 0xFFFF || !is_valid_udp_checksum(ipv4, authentication, udp_length))
        return XDP_PASS;
    u32 client = *(w32 *)(ipv4 + 12), asked = *(w32 *)(ipv4 + 16);
    u16 client_port = *(w16 *)udp;
    if (client_port == 0) return XDP_PASS;
    int wants_other = packet[16] >> 7;
    if (wants_other && !settings->answers_from_other) return XDP_PASS;
    struct prefix key = {32, client};
    const u32 *forbidden = map_lookup(&forbidden_map, &key);
    if (forbidden && *forbidden) return XDP_PASS;
    counters->octets_received += payload_length;
    if (!admit(settings, client, client_port)) {
        counters->limited++;
        return XDP_DROP;
    }

    u32 us = (asked == settings->primary) != wants_other ? settings->primary : settings->secondary;
    u32 hardware_to[2] = {*(w32 *)(frame + 6), *(w16 *)(frame + 10)};
    u32 hardware_from[2] = {*(w32 *)frame, *(w16 *)(frame + 4)};
    u32 nonce[2] = {0, 0};
    if (authentication) {
        nonce[0] = *(w32 *)(payload + 4);
        nonce[1] = *(w32 *)(payload + 8);
    }
    u32 source[4] = {*(w32 *)(packet + 8), *(w32 *)(packet + 12), *(w32 *)(packet + 16), *(w32 *)(packet + 20)};

    // The frame grows at its front: there is always room, unlike at its end.
    if (xdp_adjust_head(context, -GROWTH)) return XDP_PASS;
    frame = (u8 *)(u64)context->data;
    end = (u8 *)(u64)context->data_end;
    if (frame + frame_length + GROWTH > end) return XDP_DROP;
    ipv4 = frame + ETHERNET_LENGTH;
    udp = ipv4 + IPV4_LENGTH;
    payload = udp + UDP_LENGTH;
    const u32 answer_udp_length = udp_length + GROWTH;

    *(w32 *)frame = hardware_to[0];
    *(w16 *)(frame + 4) = (u16)hardware_to[1];
    *(w32 *)(frame + 6) = hardware_from[0];
    *(w16 *)(frame + 10) = (u16)hardware_from[1];
    *(w16 *)(frame + 12) = BE16(ETHERTYPE_IPV4);
    // DSCP and ECN 0 (SEC-61), DF clear (RFC 4380 section 5.1.2), so that the identification must differ (RFC 6864).
    *(w16 *)ipv4 = BE16(0x4500);
    *(w16 *)(ipv4 + 2) = BE16(IPV4_LENGTH + answer_udp_length);
    *(w16 *)(ipv4 + 4) = (u16)random_number();
    *(w16 *)(ipv4 + 6) = 0;
    *(w16 *)(ipv4 + 8) = BE16(64 << 8 | PROTOCOL_UDP);
    *(w16 *)(ipv4 + 10) = 0;
    *(w32 *)(ipv4 + 12) = us;
    *(w32 *)(ipv4 + 16) = client;
    *(w16 *)(ipv4 + 10) = (u16)~fold(sum_words(ipv4, 10));
    *(w16 *)udp = BE16(TEREDO_PORT);
    *(w16 *)(udp + 2) = client_port;
    *(w16 *)(udp + 4) = BE16(answer_udp_length);
    *(w16 *)(udp + 6) = 0;
    if (authentication) {
        *(w32 *)payload = BE32(0x00010000);
        *(w32 *)(payload + 4) = nonce[0];
        *(w32 *)(payload + 8) = nonce[1];
        payload[12] = 0;
    }
    u8 *body = payload + authentication;
#pragma clang loop unroll(full)
    for (u32 i = 0; i < ANSWER_LENGTH / 4; i++) ((w32 *)body)[i] = ((const w32 *)settings->answer)[i];
    *(w16 *)(body + 2) = ~client_port;
    *(w32 *)(body + 4) = ~client;
    u8 *advertisement = body + ORIGIN_LENGTH;
    // The template's checksum is that of an advertisement to the unspecified address.
    u64 sum = (u16) ~*(const w16 *)(settings->answer + ORIGIN_LENGTH + 42);
#pragma clang loop unroll(full)
    for (u32 i = 0; i < 4; i++) {
        ((w32 *)(advertisement + 24))[i] = source[i];
        sum += source[i];
    }
    *(w16 *)(advertisement + 42) = (u16)~fold(sum);
    u32 checksum = (u16)~fold(sum_pseudo_header(ipv4, answer_udp_length) + sum_words(udp, 4) +
                              sum_payload(payload, authentication, ANSWER_LENGTH / 2));
    *(w16 *)(udp + 6) = checksum ? checksum : 0xFFFF;
    counters->answered++;
    counters->octets_sent += payload_length + GROWTH;
    return XDP_TX;
}

SECTION("xdp") int solicitations(struct xdp_context *context) {
    u8 *frame = (u8 *)(u64)context->data, *end = (u8 *)(u64)context->data_end;
    if (frame + ETHERNET_LENGTH + IPV4_LENGTH + UDP_LENGTH > end) return XDP_PASS;
    u8 *ipv4 = frame + ETHERNET_LENGTH, *udp = ipv4 + IPV4_LENGTH;
    if (*(w16 *)(frame + 12) != BE16(ETHERTYPE_IPV4) || frame[0] & 1) return XDP_PASS;
    if (ipv4[0] != 0x45 || ipv4[9] != PROTOCOL_UDP || *(w16 *)(ipv4 + 6) & BE16(0x3FFF)) return XDP_PASS;
    if (*(w16 *)(udp + 2) != BE16(TEREDO_PORT)) return XDP_PASS;
    u32 zero = 0;
    const struct settings *settings = map_lookup(&settings_map, &zero);
    if (!settings) return XDP_PASS;
    u32 asked = *(w32 *)(ipv4 + 16);
    if (asked != settings->primary && asked != settings->secondary) return XDP_PASS;
    u32 length = BE16(*(w16 *)(udp + 4));
    if (BE16(*(w16 *)(ipv4 + 2)) != IPV4_LENGTH + length) return XDP_PASS;
    if (length == UDP_LENGTH + SOLICITATION_LENGTH) return answer(context, 0);
    if (length == UDP_LENGTH + NULL_AUTHENTICATION_LENGTH + SOLICITATION_LENGTH)
        return answer(context, NULL_AUTHENTICATION_LENGTH);
    return XDP_PASS;
}

LICENSE("Apache-2.0");
