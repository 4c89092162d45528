// Sends spoofed datagrams to a Teredo role, or packets to Teredo addresses that nobody has.
//
//   flood COUNT RATE KINDS TARGET4 PORT[,PORT] TARGET6 SERVER4 SOURCE6
//
// KINDS is a word of letters, which take turns:
//
//   s  router solicitation, from anybody                     a  advertisement with a wrong nonce, "from" SERVER4
//   b  bubble of a peer whose address holds its endpoint     d  UDP packet of such a peer
//   w  UDP packet of a peer that is elsewhere                e  ICMPv6 echo reply of a native host
//   i  bubble with an origin indication, "from" SERVER4      u  bubble that a server is to pass on to TARGET6
//   r  random octets                                         n  IPv6 packet from SOURCE6 to a random Teredo address
//   c  datagram between random endpoints, for whoever tracks connections
//
// It needs CAP_NET_RAW. Prints how many were sent, how many the own kernel refused, and the seconds that it took.
#include "common.h"

enum { batch = 32, room = 512, ip_length = 20, udp_length = 8, headers = 28 };

static uint64_t state;
static uint64_t any(void) {
    state ^= state << 13;
    state ^= state >> 7;
    return state ^= state << 17;
}
static void put32(uint8_t *at, uint32_t value) { put16(at, (uint16_t)(value >> 16)), put16(at + 2, (uint16_t)value); }

// A global unicast address that is none of the test network, and no private, shared, special or multicast one.
static uint32_t anybody(void) {
    static const uint8_t taken[] = {0, 8, 9, 10, 100, 127, 169, 172, 192, 198, 203};
    for (;;) {
        uint32_t address = (uint32_t)(any() >> 20);
        uint8_t first = (uint8_t)(address >> 24);
        if (first < 224 && !memchr(taken, first, sizeof taken)) return address;
    }
}

static void put_teredo(uint8_t *at, uint32_t server, uint32_t address, uint16_t port) {
    put32(at, 0x20010000), put32(at + 4, server);
    at[8] = any() & 0x3c, at[9] = (uint8_t)any();
    put16(at + 10, (uint16_t)~port), put32(at + 12, ~address);
}

static struct { uint32_t target, server; uint8_t target6[16], source6[16]; } world;

// An IPv6 header without addresses.
static uint8_t *begin_ipv6(uint8_t *packet, int next, int hops, size_t length) {
    memset(packet, 0, 40 + length);
    packet[0] = 0x60, packet[6] = (uint8_t)next, packet[7] = (uint8_t)hops;
    put16(packet + 4, (uint16_t)length);
    return packet + 40;
}
static void put_udp(uint8_t *packet, size_t length) {
    uint8_t *udp = packet + 40;
    put16(udp, 1024), put16(udp + 2, 9), put16(udp + 4, (uint16_t)length);
    put16(udp + 6, checksum6(packet, length));
}
static size_t put_icmp(uint8_t *at, int type, size_t length, const uint8_t *source, const uint8_t *target) {
    uint8_t *icmp = begin_ipv6(at, 58, 255, length);
    memcpy(at + 8, source, 16), memcpy(at + 24, target, 16);
    icmp[0] = (uint8_t)type;
    put16(icmp + 2, checksum6(at, length));
    return 40 + length;
}
static const uint8_t all_routers[16] = {0xff, 2, [15] = 2}, link_local[16] = {0xfe, 0x80, [8] = 0, 0, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfd};

// Writes what the datagram carries and its source; returns the length.
static size_t payload(char kind, uint8_t *at, uint32_t *source, uint16_t *port) {
    uint8_t *start = at;
    *source = anybody(), *port = (uint16_t)(any() | 1024);
    switch (kind) {
    case 's': case 'a':
        memset(at, 0, 13);
        at[1] = 1, put32(at + 4, (uint32_t)any()), put32(at + 8, (uint32_t)any()), at += 13;
        if (kind == 's') return (size_t)(at - start) + put_icmp(at, 133, 8, link_local, all_routers);
        put16(at, 0), put16(at + 2, (uint16_t)any()), put32(at + 4, (uint32_t)any()), at += 8;
        *source = world.server, *port = 3544;
        return (size_t)(at - start) + put_icmp(at, 134, 16, link_local, link_local);
    case 'i': {
        uint32_t origin = *source;
        put16(at, 0), put16(at + 2, (uint16_t)~*port), put32(at + 4, ~origin), at += 8;
        begin_ipv6(at, 59, 255, 0), put_teredo(at + 8, world.server, origin, *port), memcpy(at + 24, world.target6, 16);
        *source = world.server, *port = 3544;
        return (size_t)(at - start) + 40;
    }
    case 'b': case 'u':
        begin_ipv6(at, 59, 255, 0), put_teredo(at + 8, world.server, *source, *port), memcpy(at + 24, world.target6, 16);
        return 40;
    case 'd': case 'w':
        begin_ipv6(at, 17, 64, 20);
        put_teredo(at + 8, world.server, kind == 'd' ? *source : anybody(), *port), memcpy(at + 24, world.target6, 16);
        put_udp(at, 20);
        return 60;
    case 'e': {
        uint8_t native[16] = {0x24, 0};
        put32(native + 4, (uint32_t)any()), put32(native + 12, (uint32_t)any());
        return put_icmp(at, 129, 16, native, world.target6);
    }
    default: {
        size_t length = any() % 200;
        for (size_t i = 0; i < length; i++) at[i] = (uint8_t)any();
        return length;
    }
    }
}

