#include "CLwIP.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "lwip/init.h"
#include "lwip/ip6.h"
#include "lwip/netif.h"
#include "lwip/pbuf.h"
#include "lwip/priv/tcp_priv.h"
#include "lwip/tcp.h"

// Packets that wait to be taken. What is more is not sent now, and TCP sends it again.
enum { OUTPUT_PACKETS = 2048, HEADER = 40, TCP_PROTOCOL = 6, ICMP_PROTOCOL = 58, ECHO_REQUEST = 128, UNREACHABLE = 1 };

// Whoever asks for less wants to be sent nothing but headers.
enum { LEAST_SEGMENT = 88 };

// A second, in what lwIP counts time-outs in.
enum { FIRST_TIMEOUT = LWIP_TCP_RTO_TIME / TCP_SLOW_INTERVAL };

struct connection {
    int is_used;
    // NULL when it is over, or when lwIP carries the end of it out alone.
    struct tcp_pcb *pcb;
    unsigned events;
    enum teredo_tcp_failure failure;
    int is_connected;
    int is_ended;
    int is_ending;
    int wants_room;
    // A ring of TEREDO_TCP_WINDOW octets: the window never lets more come in than fit.
    uint8_t *octets;
    size_t first;
    size_t count;
};

static struct connection connections[TEREDO_TCP_CONNECTIONS];
static int next_place;

static struct netif interface;
static uint8_t own_address[16];
static int has_address;

static struct {
    uint8_t octets[TEREDO_TCP_PACKET];
    uint16_t length;
} output[OUTPUT_PACKETS];
static unsigned output_first, output_count;

static uint64_t now, last_tick;
static int is_ticking;
static uint32_t first_number;

// Called by lwIP.

void teredo_tcp_fault(const char *message) {
    fprintf(stderr, "lwIP: %s\n", message);
    abort();
}

u32_t sys_now(void) { return (u32_t)now; }

// lwIP gives the number before this one to the first segment.
u32_t teredo_tcp_first_number(void) { return first_number + 1; }

void tcp_timer_needed(void) {
    if (is_ticking) return;
    is_ticking = 1;
    last_tick = now;
}

static err_t emit(struct netif *netif, struct pbuf *packet, const ip6_addr_t *destination) {
    (void)netif;
    (void)destination;
    if (output_count == OUTPUT_PACKETS || packet->tot_len > TEREDO_TCP_PACKET) return ERR_MEM;
    unsigned place = (output_first + output_count++) % OUTPUT_PACKETS;
    output[place].length = pbuf_copy_partial(packet, output[place].octets, packet->tot_len, 0);
    return ERR_OK;
}

static err_t prepare(struct netif *netif) {
    netif->mtu = TEREDO_TCP_PACKET;
    netif->output_ip6 = emit;
    netif->name[0] = 't';
    netif->name[1] = 'e';
    return ERR_OK;
}

// lwIP goes on with the connection alone; when places are rare, those go first.
static void detach(struct connection *c) {
    struct tcp_pcb *pcb = c->pcb;
    c->pcb = NULL;
    tcp_arg(pcb, NULL);
    tcp_recv(pcb, NULL);
    tcp_sent(pcb, NULL);
    tcp_err(pcb, NULL);
    tcp_poll(pcb, NULL, 0);
    tcp_setprio(pcb, TCP_PRIO_MIN);
}

static void try_to_end(struct connection *c) {
    // Without memory it is tried again by on_poll().
    if (tcp_shutdown(c->pcb, 0, 1) != ERR_OK) return;
    c->is_ending = 0;
    if (c->is_ended) detach(c);
}

