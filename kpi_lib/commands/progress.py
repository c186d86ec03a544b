"""A bar with the time left while reports are made."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from kpi_lib.commands.opened import err
from kpi_lib.commands.planned import Planned

# The commands import what they need: loading the engines takes seconds, which --help and completion should not.
if TYPE_CHECKING:
    from kpi_lib.batch.execute import Attempt
    from kpi_lib.batch.jobs import RunKey
    from kpi_lib.batch.keys import Key


@contextmanager
def progress(
    planned: Planned, keys: dict[RunKey, Key], shard: tuple[int, int], force: bool
) -> Iterator[Callable[[Attempt], None]]:
    """Show a bar with the time left, and every failure at once; without a terminal a line for every report."""
    from kpi_lib.batch.batch import sharded
    from kpi_lib.batch.jobs import expected_seconds, jobs_of
    from kpi_lib.batch.limits import Limits
    from kpi_lib.batch.manifest import last_records, read_records
    from kpi_lib.batch.stale import staleness

    folder = planned.specs[0].out
    last = last_records(read_records(folder))
    found = staleness(planned.specs, keys, last, folder)
    stale = [one.spec for one in found if one.is_stale or force]
    before = {name: record.seconds for name, record in last.items() if record.status == "ok"}
    jobs = jobs_of(sharded(stale, shard, of_all=planned.specs), Limits())
    guesses = {job.specs[0].key[:2]: expected_seconds(job, before) / len(job.specs) for job in jobs}
    usual = {key: 1.0 if math.isinf(guess) else guess for key, guess in guesses.items()}
    total = sum(usual[job.specs[0].key[:2]] * len(job.specs) for job in jobs)
    if len(stale) < len(found):
        err.print(f"{len(found) - len(stale)} of {len(found)} reports are up to date", highlight=False)
    failed = 0
    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, disable=not err.is_terminal) as bar:
        task = bar.add_task("Reports", total=total)

        def done(attempt: Attempt) -> None:
            nonlocal failed
            result, spec = attempt.result, attempt.result.spec
            if attempt.last:
                failed += not result.ok
                bar.update(task, advance=usual.get(spec.key[:2], 1.0))
                bar.update(task, description=f"Reports, {failed} failed" if failed else "Reports")
            if result.failure:
                word = "failed " if attempt.last else "again  "
                told = f"{word} {spec.name}: {result.failure.name}: {result.failure.message}"
                bar.console.print(told, markup=False, highlight=False, style="red")
            elif not err.is_terminal:
                err.print(f"made    {spec.name} ({result.seconds:.1f} s)", markup=False, highlight=False)

        yield done
