"""A host that has no room: on its disk, in its tables, in its queues, or none for us."""

import os
import time

from flow import Flow
from network import NATIVE, Network, wait


def disk(options, report):
    """State file and log on a file system that is full; the network goes on."""
    with Network(options) as network:
        network.start_server()
        network.start_relay()
        small = os.path.join(network.directory, "small")
        os.makedirs(small, exist_ok=True)
        # The script has a mount namespace of its own.
        network.home.run(["mount", "-t", "tmpfs", "-o", "size=64k", "small", small])
        try:
            _full_disk(network, report, small)
        finally:
            network.home.run(["umount", "-l", small])


def _fill(path):
    """Writes until the file system has no octet left."""
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)
    for size in (4096, 1):
        try:
            while os.write(descriptor, bytes(size)):
                pass
        except OSError:
            continue
    os.close(descriptor)


def _full_disk(network, report, small):
    state, log, filler = f"{small}/client.state", f"{small}/log", f"{small}/filler"
    start = lambda: network.start_client(
        network.home, "--port-mapping", "off", "--state-file", state, "--log-level", "trace",
        prefix=["sh", "-c", f'exec "$@" 2>>{log}', "sh"])
    role = start()
    address = network.wait_for_address(network.home, role)
    network.must_reach(network.home, NATIVE)
    wait(lambda: os.path.exists(state) and os.path.getsize(state), 5)
    with open(state) as file:
        kept = file.read()
    network.end(role)
    for path in (filler, log):
        _fill(path)
    role = start()
    again = network.wait_for_address(network.home, role)
    report.holds("qualifies with the disk full, with the same address", again == address)
    report.figure("native host reached", network.reach(network.home, NATIVE, 10), most=5, unit="s")
    before = role.child.cpu_seconds()
    time.sleep(5)
    report.figure("processor time while the log cannot be written", 1000 * (role.child.cpu_seconds() - before) / 5, most=50, unit="ms/s")
    network.end(role)
    with open(state) as file:
        report.holds("the state file is whole", file.read() == kept)
    # And with a state file that could never be written.
    os.remove(state)
    for path in (filler, log):
        _fill(path)
    role = start()
    network.wait_for_address(network.home, role)
    report.figure("without a state file: native host reached", network.reach(network.home, NATIVE, 10), most=5, unit="s")
    network.end(role)
    report.holds("no half state file is left", not os.path.exists(state) or os.path.getsize(state) == 0 or open(state).read().endswith("\n"))
    leftovers = [name for name in os.listdir(small) if name not in ("client.state", "log", "filler", "client.mappings")]
    report.holds("no temporary file is left", not leftovers, ", ".join(leftovers))
    os.remove(filler)


def descriptors(options, report):
    """Starts with too few descriptors, and a role that runs and gets no more."""
    with Network(options) as network:
        network.start_server()
        network.start_relay()
        starts, refusals, bad = [], [], []
        for limit in (4, 6, 8, 10, 12, 14, 16, 18, 20, 24, 28, 32, 40):
            role = network.start_client(network.home, "--port-mapping", "off", prefix=["prlimit", f"--nofile={limit}"])
            outcome = wait(lambda: "ended" if not role.is_alive else "qualified" if network.addresses(network.home) else None, 20)
            if outcome == "qualified" and network.reach(network.home, NATIVE, 10) is not None:
                starts.append(limit)
            elif outcome == "ended" and role.child.process.returncode == 1 and "Error:" in role.child.tail():
                refusals.append(limit)
            else:
                bad.append(f"{limit}: {outcome}, status {role.child.process.poll()}: {role.child.tail().strip().splitlines()[-1:]}")
            network.end(role)
            wait(lambda: not network.addresses(network.home), 2)
        report.figure("starts that neither work nor say why not", len(bad), most=0, note="; ".join(bad[:2]) or
                      f"works from {min(starts) if starts else '-'} descriptors on, refuses up to {max(refusals) if refusals else '-'}")
        role, address = network.home_client()
        network.must_reach(network.home, NATIVE)
        flow = Flow(network, network.home, address, rate="20M")
        flow.over(1)
        usual = flow.over(3)
        used = role.descriptors()
        for pid in role.child.tree():
            network.home.run(["prlimit", "--pid", pid, f"--nofile={len(os.listdir(f'/proc/{pid}/fd'))}:"])
        before = role.child.cpu_seconds()

        def without():
            asked = [network.ask(role, "status") for _ in range(2)]
            network.native.shell("ip address add 2400:1:0:ff::77/64 dev eth0 nodad")
            contact = network.reach(network.home, "2400:1:0:ff::77", 10)
            time.sleep(3)
            return asked, contact

        share, (asked, contact) = flow.during(without)
        flow.stop()
        time.sleep(1)
        begin, idle = time.monotonic(), role.child.cpu_seconds()
        time.sleep(4)
        report.figure("goodput of the established flow without descriptors", share / usual, least=0.9, note=f"{used} in use")
        report.figure("a new native host is reached", contact, most=5, unit="s")
        report.figure("processor time meanwhile, idle", 1000 * (role.child.cpu_seconds() - idle) / (time.monotonic() - begin), most=50, unit="ms/s",
                      note="no turning in circles over a connection that cannot be taken")
        for pid in role.child.tree():
            network.home.run(["prlimit", "--pid", pid, "--nofile=1024:"])
        answers = wait(lambda: network.ask(role, "status"), 10)
        report.holds("answers its control socket as soon as there are some", bool(answers))
        report.holds("still runs", role.is_alive)


