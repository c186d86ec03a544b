"""Jobs on a Dask cluster, whose workers share the folders of the project and of the reports."""

from __future__ import annotations

from concurrent.futures import Executor

from kpi_lib.batch.executors import Engine, Workers, local
from kpi_lib.errors import InputError, Issue

SECONDS_TO_CONNECT = 15


def cluster(address: str, engine: Engine) -> Workers:
    """Return the workers of the cluster with a scheduler at ``address``, such as ``tcp://host:8786``.

    Every worker process starts a zygote of its own. How many runs go on at a time is the cluster's affair.

    Raises
    ------
    InputError
        Dask is not installed, or there is no scheduler.
    """
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(Issue("--dask", "Dask is not installed", "pip install 'aftersales-kpi[dask]'")) from error
    try:
        client = Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(Issue("--dask", f"no scheduler at {address}: {error}")) from error

    def executor(_: int) -> Executor:
        # Not pure: a job that is tried again must run again.
        found: Executor = client.get_executor(pure=False)
        return found

    return Workers(local(engine).run, executor)
