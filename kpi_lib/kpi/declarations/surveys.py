"""KPIs of the surveys table: satisfaction score and share, users and big customers, attitude."""

from __future__ import annotations

from ibis import _

from kpi_lib.kpi.declarations.roles import QUALITY, SATISFACTION, SURVEY_TEAM
from kpi_lib.kpi.definition import Kpi
from kpi_lib.kpi.measures import Mean, Share
from kpi_lib.text import Text

_RATED = _.score.notnull() | _.grade.notnull()
_SATISFIED = (_.score >= 4).coalesce(_.grade.isin(["A", "B"]))
"""4 and 5, or the letters A and B; where an answer has both, the score decides."""

CSAT_SCORE = Kpi(
    key="csat_score",
    name=Text("Satisfaction score", "客户满意度评分"),
    definition=Text(
        "Mean of the 1 to 5 scores answered in the period. Letter answers have no score and are not in it.",
        "期内 1–5 分答卷的平均分；字母等级答卷无分值，不计入。",
    ),
    formula=Text("mean(score 1–5)", "平均值（1–5 分）"),
    dimension=SATISFACTION,
    owner=SURVEY_TEAM,
    table="surveys",
    dated_by="answered_at",
    measure=Mean("score"),
    better="higher",
    unit="points",
    needs=("answered_at", "score"),
)


def _satisfied_share(key: str, name: Text, definition: Text, measure: Share, needs: tuple[str, ...]) -> Kpi:
    return Kpi(
        key=key,
        name=name,
        definition=definition,
        formula=Text("(score ≥ 4, or A, B) ÷ answers", "（4 分及以上或 A、B）÷ 答卷"),
        dimension=SATISFACTION,
        owner=SURVEY_TEAM,
        table="surveys",
        dated_by="answered_at",
        measure=measure,
        better="higher",
        unit="share",
        needs=("answered_at", *needs),
    )


SATISFIED = _satisfied_share(
    "satisfied_rate",
    Text("Satisfied share", "满意率"),
    Text("Answers of the period that are satisfied or very satisfied.", "期内答卷中满意及以上的占比。"),
    Share(hit=_SATISFIED, among=_RATED),
    ("score",),
)
USER_SATISFIED = _satisfied_share(
    "user_satisfied_rate",
    Text("User satisfaction", "用户满意率"),
    Text("Satisfied answers of the period, of the end users' answers.", "期内用户答卷中满意及以上的占比。"),
    Share(hit=_SATISFIED, among=_RATED & (_.customer_kind == "end_user")),
    ("score", "customer_kind"),
)
BIG_CUSTOMER_SATISFIED = _satisfied_share(
    "big_customer_satisfied_rate",
    Text("Big-customer satisfaction", "大客户满意率"),
    Text(
        "Satisfied answers of the period, of the answers of dealers, shop guides and project customers.",
        "期内经销商、导购员、工程客户答卷中满意及以上的占比。",
    ),
    Share(hit=_SATISFIED, among=_RATED & _.customer_kind.isin(["dealer", "shop_guide", "project"])),
    ("score", "customer_kind"),
)

ATTITUDE_OK = Kpi(
    key="attitude_ok_rate",
    name=Text("Attitude approved", "服务态度认可率"),
    definition=Text(
        "Answers of the period that call the attitude good, of those that say.",
        "期内评价了态度的答卷中态度良好的占比。",
    ),
    formula=Text("attitude good ÷ answers on attitude", "态度良好 ÷ 评价态度的答卷"),
    dimension=QUALITY,
    owner=SURVEY_TEAM,
    table="surveys",
    dated_by="answered_at",
    measure=Share(hit=_.attitude_ok, among=_.attitude_ok.notnull()),
    better="higher",
    unit="share",
    needs=("answered_at", "attitude_ok"),
)

KPIS = (CSAT_SCORE, SATISFIED, USER_SATISFIED, BIG_CUSTOMER_SATISFIED, ATTITUDE_OK)
