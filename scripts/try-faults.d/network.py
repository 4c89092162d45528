"""The test Internet: a server, a relay or gateway, a native host, a client behind a NAT, one without, and an attacker.

The outside of the NAT is no address for documentation, because miniupnpd takes those for private ones.

    core ── server    192.0.2.1 and .2, 2400:1:0:fe::1
         ── relay     203.0.113.1 and .2, 2400:1:0:fd::1; 2001::/32 leads there
         ── native    2400:1:0:ff::1
         ── open      198.51.100.130, a client without NAT
         ── box       9.0.0.1, a NAT; behind it `home`, 192.168.1.2, a client
         ── attacker  8.0.0.1; whatever address nobody has leads there, and ends there
"""

import json
import os
import re
import shutil
import subprocess
import tempfile
import time

from harness.machine import BenchmarkError, Namespace
from harness.topology import connect

SERVER, SECONDARY, RELAY, RELAY_PORT = "192.0.2.1", "192.0.2.2", "203.0.113.1", 3545
HOST_RELAY, HOST_RELAY_PORT = "9.0.1.1", 3546
GATEWAY_SECONDARY = "203.0.113.2"
NATIVE, ATTACKER = "2400:1:0:ff::1", "8.0.0.1"
OPEN, HOME, BOX = "198.51.100.130", "192.168.1.2", "9.0.0.1"
CLIENT_PORT = 30000


class Role:
    """One running program with what can be asked of it."""

    def __init__(self, space, child, socket):
        self.space, self.child, self.socket = space, child, socket

    @property
    def pid(self):
        return self.child.pid

    @property
    def is_alive(self):
        return self.child.process.poll() is None

    def resident_kib(self):
        return self.child.resident_kib()

    def peak_kib(self):
        """The most memory that was resident since `reset_peak`, of the process and its descendants."""
        return sum(_status(pid, "VmHWM") for pid in self.child.tree())

    def reset_peak(self):
        for pid in self.child.tree():
            try:
                with open(f"/proc/{pid}/clear_refs", "w") as file:
                    file.write("5")
            except OSError:
                pass

    def descriptors(self):
        return sum(len(os.listdir(f"/proc/{pid}/fd")) for pid in self.child.tree() if os.path.isdir(f"/proc/{pid}/fd"))


def _status(pid, key):
    try:
        with open(f"/proc/{pid}/status") as file:
            found = re.search(rf"^{key}:\s+(\d+)", file.read(), re.M)
            return int(found.group(1)) if found else 0
    except OSError:
        return 0


