"""Spoofed datagrams at each role, while an established flow goes on."""

import statistics
import threading

from flow import Flow, flood
from harness.machine import BenchmarkError
from network import CLIENT_PORT, HOST_RELAY, HOST_RELAY_PORT, NATIVE, OPEN, RELAY, RELAY_PORT, SERVER, Network

# Of the established flow: what an access line carries.
_RATE = "100M"
# Growth of the resident memory. A relay remembers 65,536 clients in 80 octets each by default, and has queues of 4 MiB.
_MEMORY = 64


def _roles(options, name, make_relay="relay", is_miredo=False):
    """The network with all roles of one kind; returns it, the role under attack and the client's address."""
    network = Network(options)
    try:
        if is_miredo:
            server, relay = network.miredo_server(), network.miredo_relay()
            client, address = network.miredo_client()
        elif make_relay == "gateway":
            server = relay = network.start_gateway()
            client, address = network.open_client("--allow", "all", server=RELAY)
        elif make_relay == "host-relay":
            server, relay = network.start_server(), network.start_host_relay("--allow", "all")
            client, address = network.open_client("--allow", "all")
        else:
            server, relay = network.start_server(), network.start_relay()
            client, address = network.open_client("--allow", "all")
        network.must_reach(network.native, address)
        return network, client if name == "client" else server if name == "server" else relay, address
    except BaseException:
        network.close()
        raise


_TARGETS = {
    # Kinds of datagrams, address and port, server in the addresses.
    "server": ("suwrs", SERVER, "3544", SERVER),
    "client": ("abdwier", OPEN, str(CLIENT_PORT), SERVER),
    "relay": ("bdwier", RELAY, str(RELAY_PORT), SERVER),
    "host-relay": ("bdwier", HOST_RELAY, str(HOST_RELAY_PORT), SERVER),
    "gateway": ("sbduwr", RELAY, f"3544,{RELAY_PORT}", RELAY),
}


def _trouble(options, name, address, network):
    kinds, target4, port, server4 = _TARGETS[name]
    target6 = address if name in ("client", "server") else NATIVE
    return flood(network, kinds, target4, port, target6, server4, options.datagrams, options.rate)


def _share(network, address, trouble, rate):
    """Goodput while the trouble lasts as a share of that before and after it, what the trouble said, and the packets of the flow."""
    flow = Flow(network, network.open, address, rate=rate)
    try:
        flow.over(1)
        before = flow.over(6)
        goodput, said = flow.during(trouble)
        flow.over(1)
        after = flow.over(5)
        usual = statistics.mean([before, after])
        return goodput / usual if usual else 0.0, said, f"{usual:.0f} Mbit/s before and after", flow.packets
    finally:
        flow.stop()


def _attacked(options, name, is_miredo=False):
    network, role, address = _roles(options, name, name if name in ("gateway", "host-relay") else "relay", is_miredo=is_miredo)
    with network:
        before = role.resident_kib()
        role.reset_peak()
        share, said, note, carried = _share(network, address, lambda: _trouble(options, name, address, network), _RATE)
        grown = (role.peak_kib() - before) / 1024
        # Does somebody new get through right after it, and is everybody still there?
        reached = network.reach(network.open, NATIVE, 10)
        note = f"{said['sent']:,} at {said['sent'] / said['seconds']:,.0f}/s; {note}"
        return {"share": share, "grown": grown, "reached": reached, "note": note,
                "heard": None if is_miredo else (_heard(network, role) - (carried if name == "client" else 0)) / said["sent"]}


def _heard(network, role):
    """The datagrams that reached the sockets of a role, read or not."""
    def count(report):
        counters = report.get("counters")
        if counters is None:
            return sum(count(part) for part in report.values() if isinstance(part, dict))
        return counters["datagramsReceived"] + counters["system"]["receiveBufferFull"]

    return count(network.ask(role, "status") or {})


