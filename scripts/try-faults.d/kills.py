"""kill -9 at random moments: what a role leaves behind, and whether the next one starts."""

import os
import random
import re
import signal
import time

from harness.machine import BenchmarkError
from network import BOX, CLIENT_PORT, RELAY, Network, wait

_MAPPINGS = f"""ext_ifname=eth0
ext_ip={BOX}
listening_ip=lan
http_port=5000
enable_natpmp=yes
enable_upnp=yes
secure_mode=yes
min_lifetime=120
max_lifetime=86400
upnp_table_name=miniupnpd
upnp_nat_table_name=miniupnpd
upnp_forward_chain=forward
upnp_nat_chain=prerouting
upnp_nat_postrouting_chain=postrouting
uuid=6f1c9d2e-3b8a-4c51-9f0e-7d2a5b4c3e1f
allow 1024-65535 0.0.0.0/0 1024-65535
deny 0-65535 0.0.0.0/0 0-65535
"""
_RULES = """flush ruleset
table inet miniupnpd {
  chain forward { }
  chain prerouting { }
  chain postrouting { }
  chain forward_hook {
    type filter hook forward priority -5;
    jump forward
  }
  chain prerouting_hook {
    type nat hook prerouting priority -105;
    jump prerouting
  }
}
table ip filter {
  chain input {
    type filter hook input priority filter;
    iifname "eth0" ct state { new, invalid } drop
  }
}
table ip nat {
  chain postrouting {
    type nat hook postrouting priority srcnat;
    oifname "eth0" masquerade
  }
}
"""


def _router(network):
    """miniupnpd on the NAT, which forwards ports for whoever asks."""
    rules, settings = f"{network.directory}/rules.nft", f"{network.directory}/miniupnpd.conf"
    for path, text in ((rules, _RULES), (settings, _MAPPINGS)):
        with open(path, "w") as file:
            file.write(text)
    network.box.run(["nft", "-f", rules])
    role = network.launch(network.box, ["miniupnpd", "-d", "-f", settings, "-P", f"{network.directory}/miniupnpd.pid"], "miniupnpd")
    time.sleep(1)
    if not role.is_alive:
        raise BenchmarkError(f"miniupnpd does not run:\n{role.child.tail()}")


def _mappings(network):
    return re.findall(r"(\S+ dport \d+ dnat \S+ to \S+)", network.box.run(["nft", "list", "chain", "inet", "miniupnpd", "prerouting"]))


def _state(space):
    """Everything of a namespace that a role could change."""
    commands = (["ip", "-o", "link"], ["ip", "-6", "route", "show", "table", "all"], ["ip", "route", "show", "table", "all"],
                ["ip", "-6", "rule"], ["ip", "rule"], ["nft", "list", "ruleset"], ["ss", "-Hanu"],
                ["sysctl", "-n", "net.ipv6.conf.all.forwarding", "net.ipv6.conf.default.accept_ra"])
    lines = set()
    for command in commands:
        for line in space.run(command).splitlines():
            # Counters and neighbours come and go by themselves.
            line = re.sub(r"(mtu|qlen|packets|bytes|expires|state|group) \S+", "", line).strip()
            if line and "dev lo" not in line:
                lines.add(f"{command[0]}: {line}")
    return lines


def _rest(space, before):
    """What is there that was not; rules that lead to an empty table are apart."""
    lines = sorted(_state(space) - before)
    tables = {line: re.search(r"^ip: \d+:.* lookup (\d+)", line) for line in lines}
    idle = [line for line, table in tables.items()
            if table and not space.run(["ip", "-6", "route", "show", "table", table.group(1)], check=False).strip()]
    return [line for line in lines if line not in idle], idle


def _processes(network, space):
    """Processes in a namespace but those of the lab."""
    wanted, found = os.readlink(f"/proc/{space.holder.pid}/ns/net"), []
    for name in os.listdir("/proc"):
        if not name.isdigit() or int(name) == space.holder.pid:
            continue
        try:
            if os.readlink(f"/proc/{name}/ns/net") == wanted and f"/{os.path.basename(network.options.teredo)}" in os.readlink(f"/proc/{name}/exe"):
                found.append(int(name))
        except OSError:
            continue
    return found


