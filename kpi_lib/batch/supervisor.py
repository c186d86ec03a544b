"""The supervisor of one run: forks it, watches it from outside, kills what it leaves, tells how it ended.

It never runs a line of the notebook, so nothing a notebook does can make it report a success.
"""

from __future__ import annotations

import contextlib
import ctypes
import os
import random
import select
import signal
import socket
import sys
import tempfile
import time
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from kpi_lib.batch.channel import receive, send
from kpi_lib.batch.limits import Cost, Ended, KilledFor, Limits

_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_LAST_WORDS = 4000
_NEAR_LIMIT = 0.8
"""Share of its memory limit from which on a crash counts as one for want of memory."""

_GRACE_SECONDS = 1.0
"""Time for a run's own helper processes to notice that it has ended."""

Tell = Callable[[object], None]
"""Sends a message of the run to the batch."""


@dataclass(frozen=True)
class Request:
    """What to run: ``function(tell, *arguments)`` in a process of its own.

    Parameters
    ----------
    function, arguments
        Found again by name in the zygote.
    limits
        What the run may take.
    seed
        Of the random numbers of Python and NumPy.
    """

    function: Callable[..., None]
    arguments: tuple[Any, ...]
    limits: Limits
    seed: int


@dataclass(frozen=True)
class CellStarted:
    """The run begins a cell, which sets its clock; ``first`` that of a notebook, which sets the run's too."""

    number: int
    first: bool = False


def supervise(caller: socket.socket) -> None:
    """Do what the request on ``caller`` says and end with an :class:`Ended` message."""
    request = receive(caller)
    assert isinstance(request, Request)
    os.setsid()
    _control(_PR_SET_CHILD_SUBREAPER, 1)
    killed_before = _kills_for_memory()
    with tempfile.TemporaryFile() as log:
        ours, theirs = socket.socketpair()
        me = os.getpid()
        child = os.fork()
        if child == 0:
            ours.close()
            caller.close()
            _be_the_run(request, theirs, log, me)
        theirs.close()
        watch = _Watch(caller, ours, child, request.limits)
        status, cost = watch.until_it_ends()
        code = os.waitstatus_to_exitcode(status)
        left = _kill_the_rest(child)
        crashed = code != 0 and watch.killed_for is KilledFor.NOTHING
        near = request.limits.memory is not None and cost.peak_memory > _NEAR_LIMIT * request.limits.memory
        no_memory = crashed and (near or _kills_for_memory() > killed_before)
        ended = Ended(code, watch.killed_for, no_memory, left, cost, _end_of(log))
        with contextlib.suppress(OSError):
            send(caller, ended)


class _Watch:
    """Passes the run's messages on to the batch and keeps its clocks."""

    def __init__(self, caller: socket.socket, run: socket.socket, child: int, limits: Limits) -> None:
        self.caller, self.run, self.child, self.limits = caller, run, child, limits
        self.killed_for = KilledFor.NOTHING
        now = time.monotonic()
        self.cell_end, self.run_end = now + limits.cell_seconds, now + limits.run_seconds

    def until_it_ends(self) -> tuple[int, Cost]:
        """Return the run's wait status and what it took, once it is dead."""
        # The socket may outlive the run in the hands of a process it left behind; the signal tells of its death.
        woken, wake = os.pipe()
        os.set_blocking(wake, False)
        signal.set_wakeup_fd(wake)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        listening = True
        while True:
            done, status, usage = os.wait4(self.child, os.WNOHANG)
            if done:
                break
            wait_for: list[Any] = [woken, self.caller, *([self.run] if listening else [])]
            ready, _, _ = select.select(wait_for, [], [], max(0.0, min(self.cell_end, self.run_end) - time.monotonic()))
            if woken in ready:
                os.read(woken, 4096)
            if self.run in ready:
                listening = self._pass_on()
            if self.caller in ready:
                # The batch never speaks twice: this is its end.
                self._kill(KilledFor.CALLER_GONE)
            self._look_at_the_clock()
        while listening and select.select([self.run], [], [], 0)[0]:
            listening = self._pass_on()
        return status, Cost(
            usage.ru_utime + usage.ru_stime, usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024)
        )

    def _pass_on(self) -> bool:
        """Hand one message on; return whether more may come."""
        try:
            message = receive(self.run)
        except EOFError:
            return False
        if isinstance(message, CellStarted):
            now = time.monotonic()
            self.cell_end = now + self.limits.cell_seconds
            if message.first:
                self.run_end = now + self.limits.run_seconds
        with contextlib.suppress(OSError):
            send(self.caller, message)
        return True

    def _look_at_the_clock(self) -> None:
        now = time.monotonic()
        if now >= self.cell_end:
            self._kill(KilledFor.CELL_TIME)
        elif now >= self.run_end:
            self._kill(KilledFor.RUN_TIME)

    def _kill(self, why: KilledFor) -> None:
        if self.killed_for is KilledFor.NOTHING:
            self.killed_for = why
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.child, signal.SIGKILL)
        self.cell_end = self.run_end = time.monotonic() + 1.0


