// Eight connections to peers that answer at random: mostly what a peer might say, with numbers, windows and options that it would not.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "CLwIP.h"

enum { PEERS = 8, FIN = 1, SYN = 2, RESET = 4, PUSH = 8, ACKNOWLEDGES = 16 };

struct peer {
    int connection;
    uint16_t port;
    // What the stack has sent so far, and what is to be sent to it next.
    uint32_t sent, next;
    int is_open;
};

static uint64_t state;
static struct peer peers[PEERS];
static uint8_t own[16] = {0x20, 1, 0, 0, 1, 2, 3, 4}, other[16] = {0x20, 1, 0x0d, 0xb8, 1};
static uint8_t packet[1300], data[70000];

static uint32_t below(uint32_t limit) {
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (uint32_t)((state >> 11) % limit);
}

static void put(uint8_t *place, uint32_t value) {
    for (int i = 0; i < 4; i++) place[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t get(const uint8_t *place) {
    return (uint32_t)place[0] << 24 | (uint32_t)place[1] << 16 | (uint32_t)place[2] << 8 | place[3];
}

static size_t build(const struct peer *peer, uint32_t number, uint32_t acknowledgement, uint8_t flags, uint16_t window,
                    size_t options, size_t payload) {
    size_t length = 20 + options + payload;
    uint8_t *segment = packet + 40;
    memset(packet, 0, sizeof packet);
    packet[0] = 0x60;
    packet[4] = (uint8_t)(length >> 8);
    packet[5] = (uint8_t)length;
    packet[6] = 6;
    packet[7] = 64;
    memcpy(packet + 8, other, 16);
    memcpy(packet + 24, own, 16);
    segment[1] = 80;
    segment[2] = (uint8_t)(peer->port >> 8);
    segment[3] = (uint8_t)peer->port;
    put(segment + 4, number);
    put(segment + 8, acknowledgement);
    segment[12] = (uint8_t)((20 + options) / 4 << 4);
    segment[13] = flags;
    segment[14] = (uint8_t)(window >> 8);
    segment[15] = (uint8_t)window;
    for (size_t i = 0; i < options; i++) segment[20 + i] = (uint8_t)(below(3) ? below(9) : below(256));
    if (options >= 4 && below(2)) {
        uint8_t size[4] = {2, 4, (uint8_t)below(5), (uint8_t)below(256)};
        memcpy(segment + 20, size, sizeof size);
    }
    uint32_t sum = (uint32_t)length + 6;
    for (size_t i = 8; i < 40 + length; i++) sum += (uint32_t)packet[i] << (i % 2 ? 0 : 8);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    segment[16] = (uint8_t)(~sum >> 8);
    segment[17] = (uint8_t)~sum;
    return 40 + length;
}

static void hear(void) {
    uint8_t out[TEREDO_TCP_PACKET];
    size_t length;
    while ((length = teredo_tcp_take_packet(out)) > 0) {
        if (out[6] != 6) continue;
        uint16_t port = (uint16_t)(out[40] << 8 | out[41]);
        uint32_t count = (uint32_t)(length - 40 - (size_t)(out[52] >> 4) * 4 + (out[53] & (FIN | SYN) ? 1 : 0));
        for (int i = 0; i < PEERS; i++) {
            if (peers[i].connection >= 0 && peers[i].port == port) peers[i].sent = get(out + 44) + count;
        }
    }
}

static void answer_first(struct peer *peer) {
    uint8_t flags = below(20) ? SYN | ACKNOWLEDGES : (uint8_t)below(64);
    uint16_t window = below(4) ? 65535 : (uint16_t)below(65536);
    size_t length = build(peer, peer->next, peer->sent, flags, window, 4 * below(11), below(10) ? 0 : below(1000));
    if (teredo_tcp_receive(packet, length) == TEREDO_TCP_TAKEN) {
        peer->is_open = 1;
        peer->next++;
    }
}

static void answer(struct peer *peer) {
    uint8_t flags = below(30) ? ACKNOWLEDGES | (below(2) ? PUSH : 0) : (uint8_t)below(256);
    if (!below(60)) flags |= FIN;
    if (below(40)) flags &= (uint8_t)~(SYN | RESET);
    uint32_t count = below(3) ? below(1150) : 0;
    uint32_t number = peer->next + (below(4) ? 0 : below(8000) - 3000);
    uint32_t acknowledgement = below(50) ? peer->sent - (below(3) ? 0 : below(5000)) : below(~0u);
    uint16_t window = below(3) ? 65535 : (uint16_t)(below(2) ? below(65536) : below(4));
    size_t length = build(peer, number, acknowledgement, flags, window, 4 * below(11), count);
    if (!below(30)) packet[below((uint32_t)length)] ^= (uint8_t)(1 << below(8));
    if (!below(40)) length = below((uint32_t)length + 1);
    teredo_tcp_receive(packet, length);
    if (number == peer->next) peer->next += count + (flags & FIN ? 1 : 0);
}

static void use(struct peer *peer) {
    uint32_t kind = below(100);
    if (kind < 40) teredo_tcp_send(peer->connection, data, below(2) ? below(sizeof data) : below(50));
    if (kind >= 40 && kind < 80) {
        const uint8_t *octets;
        size_t count;
        while ((count = teredo_tcp_received(peer->connection, &octets)) > 0) {
            // The last one is there.
            data[0] = octets[count - 1];
            teredo_tcp_consume(peer->connection, below(2) ? count : below((uint32_t)count + 1));
            if (below(2)) break;
        }
    }
    if (kind == 80) teredo_tcp_end_sending(peer->connection);
    if (kind == 81 && !below(20)) {
        teredo_tcp_release(peer->connection);
        peer->connection = -1;
    }
}

static void follow_events(void) {
    unsigned events;
    int connection;
    while ((connection = teredo_tcp_next_event(&events)) >= 0) {
        if (!(events & TEREDO_TCP_FAILED) || !below(3)) continue;
        for (int i = 0; i < PEERS; i++) {
            if (peers[i].connection != connection) continue;
            teredo_tcp_release(connection);
            peers[i].connection = -1;
        }
    }
}

int main(int count, char **words) {
    if (count < 3) return 64;
    state = strtoull(words[1], NULL, 10) * 7919 + 1;
    long steps = atol(words[2]);
    uint64_t now = 1;
    uint16_t port = 20000;
    teredo_tcp_start();
    teredo_tcp_set_address(own);
    for (int i = 0; i < PEERS; i++) peers[i].connection = -1;
    for (long step = 0; step < steps; step++) {
        struct peer *peer = &peers[below(PEERS)];
        if (peer->connection < 0) {
            port = port == 60000 ? 20000 : port + 1;
            *peer = (struct peer){.port = port, .next = below(1u << 31)};
            peer->connection = teredo_tcp_connect(other, 80, port, below(1u << 31));
            if (peer->connection < 0) peer->connection = -1;
        }
        hear();
        if (peer->connection >= 0) {
            if (peer->is_open) answer(peer);
            else answer_first(peer);
            use(peer);
        }
        if (!below(3)) {
            now += below(400);
            teredo_tcp_set_time(now);
        }
        follow_events();
        if (!below(20000)) {
            own[15]++;
            teredo_tcp_set_address(own);
        }
    }
    return 0;
}
