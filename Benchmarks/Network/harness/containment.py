"""A process namespace around a script: whatever it starts dies with it.

Miredo starts helpers as other users, which a parent's death alone does not end.
"""

import os
import shlex
import signal
import sys

from harness.machine import Child

# Set in the environment of the inner script to the command line of the outer one.
_COMMAND = "TEREDO_BENCHMARK_COMMAND"


def is_outside():
    return _COMMAND not in os.environ


def command(script, words):
    """The command line as the user wrote it."""
    return os.environ.get(_COMMAND) or shlex.join([f"scripts/{os.path.basename(script)}"] + words)


def run(script, words):
    """Runs a script again as the first process of a process namespace; returns its exit status."""
    child = Child(
        ["unshare", "--pid", "--fork", "--kill-child", "--mount-proc", sys.executable, os.path.abspath(script)] + words,
        inherits=True, environment=dict(os.environ, **{_COMMAND: command(script, words)}),
    )

    def forward(number, frame):
        # unshare itself ignores these signals; its only child is the script.
        with open(f"/proc/{child.pid}/task/{child.pid}/children") as file:
            for pid in file.read().split():
                os.kill(int(pid), number)

    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, forward)
    return child.process.wait()


def end_orderly():
    """Makes every usual interruption an exception: the clean-up of every network runs."""
    for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda number, frame: sys.exit(128 + number))
