"""The kernel of a run: talks through sockets in a folder of its own and leaves its last words in a file."""

from __future__ import annotations

import ast
import os
import signal
import time
from contextlib import suppress
from pathlib import Path
from queue import Empty
from typing import Any

import psutil
from jupyter_client.manager import AsyncKernelManager
from traitlets import Unicode
from traitlets.config import Config

NAME = "python3"
START_SECONDS = 120
"""A kernel starts in about a second; on a busy machine it was seen to take a minute."""

_LAST_WORDS = 4000
_ANSWER_SECONDS = 3.0
"""An idle kernel answers at once; one that is in the middle of a cell does not."""
_THREADS = (
    "[one.name for one in __import__('threading').enumerate() "
    "if not one.daemon and one is not __import__('threading').main_thread()]"
)
"""What a kernel is asked for after its last cell: how many threads it has is no use, it has several of its own."""
_GRACE_SECONDS = 1.0
"""Time for a kernel's own helper processes to notice that it has ended."""


class RunKernelManager(AsyncKernelManager):
    """Starts the kernel with its standard streams in ``log_file``: what a dying kernel says is the only clue left.

    When it ends the kernel it looks what of the notebook still runs, kills that and tells it in ``left_file``.
    """

    log_file = Unicode(help="File that takes what the kernel's process writes.").tag(config=True)
    left_file = Unicode(help="File that takes what still ran after the last cell.").tag(config=True)
    _group: int | None = None

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]  # as its own parent does
        """Start the kernel's process."""
        with Path(self.log_file).open("ab") as log:
            await super().start_kernel(stdout=log, stderr=log, **options)
        self._group = getattr(self.provisioner, "pgid", None)

    async def shutdown_kernel(self, now: bool = False, restart: bool = False) -> None:  # type: ignore[override]
        """End the kernel and everything it started."""
        threads = [] if now else await self._threads()
        if threads:
            self._tell(f"threads still ran after the last cell: {', '.join(threads)}")
        pid: int | None = getattr(self.provisioner, "pid", None)
        programs = [] if pid is None else _started_by(pid)
        if pid is not None and programs and _left_by(pid, programs):
            self._tell("processes the notebook started still ran after its last cell")
        # A thread would hold a kernel that is only asked to end.
        await super().shutdown_kernel(now=now or bool(threads or programs), restart=restart)

    async def _threads(self) -> list[str]:
        """Return the threads that would hold the kernel; none where it does not answer."""
        client = self.client()
        client.start_channels(stdin=False, hb=False)
        try:
            asked: Any = client.execute(
                "", silent=True, user_expressions={"threads": _THREADS}, reply=True, timeout=_ANSWER_SECONDS
            )
            answer = (await asked)["content"]["user_expressions"]["threads"]
            return sorted(ast.literal_eval(answer["data"]["text/plain"]))
        except (TimeoutError, Empty, LookupError, ValueError, SyntaxError, RuntimeError):
            return []
        finally:
            client.stop_channels()

    def _tell(self, what: str) -> None:
        Path(self.left_file).write_text(what, encoding="utf-8")

    async def cleanup_resources(self, restart: bool = False) -> None:  # type: ignore[override]
        """Tidy up, also after a kernel that died and left programs of its group behind."""
        if self._group is not None:
            with suppress(ProcessLookupError, PermissionError):
                os.killpg(self._group, signal.SIGKILL)
        await super().cleanup_resources(restart=restart)


def kernel_config(folder: Path) -> Config:
    """Return the settings of a kernel that keeps everything in ``folder``, which needs a short name.

    Sockets instead of ports: nothing to race for and no unencrypted TCP. A socket's path may have about a hundred
    characters only.
    """
    sockets = {} if os.name == "nt" else {"transport": "ipc", "connection_file": str(folder / "kernel.json")}
    return Config(RunKernelManager={"log_file": str(_log(folder)), "left_file": str(_left(folder)), **sockets})


def last_words(folder: Path) -> str:
    """Return the end of what the kernel's process wrote."""
    log = _log(folder)
    return log.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:] if log.exists() else ""


def left_running(folder: Path) -> str:
    """Return what of the kernel still ran after the last cell; empty where nothing did."""
    left = _left(folder)
    return left.read_text(encoding="utf-8") if left.exists() else ""


def _log(folder: Path) -> Path:
    return folder / "kernel.log"


def _left(folder: Path) -> Path:
    return folder / "left_running.txt"


def _started_by(pid: int) -> list[psutil.Process]:
    """Return the programs below a process that run."""
    try:
        found = psutil.Process(pid).children(recursive=True)
    except psutil.NoSuchProcess:
        return []
    return [one for one in found if _runs(one)]


def _left_by(kernel: int, programs: list[psutil.Process]) -> bool:
    """Kill a kernel, then what does not end with it; return whether there was any.

    Asked to end, the kernel would kill them itself, and nobody would know. Killed, it leaves them as they are, and
    helpers that listen to it see that it is gone and end.
    """
    with suppress(psutil.NoSuchProcess):
        psutil.Process(kernel).kill()
    end = time.monotonic() + _GRACE_SECONDS
    while (left := [one for one in programs if _runs(one)]) and time.monotonic() < end:
        time.sleep(0.02)
    for one in left:
        with suppress(psutil.NoSuchProcess):
            one.kill()
    return bool(left)


def _runs(program: psutil.Process) -> bool:
    """Return whether a program runs; one that has ended may wait for somebody to take note."""
    try:
        return bool(program.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False
