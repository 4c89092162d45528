// How lwIP is built here: TCP over IPv6 and answers to pings, on one thread, without clock, timers or chance of its own.
#ifndef TEREDO_LWIPOPTS_H
#define TEREDO_LWIPOPTS_H

// One thread, no system below it: time is told, timers are called, and no locks are needed.
#define NO_SYS 1
#define SYS_LIGHTWEIGHT_PROT 0
#define LWIP_TIMERS 0
#define LWIP_NETCONN 0
#define LWIP_SOCKET 0

// IPv6 with one interface and one address, which is told: no neighbours, no routers, no multicast groups, no fragments.
#define LWIP_IPV4 0
#define LWIP_IPV6 1
#define LWIP_ARP 0
#define LWIP_ETHERNET 0
#define LWIP_SINGLE_NETIF 1
#define LWIP_IPV6_NUM_ADDRESSES 1
#define LWIP_IPV6_SCOPES 0
#define LWIP_IPV6_DUP_DETECT_ATTEMPTS 0
#define LWIP_IPV6_SEND_ROUTER_SOLICIT 0
#define LWIP_IPV6_AUTOCONFIG 0
#define LWIP_IPV6_MLD 0
#define LWIP_IPV6_FORWARD 0
#define LWIP_IPV6_FRAG 0
#define LWIP_IPV6_REASS 0
#define LWIP_ND6_QUEUEING 0
#define LWIP_ND6_NUM_NEIGHBORS 1
#define LWIP_ND6_NUM_DESTINATIONS 1
#define LWIP_ND6_NUM_PREFIXES 1
#define LWIP_ND6_NUM_ROUTERS 1
#define LWIP_ICMP6 1
#define LWIP_RAW 0
#define LWIP_UDP 0
#define LWIP_STATS 0

// TCP. An IPv6 packet of a Teredo client has 1280 octets at most (RFC 4380 section 5.1.2).
#define LWIP_TCP 1
#define TCP_MSS 1220
#define TCP_WND 262144
#define LWIP_WND_SCALE 1
#define TCP_RCV_SCALE 3
#define TCP_SND_BUF 262144
#define TCP_SND_QUEUELEN 860
// There is no waiting for room by a low-water mark here; the sanity checks are for pools of packets, which are not used.
#define TCP_SNDLOWAT 32768
#define LWIP_DISABLE_TCP_SANITY_CHECKS 1
#define TCP_OOSEQ_MAX_BYTES TCP_WND
#define TCP_OOSEQ_MAX_PBUFS 430
#define LWIP_TCP_SACK_OUT 1
#define LWIP_TCP_MAX_SACK_NUM 3
#define LWIP_TCP_RTO_TIME 1000
#define TCP_SYNMAXRTX 5
// What comes in is judged before lwIP sees it.
#define CHECKSUM_CHECK_TCP 0
#define TCP_MSL 30000

// Memory: lwIP's own things come from pools of fixed sizes, packets from the C library. Both are bounded by the number of connections;
// those that were closed and wait for the other side count as well, and go first.
#define MEM_LIBC_MALLOC 1
#define MEM_ALIGNMENT 8
#define MEMP_NUM_TCP_PCB 512
#define MEMP_NUM_TCP_PCB_LISTEN 1
#define MEMP_NUM_TCP_SEG 32768
#define PBUF_POOL_SIZE 1
#define MEMP_NUM_PBUF 64
#define LWIP_NETIF_TX_SINGLE_PBUF 1

// The number of a connection's first octet is the caller's (RFC 6528).
#define LWIP_HOOK_FILENAME "hooks.h"
#define LWIP_HOOK_TCP_ISN(local, local_port, remote, remote_port) teredo_tcp_first_number()

#endif