static err_t on_received(void *argument, struct tcp_pcb *pcb, struct pbuf *packet, err_t error) {
    struct connection *c = argument;
    (void)error;
    if (packet == NULL) {
        c->is_ended = 1;
        c->events |= TEREDO_TCP_ENDED;
        // FIN was sent: lwIP keeps the connection for as long as a late segment may come.
        if (pcb->state != CLOSE_WAIT && pcb->state != ESTABLISHED) detach(c);
        return ERR_OK;
    }
    size_t length = packet->tot_len;
    // The window does not let it; lwIP would keep it and try again.
    if (length > TEREDO_TCP_WINDOW - c->count) return ERR_MEM;
    size_t start = (c->first + c->count) % TEREDO_TCP_WINDOW;
    size_t part = length < TEREDO_TCP_WINDOW - start ? length : TEREDO_TCP_WINDOW - start;
    pbuf_copy_partial(packet, c->octets + start, (u16_t)part, 0);
    if (part < length) pbuf_copy_partial(packet, c->octets, (u16_t)(length - part), (u16_t)part);
    c->count += length;
    pbuf_free(packet);
    c->events |= TEREDO_TCP_READABLE;
    return ERR_OK;
}

static err_t on_sent(void *argument, struct tcp_pcb *pcb, u16_t length) {
    struct connection *c = argument;
    (void)pcb;
    (void)length;
    if (c->wants_room) {
        c->wants_room = 0;
        c->events |= TEREDO_TCP_WRITABLE;
    }
    return ERR_OK;
}

// Every second: what there was no memory for. The first segment is repeated after 1, 2, 4, 8 and 16 s (RFC 6298 section 5); lwIP by
// itself repeats it every second.
static err_t on_poll(void *argument, struct tcp_pcb *pcb) {
    struct connection *c = argument;
    if (pcb->state == SYN_SENT) pcb->rto = (s16_t)(FIRST_TIMEOUT << pcb->nrtx);
    if (c->wants_room && tcp_sndbuf(c->pcb) > 0) {
        c->wants_room = 0;
        c->events |= TEREDO_TCP_WRITABLE;
    }
    if (c->is_ending) try_to_end(c);
    return ERR_OK;
}

static void on_error(void *argument, err_t error) {
    struct connection *c = argument;
    if (c == NULL) return;
    c->pcb = NULL;
    // Closed on both sides, as it should be.
    if (error == ERR_CLSD) return;
    if (c->failure == TEREDO_TCP_NO_FAILURE) {
        c->failure = error != ERR_RST ? TEREDO_TCP_TIMED_OUT : c->is_connected ? TEREDO_TCP_RESET : TEREDO_TCP_REFUSED;
    }
    c->events |= TEREDO_TCP_FAILED;
}

static err_t on_connected(void *argument, struct tcp_pcb *pcb, err_t error) {
    struct connection *c = argument;
    (void)error;
    if (pcb->mss < LEAST_SEGMENT) pcb->mss = LEAST_SEGMENT;
    // RFC 6298 section 5.7.
    if (pcb->rto > 3 * FIRST_TIMEOUT) pcb->rto = 3 * FIRST_TIMEOUT;
    c->is_connected = 1;
    c->events |= TEREDO_TCP_CONNECTED;
    return ERR_OK;
}

// Called by users.

void teredo_tcp_start(void) {
    static int is_started;
    if (is_started) return;
    is_started = 1;
    lwip_init();
    netif_add_noaddr(&interface, NULL, prepare, ip6_input);
    netif_set_default(&interface);
    netif_set_up(&interface);
    netif_set_link_up(&interface);
}

static void fail(struct connection *c, enum teredo_tcp_failure reason) {
    c->failure = reason;
    // It tells on_error(), which is the end of it; nothing is sent.
    tcp_abandon(c->pcb, 0);
}

void teredo_tcp_set_address(const uint8_t *address) {
    if (has_address && memcmp(address, own_address, sizeof own_address) == 0) return;
    for (int i = 0; i < TEREDO_TCP_CONNECTIONS; i++) {
        if (connections[i].pcb != NULL) fail(&connections[i], TEREDO_TCP_OTHER_ADDRESS);
    }
    ip6_addr_t value;
    memset(&value, 0, sizeof value);
    memcpy(value.addr, address, sizeof value.addr);
    memcpy(own_address, address, sizeof own_address);
    has_address = 1;
    netif_ip6_addr_set(&interface, 0, &value);
    netif_ip6_addr_set_state(&interface, 0, IP6_ADDR_PREFERRED);
}