static size_t datagram(char kind, uint8_t *at, uint16_t port) {
    uint32_t source, target = world.target;
    uint16_t source_port;
    size_t length = headers + payload(kind == 'c' ? 'r' : kind, at + headers, &source, &source_port);
    memset(at, 0, headers);
    at[0] = 0x45, at[8] = 64, at[9] = 17;
    put16(at + 2, (uint16_t)length), put32(at + 12, source), put32(at + 16, target);
    put16(at + ip_length, source_port), put16(at + ip_length + 2, port);
    put16(at + ip_length + 4, (uint16_t)(length - ip_length));
    return length;
}

static size_t native_packet(uint8_t *at) {
    begin_ipv6(at, 17, 64, 108);
    memcpy(at + 8, world.source6, 16), put_teredo(at + 24, world.server, anybody(), (uint16_t)(any() | 1));
    put_udp(at, 108);
    return 148;
}

int main(int count, char **words) {
    if (count != 9) return fprintf(stderr, "usage: flood COUNT RATE KINDS TARGET4 PORT[,PORT] TARGET6 SERVER4 SOURCE6\n"), 64;
    uint64_t wanted = strtoull(words[1], NULL, 10), sent = 0, refused = 0;
    double rate = atof(words[2]);
    const char *kinds = words[3], *second = strchr(words[5], ',');
    uint16_t ports[2] = {(uint16_t)atoi(words[5]), (uint16_t)atoi(second ? second + 1 : words[5])};
    bool is_native = kinds[0] == 'n';
    world.target = ntohl(ipv4(words[4], 0).sin_addr.s_addr), world.server = ntohl(ipv4(words[7], 0).sin_addr.s_addr);
    struct sockaddr_in6 target6 = ipv6(words[6], 0), source6 = ipv6(words[8], 0);
    memcpy(world.target6, &target6.sin6_addr, 16);
    memcpy(world.source6, &source6.sin6_addr, 16);
    state = (uint64_t)time(NULL) * 2654435761u ^ (uint64_t)getpid() << 32 ^ 88172645463325252u;
    int fd = socket(is_native ? AF_INET6 : AF_INET, SOCK_RAW, IPPROTO_RAW), size = 8 << 20;
    if (fd < 0) fail("raw socket");
    setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof size);

    static uint8_t bytes[batch][room];
    static struct iovec vectors[batch];
    static struct mmsghdr messages[batch];
    static struct sockaddr_in targets[batch];
    static struct sockaddr_in6 targets6[batch];
    double start = seconds_now(), now = start;
    while (sent < wanted) {
        now = seconds_now();
        double due = (now - start) * rate - (double)sent;
        if (due < 1) {
            usleep(due < 0 && rate < 1000 ? 1000 : 100);
            continue;
        }
        // What the machine had no time for is made up for in a bounded burst only.
        int here = due > batch ? batch : (int)due;
        if ((uint64_t)here > wanted - sent) here = (int)(wanted - sent);
        for (int i = 0; i < here; i++) {
            char kind = kinds[(sent + (uint64_t)i) % strlen(kinds)];
            vectors[i].iov_base = bytes[i];
            messages[i].msg_hdr = (struct msghdr){.msg_iov = &vectors[i], .msg_iovlen = 1};
            if (is_native) {
                vectors[i].iov_len = native_packet(bytes[i]);
                targets6[i] = (struct sockaddr_in6){.sin6_family = AF_INET6};
                memcpy(&targets6[i].sin6_addr, bytes[i] + 24, 16);
                messages[i].msg_hdr.msg_name = &targets6[i], messages[i].msg_hdr.msg_namelen = sizeof targets6[i];
            } else {
                uint16_t port = kind == 'c' ? (uint16_t)(any() | 1024) : ports[any() & 1];
                vectors[i].iov_len = datagram(kind, bytes[i], port);
                targets[i] = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl(world.target)};
                messages[i].msg_hdr.msg_name = &targets[i], messages[i].msg_hdr.msg_namelen = sizeof targets[i];
            }
        }
        for (int done = 0; done < here;) {
            int passed = sendmmsg(fd, messages + done, (unsigned)(here - done), 0);
            if (passed <= 0) refused++;
            done += passed > 0 ? passed : 1;
        }
        sent += (uint64_t)here;
    }
    printf("{\"sent\": %llu, \"refused\": %llu, \"seconds\": %.3f}\n", (unsigned long long)(sent - refused),
           (unsigned long long)refused, seconds_now() - start);
    return 0;
}
