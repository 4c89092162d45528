// What a program for the kernel's virtual machine needs: numbers of linux/bpf.h, declared here so that the sources
// compile with nothing but clang, and helpers for packets.
#pragma once

#define SECTION(name) __attribute__((section(name), used))
#define INLINE static inline __attribute__((always_inline))

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;
typedef long long s64;

// Numbers inside packets, read whole wherever they stand; fields of the wire are 2-aligned, which the kernel's machine
// takes, and which the compiler must not be told.
typedef u16 __attribute__((may_alias)) w16;
typedef u32 __attribute__((may_alias)) w32;
typedef u64 __attribute__((may_alias)) w64;

// Makes the compiler forget what it knows about a variable.
#define HIDE(variable) asm volatile("" : "+r"(variable))

#define BE16(x) ((u16)__builtin_bswap16(x))
#define BE32(x) ((u32)__builtin_bswap32(x))

enum { BPF_MAP_TYPE_HASH = 1, BPF_MAP_TYPE_ARRAY = 2, BPF_MAP_TYPE_PERCPU_ARRAY = 6, BPF_MAP_TYPE_LRU_HASH = 9,
       BPF_MAP_TYPE_LPM_TRIE = 11 };
enum { BPF_F_NO_PREALLOC = 1, BPF_NOEXIST = 1 };
enum { XDP_ABORTED, XDP_DROP, XDP_PASS, XDP_TX, XDP_REDIRECT };

// A map, as the loader reads it from the section "maps".
struct map {
    u32 type, key_size, value_size, max_entries, flags;
};

struct xdp_context {
    u32 data, data_end, data_meta, ingress_interface, rx_queue, egress_interface;
};

// What a program at an interface's traffic control sees of a packet.
struct packet_context {
    u32 length, packet_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority;
    u32 ingress_interface, interface, tc_index, scratch[5], hash, tc_classid, data, data_end, napi_id, family;
    u32 remote_ip4, local_ip4, remote_ip6[4], local_ip6[4], remote_port, local_port, data_meta;
    u64 flow_keys, timestamp;
    u32 wire_length, gso_segments;
    u64 socket;
    u32 gso_size;
};

// TCX_NEXT: the next program, and then the network stack, decide.
enum { TC_NEXT = -1, TC_DROP = 2 };
enum { REDIRECT_INGRESS = 1 };
enum { ROOM_AFTER_MAC = 1 };
enum { ROOM_FIXED_GSO = 1, ROOM_ENCAPSULATE_IPV4 = 2, ROOM_ENCAPSULATE_UDP = 16, ROOM_DECAPSULATE_IPV6 = 256 };

static void *(*const map_lookup)(void *map, const void *key) = (void *)1;
static long (*const map_update)(void *map, const void *key, const void *value, u64 flags) = (void *)2;
static u64 (*const time_nanoseconds)(void) = (void *)5;
static u32 (*const random_number)(void) = (void *)7;
static long (*const redirect)(u32 interface, u64 flags) = (void *)23;
static long (*const packet_change_head)(struct packet_context *, u32 length, u64 flags) = (void *)43;
static long (*const xdp_adjust_head)(struct xdp_context *, int delta) = (void *)44;
static long (*const packet_adjust_room)(struct packet_context *, int delta, u32 mode, u64 flags) = (void *)50;
static long (*const xdp_adjust_meta)(struct xdp_context *, int delta) = (void *)54;
static u64 (*const ticks)(void) = (void *)118;
static u64 (*const boot_time_nanoseconds)(void) = (void *)125;
static long (*const redirect_to_neighbor)(u32 interface, void *parameters, int length, u64 flags) = (void *)152;

enum { ETHERNET_LENGTH = 14, IPV4_LENGTH = 20, UDP_LENGTH = 8, IPV6_LENGTH = 40 };
enum { ETHERTYPE_IPV4 = 0x0800, ETHERTYPE_IPV6 = 0x86DD, PROTOCOL_TCP = 6, PROTOCOL_UDP = 17, PROTOCOL_ICMPV6 = 58 };

// Adds the carries of a one's complement sum; the result has 16 bits.
INLINE u32 fold(u64 sum) {
    sum = (sum & 0xFFFFFFFF) + (sum >> 32);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    sum = (sum & 0xFFFF) + (sum >> 16);
    return (u32)sum;
}

// The sum of `count` 16-bit words in wire order.
INLINE u64 sum_words(const void *start, u32 count) {
    const w16 *words = start;
    u64 sum = 0;
#pragma clang loop unroll(full)
    for (u32 i = 0; i < count; i++) sum += words[i];
    return sum;
}

// What the kernel asks for: only helpers that it gives to every licence are used.
#define LICENSE(name) const char program_license[] SECTION("license") = name
