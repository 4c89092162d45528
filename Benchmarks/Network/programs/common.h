// What the load programs share: errors, time, checksums, Teredo packets.
#ifndef TEREDO_BENCHMARK_COMMON_H
#define TEREDO_BENCHMARK_COMMON_H

#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#ifndef UDP_SEGMENT
#define UDP_SEGMENT 103
#endif
#ifndef SOL_UDP
#define SOL_UDP 17
#endif

static inline void fail(const char *what) {
    fprintf(stderr, "%s: %s\n", what, strerror(errno));
    exit(1);
}

static inline double seconds_now(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static inline struct sockaddr_in ipv4(const char *text, int port) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET, text, &address.sin_addr) != 1) {
        fprintf(stderr, "not an IPv4 address: %s\n", text);
        exit(64);
    }
    return address;
}

static inline struct sockaddr_in6 ipv6(const char *text, int port) {
    struct sockaddr_in6 address = {.sin6_family = AF_INET6, .sin6_port = htons((uint16_t)port)};
    if (inet_pton(AF_INET6, text, &address.sin6_addr) != 1) {
        fprintf(stderr, "not an IPv6 address: %s\n", text);
        exit(64);
    }
    return address;
}

static inline uint32_t sum16(const uint8_t *bytes, size_t count, uint32_t sum) {
    for (size_t i = 0; i + 1 < count; i += 2) sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    if (count & 1) sum += (uint32_t)bytes[count - 1] << 8;
    return sum;
}

// The checksum of an upper layer whose IPv6 header stands at `packet`.
static inline uint16_t checksum6(const uint8_t *packet, size_t length) {
    uint32_t sum = sum16(packet + 8, 32, (uint32_t)length + packet[6]);
    sum = sum16(packet + 40, length, sum);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return (uint16_t)~sum;
}

static inline void put16(uint8_t *bytes, uint16_t value) {
    bytes[0] = (uint8_t)(value >> 8);
    bytes[1] = (uint8_t)value;
}

// Writes an IPv6 header; returns where its payload begins.
static inline uint8_t *put_ipv6(uint8_t *packet, const char *source, const char *target, int next, int hops, size_t length) {
    memset(packet, 0, 40 + length);
    packet[0] = 0x60;
    put16(packet + 4, (uint16_t)length);
    packet[6] = (uint8_t)next;
    packet[7] = (uint8_t)hops;
    if (inet_pton(AF_INET6, source, packet + 8) != 1 || inet_pton(AF_INET6, target, packet + 24) != 1) {
        fprintf(stderr, "not an IPv6 address: %s or %s\n", source, target);
        exit(64);
    }
    return packet + 40;
}

#endif
