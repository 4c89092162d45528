// Sends 64-byte UDP packets at a given rate, either as they are or inside Teredo datagrams of one client; or is the
// socket that they go to.
//
//   datagrams single SOURCE6 TARGET6 PORT RATE SECONDS
//   datagrams runs SOURCE6 TARGET6 PORT RATE SECONDS
//   datagrams teredo LOCAL4 LOCALPORT RELAY4 RELAYPORT SOURCE6 TARGET6 PORT RATE SECONDS
//   datagrams sink PORT
//
// Prints the number of packets sent and the seconds that it took. `single` is the usual program, one packet per
// system call. The others send runs of up to 64 packets (UDP_SEGMENT), so that the sender is not what limits; without
// UDP_SEGMENT they send one by one and say so.
#include "common.h"

enum { payload_length = 64, most_segments = 64 };

static void send_at(int fd, const struct sockaddr *to, socklen_t to_length, const uint8_t *packet, size_t length,
                    bool in_runs, double rate, double duration) {
    static uint8_t run[most_segments * 256];
    for (int i = 0; i < most_segments; i++) memcpy(run + (size_t)i * length, packet, length);
    int size = (int)length, per_call = in_runs ? most_segments : 1;
    if (in_runs && setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof size) != 0) {
        fprintf(stderr, "no UDP_SEGMENT here: one packet per system call\n");
        per_call = 1;
    }
    // A low rate goes out in small runs: at most 0.2 ms of it at once.
    if (rate * 0.0002 < per_call) per_call = rate * 0.0002 < 1 ? 1 : (int)(rate * 0.0002);
    double start = seconds_now(), now = start;
    uint64_t sent = 0;
    while (now - start < duration) {
        if ((double)sent > (now - start) * rate) {
            now = seconds_now();
            continue;
        }
        if (sendto(fd, run, (size_t)per_call * length, 0, to, to_length) < 0) {
            if (errno != ENOBUFS && errno != EAGAIN && errno != ECONNREFUSED) fail("sendto");
        }
        // What the kernel of this host has no room for counts as offered.
        sent += (uint64_t)per_call;
        now = seconds_now();
    }
    printf("{\"sent\": %llu, \"seconds\": %.6f}\n", (unsigned long long)sent, now - start);
}

static int sink(int port) {
    int fd = socket(AF_INET6, SOCK_DGRAM, 0), size = 1;
    struct sockaddr_in6 local = ipv6("::", port);
    // Nobody reads: the kernel counts what arrives as soon as the queue is full, and that is at once.
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)&local, sizeof local) != 0) fail("bind");
    pause();
    return 0;
}

int main(int count, char **words) {
    uint8_t packet[256];
    if (count == 3 && strcmp(words[1], "sink") == 0) return sink(atoi(words[2]));
    if (count == 7 && (strcmp(words[1], "single") == 0 || strcmp(words[1], "runs") == 0)) {
        int fd = socket(AF_INET6, SOCK_DGRAM, 0);
        struct sockaddr_in6 local = ipv6(words[2], 0), target = ipv6(words[3], atoi(words[4]));
        if (bind(fd, (struct sockaddr *)&local, sizeof local) != 0) fail("bind");
        memset(packet, 0, payload_length);
        send_at(fd, (struct sockaddr *)&target, sizeof target, packet, payload_length, words[1][0] == 'r',
                atof(words[5]), atof(words[6]));
        return 0;
    }
    if (count == 11 && strcmp(words[1], "teredo") == 0) {
        int fd = socket(AF_INET, SOCK_DGRAM, 0);
        struct sockaddr_in local = ipv4(words[2], atoi(words[3])), relay = ipv4(words[4], atoi(words[5]));
        if (bind(fd, (struct sockaddr *)&local, sizeof local) != 0) fail("bind");
        uint8_t *udp = put_ipv6(packet, words[6], words[7], 17, 64, 8 + payload_length);
        put16(udp, 9);
        put16(udp + 2, (uint16_t)atoi(words[8]));
        put16(udp + 4, 8 + payload_length);
        put16(udp + 6, checksum6(packet, 8 + payload_length));
        send_at(fd, (struct sockaddr *)&relay, sizeof relay, packet, 48 + payload_length, true, atof(words[9]),
                atof(words[10]));
        return 0;
    }
    fprintf(stderr, "usage: datagrams single|runs SOURCE6 TARGET6 PORT RATE SECONDS\n"
                    "       datagrams teredo LOCAL4 LOCALPORT RELAY4 RELAYPORT SOURCE6 TARGET6 PORT RATE SECONDS\n"
                    "       datagrams sink PORT\n");
    return 64;
}
