#define _GNU_SOURCE
#include "CTeredoFuzzing.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "CTeredoIsolation.h"

// What is under way between a client inside and a name server, all on the loopback interface.
enum { CONNECTIONS = 8, STEPS = 200, LONGEST = 2048, HEADER = 12 };

static struct {
    int inside[2];       // of the forwarder: UDP and listening TCP
    int server[2];       // of the name server
    int client;          // UDP of who asks
    struct sockaddr_in place;
    struct teredo_name_server server_place;
} world;

/// A TCP connection: both ends that are ours, and how many octets went in and came out each way.
struct connection {
    int near, far;
    uint8_t sent, received;
};

static int open_socket(int type, struct sockaddr_in *place) {
    int fd = socket(AF_INET, type | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    socklen_t length = sizeof *place;
    if (fd < 0 || bind(fd, (struct sockaddr *)place, sizeof *place) < 0) return -1;
    if (type == SOCK_STREAM && listen(fd, 64) < 0) return -1;
    getsockname(fd, (struct sockaddr *)place, &length);
    return fd;
}

// The same port for UDP and TCP, as a name server has.
static int open_pair(int pair[2], struct sockaddr_in *place) {
    for (int attempt = 0; attempt < 20; attempt++) {
        *place = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
        pair[0] = open_socket(SOCK_DGRAM, place);
        if (pair[0] >= 0 && (pair[1] = open_socket(SOCK_STREAM, place)) >= 0) return 0;
        if (pair[0] >= 0) close(pair[0]);
    }
    return -1;
}

static int begin(void) {
    if (world.client > 0) return 0;
    struct sockaddr_in place;
    if (open_pair(world.server, &place) < 0) return -1;
    world.server_place = (struct teredo_name_server){ntohl(place.sin_addr.s_addr), ntohs(place.sin_port)};
    if (open_pair(world.inside, &world.place) < 0) return -1;
    place = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    world.client = open_socket(SOCK_DGRAM, &place);
    return world.client < 0 ? -1 : 0;
}

static void end(struct connection *connection) {
    if (connection->near > 0) close(connection->near);
    if (connection->far > 0) close(connection->far);
    memset(connection, 0, sizeof *connection);
}

// Octets that tell where they stand in the stream.
static void put(int fd, uint8_t *next, size_t count) {
    uint8_t octets[256];
    for (size_t i = 0; i < count; i++) octets[i] = (uint8_t)(*next + i);
    ssize_t sent = send(fd, octets, count, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (sent > 0) *next = (uint8_t)(*next + sent);
}

static int take(int fd, uint8_t *next) {
    uint8_t octets[512];
    ssize_t count = recv(fd, octets, sizeof octets, MSG_DONTWAIT);
    for (ssize_t i = 0; i < count; i++)
        if (octets[i] != (*next)++) return -1;
    return 0;
}

const char *teredo_fuzz_names(const uint8_t *input, size_t length) {
    static uint8_t octets[LONGEST + 1];
    struct connection connections[CONNECTIONS] = {0};
    const char *fault = NULL;
    size_t position = 0, asked = 0, answered = 0;
    if (begin() < 0) return "no sockets on the loopback interface";
    teredo_forget_names();
    for (int step = 0; step < STEPS && position + 1 < length && fault == NULL; step++) {
        uint8_t what = input[position] % 9, number = input[position + 1];
        struct connection *connection = &connections[number % CONNECTIONS];
        position += 2;
        switch (what) {
            case 0: {
                // A question: the octets that follow, at least one.
                size_t count = number < length - position ? number : length - position;
                if (count == 0) break;
                sendto(world.client, input + position, count, MSG_DONTWAIT, (struct sockaddr *)&world.place, sizeof world.place);
                position += count;
                asked++;
                break;
            }
            case 1: {
                // The server answers with the question and an octet of its own; what says that it is the answer to another question, or
                // no answer, comes first.
                struct sockaddr_in from;
                socklen_t size = sizeof from;
                ssize_t count = recvfrom(world.server[0], octets, LONGEST, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
                if (count <= 0) break;
                if (count < HEADER) fault = "what is no question was carried on";
                octets[2] |= 0x80;
                octets[count] = 'F';
                if (number & 2) octets[0] ^= 1;
                if (number & 4) octets[2] ^= 0x80;
                if (number & 6) sendto(world.server[0], octets, (size_t)count + 1, MSG_DONTWAIT, (struct sockaddr *)&from, size);
                if (number & 2) octets[0] ^= 1;
                if (number & 4) octets[2] ^= 0x80;
                octets[count] = 'A';
                sendto(world.server[0], octets, (size_t)count + 1, MSG_DONTWAIT, (struct sockaddr *)&from, size);
                // A second answer finds nobody.
                if (number & 1) sendto(world.server[0], octets, (size_t)count + 1, MSG_DONTWAIT, (struct sockaddr *)&from, size);
                break;
            }
            case 2:
                while (1) {
                    struct sockaddr_in from;
                    socklen_t size = sizeof from;
                    ssize_t count = recvfrom(world.client, octets, LONGEST, MSG_DONTWAIT, (struct sockaddr *)&from, &size);
                    if (count <= 0) break;
                    if (from.sin_port != world.place.sin_port) fault = "an answer comes from another port";
                    if (octets[count - 1] != 'A') fault = "an answer is not what the server sent";
                    if (++answered > asked) fault = "there are more answers than questions";
                }
                break;
            case 3:
                if (connection->near == 0) {
                    connection->near = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
                    (void)!connect(connection->near, (struct sockaddr *)&world.place, sizeof world.place);
                }
                break;
            case 4: {
                // Which connection it is shows by its first octet only; one at a time is told apart.
                int fd = accept4(world.server[1], NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
                if (fd < 0) break;
                int open = 0;
                struct connection *only = NULL;
                for (int i = 0; i < CONNECTIONS; i++)
                    if (connections[i].near > 0) { only = &connections[i]; open++; }
                if (open == 1 && only->far == 0) only->far = fd; else close(fd);
                break;
            }
            case 5: if (connection->near > 0) put(connection->near, &connection->sent, number); break;
            case 6:
                if (connection->far > 0 && take(connection->far, &connection->received) < 0) fault = "a stream lost or changed octets";
                break;
            case 7: end(connection); break;
            default: teredo_forward_names_once(world.inside, &world.server_place, 1, 0);
        }
    }
    for (int i = 0; i < CONNECTIONS; i++) end(&connections[i]);
    // Nothing is left for the next input: neither on the sockets nor on the way.
    teredo_forget_names();
    while (recv(world.client, octets, LONGEST, MSG_DONTWAIT) > 0) {}
    while (recv(world.inside[0], octets, LONGEST, MSG_DONTWAIT) > 0) {}
    while (recv(world.server[0], octets, LONGEST, MSG_DONTWAIT) > 0) {}
    for (int side = 0, fd; side < 2; side++)
        while ((fd = accept4(side ? world.server[1] : world.inside[1], NULL, NULL, SOCK_CLOEXEC)) >= 0) close(fd);
    // Exchanges that are forgotten leave no descriptor behind.
    int next = dup(world.client);
    if (next > 256) fault = "descriptors are left open";
    close(next);
    return fault;
}
