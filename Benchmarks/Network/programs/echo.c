// The yardstick for a server: returns every datagram to its sender, 64 per system call, and does nothing else.
//
//   echo ADDRESS4 PORT
#include "common.h"

enum { batch = 64, room = 2048 };

int main(int count, char **words) {
    static uint8_t bytes[batch][room];
    static struct sockaddr_in peers[batch];
    static struct iovec vectors[batch];
    static struct mmsghdr messages[batch];
    if (count != 3) {
        fprintf(stderr, "usage: echo ADDRESS4 PORT\n");
        return 64;
    }
    struct sockaddr_in local = ipv4(words[1], atoi(words[2]));
    int fd = socket(AF_INET, SOCK_DGRAM, 0), size = 8 << 20;
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof size) != 0)
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
    if (bind(fd, (struct sockaddr *)&local, sizeof local) != 0) fail("bind");
    for (;;) {
        for (int i = 0; i < batch; i++) {
            vectors[i] = (struct iovec){bytes[i], room};
            messages[i].msg_hdr = (struct msghdr){
                .msg_name = &peers[i], .msg_namelen = sizeof peers[i], .msg_iov = &vectors[i], .msg_iovlen = 1};
        }
        int received = recvmmsg(fd, messages, batch, MSG_WAITFORONE, NULL);
        if (received < 0) {
            if (errno == EINTR) continue;
            fail("recvmmsg");
        }
        for (int i = 0; i < received; i++) vectors[i].iov_len = messages[i].msg_len;
        for (int sent = 0; sent < received;) {
            int done = sendmmsg(fd, messages + sent, (unsigned)(received - sent), 0);
            sent += done > 0 ? done : 1;
        }
    }
}
