"""A papermill engine that runs the notebook in this process, for a process that runs nothing else."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbformat import NotebookNode
from papermill.engines import Engine, papermill_engines

from kpi_lib.batch.shell import notebook_shell

NAME = "in_process"
"""Name papermill knows the engine by."""


class InProcessEngine(Engine):  # type: ignore[misc]  # papermill has no types
    """Runs every code cell in an IPython shell of this process."""

    @classmethod
    def execute_managed_notebook(
        cls,
        nb_man: Any,
        kernel_name: str,
        *,
        on_notebook: Callable[[NotebookNode], None] = lambda _: None,
        on_cell: Callable[[int], None] = lambda _: None,
        after_cell: Callable[[int, NotebookNode], None] = lambda *_: None,
        **options: Any,
    ) -> None:
        """Run the notebook.

        Parameters
        ----------
        nb_man
            Papermill's record of the execution.
        kernel_name
            As the notebook names it; there is no kernel.
        on_notebook
            Told the notebook, with its parameters, before the first cell.
        on_cell
            Told the number of each code cell, from 1, before it runs.
        after_cell
            Told the number and the executed cell after it ran.
        options
            Those of other engines.
        """
        on_notebook(nb_man.nb)
        shell = notebook_shell()
        for index, cell in enumerate(nb_man.nb.cells):
            nb_man.cell_start(cell, index)
            if cell.cell_type == "code" and cell.source.strip():
                on_cell(index + 1)
                cell.outputs, cell.execution_count, stopped = shell.run(cell.source)
                if stopped is not None:
                    nb_man.cell_exception(nb_man.nb.cells[index], cell_index=index)
            else:
                stopped = None
            nb_man.cell_complete(cell, cell_index=index)
            after_cell(index + 1, cell)
            if stopped is not None:
                return


papermill_engines.register(NAME, InProcessEngine)
