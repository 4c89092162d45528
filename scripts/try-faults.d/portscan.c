// Tries every port of an IPv6 host and prints those that say anything: SYN-ACK or RST, UDP, or an ICMPv6 error about a port.
//
//   portscan tcp|udp SOURCE6 TARGET6
//
// Each port that is silent is asked twice. After every 64 ports an echo request has to be answered, so that silence is that of the
// port and not that of a queue that was full. It needs CAP_NET_RAW.
#include "common.h"
#include <netinet/icmp6.h>
#include <poll.h>

enum { ports = 65536, own_port = 54321, burst = 64 };
static bool answered[ports];
static struct in6_addr target;
static int transport, errors, lost_echoes;
static uint16_t echoed;

static void hear(bool is_tcp) {
    uint8_t bytes[2048];
    struct sockaddr_in6 from;
    for (;;) {
        socklen_t size = sizeof from;
        ssize_t got = recvfrom(transport, bytes, sizeof bytes, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
        if (got < 0) break;
        if (got >= 8 && memcmp(&from.sin6_addr, &target, 16) == 0 && (bytes[2] << 8 | bytes[3]) == own_port)
            answered[bytes[0] << 8 | bytes[1]] = true;
    }
    for (;;) {
        ssize_t got = recv(errors, bytes, sizeof bytes, MSG_DONTWAIT);
        if (got < 0) break;
        if (got >= 8 && bytes[0] == 129 && (bytes[4] << 8 | bytes[5]) == own_port) echoed = (uint16_t)(bytes[6] << 8 | bytes[7]);
        // Quoted: IPv6 header, then the ports. Who says it does not matter: it tells a scanner something about the port.
        if (got >= 56 && bytes[0] < 128 && bytes[14] == (is_tcp ? 6 : 17) && memcmp(bytes + 32, &target, 16) == 0)
            answered[bytes[50] << 8 | bytes[51]] = true;
    }
}

// Waits until an echo request is answered: what was sent before it has passed every queue by then.
static void catch_up(struct sockaddr_in6 *to, bool is_tcp) {
    static uint16_t number;
    for (int attempt = 0; attempt < 100; attempt++) {
        uint8_t request[8] = {128};
        put16(request + 4, own_port), put16(request + 6, ++number);
        // The kernel fills in the checksum of ICMPv6.
        if (sendto(errors, request, sizeof request, 0, (struct sockaddr *)to, sizeof *to) < 0 && errno != ENOBUFS) fail("echo request");
        for (double end = seconds_now() + 1; seconds_now() < end;) {
            struct pollfd wait[2] = {{transport, POLLIN, 0}, {errors, POLLIN, 0}};
            poll(wait, 2, 10);
            hear(is_tcp);
            if (echoed == number) return;
        }
        lost_echoes++;
    }
    fprintf(stderr, "the host answers no ping\n");
    exit(1);
}

int main(int count, char **words) {
    if (count != 4) return fprintf(stderr, "usage: portscan tcp|udp SOURCE6 TARGET6\n"), 64;
    bool is_tcp = strcmp(words[1], "tcp") == 0;
    struct sockaddr_in6 source = ipv6(words[2], 0), to = ipv6(words[3], 0);
    target = to.sin6_addr;
    transport = socket(AF_INET6, SOCK_RAW, is_tcp ? IPPROTO_TCP : IPPROTO_UDP);
    errors = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);
    if (transport < 0 || errors < 0) fail("raw socket");
    int checksum_at = is_tcp ? 16 : 6, size = 16 << 20;
    if (setsockopt(transport, IPPROTO_IPV6, IPV6_CHECKSUM, &checksum_at, sizeof checksum_at) != 0) fail("IPV6_CHECKSUM");
    setsockopt(transport, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    setsockopt(errors, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size);
    if (bind(transport, (struct sockaddr *)&source, sizeof source) != 0) fail("bind");
    if (bind(errors, (struct sockaddr *)&source, sizeof source) != 0) fail("bind");
    int sent = 0;
    for (int round = 0; round < 2; round++) {
        for (int port = 1; port < ports; port++) {
            if (answered[port]) continue;
            uint8_t packet[24] = {0};
            put16(packet, own_port), put16(packet + 2, (uint16_t)port);
            if (is_tcp) {
                packet[4] = (uint8_t)round, packet[12] = 0x50, packet[13] = 2;
                put16(packet + 14, 1024);
            } else {
                put16(packet + 4, 12);
                memcpy(packet + 8, "scan", 4);
            }
            if (sendto(transport, packet, is_tcp ? 20 : 12, 0, (struct sockaddr *)&to, sizeof to) < 0 && errno != ENOBUFS
                && errno != EHOSTUNREACH && errno != EAGAIN)
                fail("sendto");
            if (++sent % burst == 0) catch_up(&to, is_tcp);
        }
        catch_up(&to, is_tcp);
        for (double end = seconds_now() + 0.5; seconds_now() < end; usleep(1000)) hear(is_tcp);
    }
    int total = 0;
    for (int port = 1; port < ports; port++) total += answered[port];
    printf("{\"asked\": %d, \"answered\": %d, \"lost\": %d, \"ports\": [", ports - 1, total, lost_echoes);
    for (int port = 1, shown = 0; port < ports && shown < 20; port++)
        if (answered[port]) printf("%s%d", shown++ ? ", " : "", port);
    printf("]}\n");
    return 0;
}
