"""The zygote: a process that has imported everything a notebook needs and computes nothing; forks one child per run.

Started by :class:`kpi_lib.batch.warm.Zygote` with the number of a Unix socket. Every message on it carries one end of a
run's own socket; the zygote forks a supervisor for it and goes on listening. It ends when its socket closes.

Three rules, each of which cost somebody figures: it computes nothing, because threads of DuckDB, Arrow, Polars or
OpenBLAS would be missing in the children while the locks they held are not; it never chooses a matplotlib backend,
because the notebooks' figures would vanish; every child seeds its random numbers anew, because all would draw the same.
"""

from __future__ import annotations

import gc
import importlib
import os
import signal
import socket
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

from kpi_lib.text.bilingual import Lang

LANGS: tuple[Lang, ...] = get_args(Lang)

ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMEXPR_NUM_THREADS": "1",
    # Arrow's allocator starts a thread of its own as soon as it is loaded.
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
}
"""Environment that keeps the libraries from starting threads when they are imported."""

LEFT_OUT = ("polars", "rfc3987_syntax")
"""Libraries the others are imported without; a child that wants one imports it itself. The first starts a thread, the
second builds grammars for a second, for formats of addresses that no notebook has."""

PRELOADED = (
    "numpy", "pandas", "pyarrow.parquet", "pyarrow.dataset", "pandas.io.formats.csvs", "pandas.io.formats.style",
    "scipy.stats", "matplotlib.pyplot", "matplotlib.backends.backend_svg", "matplotlib.backends.backend_agg",
    "matplotlib_inline.backend_inline", "seaborn", "statsmodels.tsa.stattools", "ruptures", "openpyxl", "duckdb",
    "ibis", "ibis.backends.duckdb", "ibis.backends.duckdb.converter", "ibis.expr.types.groupby", "ibis.formats.pandas",
    "ibis.formats.numpy", "holidays.countries", "babel.numbers", "babel.dates", "IPython", "papermill", "nbformat",
    "nbconvert", "kpi_lib.session", "kpi_lib.explore", "kpi_lib.batch.in_child",
)  # fmt: skip
"""What is imported before the first fork, together with every module of the reports."""


class UnsafeForkError(RuntimeError):
    """The zygote has more than one thread: a fork would lose all but one of them and keep their locks."""


def main(number: int) -> None:
    """Import everything, then fork a supervisor for every socket that arrives."""
    control = socket.socket(fileno=number)
    preload()
    # What follows the fork must not inherit this process's way with dead children.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    # Waited for, not ignored: what they took is then counted as what this process's children took.
    signal.signal(signal.SIGCHLD, lambda *_: _let_go(os.WNOHANG))
    control.sendall(b"r" if n_threads() == 1 else b"t")
    gc.collect()
    gc.freeze()
    for connection in _connections(control):
        if os.fork() == 0:
            control.close()
            _supervise(connection)
        connection.close()
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    _let_go(0)
    # Not a return: there is nothing to tidy up, and libraries would complain of what gc.freeze() keeps.
    os._exit(0)


def _let_go(options: int) -> None:
    """Take note of the supervisors that have ended; without WNOHANG wait for all of them."""
    while True:
        try:
            ended, _ = os.waitpid(-1, options)
        except ChildProcessError:
            return
        if not ended:
            return


def preload() -> None:
    """Import the libraries and every module of kpi_lib that a notebook can ask for."""
    # None makes an import fail, as if the library were not installed. Whoever starts the zygote sets it before the
    # first import.
    sys.modules.update(dict.fromkeys(LEFT_OUT))  # type: ignore[arg-type]
    for name in (*PRELOADED, *_modules("kpi_lib.report"), *_modules("kpi_lib.analysis")):
        importlib.import_module(name)
    for name in LEFT_OUT:
        del sys.modules[name]
    _read_files()


def n_threads() -> int:
    """Return the number of threads of this process; 1 where the system does not say."""
    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return 1


def _modules(package: str) -> Iterator[str]:
    from pkgutil import walk_packages

    path = importlib.import_module(package).__path__
    yield from (found.name for found in walk_packages(path, f"{package}."))


def _read_files() -> None:
    """Read what every page needs from disk and what costs time to parse: templates, fonts, translations."""
    import nbformat

    from kpi_lib.batch.export import export_page
    from kpi_lib.batch.page import PageInfo
    from kpi_lib.batch.plan import RunSpec
    from kpi_lib.text import Text

    name, nowhere = Text("", ""), Path()
    blank = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("1")])
    for lang in LANGS:
        spec = RunSpec("", "", lang, "", nowhere, nowhere, nowhere, name, name, LANGS, "")
        export_page(blank, PageInfo.of(spec))


def _connections(control: socket.socket) -> Iterator[socket.socket]:
    while True:
        try:
            message, descriptors, _, _ = socket.recv_fds(control, 1, 1)
        except ConnectionResetError:
            return
        if not message:
            return
        yield socket.socket(fileno=descriptors[0])


def _supervise(connection: socket.socket) -> None:
    """Be the supervisor of one run; never returns."""
    from kpi_lib.batch.supervisor import supervise

    status = 1
    try:
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        supervise(connection)
        status = 0
    finally:
        os._exit(status)
