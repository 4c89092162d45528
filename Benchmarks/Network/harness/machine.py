"""Processes and network namespaces that cannot outlive the run."""

import ctypes
import os
import shlex
import signal
import subprocess
import time

_libc = ctypes.CDLL(None, use_errno=True)
_PR_SET_PDEATHSIG = 1


class BenchmarkError(Exception):
    """Something that the user has to know, as one sentence."""


class Placement:
    """Whether the two ends of a path have processors of their own."""

    is_divided = True


def halves():
    """The CPUs in two halves: one for each end of a path. One CPU serves both ends when there is no other."""
    cpus = sorted(os.sched_getaffinity(0))
    if not Placement.is_divided:
        return [set(cpus), set(cpus)]
    middle = len(cpus) // 2
    return [set(cpus[:middle] or cpus), set(cpus[middle:])]


class Child:
    """A process that dies with this one, by the kernel's hand when need be."""

    def __init__(self, command, side=None, log=None, stdout=None, inherits=False, environment=None):
        self.command = command
        self.log = log
        cpus = halves()[side] if side is not None else None

        def prepare():
            _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            # The terminal's Ctrl-C is for the script, which then ends its children in order.
            os.setpgid(0, 0)
            if cpus:
                os.sched_setaffinity(0, cpus)

        output = open(log, "ab") if log else stdout
        errors = subprocess.STDOUT if log else None if inherits else subprocess.PIPE
        self.process = subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=output, stderr=errors, preexec_fn=prepare, env=environment
        )
        if log:
            output.close()

    @property
    def pid(self):
        return self.process.pid

    def tail(self):
        if not self.log:
            return ""
        with open(self.log, errors="replace") as file:
            return "".join(file.readlines()[-15:])

    def stop(self, grace=5.0):
        """Ends it with SIGTERM, and with SIGKILL when that does not help."""
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(grace)
            except subprocess.TimeoutExpired:
                self.process.kill()
        self.process.wait()
        if self.process.stderr:
            self.process.stderr.close()

    def tree(self):
        """The process and its descendants."""
        children = {}
        for name in os.listdir("/proc"):
            if name.isdigit():
                try:
                    with open(f"/proc/{name}/stat") as file:
                        parent = int(file.read().rsplit(")", 1)[1].split()[1])
                except (OSError, IndexError):
                    continue
                children.setdefault(parent, []).append(int(name))
        found, pending = [], [self.pid]
        while pending:
            found.append(pending.pop())
            pending += children.get(found[-1], [])
        return found

    def cpu_seconds(self):
        """User and system time of the process and its descendants."""
        total = 0
        for pid in self.tree():
            try:
                with open(f"/proc/{pid}/stat") as file:
                    fields = file.read().rsplit(")", 1)[1].split()
            except OSError:
                continue
            total += int(fields[11]) + int(fields[12])
        return total / os.sysconf("SC_CLK_TCK")

    def wakeups(self):
        """How often threads of the process and its descendants went to sleep: each is a wake-up to come."""
        total = 0
        for pid in self.tree():
            try:
                for task in os.listdir(f"/proc/{pid}/task"):
                    total += _status(f"/proc/{pid}/task/{task}/status", "voluntary_ctxt_switches")
            except OSError:
                continue
        return total

    def resident_kib(self):
        return sum(_status(f"/proc/{pid}/status", "VmRSS") for pid in self.tree())


def _status(path, key):
    try:
        with open(path) as file:
            for line in file:
                if line.startswith(key + ":"):
                    return int(line.split()[1])
    except OSError:
        pass
    return 0


class Namespace:
    """A network namespace, kept alive by a process that does nothing; it has no name that could be left behind."""

    def __init__(self, name, side):
        self.name = name
        self.side = side
        self.children = []
        before = os.readlink("/proc/self/ns/net")
        self.holder = Child(["unshare", "--net", "sleep", "infinity"])
        deadline = time.monotonic() + 5
        while os.readlink(f"/proc/{self.holder.pid}/ns/net") == before:
            if self.holder.process.poll() is not None or time.monotonic() > deadline:
                raise BenchmarkError("cannot make a network namespace (unshare --net): run this as root")
            time.sleep(0.002)
        self.shell(
            "ip link set lo up; cd /proc/sys/net;"
            "echo 0 > ipv4/conf/all/rp_filter; echo 0 > ipv4/conf/default/rp_filter;"
            "echo 0 > ipv6/conf/default/accept_dad; echo 0 > ipv6/conf/default/accept_ra;"
            "echo 0 > ipv4/conf/all/send_redirects; echo 0 > ipv4/conf/default/send_redirects"
        )

    def inside(self, command):
        return ["nsenter", f"--net=/proc/{self.holder.pid}/ns/net", "--"] + [str(word) for word in command]

    def run(self, command, limit=60, check=True, side=None):
        """Runs a command to its end and returns what it printed."""
        child = Child(self.inside(command), side=self.side if side is None else side, stdout=subprocess.PIPE)
        self.children.append(child)
        try:
            output, errors = child.process.communicate(timeout=limit)
        except subprocess.TimeoutExpired:
            raise BenchmarkError(f"{self.name}: {shlex.join(child.command[3:])} did not end within {limit} s")
        finally:
            child.stop(grace=1)
            self.children.remove(child)
        if check and child.process.returncode != 0:
            detail = (errors or output).decode(errors="replace").strip()
            raise BenchmarkError(
                f"{self.name}: {shlex.join(child.command[3:])} ended with {child.process.returncode}: {detail}"
            )
        return output.decode(errors="replace")

    def shell(self, script):
        return self.run(["sh", "-e", "-c", script])

    def start(self, command, log=None, side=None):
        """Starts a program that runs until `stop`."""
        child = Child(self.inside(command), side=self.side if side is None else side, log=log, stdout=subprocess.PIPE)
        self.children.append(child)
        return child

    def stop(self, child, grace=5.0):
        child.stop(grace)
        if child in self.children:
            self.children.remove(child)

    def counter(self, name, file="snmp6"):
        """A counter of this namespace, such as Udp6InDatagrams."""
        with open(f"/proc/{self.holder.pid}/net/{file}") as lines:
            for line in lines:
                words = line.split()
                if words and words[0] == name:
                    return int(words[1])
        raise BenchmarkError(f"{self.name}: the kernel has no counter {name}")

    def udp4_received(self):
        """IPv4 datagrams that reached a UDP socket of this namespace, read or not."""
        with open(f"/proc/{self.holder.pid}/net/snmp") as lines:
            names, values = [line.split() for line in lines if line.startswith("Udp:")]
        counters = dict(zip(names, values))
        return int(counters["InDatagrams"]) + int(counters["InErrors"])

    def close(self):
        for child in list(self.children):
            self.stop(child, grace=1)
        self.holder.process.kill()
        self.holder.stop()
