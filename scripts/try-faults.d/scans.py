"""All TCP and UDP ports of a client's host, tried from a native host and from another client."""

import json
import sys

from harness.machine import BenchmarkError
from network import NATIVE, Network, wait

_LISTENERS = (22, 80, 111, 445, 631, 3074, 3306, 5353, 8080)
_SCRIPT = """
import selectors, socket
ports = [%s]
selector = selectors.DefaultSelector()
for port in ports:
    t = socket.socket(socket.AF_INET6, socket.SOCK_STREAM); t.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    t.bind(("::", port)); t.listen(64)
    u = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM); u.bind(("::", port))
    selector.register(t, 1, lambda t=t: t.accept()[0].close())
    selector.register(u, 1, lambda u=u: u.sendto(b"heard", u.recvfrom(100)[1]))
while True:
    for key, _ in selector.select():
        try: key.data()
        except OSError: pass
"""


def _scan(network, space, source, target, transport):
    command = [network.options.programs["portscan"], transport, source, target]
    return json.loads(space.run(command, limit=300))


def _both(network, strangers, target):
    found = {}
    for who, space, source in strangers:
        for transport in ("tcp", "udp"):
            found[who, transport] = _scan(network, space, source, target, transport)
    return found


def scans_of(options, report, words):
    label = " ".join(words) or "userspace"
    with Network(options) as network:
        network.start_server()
        network.start_relay()
        victim, target = network.home_client(*words)
        # UDP to a port that nobody has draws an error for each, so that a scan sees every one.
        network.home.shell("echo 0 > /proc/sys/net/ipv6/icmp/ratelimit; cd /proc/sys/net/ipv4;"
                           "echo 1000000 > icmp_msgs_per_sec; echo 1000000 > icmp_msgs_burst")
        network.home.start([sys.executable, "-c", _SCRIPT % ", ".join(map(str, _LISTENERS))])
        wait(lambda: ":8080" in network.home.run(["ss", "-Hltn"]), 10)
        peer, other = network.open_client()
        strangers = (("native host", network.native, NATIVE), ("peer", network.open, other))
        for _, space, _ in strangers:
            network.must_reach(space, target)
        if words and words[0] == "--datapath":
            inside = (network.ask(victim, "status") or {}).get("dataPath")
            report.holds(f"{label}: the kernel moves packets", inside == "ebpf")
        for (who, transport), said in _both(network, strangers, target).items():
            report.figure(f"{label}: {transport} ports that answer a {who}", said["answered"], most=0, note=_some(said))
        network.tell(victim, "allow", "tcp/22", "udp/3074")
        for (who, transport), said in _both(network, strangers, target).items():
            wanted = [22] if transport == "tcp" else [3074]
            report.holds(f"{label}: after allow {transport}/{wanted[0]} that one alone answers a {who}", said["ports"] == wanted, _some(said))
        network.tell(victim, "deny", "tcp/22", "udp/3074")
        said = _scan(network, network.native, NATIVE, target, "tcp")
        report.figure(f"{label}: tcp ports that answer a native host after deny", said["answered"], most=0, note=_some(said))
        if not words:
            # The scan is not blind: without the filter each port says something.
            network.tell(victim, "set", "inbound=open")
            for transport in ("tcp", "udp"):
                said = _scan(network, network.native, NATIVE, target, transport)
                report.figure(f"{label}: {transport} ports that answer with --inbound open", said["answered"] / said["asked"], least=0.99,
                              note="the scan is not blind")


def _some(said):
    return ", ".join(map(str, said["ports"][:5])) if said["answered"] else ""


def scan(options, report):
    for words in ((), ("--workers", "2"), ("--datapath", "ebpf")):
        try:
            scans_of(options, report, words)
        except BenchmarkError as error:
            report.broken(f"{' '.join(words) or 'userspace'}: {error}")
