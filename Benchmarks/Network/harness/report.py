"""Medians of same-round ratios, with their spread, as Markdown and JSON."""

import datetime
import json
import os
import platform
import statistics
import subprocess

from harness import targets

# What a case is called in the tables.
TITLES = {
    "tcp-clients": "TCP, client to client, 1 flow",
    "tcp-clients-retransmissions": "TCP, client to client: segments sent again",
    "tcp-to-native": "TCP, client to native host through the relay, 1 flow",
    "tcp-to-native-retransmissions": "TCP, client to native host: segments sent again",
    "tcp-from-native": "TCP, native host to client through the relay, 1 flow",
    "tcp-from-native-retransmissions": "TCP, native host to client: segments sent again",
    "tcp-8-flows": "TCP, 8 clients to the native host, 8 flows",
    "tcp-8-flows-per-1-flow": "TCP, 8 flows ÷ 1 flow of the same system",
    "udp-peak": "64-byte UDP, client to native host through the relay, peak",
    "udp-relay-peak": "64-byte UDP, the relay alone (from an encapsulating sender), peak",
    "rtt-idle": "Round trip, idle (median)",
    "rtt-under-load": "Round trip under bulk TCP (median)",
    "start-to-qualified": "Start to qualified",
    "idle-wakeups": "Idle client: wake-ups",
    "idle-resident": "Idle client: resident memory",
    "idle-cpu": "Idle client: CPU time",
    "server-answers": "Server: solicitations answered",
    "server-answered": "Server: share of the solicitations that was answered",
    "server-flood-answers": "Server: solicitations answered in a flood",
    "server-flood-asked": "Server: solicitations asked in the flood",
    "server-cpu": "Server: CPU time",
    "server-answers-per-core": "Server: solicitations answered per core of its CPU time",
}
for _name, _title in (("udp", "64-byte UDP, client to native host"), ("udp-relay", "64-byte UDP, the relay alone")):
    for _factor in (1, 2, 4):
        TITLES[f"{_name}-delivered-{_factor}x"] = f"{_title}: delivered at {_factor} × the peak's load"
    TITLES[f"{_name}-4x-per-peak"] = f"{_title}: delivered at 4 × ÷ peak (livelock check)"
    TITLES[f"{_name}-4x-offered-per-peak"] = f"{_title}: offered then ÷ peak"

# Cases whose value is a ratio or share already: not divided again.
_PLAIN = {"ratio", "share"}


class Results:
    """Samples by wire, case and unit, system and round."""

    def __init__(self):
        self.samples = {}
        self.labels = {}
        self.failures = []

    def add(self, wire, system, round_index, values):
        self.labels[system.name] = system.label
        for (case, unit), value in values.items():
            self.samples.setdefault((wire, case, unit), {}).setdefault(system.name, {})[round_index] = value

    def ratios(self, key, system, base):
        """The ratios of the rounds in which both were measured."""
        mine, theirs = self.samples[key].get(system, {}), self.samples[key].get(base, {})
        return [mine[index] / theirs[index] for index in sorted(mine) if theirs.get(index)]


def number(value):
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.3g}" if value < 10 else f"{value:.1f}"


def spread(values):
    if not values:
        return "–"
    if len(values) == 1:
        return number(values[0])
    return f"{number(statistics.median(values))} ({number(min(values))}–{number(max(values))})"


def machine():
    """The conditions that every figure depends on."""
    model = "unknown CPU"
    with open("/proc/cpuinfo") as file:
        for line in file:
            if line.startswith("model name"):
                model = line.split(":", 1)[1].strip()
                break
    commit = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True).stdout.strip()
    return {
        "date": datetime.date.today().isoformat(),
        "kernel": platform.release(),
        "cpu": model,
        "cpus": len(os.sched_getaffinity(0)),
        "commit": commit or "unknown",
        "load": os.getloadavg()[0],
    }


def markdown(results, options, conditions):
    lines = [
        f"Measured {conditions['date']} at commit {conditions['commit']} on {conditions['cpus']} × {conditions['cpu']}, "
        f"Linux {conditions['kernel']}; {options.runs} rounds, {options.duration} s per measurement, "
        f"load average at the start {conditions['load']:.1f}.",
        f"Command: `{options.command}`.",
        "",
        "Each cell: median (least–most) over the rounds. A ratio is the median of the ratios within the same round.",
    ]
    if conditions.get("binary-bytes"):
        lines.insert(2, f"Size of the binary: {conditions['binary-bytes'] / 1e6:.1f} MB.")
    reached = targets.rows(results, lambda case: TITLES.get(case, case), spread)
    if reached:
        lines += ["", "### Targets", "", "| what | link | target | reached | |", "| --- | --- | ---: | ---: | --- |"]
        lines += ["| " + " | ".join(row) + " |" for row in reached]
    bases = [("miredo", "÷ Miredo"), ("vxlan", "÷ VXLAN"), ("raw", "÷ raw veth"), ("echo", "÷ C echo")]
    for wire in dict.fromkeys(key[0] for key in results.samples):
        lines += ["", f"### {wire}" if wire else "### No measured wire"]
        for key in [key for key in results.samples if key[0] == wire]:
            _, case, unit = key
            systems = results.samples[key]
            shown = [(base, title) for base, title in bases if base in systems and unit not in _PLAIN]
            if "retransmissions" in case:
                shown = []
            lines += ["", f"**{TITLES.get(case, case)}**", ""]
            head = ["system", unit if unit not in _PLAIN else "share" if unit == "share" else "ratio"]
            head += [title for _, title in shown]
            lines += ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
            for system, rounds in systems.items():
                cells = [results.labels[system], spread(list(rounds.values()))]
                for base, _ in shown:
                    cells.append("1" if base == system else spread(results.ratios(key, system, base)))
                lines.append("| " + " | ".join(cells) + " |")
    if results.failures:
        lines += ["", "Not measured:", ""] + [f"* {failure}" for failure in results.failures]
    return "\n".join(lines) + "\n"


# The tables stand between these lines of a document.
_BEGIN, _END = "<!-- scripts/benchmark: begin -->\n", "<!-- scripts/benchmark: end -->\n"


def place(text, path):
    """Writes the tables to a file; a document with the two marks keeps what is around them."""
    if os.path.exists(path):
        with open(path) as file:
            before, begin, rest = file.read().partition(_BEGIN)
        _, end, after = rest.partition(_END)
        if begin and end:
            text = before + begin + "\n" + text + "\n" + end + after
    with open(path, "w") as file:
        file.write(text)


def write_json(path, results, options, conditions):
    content = {
        "conditions": conditions,
        "command": options.command,
        "runs": options.runs,
        "duration": options.duration,
        "failures": results.failures,
        "samples": [
            {"wire": wire, "case": case, "unit": unit, "system": system, "values": list(rounds.values())}
            for (wire, case, unit), systems in results.samples.items()
            for system, rounds in systems.items()
        ],
    }
    with open(path, "w") as file:
        json.dump(content, file, indent=1)
        file.write("\n")
