"""What is compared: Miredo, ours with each data path, and the kernel without Teredo."""

import os
import shutil
import subprocess
import time

from harness.machine import BenchmarkError
from harness.topology import CLIENT_PORT, NATIVE, RELAY, RELAY_PORT, SECONDARY, SERVER


class System:
    """One way to carry IPv6 over a topology. `start` returns when packets pass; `stop` leaves nothing behind."""

    is_teredo = True
    # Whether it carries packets, and whether it answers solicitations.
    carries, serves = True, True
    # Whether it takes part only when it is named.
    by_request = False

    def __init__(self, name, label):
        self.name = name
        self.label = label
        self.children = []
        self.target = None
        self.sources = []

    def launch(self, space, command, directory):
        log = os.path.join(directory, f"{self.name}-{space.name}-{len(self.children)}.log")
        child = space.start(command, log=log)
        self.children.append((space, child))
        return child

    def start(self, topology, directory):
        self.server_child = self.serve(topology, directory)
        if topology.name == "relay":
            self.relay_child = self.relay(topology, directory)
            topology.relay.shell("ip -6 route replace 2001::/32 dev teredo 2>/dev/null || true")
        self.client_children = []
        # The one that is connected to first: what it needs is there when the others ask.
        for index, space in enumerate(topology.clients):
            self.client_children.append(self.client(topology, index, space, directory))
        self.sources = [self.wait_for_address(topology, space) for space in topology.clients]
        self.target = NATIVE if topology.name == "relay" else self.sources[1]
        self.wait_until_reachable(topology)

    def wait_for_address(self, topology, space, limit=20.0):
        deadline = time.monotonic() + limit
        while time.monotonic() < deadline:
            address = topology.teredo_address(space)
            if address:
                return address
            self.check()
            time.sleep(0.02)
        raise BenchmarkError(f"{self.label}: {space.name} got no Teredo address within {limit:.0f} s\n{self.logs()}")

    def wait_until_reachable(self, topology, limit=20.0):
        senders = topology.clients if topology.name == "relay" else topology.clients[:1]
        for space in senders:
            deadline = time.monotonic() + limit
            while True:
                output = space.run(["ping", "-6", "-c", "1", "-W", "1", self.target], check=False)
                if " 0% packet loss" in output:
                    break
                self.check()
                if time.monotonic() > deadline:
                    raise BenchmarkError(f"{self.label}: {self.target} is not reachable from {space.name}\n{self.logs()}")

    def check(self):
        for space, child in self.children:
            if child.process.poll() is not None:
                raise BenchmarkError(
                    f"{self.label}: the program on {space.name} ended with {child.process.returncode}:\n{child.tail()}"
                )

    def logs(self):
        return "\n".join(f"-- {space.name}\n{child.tail()}" for space, child in self.children)

    def stop(self, topology):
        for space, child in reversed(self.children):
            space.stop(child)
        self.children = []
        for space in topology.namespaces:
            space.shell("while ip link delete teredo 2>/dev/null; do :; done; true")


class Teredo(System):
    """Our own program."""

    def __init__(self, name, label, binary, options=(), server_options=None):
        super().__init__(name, label)
        self.binary = binary
        self.options = list(options)
        self.server_options = list(options if server_options is None else server_options)
        # Further words for clients, which are reached from outside here.
        self.client_options = []
        # Further words for the server, about its rate limits.
        self.limits = []

    def command(self, role, words, space, directory):
        # Short: the path of a UNIX socket has 107 octets at most.
        socket = os.path.join(directory, f"{space.name}-{role}.sock")
        return [self.binary, role] + words + ["--control-socket", socket, "--log-level", "notice"]

    def serve(self, topology, directory):
        words = ["--address", SERVER, "--secondary-address", SECONDARY] + self.server_options + self.limits
        return self.launch(topology.server, self.command("server", words, topology.server, directory), directory)

    def relay(self, topology, directory):
        words = ["--bind", f"{RELAY}:{RELAY_PORT}"] + self.options
        child = self.launch(topology.relay, self.command("relay", words, topology.relay, directory), directory)
        self.wait_for_interface(topology.relay)
        return child

    def wait_for_interface(self, space, limit=10.0):
        deadline = time.monotonic() + limit
        while "teredo" not in space.run(["ip", "-br", "link", "show", "up"]):
            self.check()
            if time.monotonic() > deadline:
                raise BenchmarkError(f"{self.label}: no interface on {space.name}\n{self.logs()}")
            time.sleep(0.02)

    def client(self, topology, index, space, directory):
        words = ["--server", SERVER, "--bind", f"{topology.client_ipv4(index)}:{CLIENT_PORT}", "--port-mapping", "off"]
        return self.launch(space, self.command("client", words + self.options + self.client_options, space, directory), directory)


class Miredo(System):
    """Miredo 1.2.6 in every role."""

    def __init__(self):
        super().__init__("miredo", "Miredo")

    def command(self, program, configuration, space, directory):
        name = os.path.join(directory, f"{space.name}-{program}")
        with open(name + ".conf", "w") as file:
            file.write(configuration)
        return [shutil.which(program), "-f", "-u", "nobody", "-c", name + ".conf", "-p", name + ".pid"]

    def serve(self, topology, directory):
        configuration = f"ServerBindAddress {SERVER}\nServerBindAddress2 {SECONDARY}\n"
        command = self.command("miredo-server", configuration, topology.server, directory)
        child = self.launch(topology.server, command, directory)
        # It says nowhere that it serves.
        time.sleep(0.5)
        return child

    def relay(self, topology, directory):
        configuration = f"RelayType cone\nInterfaceName teredo\nBindAddress {RELAY}\nBindPort {RELAY_PORT}\n"
        child = self.launch(topology.relay, self.command("miredo", configuration, topology.relay, directory), directory)
        time.sleep(0.5)
        return child

    def client(self, topology, index, space, directory):
        configuration = (
            f"RelayType client\nServerAddress {SERVER}\nInterfaceName teredo\n"
            f"BindAddress {topology.client_ipv4(index)}\nBindPort {CLIENT_PORT}\n"
        )
        return self.launch(space, self.command("miredo", configuration, space, directory), directory)


