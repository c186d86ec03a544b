"""Plan, execute, export: every branch's reports from the notebooks, and the page that leads to them."""

from kpi_lib.batch.batch import Inputs, Making, plan_batch, run_batch
from kpi_lib.batch.manifest import Manifest

__all__ = ["Inputs", "Making", "Manifest", "plan_batch", "run_batch"]
