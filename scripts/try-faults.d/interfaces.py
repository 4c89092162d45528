"""The interfaces under a client, changed by others."""

import time

from flow import Flow
from harness.topology import connect
from network import NATIVE, Network, wait


def _recovers(network, report, what, limit, space=None, target=NATIVE):
    report.figure(f"{what}: native host reached again", network.reach(space or network.home, target, limit + 5), most=limit, unit="s")


def tunnel(options, report):
    for words in ((), ("--workers", "2"), ("--datapath", "ebpf")):
        label = " ".join(words) or "userspace"
        with Network(options) as network:
            network.start_server()
            network.start_relay()
            role, address = network.home_client(*words)
            network.must_reach(network.home, NATIVE)
            flow = Flow(network, network.home, address, rate="20M")
            usual = flow.over(2)
            network.home.shell("ip link set teredo down 2>/dev/null; ip link set teredo name other; ip link set other up")
            followed = wait(lambda: network.addresses(network.home, "other"), 10)
            report.holds(f"{label}: renamed: the address is there", bool(followed))
            _recovers(network, report, f"{label}: renamed", 5)
            report.figure(f"{label}: renamed: goodput of the same flow afterwards", flow.over(3) / usual, least=0.9)
            network.home.shell("ip link set other down")
            _recovers(network, report, f"{label}: brought down", 5)
            report.figure(f"{label}: brought down: goodput of the same flow afterwards", flow.over(4) / usual, least=0.8)
            network.home.shell("ip link set other mtu 576")
            restored = wait(lambda: "mtu 1280" in network.home.run(["ip", "link", "show", "other"]), 10)
            report.holds(f"{label}: MTU changed: put back", bool(restored))
            _recovers(network, report, f"{label}: MTU changed", 5)
            network.home.shell(f"ip -6 address del {address}/128 dev other 2>/dev/null || ip -6 address flush dev other scope global")
            _recovers(network, report, f"{label}: address removed", 5)
            flow.stop()
            network.home.shell("ip link delete other")
            ended = wait(lambda: not role.is_alive, 10)
            report.figure(f"{label}: removed: exit status of the role", role.child.process.returncode if ended else None, least=1, most=1)


def uplink(options, report):
    with Network(options) as network:
        network.start_server()
        network.start_relay()
        role, address = network.home_client()
        network.must_reach(network.home, NATIVE)
        route = "ip route replace default via 192.168.1.1 dev"
        network.home.shell(f"ip link set eth0 down; ip link set eth0 name wan0; ip link set wan0 up; {route} wan0")
        _recovers(network, report, "renamed", 10)
        network.home.shell("ip link set wan0 down")
        time.sleep(8)
        network.home.shell(f"ip link set wan0 up; {route} wan0")
        _recovers(network, report, "down for 8 s", 10)
        # Both ends, as on a link that carries no more.
        network.home.shell("ip link set wan0 mtu 1000")
        network.box.shell("ip link set lan mtu 1000")
        _recovers(network, report, "MTU 1000", 5)
        big = network.home.run(["ping", "-6", "-n", "-c", "3", "-i", "0.3", "-W", "1", "-s", "1232", NATIVE], check=False)
        report.holds("MTU 1000: packets of 1280 octets pass in fragments", " 0% packet loss" in big)
        network.box.shell("ip link set lan mtu 1500")
        network.home.shell("ip link set wan0 mtu 1500; ip address del 192.168.1.2/24 dev wan0; ip address add 192.168.1.77/24 dev wan0;" + f"{route} wan0")
        _recovers(network, report, "another address", 10)
        network.home.shell("ip link delete wan0")
        time.sleep(2)
        report.holds("removed: the role goes on", role.is_alive)
        connect(network.box, "lan", network.home, "eth0")
        network.box.shell("ip address add 192.168.1.1/24 dev lan")
        network.home.shell(f"ip address add 192.168.1.2/24 dev eth0; {route} eth0")
        _recovers(network, report, "removed, and another one for it", 10)
