"""The kernel of a run: talks through sockets in a folder of its own and leaves its last words in a file."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from jupyter_client.manager import AsyncKernelManager
from traitlets import Unicode
from traitlets.config import Config

NAME = "python3"
START_SECONDS = 120
"""A kernel starts in about a second; on a busy machine it was seen to take a minute."""

_LAST_WORDS = 4000


class RunKernelManager(AsyncKernelManager):
    """Starts the kernel with its standard streams in ``log_file``: what a dying kernel says is the only clue left."""

    log_file = Unicode(help="File that takes what the kernel's process writes.").tag(config=True)

    async def start_kernel(self, **options: Any) -> None:  # type: ignore[override]  # as its own parent does
        """Start the kernel's process."""
        with Path(self.log_file).open("ab") as log:
            await super().start_kernel(stdout=log, stderr=log, **options)


def kernel_config(folder: Path) -> Config:
    """Return the settings of a kernel that keeps everything in ``folder``, which needs a short name.

    Sockets instead of ports: nothing to race for and no unencrypted TCP. A socket's path may have about a hundred
    characters only.
    """
    sockets = {} if os.name == "nt" else {"transport": "ipc", "connection_file": str(folder / "kernel.json")}
    return Config(RunKernelManager={"log_file": str(_log(folder)), **sockets})


def last_words(folder: Path) -> str:
    """Return the end of what the kernel's process wrote."""
    log = _log(folder)
    return log.read_text(encoding="utf-8", errors="replace")[-_LAST_WORDS:] if log.exists() else ""


def _log(folder: Path) -> Path:
    return folder / "kernel.log"
