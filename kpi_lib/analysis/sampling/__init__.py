"""Survey sampling for after-sales work: plan, draw, estimate, distrust.

Frames in, frozen results out that serialise to JSON; everything random hangs on a salt.
"""

from kpi_lib.analysis.sampling.allocation import SampleSizes, allocate
from kpi_lib.analysis.sampling.auditing import AuditPlan, AuditResult, audit_upper_limit, evaluate_audit, plan_audit
from kpi_lib.analysis.sampling.distrust import NonresponseCheck, nonresponse_check
from kpi_lib.analysis.sampling.drawing import draw
from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.estimating import SurveyEstimate, Variance, estimate
from kpi_lib.analysis.sampling.frame import customer_kinds, served_customers
from kpi_lib.analysis.sampling.picking import Method
from kpi_lib.analysis.sampling.planning import Plan, plan_sample
from kpi_lib.analysis.sampling.promises import Commitment, commit, common_salt
from kpi_lib.analysis.sampling.sheet import Sheet, read_sheet, seal, verify
from kpi_lib.analysis.sampling.signs import Light, Sign
from kpi_lib.analysis.sampling.two_stage import draw_two_stage
from kpi_lib.analysis.sampling.undrawn import as_asked, as_weighted
from kpi_lib.analysis.sampling.waves import WaveChange, change_between

__all__ = [
    "AuditPlan",
    "AuditResult",
    "Commitment",
    "Draw",
    "Light",
    "Method",
    "NonresponseCheck",
    "Plan",
    "SampleSizes",
    "Sheet",
    "Sign",
    "SurveyEstimate",
    "Variance",
    "WaveChange",
    "allocate",
    "as_asked",
    "as_weighted",
    "audit_upper_limit",
    "change_between",
    "commit",
    "common_salt",
    "customer_kinds",
    "draw",
    "draw_two_stage",
    "estimate",
    "evaluate_audit",
    "nonresponse_check",
    "plan_audit",
    "plan_sample",
    "read_sheet",
    "seal",
    "served_customers",
    "verify",
]
