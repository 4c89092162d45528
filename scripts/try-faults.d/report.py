"""What the trials found: one table at the end."""

import datetime
import json
import os
import platform
import subprocess
import sys


def say(text):
    print(f"try-faults: {text}", file=sys.stderr, flush=True)


class Report:
    """Figures with their bounds. A figure without a bound is there to be known, and decides nothing."""

    def __init__(self):
        self.rows, self.trial = [], None
        self.load = os.getloadavg()[0]

    def figure(self, what, value, least=None, most=None, unit="", miredo=None, note=""):
        """Notes a figure; `None` stands for something that did not happen at all, which no bound allows."""
        is_bounded = least is not None or most is not None
        good = value is not None and (least is None or value >= least) and (most is None or value <= most)
        bound = "" if not is_bounded else f"≥ {_number(least)}" if most is None else f"≤ {_number(most)}"
        self.rows.append({
            "trial": self.trial, "figure": what, "value": value, "bound": bound, "unit": unit, "miredo": miredo, "note": note,
            "right": good if is_bounded else None,
        })
        row = self.rows[-1]
        say(" ".join(str(part) for part in (self.trial + ":", what, _shown(row["value"], unit), bound, note,
                                             "" if not is_bounded else "right" if good else "WRONG") if part != ""))
        return good

    def holds(self, what, is_so, note=""):
        """Notes something that must be so."""
        self.rows.append({"trial": self.trial, "figure": what, "value": "yes" if is_so else "no", "bound": "yes", "unit": "",
                          "miredo": None, "note": note, "right": bool(is_so)})
        say(f"{self.trial}: {what}: {'yes right' if is_so else 'no WRONG'} {note}")
        return bool(is_so)

    def broken(self, error):
        """Notes a trial that could not be carried out: that is no success."""
        self.rows.append({"trial": self.trial, "figure": "the trial itself", "value": None, "bound": "yes", "unit": "",
                          "miredo": None, "note": str(error).splitlines()[0], "right": False})
        say(f"{self.trial}: NOT TRIED: {error}")

    @property
    def is_good(self):
        return bool(self.rows) and all(row["right"] is not False for row in self.rows)

    def table(self, command):
        conditions = (f"{datetime.date.today().isoformat()}, {len(os.sched_getaffinity(0))} × {_processor()}, Linux {platform.release()}, "
                      f"commit {_commit()}; load average {self.load:.1f} before, {os.getloadavg()[0]:.1f} after.")
        head = ["trial", "figure", "reached", "bound", "Miredo", ""]
        rows = [[row["trial"], row["figure"] + (f" ({row['note']})" if row["note"] else ""), _shown(row["value"], row["unit"]),
                 row["bound"], _shown(row["miredo"], row["unit"]) if row["miredo"] is not None else "",
                 "" if row["right"] is None else "right" if row["right"] else "**wrong**"] for row in self.rows]
        lines = [f"`{command}`: {conditions}", "", "| " + " | ".join(head) + " |", "| --- | --- | ---: | ---: | ---: | --- |"]
        return "\n".join(lines + ["| " + " | ".join(row) + " |" for row in rows])

    def write(self, path, command):
        with open(path, "w") as file:
            json.dump({"command": command, "load": self.load, "rows": self.rows}, file, indent=1, ensure_ascii=False)
            file.write("\n")


def _shown(value, unit):
    if value is None:
        return "never"
    return value if isinstance(value, str) else f"{_number(value)} {unit}".strip()


def _number(value):
    if value == int(value):
        return f"{int(value):,}"
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def _processor():
    with open("/proc/cpuinfo") as file:
        return next((line.split(":", 1)[1].strip() for line in file if line.startswith("model name")), "unknown processor")


def _commit():
    shown = subprocess.run(["git", "describe", "--always", "--dirty"], capture_output=True, text=True)
    return shown.stdout.strip() or "unknown"
