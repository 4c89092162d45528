#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "CTeredoIsolation.h"

// Bounds: questions and connections under way, their life in seconds, what a TCP connection may hold back, and a pause in milliseconds.
enum { EXCHANGES = 64, LIFE = 15, SEND_BUFFER = 128 << 10, FULL_PAUSE = 100 };
// A message of the DNS: its identifier comes first, then a bit that tells an answer from a question (RFC 1035 section 4.1.1).
enum { HEADER = 12, IDENTIFIER = 2, ANSWER_BIT = 0x80 };

/// A question over UDP (`inside` is the socket it came from), or a TCP connection (both ends are ours).
struct exchange {
    uint8_t identifier[IDENTIFIER];
    int outside;
    int inside;
    int is_stream;
    int is_connecting;
    time_t deadline;
    struct sockaddr_in client;
};

static struct exchange exchanges[EXCHANGES];
static int has_begun;
// Whether a connection waits for which there is no descriptor: it would be there to be taken at every turn.
static int is_full;

static time_t seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_BOOTTIME, &now);
    return now.tv_sec;
}

static void finish(struct exchange *exchange) {
    close(exchange->outside);
    if (exchange->is_stream) close(exchange->inside);
    exchange->outside = -1;
}

// A free place, or that of the oldest exchange: a flood must not lock out what comes after it.
static struct exchange *place(void) {
    struct exchange *best = &exchanges[0];
    for (int i = 0; i < EXCHANGES; i++) {
        if (exchanges[i].outside < 0) return &exchanges[i];
        if (exchanges[i].deadline < best->deadline) best = &exchanges[i];
    }
    finish(best);
    return best;
}

static struct exchange *begin(int type, int inside, const struct teredo_name_server *server) {
    int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0), size = SEND_BUFFER;
    if (fd < 0) return NULL;
    setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = htons(server->port), .sin_addr = {htonl(server->address)}};
    // A TCP connection that cannot be made shows when it is waited for.
    (void)!connect(fd, (struct sockaddr *)&name, sizeof name);
    struct exchange *exchange = place();
    *exchange = (struct exchange){.outside = fd, .inside = inside, .deadline = seconds() + LIFE};
    return exchange;
}

static void ask(int inside, const struct teredo_name_server *server) {
    static uint8_t question[65536];
    struct sockaddr_in client;
    socklen_t length = sizeof client;
    ssize_t count = recvfrom(inside, question, sizeof question, MSG_DONTWAIT, (struct sockaddr *)&client, &length);
    if (count < HEADER) return;
    struct exchange *exchange = begin(SOCK_DGRAM, inside, server);
    if (exchange == NULL) return;
    exchange->client = client;
    memcpy(exchange->identifier, question, IDENTIFIER);
    if (send(exchange->outside, question, (size_t)count, MSG_NOSIGNAL) < 0) finish(exchange);
}

static void connect_through(int listener, const struct teredo_name_server *server) {
    int inside = accept4(listener, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK), size = SEND_BUFFER;
    if (inside < 0) {
        is_full = errno == EMFILE || errno == ENFILE;
        return;
    }
    setsockopt(inside, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
    struct exchange *exchange = begin(SOCK_STREAM, inside, server);
    if (exchange == NULL) {
        close(inside);
        return;
    }
    exchange->is_stream = exchange->is_connecting = 1;
}

static int is_answer(const struct exchange *exchange, const uint8_t *octets, ssize_t count) {
    return count >= HEADER && memcmp(octets, exchange->identifier, IDENTIFIER) == 0 && octets[IDENTIFIER] & ANSWER_BIT;
}

static void answer(struct exchange *exchange) {
    static uint8_t octets[65536];
    ssize_t count = recv(exchange->outside, octets, sizeof octets, MSG_DONTWAIT);
    // Somebody who forges the name server's address is not to have the last word: the answer may yet come.
    if (count < 0 ? errno == EAGAIN || errno == EINTR : !is_answer(exchange, octets, count)) return;
    if (count > 0) {
        sendto(exchange->inside, octets, (size_t)count, MSG_DONTWAIT, (struct sockaddr *)&exchange->client,
               sizeof exchange->client);
    }
    finish(exchange);
}

// Moves what there is one way; 0 when the connection is over. The send buffer holds a whole DNS message.
static int pass(int from, int to) {
    static uint8_t octets[65536];
    ssize_t count = recv(from, octets, sizeof octets, MSG_DONTWAIT);
    return count > 0 && send(to, octets, (size_t)count, MSG_DONTWAIT | MSG_NOSIGNAL) == count;
}

void teredo_forget_names(void) {
    for (int i = 0; i < EXCHANGES; i++) {
        if (has_begun && exchanges[i].outside >= 0) finish(&exchanges[i]);
        exchanges[i].outside = -1;
    }
    has_begun = 1;
}

void teredo_forward_names_once(const int *inside, const struct teredo_name_server *servers, int count, int patience) {
    struct pollfd entries[2 * TEREDO_NAME_SERVERS + 2 * EXCHANGES];
    int active = 0, first = 2 * count;
    time_t now = seconds();
    for (int i = 0; i < first; i++) entries[i] = (struct pollfd){.fd = inside[i], .events = POLLIN};
    for (int i = 0; i < EXCHANGES; i++) {
        struct exchange *e = &exchanges[i];
        if (e->outside >= 0 && e->deadline <= now) finish(e);
        int is_open = e->outside >= 0, is_stream = is_open && e->is_stream && !e->is_connecting;
        short events = is_open && e->is_connecting ? POLLOUT : POLLIN;
        entries[first + 2 * i] = (struct pollfd){.fd = is_open ? e->outside : -1, .events = events};
        entries[first + 2 * i + 1] = (struct pollfd){.fd = is_stream ? e->inside : -1, .events = POLLIN};
        active += is_open;
    }
    // The life of what is under way ends without an event.
    if (active && (patience < 0 || patience > 1000)) patience = 1000;
    if (is_full) {
        for (int i = 0; i < count; i++) entries[2 * i + 1].fd = -1;
        if (patience < 0 || patience > FULL_PAUSE) patience = FULL_PAUSE;
        is_full = 0;
    }
    if (poll(entries, (nfds_t)(first + 2 * EXCHANGES), patience) <= 0) return;
    // Exchanges before new questions: a new one may take the place of an old one.
    for (int i = 0; i < EXCHANGES; i++) {
        struct exchange *e = &exchanges[i];
        short outside = entries[first + 2 * i].revents, within = entries[first + 2 * i + 1].revents;
        if (e->outside < 0 || (outside == 0 && within == 0)) continue;
        if (!e->is_stream) {
            answer(e);
        } else if (e->is_connecting) {
            e->is_connecting = 0;
            if (outside & (POLLERR | POLLHUP)) finish(e);
        } else if ((outside && !pass(e->outside, e->inside)) || (within && !pass(e->inside, e->outside))) {
            finish(e);
        }
    }
    for (int i = 0; i < count; i++) {
        if (entries[2 * i].revents) ask(inside[2 * i], &servers[i]);
        if (entries[2 * i + 1].revents) connect_through(inside[2 * i + 1], &servers[i]);
    }
}

void teredo_forward_names(const int *inside, const struct teredo_name_server *servers, int count) {
    teredo_forget_names();
    while (1) teredo_forward_names_once(inside, servers, count, -1);
}