// A peer may acknowledge what waits to be sent again while its window is shut: lwIP goes on to probe that window then, and ends the
// process because there is nothing to probe it with.
static void stop_idle_probes(void) {
    for (struct tcp_pcb *pcb = tcp_active_pcbs; pcb != NULL; pcb = pcb->next) {
        if (pcb->unsent == NULL || pcb->unacked != NULL) pcb->persist_backoff = 0;
    }
}

void teredo_tcp_set_time(uint64_t time) {
    if (time > now) now = time;
    for (int i = 0; is_ticking && now - last_tick >= TCP_TMR_INTERVAL; i++) {
        // A process that was stopped for long does not make up for all of it.
        last_tick = i < 8 ? last_tick + TCP_TMR_INTERVAL : now;
        stop_idle_probes();
        tcp_tmr();
        is_ticking = tcp_active_pcbs != NULL || tcp_tw_pcbs != NULL;
    }
}

int teredo_tcp_is_active(void) { return tcp_active_pcbs != NULL; }

uint64_t teredo_tcp_deadline(void) { return is_ticking ? last_tick + TCP_TMR_INTERVAL : 0; }

// The sum of RFC 1071 over what is in a packet and its pseudo-header: 0xffff when it is right.
static uint32_t sum_of(const uint8_t *packet, size_t length) {
    uint32_t sum = (uint32_t)length + packet[6];
    for (size_t i = 8; i < HEADER + length; i++) sum += (uint32_t)packet[i] << (i % 2 ? 0 : 8);
    while (sum >> 16) sum = (sum & 0xffff) + (sum >> 16);
    return sum;
}

static enum teredo_tcp_failure meaning(uint8_t code) {
    switch (code) {
        case 0: return TEREDO_TCP_NO_ROUTE;
        case 4: return TEREDO_TCP_REFUSED;
        case 1: case 5: case 6: return TEREDO_TCP_PROHIBITED;
        default: return TEREDO_TCP_UNREACHABLE;
    }
}

// An error about the first segment of a connection ends it (RFC 1122 section 4.2.3.9 lets it, RFC 5927 section 5.2 says when not): the
// number in it is one that only the way there knows.
static enum teredo_tcp_reception receive_unreachable(const uint8_t *packet, size_t length) {
    const uint8_t *quoted = packet + HEADER + 8, *segment = quoted + HEADER;
    if (length < 8 + HEADER + 8 || sum_of(packet, length) != 0xffff) return TEREDO_TCP_IGNORED;
    if (quoted[0] >> 4 != 6 || quoted[6] != TCP_PROTOCOL || memcmp(quoted + 8, own_address, 16) != 0) {
        return TEREDO_TCP_IGNORED;
    }
    uint16_t from = (uint16_t)(segment[0] << 8 | segment[1]), to = (uint16_t)(segment[2] << 8 | segment[3]);
    uint32_t number =
        (uint32_t)segment[4] << 24 | (uint32_t)segment[5] << 16 | (uint32_t)segment[6] << 8 | (uint32_t)segment[7];
    for (int i = 0; i < TEREDO_TCP_CONNECTIONS; i++) {
        struct tcp_pcb *pcb = connections[i].pcb;
        if (pcb == NULL || pcb->state != SYN_SENT || pcb->local_port != from || pcb->remote_port != to) continue;
        if (memcmp(pcb->remote_ip.addr, quoted + 24, 16) != 0 || pcb->lastack != number) continue;
        fail(&connections[i], meaning(packet[HEADER + 1]));
        return TEREDO_TCP_TAKEN;
    }
    return TEREDO_TCP_IGNORED;
}

