"""Runs in children of a zygote, called as plain functions; one zygote serves all threads of this process."""

from __future__ import annotations

import atexit
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable

from kpi_lib.batch.channel import receive, send
from kpi_lib.batch.limits import Cost, Ended, KilledFor
from kpi_lib.batch.supervisor import Request
from kpi_lib.batch.zygote import LEFT_OUT, ONE_THREAD, UnsafeForkError

GONE = Ended(
    exit_code=-9, killed_for=KilledFor.NOTHING, out_of_memory=False, left_running=False, cost=Cost(), last_words=""
)
"""What is known of a run whose supervisor was killed."""


def fork_is_safe() -> bool:
    """Return whether a process that has loaded the libraries can be forked here.

    Windows cannot fork; on macOS the system's own libraries start threads when they are loaded.
    """
    return hasattr(os, "fork") and sys.platform != "darwin"


class Zygote:
    """A running zygote.

    Raises
    ------
    UnsafeForkError
        It has more than one thread after its imports.
    """

    def __init__(self) -> None:
        self._control, theirs = socket.socketpair()
        start = (
            f"import sys; sys.modules.update(dict.fromkeys({LEFT_OUT!r})); "
            "from kpi_lib.batch.zygote import main; main(int(sys.argv[1]))"
        )
        command = [sys.executable, "-c", start, str(theirs.fileno())]
        environment = {name: value for name, value in os.environ.items() if name != "MPLBACKEND"} | ONE_THREAD
        path = [entry for entry in sys.path if entry]
        environment["PYTHONPATH"] = os.pathsep.join(path)
        self._process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, env=environment)
        theirs.close()
        told = self._control.recv(1)
        if told != b"r":
            self.close()
            raise UnsafeForkError("the zygote has started threads" if told else "the zygote did not start")

    @property
    def alive(self) -> bool:
        """Whether it still takes runs."""
        return self._process.poll() is None

    def run(self, request: Request, on_message: Callable[[object], None]) -> Ended:
        """Run the request in a child and return how that ended.

        Parameters
        ----------
        request
            What to run.
        on_message
            Told of every message of the run, in this thread.
        """
        ours, theirs = socket.socketpair()
        with ours:
            try:
                with theirs:
                    socket.send_fds(self._control, [b"f"], [theirs.fileno()])
                send(ours, request)
                while not isinstance(message := receive(ours), Ended):
                    on_message(message)
            except (EOFError, OSError):
                return GONE
        return message

    def close(self) -> None:
        """End the zygote; runs that are under way go on."""
        self._control.close()
        self._process.wait()


class _Shared:
    """The zygote of this process, started when it is first needed and again when it died."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.zygote: Zygote | None = None

    def get(self) -> Zygote:
        with self.lock:
            if self.zygote is not None and not self.zygote.alive:
                self.zygote.close()
                self.zygote = None
            if self.zygote is None:
                self.zygote = Zygote()
            return self.zygote

    def close(self) -> None:
        with self.lock:
            if self.zygote is not None:
                self.zygote.close()
            self.zygote = None


_shared = _Shared()
atexit.register(_shared.close)


def zygote() -> Zygote:
    """Return this process's zygote."""
    return _shared.get()


def close_zygote() -> None:
    """End this process's zygote; the next run starts a new one, with the code as it then is."""
    _shared.close()
