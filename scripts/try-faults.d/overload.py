"""A server that is asked for three times what it can answer, and clients that want to qualify meanwhile."""

import json
import os
import sys
import time

from floods import _background
from flow import flood
from harness.machine import BenchmarkError, Child
from harness.topology import MANY_SOURCES, MANY_SOURCES_COUNT, MANY_SOURCES_FIRST
from network import SERVER, Network

_NEWCOMERS = 200
# One loop beside the server, which gets what is left of a processor: a machine so slow that a generator here can ask it for three times
# its capacity. The kernel's work for what is dropped is done on the sender's time.
_LOOP = "while True: pass"
_NICE = 10


def _measure(options, is_miredo):
    network = Network(options)
    cpu = str(max(os.sched_getaffinity(0)))
    loop = None
    with network:
        network.attacker.shell(f"ip route add local {MANY_SOURCES} dev lo")
        network.core.shell(f"ip route add {MANY_SOURCES} via 8.0.0.1")
        limits = ["--rate", "1000000", "--solicitation-rate", "1000000"]
        server = network.miredo_server() if is_miredo else network.start_server()
        try:
            loop = Child(["taskset", "-c", cpu, sys.executable, "-c", _LOOP])
            for pid in server.child.tree():
                network.server.run(["taskset", "-acp", cpu, pid])
                network.server.run(["renice", "-n", str(_NICE), "-p", pid])
            ask = [options.programs["solicit"], SERVER, MANY_SOURCES_FIRST, MANY_SOURCES_COUNT, 512]
            network.attacker.run(ask + [0.5])
            asked = json.loads(network.attacker.run(ask + [3]))
            capacity = asked["answered"] / asked["seconds"]
            if capacity < 100:
                raise BenchmarkError(f"the server answered {asked['answered']} of {asked['asked']} in {asked['seconds']:.1f} s")
            rate = 3 * capacity
            # The newcomers ask at most six times, 4 s apart.
            thread, result = _background(lambda: flood(network, "s", SERVER, "3544", "::", SERVER, rate * 34, rate))
            time.sleep(2)
            script = os.path.join(os.path.dirname(os.path.abspath(__file__)), "newcomers.py")
            said = json.loads(network.attacker.run([sys.executable, script, SERVER, _NEWCOMERS], limit=90))
            thread.join()
            if "error" in result:
                raise result["error"]
            offered = result["said"]["sent"] / result["said"]["seconds"]
            return {"capacity": capacity, "factor": offered / capacity, **said, "alive": server.is_alive}
        finally:
            if loop:
                loop.process.kill()
                loop.stop()


def overload(options, report):
    miredo = _measure(options, True) if options.has_miredo else {}
    ours = _measure(options, False)
    report.figure("solicitations offered ÷ capacity", ours["factor"], least=2.7, miredo=miredo.get("factor"),
                  note=f"capacity of the slowed server {ours['capacity']:,.0f}/s"
                       + (f", Miredo's {miredo['capacity']:,.0f}/s" if miredo else ""))
    total = _NEWCOMERS
    report.figure("clients that qualify, asking as RFC 4380 says (3 + 3 times, 4 s apart)", ours["qualified"] / total, least=0.9,
                  miredo=miredo["qualified"] / total if miredo else None)
    report.figure("of them with the first three", ours["early"] / total, miredo=miredo["early"] / total if miredo else None)
    report.holds("the server still runs", ours["alive"])
