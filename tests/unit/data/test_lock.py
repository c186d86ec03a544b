"""A lock is held by one, given back, and gone with a holder that is killed."""

import subprocess
import sys
import threading

from kpi_lib.data.lock import lock, one_at_a_time

HOLD = """
import sys, time
from pathlib import Path
from kpi_lib.data.lock import one_at_a_time
with one_at_a_time(Path(sys.argv[1])):
    print("held", flush=True)
    time.sleep(60)
"""


def test_the_second_waits_for_the_first(tmp_path):
    order, begun = [], threading.Event()

    def second():
        begun.set()
        with one_at_a_time(tmp_path / "new" / "file"):
            order.append("second")

    with one_at_a_time(tmp_path / "new" / "file"):
        other = threading.Thread(target=second)
        other.start()
        begun.wait()
        other.join(0.2)
        order.append("first")
    other.join()
    assert order == ["first", "second"]


def test_a_killed_holder_holds_nothing(tmp_path):
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path / "file")],
        stdout=subprocess.PIPE,
        env={"PYTHONPATH": ":".join(sys.path)},
    )
    assert holder.stdout.readline() == b"held\n"
    with (tmp_path / "file").open("ab") as file:
        assert lock(file, wait=False) is False
        holder.kill()
        holder.wait()
        assert lock(file, wait=False) is True
    holder.stdout.close()
