"""Jobs on a Dask cluster, whose workers share the folders of the project and of the reports."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Executor, Future
from functools import partial
from typing import TYPE_CHECKING, Any

from kpi_lib.batch.executors import Engine, Workers, local
from kpi_lib.errors import InputError, Issue

if TYPE_CHECKING:
    from distributed import Client

SECONDS_TO_CONNECT = 15


def cluster(address: str, engine: Engine) -> Workers:
    """Return the workers of the cluster with a scheduler at ``address``, such as ``tcp://host:8786``.

    Every worker process starts a zygote of its own. How many runs go on at a time is the cluster's affair.

    Raises
    ------
    InputError
        Dask is not installed, or there is no scheduler.
    """
    _connected(address).close()
    return Workers(local(engine).run, partial(_ClusterExecutor, address))


class _ClusterExecutor(Executor):
    """The cluster's executor, with a connection that ends when it does."""

    def __init__(self, address: str, _: int) -> None:
        self._client = _connected(address)
        # Not pure: a job that is tried again must run again. Tried again by class here, not by the cluster.
        self._executor: Executor = self._client.get_executor(pure=False, retries=0)

    def submit(self, fn: Callable[..., Any], /, *args: Any, **kwargs: Any) -> Future[Any]:
        return self._executor.submit(fn, *args, **kwargs)

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        self._executor.shutdown(wait=wait)
        self._client.close()


def _connected(address: str) -> Client:
    try:
        from distributed import Client
    except ImportError as error:
        raise InputError(Issue("--dask", "Dask is not installed", "pip install 'aftersales-kpi[dask]'")) from error
    try:
        return Client(address, timeout=SECONDS_TO_CONNECT, set_as_default=False)
    except (OSError, TimeoutError, ValueError) as error:
        raise InputError(Issue("--dask", f"no scheduler at {address}: {error}")) from error
