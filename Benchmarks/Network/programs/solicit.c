// Asks a Teredo server as many clients do, as fast as it answers: router solicitations from very many source
// addresses (a server may limit each), a bounded number of them unanswered at any time.
//
//   solicit SERVER4 FIRSTSOURCE4 SOURCES WINDOW SECONDS
//
// With a window of 0 it floods: runs of 64 from one source leave in one system call (UDP_SEGMENT) and nobody reads the
// answers, so that the sender is not what limits; the kernel's counters tell how many came.
//
// The source addresses must be local: ip route add local PREFIX dev lo. Prints how many were asked and answered.
#include "common.h"

enum { batch = 32, room = 256, header_length = 13 };

static uint8_t requests[batch][header_length + 48];
static uint8_t answers[batch][room];
static struct mmsghdr out[batch], in[batch];
static struct iovec out_vectors[batch], in_vectors[batch];
static char controls[batch][CMSG_SPACE(sizeof(struct in_pktinfo))] __attribute__((aligned(8)));

static void prepare(struct sockaddr_in *server) {
    for (int i = 0; i < batch; i++) {
        uint8_t *request = requests[i];
        request[1] = 1;
        uint8_t *icmp = put_ipv6(request + header_length, "fe80::ffff:ffff:fffd", "ff02::2", 58, 255, 8);
        icmp[0] = 133;
        put16(icmp + 2, checksum6(request + header_length, 8));
        out_vectors[i] = (struct iovec){request, sizeof requests[i]};
        out[i].msg_hdr = (struct msghdr){.msg_name = server, .msg_namelen = sizeof *server, .msg_iov = &out_vectors[i],
                                         .msg_iovlen = 1, .msg_control = controls[i], .msg_controllen = sizeof controls[i]};
        struct cmsghdr *control = CMSG_FIRSTHDR(&out[i].msg_hdr);
        control->cmsg_level = IPPROTO_IP;
        control->cmsg_type = IP_PKTINFO;
        control->cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo));
        in_vectors[i] = (struct iovec){answers[i], room};
        in[i].msg_hdr = (struct msghdr){.msg_iov = &in_vectors[i], .msg_iovlen = 1};
    }
}

static uint64_t receive(int fd) {
    uint64_t total = 0;
    for (;;) {
        int count = recvmmsg(fd, in, batch, MSG_DONTWAIT, NULL);
        if (count <= 0) return total;
        total += (uint64_t)count;
        if (count < batch) return total;
    }
}

// Sends runs of 64 solicitations as fast as the kernel takes them.
static uint64_t flood(int fd, uint32_t first, uint32_t sources, uint32_t next, double duration) {
    static uint8_t run[64 * sizeof requests[0]];
    int size = sizeof requests[0], small = 1;
    if (setsockopt(fd, SOL_UDP, UDP_SEGMENT, &size, sizeof size) != 0) fail("UDP_SEGMENT");
    setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
    uint64_t asked = 0;
    for (double start = seconds_now(); seconds_now() - start < duration; next++) {
        for (int i = 0; i < 64; i++) {
            memcpy(run + (size_t)(i * size), requests[0], (size_t)size);
            memcpy(run + i * size + 4, &next, 4);
            run[i * size + 8] = (uint8_t)i;
        }
        struct iovec vector = {run, sizeof run};
        struct msghdr message = out[0].msg_hdr;
        struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(CMSG_FIRSTHDR(&message));
        *info = (struct in_pktinfo){.ipi_spec_dst.s_addr = htonl(first + next % sources)};
        message.msg_iov = &vector;
        if (sendmsg(fd, &message, 0) < 0 && errno != ENOBUFS && errno != EAGAIN) fail("sendmsg");
        asked += 64;
    }
    return asked;
}

int main(int count, char **words) {
    if (count != 6) {
        fprintf(stderr, "usage: solicit SERVER4 FIRSTSOURCE4 SOURCES WINDOW SECONDS\n");
        return 64;
    }
    struct sockaddr_in server = ipv4(words[1], 3544), any = ipv4("0.0.0.0", 40001);
    uint32_t first = ntohl(ipv4(words[2], 0).sin_addr.s_addr), sources = (uint32_t)atoi(words[3]);
    int64_t window = atoi(words[4]);
    double duration = atof(words[5]);
    int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)&any, sizeof any) != 0) fail("bind");
    prepare(&server);

    uint64_t asked = 0, answered = 0;
    int64_t open = 0;
    // Another run begins elsewhere among the sources, so that no limit of a server remembers the last one.
    uint32_t next = (uint32_t)time(NULL) * 2654435761u;
    if (window == 0) {
        asked = flood(fd, first, sources, next, duration);
        printf("{\"asked\": %llu, \"seconds\": %.6f}\n", (unsigned long long)asked, duration);
        return 0;
    }
    double start = seconds_now(), now = start, heard = start;
    while (now - start < duration) {
        if (open + batch <= window) {
            for (int i = 0; i < batch; i++) {
                struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(CMSG_FIRSTHDR(&out[i].msg_hdr));
                *info = (struct in_pktinfo){.ipi_spec_dst.s_addr = htonl(first + next % sources)};
                memcpy(requests[i] + 4, &next, 4);
                next++;
            }
            int done = sendmmsg(fd, out, batch, 0);
            if (done < 0 && errno != ENOBUFS && errno != EAGAIN) fail("sendmmsg");
            if (done > 0) asked += (uint64_t)done, open += done;
        }
        uint64_t got = receive(fd);
        now = seconds_now();
        answered += got;
        open = open > (int64_t)got ? open - (int64_t)got : 0;
        if (got > 0) heard = now;
        // What was lost stays unanswered: begin anew.
        if (now - heard > 0.002) open = 0, heard = now;
    }
    usleep(20000);
    answered += receive(fd);
    printf("{\"asked\": %llu, \"answered\": %llu, \"seconds\": %.6f, \"length\": %u}\n", (unsigned long long)asked,
           (unsigned long long)answered, now - start, in[0].msg_len);
    return 0;
}