// lwIP takes another maximum segment size from any segment, and what waits to be sent does not fit then. Only a segment with SYN may
// have options that change anything here (RFC 9293 section 3.7.1): those of others become padding. Returns 0 for what is no TCP.
static int hide_options(uint8_t *packet, size_t length) {
    uint8_t *segment = packet + HEADER;
    size_t start = (size_t)(segment[12] >> 4) * 4;
    if (start < 20 || start > length) return 0;
    if (!(segment[13] & TCP_SYN)) memset(segment + 20, 1, start - 20);
    return 1;
}

enum teredo_tcp_reception teredo_tcp_receive(const uint8_t *packet, size_t length) {
    if (!has_address || length < HEADER + 4 || length > 0xffff || packet[0] >> 4 != 6) return TEREDO_TCP_IGNORED;
    size_t payload = (size_t)packet[4] << 8 | packet[5];
    if (payload < 4 || HEADER + payload > length || memcmp(packet + 24, own_address, 16) != 0) return TEREDO_TCP_IGNORED;
    // Nobody is at the unspecified, a multicast or the own address.
    if (packet[8] == 0xff || memcmp(packet + 8, own_address, 16) == 0) return TEREDO_TCP_IGNORED;
    if (packet[6] == ICMP_PROTOCOL && packet[HEADER] == UNREACHABLE) return receive_unreachable(packet, payload);
    int is_tcp = packet[6] == TCP_PROTOCOL;
    if (!is_tcp && (packet[6] != ICMP_PROTOCOL || packet[HEADER] != ECHO_REQUEST)) return TEREDO_TCP_IGNORED;
    // Later changes to the packet are not looked for by lwIP (CHECKSUM_CHECK_TCP).
    if (is_tcp && (payload < 20 || sum_of(packet, payload) != 0xffff)) return TEREDO_TCP_IGNORED;
    struct pbuf *copy = pbuf_alloc(PBUF_RAW, (u16_t)(HEADER + payload), PBUF_RAM);
    if (copy == NULL) return TEREDO_TCP_NO_MEMORY;
    pbuf_take(copy, packet, (u16_t)(HEADER + payload));
    if (is_tcp && !hide_options(copy->payload, payload)) {
        pbuf_free(copy);
        return TEREDO_TCP_IGNORED;
    }
    ip6_input(copy, &interface);
    return TEREDO_TCP_TAKEN;
}

size_t teredo_tcp_take_packet(uint8_t *buffer) {
    if (output_count == 0) return 0;
    size_t length = output[output_first].length;
    memcpy(buffer, output[output_first].octets, length);
    output_first = (output_first + 1) % OUTPUT_PACKETS;
    output_count--;
    return length;
}

static int begin(struct connection *c, const uint8_t *address, uint16_t port, uint16_t local_port) {
    c->octets = malloc(TEREDO_TCP_WINDOW);
    c->pcb = tcp_new_ip_type(IPADDR_TYPE_V6);
    if (c->octets == NULL || c->pcb == NULL) return -1;
    ip_addr_t own, remote;
    memset(&own, 0, sizeof own);
    memset(&remote, 0, sizeof remote);
    memcpy(own.addr, own_address, sizeof own.addr);
    memcpy(remote.addr, address, sizeof remote.addr);
    if (tcp_bind(c->pcb, &own, local_port) != ERR_OK) return -2;
    tcp_arg(c->pcb, c);
    tcp_recv(c->pcb, on_received);
    tcp_sent(c->pcb, on_sent);
    tcp_err(c->pcb, on_error);
    tcp_poll(c->pcb, on_poll, 2);
    tcp_nagle_disable(c->pcb);
    ip_set_option(c->pcb, SOF_KEEPALIVE);
    return tcp_connect(c->pcb, &remote, port, on_connected) == ERR_OK ? 0 : -1;
}