class VXLAN(System):
    """The kernel's own tunnel in UDP, with the inner MTU of Teredo and outer checksums."""

    is_teredo, serves = False, False

    def __init__(self):
        super().__init__("vxlan", "kernel VXLAN")

    def start(self, topology, directory):
        is_relayed = topology.name == "relay"
        ends = [
            (space, topology.ipv4(index), topology.relay if is_relayed else topology.far, topology.ipv4(index, far=True))
            for index, space in enumerate(topology.clients if is_relayed else topology.clients[:1])
        ]
        for index, (near, near_address, far, far_address) in enumerate(ends):
            self.device(near, "vx0", index, near_address, far_address, "1", topology)
            self.device(far, f"vx{index}", index, far_address, near_address, "2", topology)
        self.sources = [f"2400:2:0:{index}::1" for index in range(len(ends))]
        self.target = NATIVE if topology.name == "relay" else "2400:2:0:0::2"
        self.wait_until_reachable(topology)

    def device(self, space, name, index, local, remote, end, topology):
        space.shell(
            f"ip link add {name} type vxlan id {index + 7} local {local} remote {remote} dstport 4789 udpcsum;"
            f"ip link set {name} mtu 1280 up; ip address add 2400:2:0:{index}::{end}/64 dev {name} nodad"
        )
        if topology.name == "relay" and end == "1":
            space.shell(f"ip route add default via 2400:2:0:{index}::2")

    def stop(self, topology):
        for space in topology.clients + [getattr(topology, "relay", topology.clients[0])]:
            space.shell("for i in 0 1 2 3 4 5 6 7; do ip link delete vx$i 2>/dev/null || true; done")


class Raw(System):
    """No tunnel at all: IPv6 on the wire with its own MTU."""

    is_teredo, serves = False, False

    def __init__(self):
        super().__init__("raw", "raw veth, MTU 1500")

    def start(self, topology, directory):
        self.sources = []
        for index, space in enumerate(topology.clients if topology.name == "relay" else topology.clients[:1]):
            near, far = f"2400:3:0:{index}::1", f"2400:3:0:{index}::2"
            router, name = (topology.relay, f"client{index}") if topology.name == "relay" else (topology.far, "eth0")
            space.shell(f"ip address add {near}/64 dev eth0 nodad")
            router.shell(f"ip address add {far}/64 dev {name} nodad")
            if topology.name == "relay":
                space.shell(f"ip route add default via {far}")
            self.sources.append(near)
        self.target = NATIVE if topology.name == "relay" else "2400:3:0:0::2"
        self.wait_until_reachable(topology)

    def stop(self, topology):
        for index, space in enumerate(topology.clients if topology.name == "relay" else topology.clients[:1]):
            router, name = (topology.relay, f"client{index}") if topology.name == "relay" else (topology.far, "eth0")
            space.shell(f"ip -6 address del 2400:3:0:{index}::1/64 dev eth0 2>/dev/null || true")
            space.shell("ip -6 route flush default 2>/dev/null || true")
            router.shell(f"ip -6 address del 2400:3:0:{index}::2/64 dev {name} 2>/dev/null || true")


def ours(binary, directory):
    """Our program with each data path that it has."""

    def options(role):
        return subprocess.run([binary, role, "--help"], capture_output=True, text=True, check=True).stdout

    client, server = options("client"), options("server")
    systems = []
    if "--disable-offload" in client:
        systems.append(Teredo("teredo-basic", "teredo, no offloads", binary, ["--disable-offload", "all"], []))
        systems[-1].serves = False
    systems.append(Teredo("teredo", "teredo", binary))
    if "--workers" in client:
        for count in (2, 4):
            words = ["--workers", str(count)]
            per_role = words if "--workers" in server else []
            systems.append(Teredo(f"teredo-workers-{count}", f"teredo, {count} workers", binary, words, per_role))
            systems[-1].by_request = count > 2
    if "--datapath" in client:
        systems.append(Teredo("teredo-ebpf", "teredo, eBPF", binary, ["--datapath", "ebpf"], []))
        systems[-1].serves = False
    if "--xdp" in server:
        systems.append(Teredo("teredo-xdp", "teredo, XDP", binary, [], ["--xdp", "auto"]))
        systems[-1].carries = False
    if "--allow" in client:
        # The filter stays in the way, as for everybody; what it costs shows beside the same without it.
        for system in systems:
            system.client_options = ["--allow", "tcp", "--allow", "udp"]
        for name, options in (("teredo-open", []), ("teredo-ebpf-open", ["--datapath", "ebpf"])):
            systems.append(Teredo(name, f"{name.replace('-open', '').replace('-ebpf', ', eBPF')}, inbound open", binary, options, []))
            systems[-1].client_options = ["--inbound", "open"]
            systems[-1].serves, systems[-1].by_request = False, True
    return systems
