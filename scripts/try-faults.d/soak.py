"""Everyday traffic for a long time: memory, descriptors and paths stay what they were."""

import random
import re
import statistics
import subprocess
import time

from flow import Flow
from harness.machine import BenchmarkError
from network import NATIVE, SERVER, Network
from report import say

_EVERY = 5.0


def _look(roles):
    return {name: (role.resident_kib(), role.descriptors()) for name, role in roles.items()}


def soak(options, report):
    generator = random.Random(4380)
    with Network(options) as network:
        roles = {"server": network.start_server(), "relay": network.start_relay()}
        roles["client without NAT"], first = network.open_client()
        roles["client behind a NAT"], second = network.home_client()
        network.must_reach(network.home, NATIVE)
        network.must_reach(network.open, second)
        samples, pings, answered, flows, rounds = {name: [] for name in roles}, 0, 0, 0, 0
        begin = told = time.monotonic()
        while time.monotonic() - begin < options.soak:
            turn = time.monotonic()
            rounds += 1
            # Friends, native hosts known and new, somebody who does not exist, the tools, a transfer, another NAT mapping.
            for space, target in ((network.open, second), (network.home, first), (network.home, NATIVE), (network.native, second)):
                pings += 1
                answered += network.ping(space, target, 2)
            host = f"2400:1:0:ff::{0x1000 + rounds % 0xE000:x}"
            network.native.shell(f"ip address add {host}/64 dev eth0 nodad")
            pings += 1
            answered += network.reach(network.home, host, 5) is not None
            network.native.shell(f"ip address del {host}/64 dev eth0")
            network.native.run(["ping", "-6", "-n", "-c", "1", "-W", "0.2", f"2001:0:c000:201::{generator.getrandbits(32):x}".replace("::", ":0:")], check=False)
            for role in roles.values():
                network.ask(role, "status")
            if rounds % 6 == 0:
                flow = Flow(network, network.home, second, seconds=3)
                flow.over(1)
                flow.stop()
                flows += 1
            if rounds % 12 == 0:
                network.tell(roles["client behind a NAT"], "allow", "tcp/22")
                network.tell(roles["client behind a NAT"], "deny", "tcp/22")
            for name, values in _look(roles).items():
                samples[name].append(values)
            if time.monotonic() - told > 60:
                told = time.monotonic()
                say(f"soak: {told - begin:.0f} s, {answered} of {pings} answered, " +
                    ", ".join(f"{name} {values[-1][0]} KiB {values[-1][1]} fds" for name, values in samples.items()))
            time.sleep(max(0.0, _EVERY - (time.monotonic() - turn)))
        for name, role in roles.items():
            report.holds(f"{name} still runs", role.is_alive)
            # The first quarter is for tables and buffers that grow to what is needed.
            rest = samples[name][len(samples[name]) // 4:]
            third = max(1, len(rest) // 3)
            memory = [values[0] for values in rest]
            grown = (statistics.median(memory[-third:]) - statistics.median(memory[:third])) / 1024
            report.figure(f"{name}: memory grown", grown, most=1, unit="MiB",
                          note=f"{memory[-1] / 1024:.1f} MiB at the end, over the last three quarters of {options.soak:.0f} s")
            descriptors = [values[1] for values in rest]
            report.figure(f"{name}: descriptors more at the end", min(descriptors[-third:]) - min(descriptors[:third]), most=0,
                          note=f"{descriptors[-1]}")
        report.figure("pings and first contacts answered", answered / pings, least=0.99, note=f"{pings}, {flows} transfers")


def simulated_day(options, report):
    """`teredo lab --soak 24` with a fixed seed, so that only memory depends on the machine."""
    command = [options.teredo, "lab", "--soak", "24", "--seed", "4380"]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=1800)
    grown = re.search(r"(-?[\d.]+) MiB more memory", shown.stdout)
    made = re.search(r"([\d.]+) % of the contacts", shown.stdout)
    if not grown or not made:
        raise BenchmarkError(f"{' '.join(command)}: {(shown.stderr or shown.stdout).strip()}")
    report.holds("the lab's own verdict", shown.returncode == 0)
    report.figure("memory grown in the second half", float(grown[1]), most=1, unit="MiB",
                  note=f"{shown.stdout.splitlines()[24].split()[-2]} MiB at the end")
    report.figure("contacts made under rebinding, moves, sleep and outages", float(made[1]) / 100, least=0.95)
