"""A NAT that has no room for another connection."""

import time

from flow import Flow, flood
from network import NATIVE, Network, wait


def conntrack(options, report):
    with Network(options) as network:
        network.start_server()
        network.start_relay()
        # The box does not forget within the trial; its limit is that of the machine and cannot be set in a namespace.
        network.box.shell("echo 120 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout")
        count = lambda: int(network.box.run(["cat", "/proc/sys/net/netfilter/nf_conntrack_count"]))
        limit = int(network.box.run(["cat", "/proc/sys/net/netfilter/nf_conntrack_max"]))
        role, address = network.home_client()
        network.must_reach(network.home, NATIVE)
        flow = Flow(network, network.home, address, rate="20M")
        try:
            flow.over(1)
            usual = flow.over(5)
            # What an infected neighbour does: very many flows, from addresses behind the box.
            rate = 50_000
            fill = lambda: flood(network, "c", "8.0.0.1", "9", "::", "8.0.0.1", limit + limit // 5, rate, space=network.home)
            goodput, said = flow.during(fill)
            full = count()
            report.figure("entries of the NAT's table", full / limit, least=0.95, note=f"{full:,} of {limit:,}")
            goodput_full = flow.over(5)
            report.figure("goodput of the established flow while it fills", goodput / usual, least=0.9, note=f"{usual:.0f} Mbit/s before")
            report.figure("goodput while it is full", goodput_full / usual, least=0.9)
        finally:
            flow.stop()
        report.holds("the client kept its address", network.addresses(network.home) == [address])
        network.end(role)
        role = network.start_client(network.home, "--port-mapping", "off")
        qualified = lambda: bool(network.addresses(network.home))
        early = wait(qualified, 6)
        status = network.ask(role, "status") or {}
        report.figure("a client that starts now", "qualifies" if early else f"{status.get('state')}: {status.get('reason')}")
        # The box forgets: everything that is left ends at once.
        network.box.shell("echo 1 > /proc/sys/net/netfilter/nf_conntrack_udp_timeout")
        begin = time.monotonic()
        drained = wait(lambda: count() < limit // 2, 150, 0.5)
        if early:
            report.figure("qualified", 0, most=65, unit="s", note="with the table full: the box drops its oldest short flows")
        else:
            recovered = wait(qualified, 70)
            report.figure("qualified again after there is room", time.monotonic() - begin if recovered else None, most=65, unit="s",
                          note="" if drained else "the box did not forget")
        report.holds("the client still runs", role.is_alive)
