"""What is planted on purpose: the causes, shifts and measures every notebook can be judged against."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Literal

import numpy as np

from kpi_lib.data.simulate.columns import Columns
from kpi_lib.data.simulate.draw import Flags
from kpi_lib.data.simulate.season import next_month
from kpi_lib.text import Text

Kind = Literal["shift", "segment", "mix", "dip", "survey_reach", "measure_worked", "measure_without_effect"]
Lever = Literal["response", "fix", "work_type", "connect", "reach", "attitude", "none"]


@dataclass(frozen=True)
class Planted:
    """One planted truth.

    Parameters
    ----------
    key, kind
        Its name, and which question it is the answer to.
    branch
        The only branch it acts in.
    since, until
        First day it acts and the day it ends (None: goes on); both start a month.
    lever, size
        What it turns and by how much: ``response`` multiplies the hours to the first response, ``fix`` adds to the
        chance of a fix in one visit, ``work_type`` multiplies the demand for the segment's work type, ``connect`` adds
        to the chance that a call is answered, ``attitude`` adds to the chance of a bad attitude, ``reach`` is the
        chance that a dissatisfied customer is asked or answers, relative to a satisfied one's.
    segment
        Ticket columns and the value they must have; empty for the whole branch.
    kpi, also
        The indicator it is planted for, and others it moves.
    story
        What happened.
    """

    key: str
    kind: Kind
    branch: str
    since: date
    lever: Lever
    size: float
    kpi: str
    story: Text
    until: date | None = None
    segment: Mapping[str, str] = field(default_factory=dict)
    also: tuple[str, ...] = ()

    def covers(self, tickets: Columns) -> Flags:
        """Return which tickets lie in the segment."""
        inside = np.ones(len(tickets), dtype=bool)
        for name, value in self.segment.items():
            inside &= tickets.words(name).equals(value)
        return inside

    def record(self) -> dict[str, object]:
        """Return the truth as it is written beside the data."""
        return {
            "key": self.key,
            "kind": self.kind,
            "branch": self.branch,
            "since": self.since,
            "until": self.until,
            "kpi": self.kpi,
            "also_moves": list(self.also),
            "segment": dict(self.segment),
            "lever": self.lever,
            "size": self.size,
            "story": {"en": self.story.en, "zh": self.story.zh},
        }


def planted_truths(review: date) -> tuple[Planted, ...]:
    """Return everything planted in a company whose last complete month is ``review``."""
    return (
        Planted(
            "mianyang_response_shift", "shift", "mianyang", next_month(review, -7), "response", 1.6,
            kpi="first_response_hours_median",
            also=("first_response_hours_mean", "first_response_hours_p90", "first_response_within_limit_rate"),
            story=Text(
                "Two dispatchers left and were not replaced: every first response takes 1.6 times as long, for good.",
                "两名派单员离职未补，首次响应时长长期变为原来的 1.6 倍。",
            ),
        ),
        Planted(
            "chengdu_smart_tv_fix", "segment", "chengdu", review, "fix", -0.60,
            segment={"provider": "成都恒信服务部", "product": "smart_tv"},
            kpi="first_time_fix_rate",
            also=("csat_score", "satisfied_rate", "satisfied_closure_rate", "resolved_within_limit_rate"),
            story=Text(
                "A new smart-TV platform reached the market; the largest provider's engineers had no training on it.",
                "智能电视新平台上市，最大服务商的工程师未经培训，一次修复率骤降。",
            ),
        ),
        Planted(
            "kunming_wechat", "segment", "kunming", review, "response", 25.0,
            segment={"channel": "wechat"},
            kpi="resolved_within_limit_rate",
            also=("first_response_hours_mean", "first_response_hours_p90", "first_response_within_limit_rate",
                  "csat_score"),
            story=Text(
                "The WeChat queue was reassigned to a mailbox that is opened every other day.",
                "微信受理队列改派到隔日才查看的信箱，首次响应要一天以上。",
            ),
        ),
        Planted(
            "mianyang_more_repairs", "mix", "mianyang", review, "work_type", 6.0,
            segment={"work_type": "repair"},
            kpi="first_time_fix_rate",
            story=Text(
                "Dealers took installation and activation over: repairs, which succeed at once less often, are six "
                "sevenths of the work instead of a half. No kind of work got worse.",
                "安装与激活改由经销商承担，一次解决率本就较低的维修单由约一半升至近九成；各类工单本身没有变差。",
            ),
        ),
        Planted(
            "kunming_flood", "dip", "kunming", next_month(review, -6), "fix", -0.14,
            until=next_month(review, -5),
            kpi="first_time_fix_rate",
            also=("satisfied_closure_rate", "csat_score"),
            story=Text(
                "A flood closed roads for one month: many visits had to be repeated. It passed by itself.",
                "当月洪水断路，许多工单需二次上门；次月自行恢复。",
            ),
        ),
        Planted(
            "kunming_fix_training", "measure_without_effect", "kunming", next_month(review, -5), "none", 0.0,
            kpi="first_time_fix_rate",
            story=Text(
                "A training on first-time fix, started after the flood month. It changed nothing: what looks like its "
                "success is the return from one bad month.",
                "洪水月之后开展一次修复专项培训，实际没有效果；表面改善只是坏月份后的自然回升。",
            ),
        ),
        Planted(
            "chengdu_call_centre", "measure_worked", "chengdu", next_month(review, -5), "connect", 0.045,
            kpi="phone_connect_rate",
            story=Text(
                "Six more seats and a call-back queue in the call centre: 4.5 points more calls are answered.",
                "呼叫中心增设 6 个席位并启用回拨队列，接通率提高 4.5 个百分点。",
            ),
        ),
        Planted(
            "suining_engineer_attitude", "segment", "suining", next_month(review, -2), "attitude", 0.45,
            segment={"engineer": "0825-101"},
            kpi="attitude_ok_rate",
            also=("csat_score", "satisfied_rate", "complaint_rate", "satisfied_closure_rate"),
            story=Text(
                "One engineer, overloaded since a colleague's leave, is short with customers; comments complain of it.",
                "一名工程师因同事休假负荷过重，对用户态度生硬，意见集中在态度。",
            ),
        ),
        Planted(
            "kunming_reached_the_satisfied", "survey_reach", "kunming", review, "reach", 0.15,
            until=next_month(review),
            kpi="satisfied_rate",
            also=("csat_score", "user_satisfied_rate", "attitude_ok_rate"),
            story=Text(
                "The month's surveys went to customers known to be content: dissatisfied ones were hardly asked and "
                "hardly answered. See satisfaction.csv for what everybody thought.",
                "当月回访主要找已知满意的用户，不满意者很少被访、也很少答复；全体真实满意度见 satisfaction.csv。",
            ),
        ),
    )  # fmt: skip


def acting(truths: Iterable[Planted], *, branch: str, month: date, lever: Lever) -> tuple[Planted, ...]:
    """Return the truths that turn ``lever`` in the branch and month."""
    return tuple(
        truth
        for truth in truths
        if truth.branch == branch
        and truth.lever == lever
        and truth.since <= month
        and (truth.until is None or month < truth.until)
    )
