"""The measurements. Each takes a running system and returns samples: {(case, unit): value}."""

import json
import re
import statistics
import threading
import time

from harness.machine import BenchmarkError
from harness.topology import (
    CLIENT_PORT, MANY_SOURCES_COUNT, MANY_SOURCES_FIRST, NATIVE, RELAY, RELAY_PORT, SERVER,
)

_SINK_PORT = 5999


def _iperf_servers(space, count):
    servers = [space.start(["iperf3", "-s", "-p", str(5201 + index)]) for index in range(count)]
    deadline = time.monotonic() + 5
    listening = lambda: space.run(["ss", "-Hltn"]).count(":52")
    while listening() < count:
        if time.monotonic() > deadline:
            raise BenchmarkError(f"iperf3 does not listen on {space.name}")
        time.sleep(0.01)
    return servers


def _tcp(topology, system, duration, clients, reverse=False):
    """Bulk TCP of some clients at once: Gbit/s received in all, and segments sent again."""
    servers = _iperf_servers(topology.far, len(clients))
    results, errors = [], []

    def one(index, space):
        command = ["iperf3", "-6", "-J", "-c", system.target, "-p", 5201 + index, "-t", duration, "-i", "0"]
        try:
            results.append(json.loads(space.run(command + (["-R"] if reverse else []), limit=duration + 10)))
        except (BenchmarkError, ValueError) as error:
            errors.append(error)

    threads = [threading.Thread(target=one, args=pair) for pair in enumerate(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    for server in servers:
        topology.far.stop(server)
    if errors:
        raise BenchmarkError(f"{system.label}: iperf3: {errors[0]}")
    received = sum(result["end"]["sum_received"]["bits_per_second"] for result in results)
    again = sum(result["end"]["sum_sent"]["retransmits"] for result in results)
    volume = sum(result["end"]["sum_received"]["bytes"] for result in results)
    return received / 1e9, again, again / max(volume / 1e9, 1e-9)


def tcp_clients(topology, system, options):
    rate, again, per_volume = _tcp(topology, system, options.duration, topology.clients[:1])
    return {("tcp-clients", "Gbit/s"): rate, ("tcp-clients-retransmissions", "per GB"): per_volume}


def tcp_up(topology, system, options):
    rate, again, per_volume = _tcp(topology, system, options.duration, topology.clients[:1])
    return {("tcp-to-native", "Gbit/s"): rate, ("tcp-to-native-retransmissions", "per GB"): per_volume}


def tcp_down(topology, system, options):
    rate, again, per_volume = _tcp(topology, system, options.duration, topology.clients[:1], reverse=True)
    return {("tcp-from-native", "Gbit/s"): rate, ("tcp-from-native-retransmissions", "per GB"): per_volume}


def tcp_flows(topology, system, options):
    one, _, _ = _tcp(topology, system, options.duration, topology.clients[:1])
    all_flows, _, _ = _tcp(topology, system, options.duration, topology.clients)
    return {
        ("tcp-8-flows", "Gbit/s"): all_flows,
        ("tcp-8-flows-per-1-flow", "ratio"): all_flows / one,
    }


def _ping(space, target, count, interval):
    output = space.run(["ping", "-6", "-c", count, "-i", interval, "-W", "1", target], check=False, limit=60)
    times = [float(found) for found in re.findall(r"time=([0-9.]+) ms", output)]
    if len(times) < count // 2:
        raise BenchmarkError(f"{space.name}: only {len(times)} of {count} pings of {target} were answered")
    return 1000 * statistics.median(times)


def latency(topology, system, options):
    """Median round trip of a ping, idle and while bulk TCP runs the same way."""
    near = topology.clients[0]
    count = max(50, int(options.duration * 50))
    idle = _ping(near, system.target, count, 0.01)
    server = _iperf_servers(topology.far, 1)[0]
    bulk = near.start(["iperf3", "-6", "-c", system.target, "-p", 5201, "-t", count * 0.02 + 3, "-i", "0"])
    time.sleep(1)
    try:
        loaded = _ping(near, system.target, count, 0.02)
    finally:
        near.stop(bulk, grace=2)
        topology.far.stop(server)
    return {("rtt-idle", "µs"): idle, ("rtt-under-load", "µs"): loaded}


def _delivered(far, run):
    """How many UDP packets reached the socket on `far` while `run` ran, and what it returned."""
    total = lambda: far.counter("Udp6InDatagrams") + far.counter("Udp6InErrors")
    before = total()
    result = run()
    # What still waits in queues when the sender stops was sent in time.
    time.sleep(0.2)
    return total() - before, result


class _Load:
    """The sender of 64-byte packets: a program on the client, or in place of the client so that only the relay limits."""

    def __init__(self, topology, system, options, whole_path):
        self.topology, self.system, self.options, self.whole_path = topology, system, options, whole_path
        if system.is_teredo and not whole_path:
            # The relay keeps trusting the client's endpoint, which the sender takes over.
            topology.clients[0].stop(system.client_children[0])
            system.children = [pair for pair in system.children if pair[1] is not system.client_children[0]]

    def at(self, rate, seconds):
        """Packets per second that arrived and that were offered."""
        topology, program = self.topology, self.options.programs["datagrams"]
        if self.system.is_teredo and not self.whole_path:
            words = ["teredo", topology.client_ipv4(0), CLIENT_PORT, RELAY, RELAY_PORT]
        else:
            words = ["single" if self.whole_path else "runs"]
        words += [self.system.sources[0], NATIVE, _SINK_PORT, int(rate), seconds]
        run = lambda: json.loads(topology.clients[0].run([program] + words))
        arrived, sent = _delivered(topology.native, run)
        return arrived / sent["seconds"], sent["sent"] / sent["seconds"]

    def peak(self):
        """The most that arrives, over rising loads: ends when two loads in a row were too much."""
        most, rate, excess = 0.0, 25_000.0, 0
        while rate <= 3_000_000 and excess < 2:
            delivered, offered = self.at(rate, 0.4)
            most = max(most, delivered)
            excess = excess + 1 if delivered < 0.7 * rate or offered < 0.8 * rate else 0
            rate *= 2 ** 0.5
        return most


def _overload(topology, system, options, name, whole_path):
    sink = topology.native.start([options.programs["datagrams"], "sink", _SINK_PORT])
    try:
        load = _Load(topology, system, options, whole_path)
        capacity = load.peak()
        samples = {factor: load.at(factor * capacity, options.duration) for factor in (1, 2, 4)}
    finally:
        topology.native.stop(sink)
    peak = max([capacity] + [delivered for delivered, _ in samples.values()])
    result = {(f"{name}-peak", "kpackets/s"): peak / 1000}
    for factor, (delivered, offered) in samples.items():
        result[(f"{name}-delivered-{factor}x", "kpackets/s")] = delivered / 1000
    result[(f"{name}-4x-per-peak", "ratio")] = samples[4][0] / peak
    result[(f"{name}-4x-offered-per-peak", "ratio")] = samples[4][1] / peak
    return result


def udp_path(topology, system, options):
    """64-byte packets of a usual program on the client, through client and relay, at rising load."""
    return _overload(topology, system, options, "udp", whole_path=True)


def udp_relay(topology, system, options):
    """The same for the relay alone, from a sender that can offer more than a client. It ends the client."""
    return _overload(topology, system, options, "udp-relay", whole_path=False)


def start_time(topology, system, options):
    """From starting the client to its Teredo address on the interface, seen by a netlink monitor."""
    space = topology.clients[0]
    space.stop(system.client_children[0])
    space.shell("ip link delete teredo 2>/dev/null || true")
    monitor = space.start(["stdbuf", "-oL", "ip", "-6", "-o", "monitor", "address"])
    time.sleep(0.2)
    begin = time.monotonic()
    child = system.client(topology, 0, space, options.directory)
    found = None
    timer = threading.Timer(20, monitor.process.kill)
    timer.start()
    for line in monitor.process.stdout:
        if b"2001:0:" in line or b" 2001::" in line:
            found = time.monotonic() - begin
            break
    timer.cancel()
    space.stop(monitor)
    system.client_children[0] = child
    if found is None:
        raise BenchmarkError(f"{system.label}: not qualified within 20 s\n{child.tail()}")
    return {("start-to-qualified", "ms"): 1000 * found}


def idle_client(topology, system, options):
    """A qualified client that nobody uses."""
    child = system.client_children[0]
    seconds = max(5.0, 4.0 * options.duration)
    time.sleep(1)
    before, cpu = child.wakeups(), child.cpu_seconds()
    time.sleep(seconds)
    return {
        ("idle-wakeups", "per s"): (child.wakeups() - before) / seconds,
        ("idle-resident", "MiB"): child.resident_kib() / 1024,
        ("idle-cpu", "ms per s"): 1000 * (child.cpu_seconds() - cpu) / seconds,
    }


class Echo:
    """The yardstick of servers: a recvmmsg/sendmmsg loop in C that returns what it gets."""

    name, label, is_teredo = "echo", "C recvmmsg echo", False
    carries, serves, by_request = False, True, False

    def serve(self, topology, directory, programs):
        return topology.server.start([programs["echo"], SERVER, 3544])


def _start_server(topology, system, options):
    if isinstance(system, Echo):
        child = system.serve(topology, options.directory, options.programs)
    else:
        child = system.serve(topology, options.directory)
    time.sleep(0.5)
    if child.process.poll() is not None:
        raise BenchmarkError(f"{system.label}: the server ended:\n{child.tail()}")
    return child


def _stop_server(topology, system, child):
    if isinstance(system, Echo):
        topology.server.stop(child)
    else:
        system.stop(topology)


def server_flood(topology, system, options):
    """Answers per second to many more solicitations than can be answered; the limits are on, but out of reach."""
    if hasattr(system, "limits"):
        system.limits = ["--rate", "1000000", "--solicitation-rate", "1000000"]
    child = _start_server(topology, system, options)
    try:
        command = [options.programs["solicit"], SERVER, MANY_SOURCES_FIRST, MANY_SOURCES_COUNT, 0]
        topology.asker.run(command + [0.3])
        before = topology.asker.udp4_received()
        result = json.loads(topology.asker.run(command + [options.duration]))
        received = topology.asker.udp4_received() - before
    finally:
        _stop_server(topology, system, child)
        if hasattr(system, "limits"):
            system.limits = []
    return {
        ("server-flood-answers", "k/s"): received / result["seconds"] / 1000,
        ("server-flood-asked", "k/s"): result["asked"] / result["seconds"] / 1000,
    }


def solicitations(topology, system, options):
    """Answers per second, and what each costs the server."""
    child = _start_server(topology, system, options)
    try:
        command = [options.programs["solicit"], SERVER, MANY_SOURCES_FIRST, MANY_SOURCES_COUNT, 512]
        topology.asker.run(command + [0.3])
        before = child.cpu_seconds()
        result = json.loads(topology.asker.run(command + [options.duration]))
        used = child.cpu_seconds() - before
    finally:
        _stop_server(topology, system, child)
    if result["answered"] == 0:
        raise BenchmarkError(f"{system.label}: no answer to {result['asked']} solicitations")
    rate = result["answered"] / result["seconds"]
    values = {
        ("server-answers", "k/s"): rate / 1000,
        ("server-answered", "share"): result["answered"] / max(result["asked"], 1),
    }
    # XDP answers outside the server's process, on whatever processor the datagram came in.
    if used > 0.05 * result["seconds"]:
        values["server-cpu", "µs per answer"] = 1e6 * used / result["answered"]
        values["server-answers-per-core", "k/s"] = result["answered"] / used / 1000
    return values