class Network:
    """Namespaces and roles of one trial; closing it ends everything."""

    def __init__(self, options, wire=None):
        self.options, self.wire = options, wire
        self.directory = tempfile.mkdtemp(prefix="n", dir=options.directory)
        # Miredo reads its configuration as another user.
        os.chmod(self.directory, 0o755)
        self.namespaces, self.roles, self.count = [], [], 0
        make = lambda name: self._namespace(name)
        self.core, self.server, self.relay, self.native = make("core"), make("server"), make("relay"), make("native")
        self.open, self.box, self.home, self.attacker = make("open"), make("box"), make("home"), make("attacker")
        forwarding = "echo 1 > /proc/sys/net/ipv4/ip_forward; echo 1 > /proc/sys/net/ipv6/conf/all/forwarding;"
        self.core.shell(forwarding)
        self.relay.shell(forwarding)
        self.box.shell("echo 1 > /proc/sys/net/ipv4/ip_forward")
        self._edge(self.server, "server", "192.0.2.254/24", [SERVER + "/24", SECONDARY + "/24"], "fe")
        self._edge(self.relay, "relay", "203.0.113.254/24", [RELAY + "/24", GATEWAY_SECONDARY + "/24"], "fd")
        self._edge(self.native, "native", None, [], "ff")
        self._edge(self.open, "open", "198.51.100.129/25", [OPEN + "/25"], None)
        self._edge(self.box, "box", "9.0.0.254/24", [BOX + "/24"], None)
        self._edge(self.attacker, "attacker", "8.0.0.254/24", [ATTACKER + "/24"], "fc")
        self.core.shell(f"ip route add default via {ATTACKER}; ip -6 route add 2001::/32 via 2400:1:0:fd::1")
        connect(self.box, "lan", self.home, "eth0", wire)
        self.box.shell("ip address add 192.168.1.1/24 dev lan")
        self.home.shell(f"ip address add {HOME}/24 dev eth0; ip route add default via 192.168.1.1")
        self.box.run(["nft", "add table ip nat; add chain ip nat post { type nat hook postrouting priority 100; };"
                             "add rule ip nat post oifname eth0 masquerade; add table ip fw;"
                             "add chain ip fw in { type filter hook input priority 0; };"
                             "add rule ip fw in iifname eth0 ct state != established drop"])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def _namespace(self, name):
        space = Namespace(name, None)
        self.namespaces.append(space)
        return space

    def _edge(self, space, name, gateway4, addresses4, word6):
        connect(self.core, name, space, "eth0", self.wire)
        if gateway4:
            self.core.shell(f"ip address add {gateway4} dev {name}")
            for address in addresses4:
                space.shell(f"ip address add {address} dev eth0")
            space.shell(f"ip route add default via {gateway4.split('/')[0]}")
        if word6:
            self.core.shell(f"ip address add 2400:1:0:{word6}::ff/64 dev {name} nodad")
            space.shell(f"ip address add 2400:1:0:{word6}::1/64 dev eth0 nodad; ip -6 route add default via 2400:1:0:{word6}::ff")

    def close(self):
        for role in reversed(self.roles):
            role.space.stop(role.child)
        for space in reversed(self.namespaces):
            space.close()

    # Roles

    def launch(self, space, command, name, environment=None, prefix=()):
        self.count += 1
        log = os.path.join(self.directory, f"{self.count}-{name}.log")
        words = list(prefix) + (["env"] + [f"{key}={value}" for key, value in environment.items()] if environment else [])
        child = space.start(words + command, log=log)
        role = Role(space, child, None)
        self.roles.append(role)
        return role

    def teredo(self, name, space, words, environment=None, prefix=()):
        """Starts one of our roles; `name` is its command."""
        socket = os.path.join(self.directory, f"{space.name}-{name}.sock")
        command = [self.options.teredo, name, "--control-socket", socket, "--log-level", "info"] + words
        role = self.launch(space, command, f"{space.name}-{name}", environment, prefix)
        role.socket = socket
        return role

    def end(self, role, grace=5.0):
        role.space.stop(role.child, grace)
        if role in self.roles:
            self.roles.remove(role)

    def start_server(self, *words):
        role = self.teredo("server", self.server, ["--address", SERVER, "--secondary-address", SECONDARY, *words])
        self.wait_for_control(role)
        return role

    def start_relay(self, *words):
        role = self.teredo("relay", self.relay, ["--bind", f"{RELAY}:{RELAY_PORT}", *words])
        self.wait_for_control(role)
        return role

    def start_gateway(self, *words):
        role = self.teredo("gateway", self.relay, ["--address", RELAY, "--secondary-address", GATEWAY_SECONDARY, *words])
        self.wait_for_control(role)
        return role

    def start_host_relay(self, *words):
        """On the native host, which has IPv4 from then on."""
        self.core.shell("ip address add 9.0.1.254/24 dev native")
        self.native.shell(f"ip address add {HOST_RELAY}/24 dev eth0; ip route add default via 9.0.1.254")
        role = self.teredo("host-relay", self.native, ["--bind", f"{HOST_RELAY}:{HOST_RELAY_PORT}", *words])
        self.wait_for_control(role)
        return role

    def start_client(self, space, *words, server=SERVER, **more):
        return self.teredo("client", space, ["--server", server, *words], **more)

    def open_client(self, *words, **more):
        """The client without NAT; returns it and its address."""
        role = self.start_client(self.open, "--bind", f"{OPEN}:{CLIENT_PORT}", "--port-mapping", "off", *words, **more)
        return role, self.wait_for_address(self.open, role)

    def home_client(self, *words, **more):
        role = self.start_client(self.home, "--port-mapping", "off", *words, **more)
        return role, self.wait_for_address(self.home, role)

    # Miredo

    def miredo(self, program, space, configuration):
        name = os.path.join(self.directory, f"{space.name}-{program}")
        with open(name + ".conf", "w") as file:
            file.write(configuration)
        role = self.launch(space, [shutil.which(program), "-f", "-u", "nobody", "-c", name + ".conf", "-p", name + ".pid"],
                           f"{space.name}-{program}")
        # It says nowhere that it serves.
        time.sleep(0.7)
        return role

    def miredo_server(self):
        return self.miredo("miredo-server", self.server, f"ServerBindAddress {SERVER}\nServerBindAddress2 {SECONDARY}\n")

    def miredo_relay(self):
        role = self.miredo("miredo", self.relay, f"RelayType cone\nInterfaceName teredo\nBindAddress {RELAY}\nBindPort {RELAY_PORT}\n")
        self.relay.shell("ip -6 route replace 2001::/32 dev teredo")
        return role

    def miredo_client(self):
        role = self.miredo("miredo", self.open, f"RelayType client\nServerAddress {SERVER}\nInterfaceName teredo\n"
                                                f"BindAddress {OPEN}\nBindPort {CLIENT_PORT}\n")
        return role, self.wait_for_address(self.open, role)

    # Looking

    def ask(self, role, *words):
        """What `teredo …` prints about a role, as JSON; None when it does not answer."""
        command = [self.options.teredo, *words, "--json", "--control-socket", role.socket]
        try:
            shown = subprocess.run(command, capture_output=True, text=True, timeout=10)
            return json.loads(shown.stdout) if shown.returncode == 0 else None
        except (subprocess.TimeoutExpired, ValueError):
            return None

    def tell(self, role, *words):
        shown = subprocess.run([self.options.teredo, *words, "--control-socket", role.socket], capture_output=True, text=True, timeout=10)
        if shown.returncode != 0:
            raise BenchmarkError(f"teredo {' '.join(words)}: {shown.stderr.strip()}")

    def wait_for_control(self, role):
        if not wait(lambda: not role.is_alive or self.ask(role, "status"), 20) or not role.is_alive:
            raise BenchmarkError(f"{role.space.name} does not serve:\n{role.child.tail()}")

    @staticmethod
    def addresses(space, device="teredo"):
        text = space.run(["ip", "-o", "-6", "address", "show", "dev", device, "scope", "global"], check=False)
        return re.findall(r"inet6 (2001:0?:[0-9a-f:]+)/", text)

    def wait_for_address(self, space, role, limit=30):
        found = wait(lambda: not role.is_alive or self.addresses(space), limit)
        if not found or not role.is_alive:
            raise BenchmarkError(f"{space.name} got no address within {limit} s:\n{role.child.tail()}")
        return found[0]

    @staticmethod
    def ping(space, target, seconds=1.0):
        """Whether one ping of `target` is answered in time."""
        text = space.run(["ping", "-6", "-n", "-c", "1", "-W", str(seconds), target], check=False)
        return " 0% packet loss" in text

    def reach(self, space, target, limit):
        """Seconds until `target` answers; None when it does not within `limit`."""
        begin = time.monotonic()
        return time.monotonic() - begin if wait(lambda: self.ping(space, target), limit, 0.05) else None

    def must_reach(self, space, target, limit=20):
        if self.reach(space, target, limit) is None:
            raise BenchmarkError(f"{target} does not answer {space.name}")


def wait(condition, limit, step=0.05):
    """The first true value of `condition` within `limit` seconds."""
    end = time.monotonic() + limit
    while True:
        value = condition()
        if value or time.monotonic() > end:
            return value
        time.sleep(step)