def _be_the_run(request: Request, tell: socket.socket, log: IO[bytes], parent: int) -> None:
    """Run the request in this process; never returns."""
    status = 1
    try:
        os.setsid()
        _control(_PR_SET_PDEATHSIG, signal.SIGKILL)
        if os.getppid() != parent:
            os._exit(1)
        signal.signal(signal.SIGINT, signal.default_int_handler)
        _limit(request.limits.memory)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for origin, target in ((nothing, 0), (log.fileno(), 1), (log.fileno(), 2)):
            os.dup2(origin, target)
        _seed(request.seed)
        request.function(lambda message: send(tell, message), *request.arguments)
        status = 0
    except BaseException:
        traceback.print_exc(file=sys.__stderr__)
    finally:
        # Not sys.exit: threads a notebook left would hold the process, and handlers of the zygote would run here.
        with contextlib.suppress(OSError, ValueError):
            sys.__stderr__.flush()  # type: ignore[union-attr]
        os._exit(status)


def _limit(memory: int | None) -> None:
    """Limit this process: no core files, and no more private memory than ``memory``."""
    import resource  # not there on Windows, where nothing is forked

    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_DATA, (memory, memory))


def _seed(seed: int) -> None:
    """Seed Python's and NumPy's random numbers: every child starts from the same state of the zygote."""
    import numpy as np

    random.seed(seed)
    np.random.seed(seed % 2**32)  # noqa: NPY002  # the state notebooks that use the old interface draw from


def _control(option: int, value: int) -> None:
    """Set a property of this process; only Linux has these."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(option, value, 0, 0, 0)


def _kill_the_rest(child: int) -> bool:
    """Kill everything the run started and left; return whether anything still ran.

    What ends by itself when the run does, such as the helpers of a pool of processes, has a moment to do so.
    """
    end = time.monotonic() + _GRACE_SECONDS
    while _someone_is_left() and time.monotonic() < end:
        time.sleep(0.01)
    left = _someone_is_left()
    while _someone_is_left():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(child, signal.SIGKILL)
        # Those in sessions of their own have come to this process, which takes in orphans.
        for orphan in _children():
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.kill(orphan, signal.SIGKILL)
        time.sleep(0.005)
    return left


def _someone_is_left() -> bool:
    """Return whether this process has children that run; those that have ended are let go."""
    while True:
        try:
            ended, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return False
        if not ended:
            return True


def _children() -> list[int]:
    try:
        return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]
    except OSError:
        return []


def _kills_for_memory() -> int:
    """Return how often the system killed for want of memory in this process's control group."""
    try:
        group = Path("/proc/self/cgroup").read_text().strip().rpartition(":")[2].lstrip("/")
        events = (Path("/sys/fs/cgroup") / group / "memory.events").read_text().split()
        return int(events[events.index("oom_kill") + 1])
    except (OSError, ValueError, IndexError):
        return 0


def _end_of(log: IO[bytes]) -> str:
    size = log.seek(0, os.SEEK_END)
    log.seek(max(0, size - _LAST_WORDS))
    return log.read().decode("utf-8", "replace")
