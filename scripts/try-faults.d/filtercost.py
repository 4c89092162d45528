"""What the inbound filter costs: one flow of one process, with the filter and without by turns."""

import statistics
import time

from flow import Flow
from network import NATIVE, Network

_WIRES = ("gso-wire", "pkt-wire")


def _pairs(options, network, role, flow):
    """Goodput and processor time per Gbit for both settings, pair by pair, in changing order."""
    found = []
    for index in range(options.rounds):
        pair = {}
        for mode in (("filtered", "open"), ("open", "filtered"))[index % 2]:
            network.tell(role, "set", f"inbound={mode}")
            # The command and the half second in which it falls.
            time.sleep(0.6)
            before = role.child.cpu_seconds()
            goodput = flow.over(1.6)
            pair[mode] = goodput, (role.child.cpu_seconds() - before) / max(goodput, 1e-9)
        found.append(pair)
    return found


def cost(options, report):
    for wire in _WIRES:
        with Network(options, wire) as network:
            network.start_server()
            network.start_relay()
            role, address = network.home_client("--allow", "all")
            network.must_reach(network.home, NATIVE)
            for way, receiver, sender in (("in", network.home, network.native), ("out", network.native, network.home)):
                flow = Flow(network, receiver, address, sender=sender, seconds=10_000)
                try:
                    flow.over(2)
                    pairs = _pairs(options, network, role, flow)
                finally:
                    flow.stop()
                throughput = [pair["filtered"][0] / pair["open"][0] for pair in pairs if pair["open"][0]]
                work = [pair["filtered"][1] / pair["open"][1] for pair in pairs if pair["open"][1]]
                middle = statistics.median(throughput) if throughput else None
                usual = statistics.median(pair["open"][0] for pair in pairs)
                report.figure(f"{wire}, {way}: throughput filtered ÷ open", middle, least=0.95,
                              note=f"{len(throughput)} pairs, {min(throughput):.2f} to {max(throughput):.2f}; {usual:,.0f} Mbit/s open")
                report.figure(f"{wire}, {way}: client's processor time per octet, filtered ÷ open", statistics.median(work) if work else None)