def _through(network, report, what, begin, end, least=None, seconds=6):
    """A flow before, during and after something that hinders sending."""
    role, address = network.home_client()
    network.must_reach(network.home, NATIVE)
    # The client's host sends: that is what is hindered.
    network.tell(role, "allow", "tcp")
    flow = Flow(network, network.native, address, sender=network.home, rate="100M")
    try:
        flow.over(1)
        usual = flow.over(4)
        begin()
        before = role.child.cpu_seconds()
        share = flow.over(seconds)
        used = 1000 * (role.child.cpu_seconds() - before) / seconds
        drops = ((network.ask(role, "status") or {}).get("counters") or {}).get("drops")
        end()
        flow.over(2)
        after = flow.over(4)
    finally:
        flow.stop()
    report.figure(f"{what}: processor time meanwhile", used, most=1000, unit="ms/s")
    if least is not None:
        report.figure(f"{what}: Mbit/s meanwhile", share, least=least, note=f"{usual:.0f} before")
    report.figure(f"{what}: goodput of the same flow afterwards", after / usual if usual else None, least=0.8, note=f"drops: {drops}" if drops else "")
    report.holds(f"{what}: address kept, role runs", role.is_alive and network.addresses(network.home) == [address])
    network.end(role)


def enobufs(options, report):
    with Network(options) as network:
        network.start_server()
        network.start_relay()
        # A device of 20 Mbit/s whose queue holds three packets: sendmsg of a socket with IP_RECVERR fails.
        _through(network, report, "20 Mbit/s and hardly a queue",
                 lambda: network.home.shell("tc qdisc add dev eth0 root tbf rate 20mbit burst 5k limit 5k"),
                 lambda: network.home.shell("tc qdisc del dev eth0 root"), least=5)


def eperm(options, report):
    with Network(options) as network:
        network.start_server()
        network.start_relay()
        block = lambda rule: network.home.run(["nft", "add table ip block; add chain ip block out { type filter hook output priority 0; };"
                                                      f"add rule ip block out {rule}"])
        free = lambda: network.home.run(["nft", "delete table ip block"])
        _through(network, report, "a firewall refuses one datagram in ten", lambda: block("meta l4proto udp numgen random mod 10 < 1 drop"), free)
        role, address = network.home_client()
        network.must_reach(network.home, NATIVE)
        block("meta l4proto udp drop")
        time.sleep(20)
        free()
        report.figure("a firewall refuses everything for 20 s: native host reached again", network.reach(network.home, NATIVE, 70), most=65, unit="s")
        report.holds("the role runs", role.is_alive)
        network.end(role)
        block("meta l4proto udp drop")
        role = network.start_client(network.home, "--port-mapping", "off")
        wait(lambda: not role.is_alive or network.ask(role, "status"), 10)
        # It has to be asked inside: the check sends from the client's host.
        said = network.home.run([network.options.teredo, "check", "--control-socket", role.socket], check=False, limit=60)
        report.holds("'teredo check' says what is wrong with a start meanwhile", "Verdict: outbound-blocked" in said,
                     next((line for line in said.splitlines() if line.startswith("Verdict")), said))
        free()
        report.figure("and qualifies once it may", network.reach(network.home, NATIVE, 70), most=65, unit="s")