def spoofed(name):
    """A trial for one role: Miredo beside it where it has that role."""

    def trial(options, report):
        miredo = {}
        if options.has_miredo and name not in ("gateway", "host-relay"):
            try:
                miredo = _attacked(options, name, is_miredo=True)
            except BenchmarkError as error:
                report.figure("Miredo under the same", str(error).splitlines()[0])
        ours = _attacked(options, name)
        report.figure("goodput of the established flow", ours["share"], least=0.9, miredo=miredo.get("share"), note=ours["note"])
        # A flood that does not arrive proves nothing.
        report.figure("datagrams that the role counted ÷ spoofed ones", ours["heard"], least=0.95)
        report.figure("memory grown", ours["grown"], most=_MEMORY, unit="MiB", miredo=miredo.get("grown"))
        report.figure("native host reached afterwards", ours["reached"], most=5, unit="s", miredo=miredo.get("reached"))

    return trial


def uncapped(options, report):
    """The same flood of a relay with a flow that takes all it gets, next to what the machine itself loses by it."""
    network, role, address = _roles(options, "relay")
    with network:
        # The same datagrams for a port that nobody has: what generator, links and kernel take.
        nobody = lambda: flood(network, "bdwier", RELAY, "9", NATIVE, SERVER, options.datagrams, options.rate)
        idle, *_ = _share(network, address, nobody, None)
        share, said, note, _ = _share(network, address, lambda: _trouble(options, "relay", address, network), None)
        report.figure("relay: goodput ÷ that with the same flood of a closed port", share / idle if idle else None, least=0.9,
                      note=f"{said['sent'] / said['seconds']:,.0f}/s; {note}; {share:.2f} and {idle:.2f} of it")


def _contacts(network, flooding, attempts):
    """How many of several first contacts succeed, and how long they took, while the flood goes on."""
    times = []
    for index in range(attempts):
        host = f"2400:1:0:ff::{0x100 + index:x}"
        network.native.shell(f"ip address add {host}/64 dev eth0 nodad")
        times.append(network.reach(network.open, host, 8))
        if not flooding():
            break
    return times


def _background(work):
    result = {}

    def run():
        try:
            result["said"] = work()
        except BenchmarkError as error:
            result["error"] = error

    thread = threading.Thread(target=run)
    thread.start()
    return thread, result


def _with_contacts(options, report, what, name, kinds, rate, native=False):
    seconds = max(8, options.datagrams / 1_000_000 * 25)
    miredo = {}
    kinds_of_system = [True, False] if options.has_miredo else [False]
    for is_miredo in kinds_of_system:
        try:
            network, role, address = _roles(options, name, is_miredo=is_miredo)
        except BenchmarkError as error:
            if not is_miredo:
                raise
            report.figure("Miredo under the same", str(error).splitlines()[0])
            continue
        with network:
            before = role.resident_kib()
            role.reset_peak()
            _, target4, port, server4 = _TARGETS[name]
            source = NATIVE if native else "::"
            space = network.native if native else network.attacker
            target6 = address if name in ("client", "server") else NATIVE

            def trouble():
                thread, result = _background(lambda: flood(network, kinds, target4, port, target6, server4, rate * seconds, rate, source, space))
                times = _contacts(network, thread.is_alive, 5)
                thread.join()
                if "error" in result:
                    raise result["error"]
                return times, result["said"]

            share, (times, said), note, _ = _share(network, address, trouble, _RATE)
            values = {
                "share": share, "grown": (role.peak_kib() - before) / 1024,
                "made": sum(time is not None for time in times) / len(times) if times else 0,
                "slowest": max((time for time in times if time is not None), default=None),
                "note": f"{said['sent'] / said['seconds']:,.0f}/s; {note}",
            }
            if is_miredo:
                miredo = values
            else:
                ours = values
    report.figure(f"{what}: goodput of the established flow", ours["share"], least=0.9, miredo=miredo.get("share"), note=ours["note"])
    report.figure(f"{what}: first contacts that succeed meanwhile", ours["made"], least=1, miredo=miredo.get("made"),
                  note=f"the slowest took {ours['slowest']:.2f} s" if ours["slowest"] else "")
    report.figure(f"{what}: memory grown", ours["grown"], most=_MEMORY, unit="MiB", miredo=miredo.get("grown"))


def peers(options, report):
    _with_contacts(options, report, "peers that send data to a client", "client", "bd", 3000)


def bubbles(options, report):
    _with_contacts(options, report, "bubbles to a client through its server", "server", "u", 3000)


def from_native(options, report):
    _with_contacts(options, report, "packets to addresses that nobody has, at a relay", "relay", "n", options.rate, native=True)
