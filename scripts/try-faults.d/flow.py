"""A TCP flow that stands for a user's connection while something happens, and its goodput second by second."""

import json
import statistics
import time

from harness.machine import BenchmarkError
from network import NATIVE, wait


# Octets of TCP in a packet of 1280, with time stamps.
_SEGMENT = 1208


class Flow:
    """One TCP connection from `sender` to `receiver`; what arrives is noted twice a second.

    It begins before the trouble and lasts longer, so that what is compared is one established connection.
    """

    def __init__(self, network, receiver, address, sender=None, seconds=600, rate=None, port=5201):
        self.network, self.receiver, self.sender = network, receiver, sender or network.native
        self.log = f"{network.directory}/flow-{id(self)}.log"
        self.listener = self.sender.start(["iperf3", "-s", "-1", "-p", port])
        if not wait(lambda: f":{port}" in self.sender.run(["ss", "-Hltn"]), 5):
            raise BenchmarkError("iperf3 does not listen")
        target = NATIVE if self.sender is network.native else address
        command = ["stdbuf", "-oL", "iperf3", "-6", "-R", "-c", target, "-p", port, "-t", int(seconds), "-i", "0.5",
                   "--forceflush", "-f", "k"]
        self.child = self.receiver.start(command + (["-b", rate] if rate else []), log=self.log)
        self.begin = wait(self._first, 15)
        if not self.begin:
            raise BenchmarkError(f"no flow to {address}: {self.child.tail()}")

    def _first(self):
        return time.monotonic() if self._samples() else None

    def _samples(self):
        """Kbit/s of each half second."""
        found = []
        try:
            with open(self.log, errors="replace") as file:
                for line in file:
                    words = line.split()
                    if "Kbits/sec" in words and "sec" in words and "receiver" not in words and "sender" not in words:
                        found.append(float(words[words.index("Kbits/sec") - 1]))
        except OSError:
            pass
        return found

    @property
    def packets(self):
        """About how many full packets have arrived."""
        return sum(self._samples()) * 1000 / 8 * 0.5 / _SEGMENT

    def during(self, action):
        """Mean Mbit/s while `action` runs, and what it returned."""
        before = len(self._samples())
        value = action()
        samples = self._samples()[before + 1:]
        return (statistics.mean(samples) / 1000 if samples else 0.0), value

    def over(self, seconds):
        return self.during(lambda: time.sleep(seconds))[0]

    def stop(self):
        self.receiver.stop(self.child, grace=1)
        self.sender.stop(self.listener, grace=1)


def flood(network, kinds, target4, port, target6, server4, count, rate, source6="::", space=None):
    """Runs the generator to its end and returns what it says."""
    space = space or network.attacker
    command = [network.options.programs["flood"], int(count), int(rate), kinds, target4, port, target6, server4, source6]
    return json.loads(space.run(command, limit=60 + 4 * count / rate))
