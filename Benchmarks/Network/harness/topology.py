"""The test networks: two clients on one wire, or clients, a relay and a native host."""

import json

from harness.machine import BenchmarkError, Namespace

SERVER, SECONDARY = "192.0.2.1", "192.0.2.2"
RELAY, RELAY_PORT = "203.0.113.1", 40000
CLIENT_PORT = 30000
NATIVE = "2400:1:0:ff::1"
# Sources of solicitations: any global unicast addresses will do, nothing leaves the namespaces.
MANY_SOURCES, MANY_SOURCES_FIRST, MANY_SOURCES_COUNT = "8.0.0.0/12", "8.0.0.1", 1_000_000

WIRES = {
    "gso-wire": "a virtual link that hands super-packets over whole",
    "pkt-wire": "a virtual link that carries single packets, as a network card does",
}
_PKT_WIRE = "tso off tx-udp-segmentation off tx-udp_tnl-segmentation off tx-udp_tnl-csum-segmentation off gro on"


def connect(first, first_name, second, second_name, wire=None):
    """A veth pair between two namespaces; `wire` only where the measured path runs."""
    first.shell(
        f"ip link add {first_name} type veth peer name {second_name} netns {second.holder.pid};"
        f"ip link set {first_name} up"
    )
    second.shell(f"ip link set {second_name} up")
    if wire == "pkt-wire":
        for space, name in ((first, first_name), (second, second_name)):
            space.run(["ethtool", "-K", name] + _PKT_WIRE.split())


class Topology:
    """What every network has: namespaces, clients with IPv4 addresses, a server."""

    def __init__(self, wire):
        self.wire = wire
        self.namespaces = []
        self.clients = []

    def namespace(self, name, side):
        space = Namespace(name, side)
        self.namespaces.append(space)
        return space

    @staticmethod
    def ipv4(index, far=False):
        """The IPv4 address of client `index`, or of the other end of its wire."""
        return f"198.51.100.{4 * index + (2 if far else 1)}"

    def attach_server(self, router):
        """The Teredo server in a namespace of its own behind `router`; its link is no part of a measured path."""
        self.server = self.namespace("server", router.side)
        connect(router, "server", self.server, "eth0")
        router.shell(
            "echo 1 > /proc/sys/net/ipv4/ip_forward; ip address add 192.0.2.254/24 dev server;"
            "ip address add 2400:1:0:fe::ff/64 dev server nodad"
        )
        self.server.shell(
            f"ip address add {SERVER}/24 dev eth0; ip address add {SECONDARY}/24 dev eth0;"
            "ip route add default via 192.0.2.254;"
            "ip address add 2400:1:0:fe::1/64 dev eth0 nodad; ip route add default via 2400:1:0:fe::ff"
        )

    def teredo_address(self, space):
        """The Teredo address that a client gave its interface, or None."""
        try:
            text = space.run(["ip", "-j", "-6", "address", "show", "dev", "teredo", "scope", "global"])
        except BenchmarkError:
            return None
        for interface in json.loads(text or "[]"):
            for info in interface.get("addr_info", []):
                if info.get("local", "").startswith(("2001:0:", "2001::")):
                    return info["local"]
        return None

    def close(self):
        for space in reversed(self.namespaces):
            space.close()


class Pair(Topology):
    """Client A and client B on one wire; B also routes to the server."""

    name = "pair"

    def __init__(self, wire, flows=1):
        super().__init__(wire)
        a, b = self.namespace("client-a", 0), self.namespace("client-b", 1)
        self.clients, self.far = [a, b], b
        connect(a, "eth0", b, "eth0", wire)
        a.shell(f"ip address add {self.ipv4(0)}/30 dev eth0; ip route add default via {self.ipv4(0, far=True)}")
        b.shell(f"ip address add {self.ipv4(0, far=True)}/30 dev eth0")
        self.attach_server(b)
        self.server.shell("true")

    def client_ipv4(self, index):
        return self.ipv4(0, far=index == 1)


class Relayed(Topology):
    """Clients, each with a wire to the relay's host, and a native host on another wire behind the relay."""

    name = "relay"

    def __init__(self, wire, flows=1):
        super().__init__(wire)
        self.relay = self.namespace("relay", 1)
        self.native = self.far = self.namespace("native", 1)
        self.relay.shell(
            "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding"
        )
        for index in range(flows):
            client = self.namespace(f"client-{index + 1}", 0)
            self.clients.append(client)
            connect(client, "eth0", self.relay, f"client{index}", wire)
            client.shell(
                f"ip address add {self.ipv4(index)}/30 dev eth0; ip route add default via {self.ipv4(index, far=True)}"
            )
            self.relay.shell(f"ip address add {self.ipv4(index, far=True)}/30 dev client{index}")
        # On an interface, because the kernel's data path begins and ends at the one with the relay's address.
        self.relay.shell(f"ip address add {RELAY}/32 dev client0")
        connect(self.relay, "native", self.native, "eth0", wire)
        self.relay.shell("ip address add 2400:1:0:ff::ff/64 dev native nodad")
        self.native.shell(f"ip address add {NATIVE}/64 dev eth0 nodad; ip route add default via 2400:1:0:ff::ff")
        self.attach_server(self.relay)

    def client_ipv4(self, index):
        return self.ipv4(index)


class Asked(Topology):
    """A server and a host that asks it from very many addresses, on one wire."""

    name = "server"

    def __init__(self, wire, flows=1):
        super().__init__(wire)
        self.asker = self.namespace("asker", 0)
        self.server = self.namespace("server", 1)
        connect(self.asker, "eth0", self.server, "eth0")
        # Single packets, as from a network card: XDP would see a run as one.
        self.asker.run(["ethtool", "-K", "eth0", "tx-udp-segmentation", "off"])
        self.asker.shell(
            f"ip address add 192.0.2.254/24 dev eth0; ip route add local {MANY_SOURCES} dev lo;"
            "ip address add 2400:1:0:fe::ff/64 dev eth0 nodad"
        )
        self.server.shell(
            f"ip address add {SERVER}/24 dev eth0; ip address add {SECONDARY}/24 dev eth0;"
            "ip route add default via 192.0.2.254;"
            "ip address add 2400:1:0:fe::1/64 dev eth0 nodad; ip route add default via 2400:1:0:fe::ff"
        )