int teredo_tcp_connect(const uint8_t *address, uint16_t port, uint16_t local_port, uint32_t number) {
    int place = -1;
    for (int i = 0; i < TEREDO_TCP_CONNECTIONS && place < 0; i++) {
        if (!connections[i].is_used) place = i;
    }
    if (place < 0 || !has_address) return -1;
    struct connection *c = &connections[place];
    memset(c, 0, sizeof *c);
    first_number = number;
    int result = begin(c, address, port, local_port);
    if (result < 0) {
        if (c->pcb != NULL) {
            tcp_err(c->pcb, NULL);
            tcp_abandon(c->pcb, 0);
        }
        free(c->octets);
        memset(c, 0, sizeof *c);
        return result;
    }
    c->is_used = 1;
    return place;
}

int teredo_tcp_next_event(unsigned *events) {
    // In turn, so that a busy connection does not keep the others from theirs.
    for (int i = 0; i < TEREDO_TCP_CONNECTIONS; i++) {
        int place = (next_place + i) % TEREDO_TCP_CONNECTIONS;
        if (!connections[place].is_used || connections[place].events == 0) continue;
        *events = connections[place].events;
        connections[place].events = 0;
        next_place = place + 1;
        return place;
    }
    return -1;
}

enum teredo_tcp_failure teredo_tcp_failure(int connection) { return connections[connection].failure; }

size_t teredo_tcp_received(int connection, const uint8_t **octets) {
    struct connection *c = &connections[connection];
    *octets = c->octets + c->first;
    return c->count < TEREDO_TCP_WINDOW - c->first ? c->count : TEREDO_TCP_WINDOW - c->first;
}

void teredo_tcp_consume(int connection, size_t length) {
    struct connection *c = &connections[connection];
    if (length > c->count) length = c->count;
    c->first = (c->first + length) % TEREDO_TCP_WINDOW;
    c->count -= length;
    // A reader that keeps up uses the same memory again and again.
    if (c->count == 0) c->first = 0;
    while (c->pcb != NULL && length > 0) {
        u16_t part = length < 0xffff ? (u16_t)length : 0xffff;
        tcp_recved(c->pcb, part);
        length -= part;
    }
}

size_t teredo_tcp_room(int connection) {
    struct connection *c = &connections[connection];
    return c->pcb == NULL || c->is_ending ? 0 : tcp_sndbuf(c->pcb);
}

size_t teredo_tcp_send(int connection, const uint8_t *octets, size_t length) {
    struct connection *c = &connections[connection];
    if (c->pcb == NULL || c->is_ending) return 0;
    size_t sent = 0;
    while (sent < length && tcp_sndbuf(c->pcb) > 0) {
        size_t part = length - sent < 0x4000 ? length - sent : 0x4000;
        if (part > tcp_sndbuf(c->pcb)) part = tcp_sndbuf(c->pcb);
        if (tcp_write(c->pcb, octets + sent, (u16_t)part, TCP_WRITE_FLAG_COPY) != ERR_OK) break;
        sent += part;
    }
    if (sent < length) c->wants_room = 1;
    tcp_output(c->pcb);
    return sent;
}

void teredo_tcp_end_sending(int connection) {
    struct connection *c = &connections[connection];
    if (c->pcb == NULL || c->is_ending) return;
    c->is_ending = 1;
    try_to_end(c);
}

void teredo_tcp_release(int connection) {
    struct connection *c = &connections[connection];
    if (!c->is_used) return;
    if (c->pcb != NULL) {
        struct tcp_pcb *pcb = c->pcb;
        int is_over = c->is_ended && c->is_ending;
        detach(c);
        // There was no memory for the end so far.
        // Nobody has answered yet whom to tell.
        if (pcb->state == SYN_SENT) tcp_abandon(pcb, 0);
        else if (!is_over || tcp_shutdown(pcb, 0, 1) != ERR_OK) tcp_abort(pcb);
    }
    free(c->octets);
    memset(c, 0, sizeof *c);
}
