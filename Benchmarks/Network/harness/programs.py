"""The programs that a measurement needs: found, or built."""

import os
import shlex
import shutil
import subprocess
import sys

from harness.machine import BenchmarkError

# Program: Debian package.
_PACKAGES = {
    "ip": "iproute2", "ss": "iproute2", "ping": "iputils-ping", "nsenter": "util-linux", "unshare": "util-linux",
    "iperf3": "iperf3", "ethtool": "ethtool", "stdbuf": "coreutils",
}


def check(names):
    """Names everything that is missing at once."""
    if os.geteuid() != 0:
        raise BenchmarkError("network namespaces and TUN need root: run it with sudo")
    missing = [name for name in names if not shutil.which(name)]
    if missing:
        packages = " ".join(sorted({_PACKAGES[name] for name in missing}))
        raise BenchmarkError(f"missing: {', '.join(missing)}; on Debian: apt install {packages}")
    if not os.path.exists("/dev/net/tun"):
        raise BenchmarkError("missing: /dev/net/tun; load the module tun, or mknod /dev/net/tun c 10 200")


def build_teredo(root, given):
    """The path of the given binary, or of a release build of the working tree."""
    if given is None:
        print("building teredo in release mode", file=sys.stderr, flush=True)
        command = ["swift", "build", "-c", "release", "--static-swift-stdlib", "--product", "teredo"]
        if not shutil.which("swift"):
            raise BenchmarkError("missing: swift, to build teredo; install Swift 6.3, or give --binary FILE")
        built = subprocess.run(command, cwd=root, capture_output=True, text=True)
        if built.returncode != 0:
            raise BenchmarkError(f"{shlex.join(command)} failed:\n{built.stdout[-3000:]}{built.stderr[-3000:]}")
        shown = subprocess.run(command[:4] + ["--show-bin-path"], cwd=root, capture_output=True, text=True, check=True)
        given = os.path.join(shown.stdout.strip(), "teredo")
    if not os.access(given, os.X_OK):
        raise BenchmarkError(f"{given} is no program; give --binary FILE")
    return os.path.abspath(given)


def build_load_programs(root, directory):
    """The C programs that make load, by their name."""
    swift = shutil.which("swift")
    beside = os.path.join(os.path.dirname(os.path.realpath(swift)), "clang") if swift else ""
    compiler = beside if os.access(beside, os.X_OK) else shutil.which("clang")
    if not compiler:
        raise BenchmarkError("missing: clang, which compiles the load programs; it comes with the Swift toolchain")
    result = {}
    for name in ("datagrams", "solicit", "echo"):
        source = os.path.join(root, "Benchmarks", "Network", "programs", name + ".c")
        result[name] = os.path.join(directory, name)
        subprocess.run([compiler, "-O2", "-o", result[name], source], check=True)
    return result
