"""Clocks that jump, and processes that stand still."""

import concurrent.futures
import mmap
import os
import re
import signal
import struct
import time

from harness.machine import BenchmarkError
from network import NATIVE, Network, wait

_DAY = 86_400 * 10 ** 9


def clock(options, report):
    """The time of day cannot be stepped without the whole machine; a small library preloaded into the roles shifts what they see."""
    with Network(options) as network:
        path = os.path.join(network.directory, "clock")
        with open(path, "wb") as file:
            file.write(bytes(16))
        with open(path, "r+b") as file:
            shift = mmap.mmap(file.fileno(), 16)
        step = lambda day, boot: shift.__setitem__(slice(0, 16), struct.pack("qq", day, boot))
        environment = {"LD_PRELOAD": options.programs["clock"], "FAULT_CLOCK": path}
        network.start_server()
        network.start_relay()
        role, address = network.home_client("--log-level", "debug", environment=environment)
        network.must_reach(network.home, NATIVE)
        for name, by in (("a day forward", _DAY), ("a day back", -_DAY)):
            step(by, 0)
            time.sleep(1)
            report.figure(f"time of day {name}: native host reached", network.reach(network.home, NATIVE, 10), most=2, unit="s")
            report.holds(f"time of day {name}: address kept", network.addresses(network.home) == [address])
        year = lambda: re.findall(r"^(\d{4}-\d\d-\d\d)T", role.child.tail(), re.M)[-1:]
        network.tell(role, "set", "log-level=trace")
        today = time.strftime("%Y-%m-%d", time.gmtime(time.time() - 86_400))
        report.holds("the role saw the step (dates of its log)", year() == [today], f"{year()}")
        before = role.child.cpu_seconds()
        time.sleep(3)
        report.figure("processor time after the steps", 1000 * (role.child.cpu_seconds() - before) / 3, most=50, unit="ms/s")
        # What a machine sees that slept for a day: the boot clock is ahead, and every timer is due.
        for child in role.child.tree():
            os.kill(child, signal.SIGSTOP)
        step(0, _DAY)
        for child in role.child.tree():
            os.kill(child, signal.SIGCONT)
        report.figure("asleep for a day: native host reached", network.reach(network.home, NATIVE, 30), most=10, unit="s")
        report.holds("asleep for a day: has an address", bool(wait(lambda: network.addresses(network.home), 10)))
        report.holds("still runs", role.is_alive)


def _stand_still(options, name, is_miredo):
    """Seconds until the native host answers the client again after one role stood still, and whether all roles run."""
    with Network(options) as network:
        if is_miredo:
            roles = {"server": network.miredo_server(), "relay": network.miredo_relay()}
            roles["client"], address = network.miredo_client()
        else:
            roles = {"server": network.start_server(), "relay": network.start_relay()}
            roles["client"], address = network.open_client()
        network.must_reach(network.open, NATIVE)
        tree = roles[name].child.tree()
        for pid in tree:
            os.kill(pid, signal.SIGSTOP)
        end = time.monotonic() + options.pause
        # Somebody keeps trying.
        while time.monotonic() < end:
            network.ping(network.native, address, 0.2)
            time.sleep(0.8)
        for pid in reversed(tree):
            os.kill(pid, signal.SIGCONT)
        return network.reach(network.open, NATIVE, 70), all(role.is_alive for role in roles.values())


def sigstop(options, report):
    """Each role in a network of its own, all at the same time.

    Without its server a client is off-line, and asks again after 55 s at most.
    """
    cases = [(name, is_miredo) for name in ("client", "relay", "server") for is_miredo in ((False, True) if options.has_miredo else (False,))]
    with concurrent.futures.ThreadPoolExecutor(len(cases)) as pool:
        outcomes = {case: pool.submit(_stand_still, options, *case) for case in cases}
    for name in ("client", "relay", "server"):
        reached, runs = outcomes[name, False].result()
        miredo = None
        if options.has_miredo:
            try:
                miredo = outcomes[name, True].result()[0] or "never in 70 s"
            except BenchmarkError as error:
                miredo = str(error).splitlines()[0]
        report.figure(f"{name} stopped for {options.pause:.0f} s: native host reached again", reached,
                      most=65 if name == "server" else 5, unit="s", miredo=miredo)
        report.holds(f"{name} stopped: all roles run", runs)
