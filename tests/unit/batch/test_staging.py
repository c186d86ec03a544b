from __future__ import annotations

import os
import socket
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kpi_lib.batch import staging
from kpi_lib.batch.staging import staging_folder, sweep
from kpi_lib.errors import InputError


def hidden(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.rglob(".*"))


def test_the_folder_goes_with_its_batch(tmp_path: Path) -> None:
    with staging_folder(tmp_path / "out") as folder:
        assert folder.parent == tmp_path / "out"
    assert hidden(tmp_path) == []


def test_what_a_killed_batch_left_goes_and_what_a_living_one_has_stays(tmp_path: Path) -> None:
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    here = socket.gethostname()
    (tmp_path / ".staging-killed" / "chengdu").mkdir(parents=True)
    (tmp_path / ".staging-killed" / "owner").touch()
    (tmp_path / f".index.html.{here}.{dead.pid}.part").touch()
    (tmp_path / f".index.html.{here}.{os.getppid()}.part").touch()
    (tmp_path / ".index.html.another-machine.1.part").touch()
    with staging_folder(tmp_path) as living, staging_folder(tmp_path):
        assert living.exists()
        assert not (tmp_path / ".staging-killed").exists()
    kept = [f".index.html.{here}.{os.getppid()}.part", ".index.html.another-machine.1.part"]
    assert hidden(tmp_path) == sorted(kept)


@pytest.mark.parametrize("moment", ["mkdtemp", "lock"])
def test_one_that_starts_meanwhile_does_not_take_the_folder_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
) -> None:
    # The other sweeps where this one has a folder and no lock on it yet: before or after it made the file in it.
    module = staging.tempfile if moment == "mkdtemp" else staging
    real, swept = getattr(module, moment), []

    def interrupted(*positional: Any, **named: Any) -> Any:
        made = real(*positional, **named) if moment == "mkdtemp" else None
        if not swept:
            swept.append(True)
            sweep(tmp_path)
        return made or real(*positional, **named)

    monkeypatch.setattr(module, moment, interrupted)
    with staging_folder(tmp_path) as folder:
        (folder / "page.html").touch()
        sweep(tmp_path)
        assert (folder / "page.html").exists()
    assert swept
    assert hidden(tmp_path) == []


def test_a_file_in_the_place_of_the_folder_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").touch()
    with pytest.raises(InputError, match="cannot be written"), staging_folder(tmp_path / "out"):
        raise AssertionError("never entered")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_folder_without_leave_to_write_is_told(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir(mode=0o500)
    with pytest.raises(InputError, match="cannot be written"), staging_folder(tmp_path / "out"):
        raise AssertionError("never entered")
