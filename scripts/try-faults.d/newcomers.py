"""Many clients that qualify with one server: newcomers.py SERVER COUNT, in the attacker's namespace.

Each has an IPv4 address of its own and asks as RFC 4380 section 5.2.1 says: three times with the cone bit, three times without, 4 s
apart; an advertisement with its nonce ends that. Prints how many qualified.
"""

import json
import os
import selectors
import socket
import sys
import time

_INTERVAL, _ATTEMPTS = 4.0, 6


def _checksum(data):
    total = sum(int.from_bytes(data[index:index + 2], "big") for index in range(0, len(data), 2))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return 0xFFFF - total


def _solicitation(nonce, is_cone):
    source = socket.inet_pton(socket.AF_INET6, "fe80::8000:ffff:ffff:fffd" if is_cone else "fe80::ffff:ffff:fffd")
    target = socket.inet_pton(socket.AF_INET6, "ff02::2")
    icmp = bytearray([133, 0, 0, 0, 0, 0, 0, 0])
    icmp[2:4] = _checksum(source + target + (8).to_bytes(4, "big") + (58).to_bytes(4, "big") + icmp).to_bytes(2, "big")
    return b"\0\1\0\0" + nonce + b"\0" + bytes([0x60, 0, 0, 0, 0, 8, 58, 255]) + source + target + bytes(icmp)


class Newcomer:
    def __init__(self, index, selector):
        self.socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.setblocking(False)
        self.socket.bind((f"8.15.{index // 250}.{1 + index % 250}", 40000 + index))
        self.nonce = os.urandom(8)
        self.attempts, self.qualified = 0, None
        # They do not begin all at once.
        self.due = time.monotonic() + _INTERVAL * index / 200
        selector.register(self.socket, selectors.EVENT_READ, self)

    def ask(self, server):
        self.attempts += 1
        self.due += _INTERVAL
        self.socket.sendto(_solicitation(self.nonce, self.attempts <= _ATTEMPTS // 2), (server, 3544))

    def hear(self):
        data = self.socket.recv(2048)
        if data[:2] == b"\0\1" and data[4:12] == self.nonce and self.qualified is None:
            self.qualified = self.attempts


def main():
    server, count = sys.argv[1], int(sys.argv[2])
    selector = selectors.DefaultSelector()
    everybody = [Newcomer(index, selector) for index in range(count)]
    while True:
        now = time.monotonic()
        waiting = [one for one in everybody if one.qualified is None and (one.attempts < _ATTEMPTS or now < one.due)]
        if not waiting:
            break
        for one in waiting:
            if one.attempts < _ATTEMPTS and now >= one.due:
                one.ask(server)
        for key, _ in selector.select(0.02):
            try:
                key.data.hear()
            except OSError:
                pass
    print(json.dumps({
        "qualified": sum(one.qualified is not None for one in everybody),
        "early": sum(one.qualified is not None and one.qualified <= 3 for one in everybody),
    }))


main()
