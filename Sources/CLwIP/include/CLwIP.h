// TCP over IPv6 as a machine without I/O: packets and time in, packets and events out. lwIP does the work and shows nothing of itself.
// lwIP has its state in global variables: there is one stack in a process, and one thread may call it.
#ifndef CLWIP_H
#define CLWIP_H

#include <stddef.h>
#include <stdint.h>

enum {
    // Connections at once.
    TEREDO_TCP_CONNECTIONS = 256,
    // The octets of a connection that were received and not consumed, at most; and those that were sent and not acknowledged.
    TEREDO_TCP_WINDOW = 262144,
    // The octets of a packet, at most.
    TEREDO_TCP_PACKET = 1280,
};

// What became of a packet.
enum teredo_tcp_reception {
    TEREDO_TCP_TAKEN,
    // Neither TCP nor a ping, in pieces, or not for this address.
    TEREDO_TCP_IGNORED,
    TEREDO_TCP_NO_MEMORY,
};

// What happened to a connection: a set.
enum teredo_tcp_event {
    TEREDO_TCP_CONNECTED = 1,
    TEREDO_TCP_READABLE = 2,
    TEREDO_TCP_WRITABLE = 4,
    // The other side sends no more.
    TEREDO_TCP_ENDED = 8,
    // It is over; teredo_tcp_failure() tells why.
    TEREDO_TCP_FAILED = 16,
};

// Why a connection is over.
enum teredo_tcp_failure {
    TEREDO_TCP_NO_FAILURE,
    TEREDO_TCP_REFUSED,
    TEREDO_TCP_RESET,
    TEREDO_TCP_TIMED_OUT,
    // ICMPv6 errors, by their codes (RFC 4443 section 3.1).
    TEREDO_TCP_NO_ROUTE,
    TEREDO_TCP_PROHIBITED,
    TEREDO_TCP_UNREACHABLE,
    // The address that it was made from is gone.
    TEREDO_TCP_OTHER_ADDRESS,
};

// Begins; calls after the first one do nothing.
void teredo_tcp_start(void);

// The address of 16 octets from now on: connections from another one are over.
void teredo_tcp_set_address(const uint8_t *address);

// Tells the time, in milliseconds of a clock that only goes forward, and does what is due.
void teredo_tcp_set_time(uint64_t now);

// When there is something to do if nothing comes before, in milliseconds of that clock; 0 for never.
uint64_t teredo_tcp_deadline(void);

// Whether there are connections that are not over on both sides.
int teredo_tcp_is_active(void);

// Takes a packet that came in.
enum teredo_tcp_reception teredo_tcp_receive(const uint8_t *packet, size_t length);

// Writes the next packet to send, and returns its length; 0 when there is none. The buffer has room for TEREDO_TCP_PACKET octets.
size_t teredo_tcp_take_packet(uint8_t *buffer);

// Begins a connection to an address of 16 octets, from `local_port` and with the first number `number`, both from a good source of
// random numbers. Returns its number below TEREDO_TCP_CONNECTIONS, -1 when there is no place for it, -2 when the port is in use.
int teredo_tcp_connect(const uint8_t *address, uint16_t port, uint16_t local_port, uint32_t number);

// Takes the events of the next connection that has any, and returns its number; -1 when there is none.
int teredo_tcp_next_event(unsigned *events);

// Why a connection is over.
enum teredo_tcp_failure teredo_tcp_failure(int connection);

// What was received and not consumed, as far as it lies together; returns its length.
size_t teredo_tcp_received(int connection, const uint8_t **octets);

// Gives octets that were received back to the window of the connection.
void teredo_tcp_consume(int connection, size_t length);

// How many octets there is room for.
size_t teredo_tcp_room(int connection);

// Sends octets, as many as there is room for, and returns that number; if it is less, the connection becomes writable later.
size_t teredo_tcp_send(int connection, const uint8_t *octets, size_t length);

// Sends no more octets than those that were given so far.
void teredo_tcp_end_sending(int connection);

// Gives the number back; a connection that is not over on both sides is reset.
void teredo_tcp_release(int connection);

#endif