def _kill_once(network, space, start, moment, generator):
    """Starts a role and kills it somewhere; returns what phase it was in."""
    role = start()
    if moment == "start":
        time.sleep(generator.uniform(0, 0.25))
    else:
        # A loaded machine takes its time.
        if not wait(lambda: not role.is_alive or network.ask(role, "status"), 20):
            raise BenchmarkError(f"{space.name} does not start:\n{role.child.tail()}")
        time.sleep(generator.uniform(0, 1.0))
        if moment == "stop":
            os.kill(role.pid, signal.SIGTERM)
            time.sleep(generator.uniform(0, 0.05))
    if role.is_alive:
        os.kill(role.pid, signal.SIGKILL)
    role.child.process.wait()
    network.end(role)
    return role


def kill(options, report):
    generator = random.Random(4380)
    with Network(options) as network:
        network.start_server()
        _router(network)
        socket_client = f"{network.directory}/home-client.sock"
        state_file = f"{network.directory}/kill.state"
        # Port mapping, filter, rule and default route: everything that a client can have.
        client = lambda: network.start_client(network.home, "--bind", f"0.0.0.0:{CLIENT_PORT}", "--state-file", state_file, "--allow", "tcp/22")
        gateway = lambda: network.teredo("gateway", network.relay, ["--address", RELAY, "--masquerade", "--inbound", "filtered"])
        roles = (("client", network.home, client, 0.75), ("gateway --masquerade", network.relay, gateway, 0.25))
        for name, space, start, share in roles:
            before = _state(space)
            left, processes, rules = {}, 0, 0
            count = max(3, round(options.kills * share))
            for index in range(count):
                moment = ("start", "run", "stop")[index % 3]
                try:
                    _kill_once(network, space, start, moment, generator)
                except BenchmarkError as error:
                    left.setdefault(f"did not start: {str(error).splitlines()[-1]}", moment)
                    continue
                # The kernel takes descriptors back after the process is gone.
                wait(lambda: not _rest(space, before)[0] and not _processes(network, space), 3)
                rest, idle_rules = _rest(space, before)
                for line in rest:
                    left.setdefault(line, moment)
                rules = max(rules, len(idle_rules))
                processes += len(_processes(network, space))
            report.figure(f"{name}: things left after {count} kills", len(left), most=0,
                          note="; ".join(f"{line} ({moment})" for line, moment in sorted(left.items())[:4]))
            report.figure(f"{name}: processes left", processes, most=0)
            if space is network.home:
                # The kernel ties a rule to nobody. It leads nowhere, and the next start takes it away.
                report.figure(f"{name}: rules to an empty table until the next start, at most", rules, most=1)
            missing = before - _state(space)
            report.figure(f"{name}: things of the host that are gone", len(missing), most=0, note="; ".join(sorted(missing)[:3]))
            role = start()
            begin = time.monotonic()
            ready = wait(lambda: (network.ask(role, "status") or {}).get("state") in ("qualified", "running"), 20)
            report.figure(f"{name}: starts after the last kill", time.monotonic() - begin if ready else None, most=20, unit="s")
            if space is network.home:
                wait(lambda: len(_mappings(network)) == 1, 15)
                report.figure(f"{name}: port mappings while the next one runs", len(_mappings(network)), least=1, most=1)
            network.end(role)
            if space is network.home:
                wait(lambda: not _mappings(network), 5)
                report.figure(f"{name}: port mappings after an orderly end", len(_mappings(network)), most=0)
                report.holds(f"{name}: the control socket is gone then", not os.path.exists(socket_client))
            rest = sorted(_state(space) - before)
            report.figure(f"{name}: things left after an orderly end", len(rest), most=0, note="; ".join(rest[:3]))
