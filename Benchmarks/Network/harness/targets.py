"""The targets of the project and whether a run reached them."""

import statistics

# What is compared: case, unit, wire, ours, base; the ratio of ours to the base must be at least or at most a figure.
_TCP = ("tcp-clients", "tcp-to-native", "tcp-from-native")
_RATIOS = (
    [(case, "Gbit/s", "gso-wire", "teredo", "miredo", ">=", 15.0) for case in _TCP]
    # The C prototype reached 0.27 of the bare link there.
    + [("tcp-clients", "Gbit/s", "gso-wire", "teredo", "raw", ">=", 0.9 * 0.27)]
    + [(case, "Gbit/s", "pkt-wire", "teredo", "miredo", ">=", 7.0) for case in _TCP]
    + [(case, "Gbit/s", "pkt-wire", "teredo", "vxlan", ">=", 0.75) for case in _TCP]
    + [(case, "Gbit/s", wire, "teredo-ebpf", "vxlan", ">=", 0.9) for wire in ("gso-wire", "pkt-wire") for case in _TCP]
    + [(case, "Gbit/s", "pkt-wire", "teredo-ebpf", "teredo", ">=", 1.0) for case in _TCP]
    + [(f"{case}-retransmissions", "per GB", wire, "teredo", "miredo", "<=", 0.01)
       for wire in ("gso-wire", "pkt-wire") for case in _TCP]
    + [("udp-delivered-4x", "kpackets/s", "pkt-wire", "teredo", "miredo", ">=", 5.0),
       ("udp-relay-delivered-4x", "kpackets/s", "pkt-wire", "teredo", "miredo", ">=", 5.0),
       ("rtt-under-load", "µs", "pkt-wire", "teredo", "miredo", "<=", 1 / 3),
       ("rtt-idle", "µs", "pkt-wire", "teredo", "miredo", "<=", 1.0),
       ("server-answers-per-core", "k/s", "", "teredo", "miredo", ">=", 2.0),
       ("server-answers-per-core", "k/s", "", "teredo", "echo", ">=", 0.85),
       ("server-flood-answers", "k/s", "", "teredo-xdp", "miredo", ">=", 5.0)]
)
# Figures that are a target by themselves.
_FIGURES = [
    ("udp-4x-per-peak", "ratio", "pkt-wire", "teredo", ">=", 0.9),
    ("udp-relay-4x-per-peak", "ratio", "pkt-wire", "teredo", ">=", 0.9),
    ("tcp-8-flows-per-1-flow", "ratio", "gso-wire", "teredo", ">=", 1.0),
    ("tcp-8-flows-per-1-flow", "ratio", "pkt-wire", "teredo", ">=", 1.0),
    ("idle-wakeups", "per s", "", "teredo", "<=", 1.0),
    ("idle-resident", "MiB", "", "teredo", "<=", 15.0),
    ("start-to-qualified", "ms", "", "teredo", "<=", 20.0),
]


def rows(results, title, show):
    """A row for each target that the run measured: what, the target, what was reached, the verdict."""
    found = []
    for case, unit, wire, ours, base, relation, target in _RATIOS:
        key = (wire, case, unit)
        systems = results.samples.get(key, {})
        if ours in systems and base in systems:
            values = results.ratios(key, ours, base)
            if not values and case.endswith("-retransmissions"):
                # Miredo sent nothing again: nothing to compare with.
                continue
            what = f"{title(case)}, {results.labels[ours]} ÷ {results.labels[base]}"
            found.append(_row(what, wire, relation, target, values, show))
    for case, unit, wire, ours, relation, target in _FIGURES:
        rounds = results.samples.get((wire, case, unit), {}).get(ours)
        if rounds:
            what = f"{title(case)}, {results.labels[ours]}" + ("" if unit == "ratio" else f", {unit}")
            found.append(_row(what, wire, relation, target, list(rounds.values()), show))
    return found


def _row(what, wire, relation, target, values, show):
    middle = statistics.median(values)
    is_reached = middle >= target if relation == ">=" else middle <= target
    sign = "≥" if relation == ">=" else "≤"
    return [what, wire or "–", f"{sign} {target:.3g}", show(values), "yes" if is_reached else "**no**"]
