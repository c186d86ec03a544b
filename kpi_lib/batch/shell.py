"""An IPython shell without a kernel: runs cells in this process and keeps what they show as a notebook does."""

from __future__ import annotations

import io
import sys
from base64 import b64encode
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from IPython.core.displayhook import DisplayHook
from IPython.core.displaypub import DisplayPublisher
from IPython.core.interactiveshell import InteractiveShell
from nbformat import NotebookNode
from nbformat.v4 import new_output
from traitlets import Any as AnyTrait
from traitlets import Type
from traitlets.config import Config

from kpi_lib.plot.style import default_style


class Outputs:
    """What the cells show, in the order they show it; ``current`` is the list of the cell that runs, ``number`` its."""

    def __init__(self) -> None:
        self.current: list[NotebookNode] = []
        self.number = 0
        self._displays: dict[str, list[NotebookNode]] = {}
        self._clear_before_next = False

    def begin(self, number: int) -> list[NotebookNode]:
        """Return the list that takes the outputs of the cell about to run."""
        self.current, self.number, self._clear_before_next = [], number, False
        return self.current

    def add(self, output: NotebookNode, display_id: str | None = None) -> None:
        """Add an output; one with an id can be updated later."""
        if self._clear_before_next:
            self.clear()
        self.current.append(output)
        if display_id is not None:
            self._displays.setdefault(display_id, []).append(output)

    def update(self, display_id: str, data: Mapping[str, Any], metadata: Mapping[str, Any]) -> None:
        """Replace what is shown under an id, wherever it is."""
        for output in self._displays.get(display_id, []):
            output.update(data=NotebookNode(data), metadata=NotebookNode(metadata))

    def stream(self, name: str, text: str) -> None:
        """Add text of a standard stream to that before it."""
        if self._clear_before_next:
            self.clear()
        last = self.current[-1] if self.current else None
        if last is not None and last.output_type == "stream" and last.name == name:
            last.text += text
        else:
            self.current.append(new_output("stream", name=name, text=text))

    def clear(self, *, wait: bool = False) -> None:
        """Take back what the running cell has shown, at once or with its next output."""
        self._clear_before_next = wait
        if not wait:
            self.current.clear()


class _Publisher(DisplayPublisher):
    outputs = AnyTrait()

    def publish(
        self,
        data: Any,
        metadata: Any = None,
        source: Any = None,
        *,
        transient: Any = None,
        update: Any = False,
        **_: Any,
    ) -> None:
        """Keep a display."""
        shown, about = _plain(data), dict(metadata or {})
        display_id = (transient or {}).get("display_id")
        if update and display_id is not None:
            self.outputs.update(display_id, shown, about)
        else:
            self.outputs.add(new_output("display_data", data=shown, metadata=about), display_id)

    def clear_output(self, wait: bool = False) -> None:
        """Take back what the running cell has shown."""
        self.outputs.clear(wait=wait)


class _Hook(DisplayHook):
    outputs = AnyTrait()

    def start_displayhook(self) -> None:
        """Begin a result; nothing is printed."""

    def write_output_prompt(self) -> None:
        """Print no prompt."""

    def write_format_data(self, format_dict: Any, md_dict: Any = None) -> None:
        """Keep the value of the cell's last line."""
        self.outputs.add(
            new_output(
                "execute_result",
                data=_plain(format_dict),
                metadata=dict(md_dict or {}),
                execution_count=self.outputs.number,
            )
        )

    def finish_displayhook(self) -> None:
        """End a result."""


class NotebookShell(InteractiveShell):
    """Runs cells and keeps their outputs; create it with :func:`notebook_shell`."""

    displayhook_class = Type(_Hook)
    display_pub_class = Type(_Publisher)
    outputs = AnyTrait()

    def run(self, source: str) -> tuple[list[NotebookNode], int, BaseException | None]:
        """Run one cell; return its outputs, its number and what stopped it."""
        number = self.execution_count
        shown = self.outputs.begin(number)
        with _captured(self.outputs):
            result = self.run_cell(source, store_history=True)  # type: ignore[no-untyped-call]
        return shown, number, result.error_before_exec or result.error_in_exec

    def enable_gui(self, gui: Any = None) -> None:
        """Do nothing: there are no windows."""

    def ask_exit(self) -> None:
        """End the notebook, as ``exit()`` asks."""
        raise SystemExit(0)

    def _showtraceback(self, etype: Any, evalue: Any, stb: Any) -> None:
        self.outputs.add(new_output("error", ename=etype.__name__, evalue=str(evalue), traceback=list(stb)))

    def showtraceback(self, exc_tuple: Any = None, *positional: Any, **named: Any) -> None:
        """Keep the traceback; of ``sys.exit`` too, where a terminal would only give advice."""
        kind, value, trace = self._get_exc_info(exc_tuple)  # type: ignore[no-untyped-call]
        if isinstance(value, SystemExit):
            self._showtraceback(kind, value, self.InteractiveTB.get_exception_only(kind, value))
        else:
            super().showtraceback((kind, value, trace), *positional, **named)


def notebook_shell() -> NotebookShell:
    """Return a fresh shell with figures shown inline; the one before, if any, is let go."""
    NotebookShell.clear_instance()
    # A history would open a database and a thread.
    settings = Config(HistoryManager={"enabled": False}, InteractiveShell={"colors": "nocolor", "xmode": "Context"})
    shell = NotebookShell.instance(config=settings)
    shell.outputs = Outputs()
    for hook in (shell.displayhook, shell.display_pub):
        hook.set_trait("outputs", shell.outputs)
    default_style()
    shell.enable_matplotlib("inline")  # type: ignore[no-untyped-call]
    return shell


class _Stream(io.TextIOBase):
    def __init__(self, name: str, outputs: Outputs) -> None:
        self._name, self._outputs = name, outputs

    def writable(self) -> bool:
        return True

    def write(self, text: str) -> int:
        if text:
            self._outputs.stream(self._name, text)
        return len(text)


@contextmanager
def _captured(outputs: Outputs) -> Iterator[None]:
    before = sys.stdout, sys.stderr
    sys.stdout, sys.stderr = _Stream("stdout", outputs), _Stream("stderr", outputs)
    try:
        yield
    finally:
        sys.stdout, sys.stderr = before


def _plain(data: Mapping[str, Any]) -> dict[str, Any]:
    """Return a display's forms as a notebook file holds them: pictures in base 64."""
    return {kind: b64encode(form).decode("ascii") if isinstance(form, bytes) else form for kind, form in data.items()}
