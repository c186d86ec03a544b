"""For exploring: any frame in pandas, judged, explained and drawn in one call.

What is judged or explained comes as a frozen :class:`View` with ``.result`` (everything), ``.table`` (tidy),
``.summary()`` (a sentence, English or Chinese) and ``.plot()`` (shown by a notebook); sentence, table and picture come
from one result. Survey sampling (``plan_sample, allocate, draw, estimate, nonresponse_check, audit_upper_limit``) gives
its frozen results as they are; each has ``to_json``.
"""

from kpi_lib.analysis.sampling import allocate, audit_upper_limit, draw, estimate, nonresponse_check, plan_sample
from kpi_lib.explore.baseline import baseline_quality, control_chart, propose_phases, propose_target
from kpi_lib.explore.causes import Explained, explain_change, free_fishbone, pareto
from kpi_lib.explore.comments import comment_themes
from kpi_lib.explore.groups import funnel, shrink
from kpi_lib.explore.view import View

__all__ = [
    "Explained",
    "View",
    "allocate",
    "audit_upper_limit",
    "baseline_quality",
    "comment_themes",
    "control_chart",
    "draw",
    "estimate",
    "explain_change",
    "free_fishbone",
    "funnel",
    "nonresponse_check",
    "pareto",
    "plan_sample",
    "propose_phases",
    "propose_target",
    "shrink",
]
