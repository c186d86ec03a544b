"""The root-cause notebook on the sample company, on a young project and where there is nothing to explain."""

import json
import shutil
from dataclasses import replace
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from kpi_lib.analysis.records import records
from kpi_lib.analysis.rootcause.cases import explain_case
from kpi_lib.analysis.rootcause.evidence import evidence_for
from kpi_lib.analysis.rootcause.gather import Asked, gather
from kpi_lib.analysis.rootcause.reference import ReferenceKind
from kpi_lib.analysis.rootcause.what_if import what_if as what_if_of
from kpi_lib.data.store import open_store, prepare
from kpi_lib.errors import InputError
from kpi_lib.kpi.catalog import CATALOG
from kpi_lib.kpi.compute import compute
from kpi_lib.kpi.leaves import explained, leaves
from kpi_lib.params import load_project
from kpi_lib.params.plan import read_plan
from kpi_lib.report import (
    circumstances,
    plan,
    root_cause,
    root_cause_figures,
    root_cause_summary,
    root_cause_tables,
    signals,
    stages,
    what_if,
)
from kpi_lib.report.gain_words import gain_words
from kpi_lib.report.where_words import where_words
from kpi_lib.session import open_session
from kpi_lib.session.beside import beside as beside_of
from kpi_lib.session.explained import durations_of

REPOSITORY = Path(__file__).parents[2]


def explained_causes(session, *keys):
    """Explain some indicators alone: a page looks into twenty."""
    rows = [{"kpi": key, "period": session.period.label, "policy_weight": 1.0} for key in keys]
    return explained_rows(session, rows)


def explained_rows(session, rows):
    cases = gather(
        rows, kpis=session.kpis, policies=session.terms.policies, asked=Asked(session.period), scan=session.leaves,
        pin=False,
    )  # fmt: skip
    return {case.kpi.key: explain_case(case, level=0.95, resamples=0) for case in cases}


VIEWS = (
    root_cause.verdict, root_cause_figures.waterfalls, root_cause_figures.fishbones, root_cause_figures.themes,
    stages.stages, signals.signals,
    circumstances.circumstances, plan.plan, what_if.what_if, root_cause_tables.gaps, root_cause_tables.segments,
    root_cause.remarks,
)  # fmt: skip


@pytest.fixture(scope="module")
def sample():
    project = load_project(REPOSITORY)
    try:
        open_store(project)
    except InputError:
        prepare(project)
    return str(REPOSITORY)


@pytest.fixture(scope="module")
def chengdu(sample, tmp_path_factory):
    out = str(tmp_path_factory.mktemp("out"))
    session = open_session(sample, branch="chengdu", notebook="4_root_cause", period="2025-11", out=out)
    return session, session.root_causes()


def test_the_planted_segment_is_the_cause_of_the_planted_indicator(chengdu):
    _, result = chengdu
    rows = result.segments[result.segments["standing"] == "significant"].set_index("kpi")
    assert rows.loc["first_time_fix_rate", "segment"] == "product=smart_tv&provider=成都恒信服务部"
    gaps = result.gaps.set_index("kpi")
    own = gaps.loc["first_time_fix_rate"]
    assert (own["verdict"], own["reference_kind"], own["reference"]) == ("segments", "history", "2024-11..2025-10")
    assert result.problems[0].key == "product=smart_tv&provider=成都恒信服务部"
    assert result.problems[0].kpis[0] == "first_time_fix_rate"


def test_the_figures_of_the_planted_segment_are_those_of_the_raw_export(chengdu):
    _, result = chengdu
    raw = pd.read_csv(REPOSITORY / "data/raw/tickets_2025.csv.gz", dtype=str)
    raw.columns = raw.columns.str.replace("\ufeff", "")
    done = pd.to_datetime(raw["完工时间"], errors="coerce")
    own = raw[(raw["分公司"] == "成都") & (raw["状态"] != "已作废") & (done >= "2025-11-01") & (done < "2025-12-01")]
    own = own[(own["产品"] == "智能电视") & (own["服务商"] == "成都恒信服务部")].drop_duplicates("工单号")
    known = own.dropna(subset=["上门次数", "重开次数", "关单评价"])
    hit = (known["上门次数"].astype(int) <= 1) & (known["重开次数"].astype(int) == 0) & (known["关单评价"] == "满意")
    row = result.segments.set_index("kpi").loc["first_time_fix_rate"]
    assert (row["n"], row["after"]) == (len(known), pytest.approx(hit.mean()))


def test_parts_of_every_gap_and_bones_of_every_fishbone_add_up(chengdu):
    _, result = chengdu
    gaps = result.gaps.dropna(subset=["difference"])
    parts = gaps[["mix", "segments", "broad", "rest"]].sum(axis=1)
    assert len(gaps) > 5
    assert (parts - gaps["difference"]).abs().max() < 1e-9
    for key, fishbone in result.fishbones.items():
        bones = sum(bone.contribution or 0.0 for bone in fishbone.bones)
        whole = bones + fishbone.offsetting + fishbone.unexplained
        assert whole == pytest.approx(fishbone.gap.difference, abs=1e-9), key


def test_the_what_if_goes_through_the_scorecards_own_arithmetic(chengdu):
    _, result = chengdu
    row = result.what_if.set_index("kpi").loc["first_time_fix_rate"]
    segment = next(one for cause in result.causes if cause.kpi.key == "first_time_fix_rate" for one in cause.worse)
    assert row["value_if"] == pytest.approx(row["value"] + segment.regained)
    weights = result.card.verdict.weights
    gained = weights["first_time_fix_rate"] * (row["score_if"] - row["score"]) / 5
    assert row["composite_if"] == pytest.approx(row["composite"] + gained)


def test_the_page_and_its_files(chengdu):
    session, result = chengdu
    first = session.show(root_cause.verdict, result).html
    assert "Smart TV, Service provider: 成都恒信服务部" in first
    pages = {view.__name__: session.show(view, result).html for view in VIEWS}
    assert all(pages.values())
    assert pages["fishbones"].count("<svg") >= 2
    session.write_file(plan.plan_workbook(result, session.language), "plan.xlsx")
    session.write(plan.plan_csv(result, session.language), "plan")
    read = read_plan(session.results / "plan.xlsx")
    assert read == read_plan(session.results / "plan.csv")
    assert [row.cause for row in read] == [problem.key for problem in result.problems]
    assert [row.rule_cases for row in read] == [problem.rule.cases for problem in result.problems]
    assert root_cause_figures.fishbone_svg(result, session.language).startswith("<svg")


def test_the_same_page_in_chinese_has_no_english_sentence(chengdu):
    session, result = chengdu
    zh = replace(session, language=open_session(
        str(REPOSITORY), branch="chengdu", notebook="4_root_cause", lang="zh").language)  # fmt: skip
    text = repr(zh.show(root_cause.verdict, result))
    assert "失分在" in text
    assert not any(word in text for word in (" the ", "target", "Against"))


def test_what_rose_beside_the_indicators_is_evidence_without_points(chengdu):
    """A rise put into the complaints of the month reaches the fishbone of every indicator of tickets, and no other."""
    _, result = chengdu
    risen = result.beside.circumstances.table.copy()
    place = risen.index[risen["key"] == "complaint=服务态度"][0]
    risen.loc[place, ["verdict", "value", "change_lo", "change_hi"]] = ["more", 0.05, 0.02, 0.09]
    beside = replace(result.beside, circumstances=replace(result.beside.circumstances, table=risen))
    of_tickets = next(cause for cause in result.causes if cause.kpi.key == "first_time_fix_rate")
    added = {one.id for one in evidence_for(of_tickets, beside)} - {
        one.id for one in evidence_for(of_tickets, result.beside)
    }
    assert added == {"reason:complaint=服务态度"}
    (piece,) = [one for one in evidence_for(of_tickets, beside) if one.id in added]
    assert (piece.counted, piece.standing.value, piece.figure) == (None, "suggestive", 0.05)
    state = {
        (row["bone"], row["cause"]): row["state"]
        for row in result.fishbones["first_time_fix_rate"].table.to_dict("records")
    }
    assert state["parts", "quality"] == state["organisation", "staffing"] == "nothing_found", (
        "measured, and nothing rose"
    )
    assert state["skill", "new_products"] == "not_measured"


def test_the_summary_says_what_stands_out_most(chengdu):
    session, result = chengdu
    session.write_summary(root_cause_summary.summary(result))
    told = json.loads((session.results / "summary.json").read_text(encoding="utf-8"))
    first = told["stands_out"]
    assert (first["kpi"], first["segment"]) == ("first_time_fix_rate", "product=smart_tv&provider=成都恒信服务部")
    assert first["composite_if"] > first["composite"]
    assert "-8.8 pp" in told["sentence"]["en"]
    assert "成都恒信服务部" in told["sentence"]["zh"]


def test_a_duration_with_its_segment_back_is_that_of_the_raw_tickets_exchanged(sample):
    session = open_session(sample, branch="kunming", notebook="4_root_cause", period="2025-11")
    rows = [row for row in records(session.scorecard().indicators) if row["kpi"] == "first_response_hours_p90"]
    cause = explained_rows(session, rows)["first_response_hours_p90"]
    found = what_if_of([cause], card=session.scorecard(), fetch=partial(durations_of, session))
    (row,) = found.to_dict("records")
    assert (row["segment"], row["why_not"]) == ("channel=wechat", "")
    tickets = session.tables()["tickets"].to_pyarrow().to_pandas()
    hours = (tickets["first_response_at"] - tickets["created_at"]).dt.total_seconds() / 3600
    known = hours.notna() & (hours >= 0)
    month, wechat = tickets["created_at"].dt.strftime("%Y-%m"), tickets["channel"] == "wechat"
    rest = hours[known & (month == "2025-11") & ~wechat]
    before = hours[known & (month >= "2024-11") & (month <= "2025-10") & wechat]
    n = (known & (month == "2025-11") & wechat).sum()
    values = np.concatenate([rest, before])
    weights = np.concatenate([np.ones(len(rest)), np.full(len(before), n / len(before))])
    order = np.argsort(values)
    reached = np.cumsum(weights[order]) >= 0.9 * weights.sum()
    # Both are quantiles of the same mixture; the published one interpolates between two tickets.
    assert row["value_if"] == pytest.approx(values[order][reached][0], abs=0.3)
    assert row["value_if_lo"] < row["value_if"] < row["value_if_hi"] < row["value"]
    said = gain_words(cause, [row], session.language)
    assert said.startswith(
        f"Were its cases as long as in the reference, the indicator would be {row['value_if']:.2f} h"
    )
    unknown = what_if_of([cause], card=session.scorecard()).to_dict("records")
    assert "does not follow from that share" in gain_words(cause, unknown, session.language)


def test_a_month_that_is_too_short_proposes_a_longer_period_that_names_the_planted_engineer(sample):
    session = open_session(sample, branch="suining", notebook="4_root_cause", period="2025-11")
    cause = explained_causes(session, "csat_score")["csat_score"]
    said = where_words(cause, session.language)
    assert "too few to say where" in said
    assert "Take a longer period: 2025-09-01..2025-11-30" in said
    assert gain_words(cause, [], session.language) == "What a repair would give back cannot be said."
    session = open_session(sample, branch="suining", notebook="4_root_cause", period="2025-09-01..2025-11-30")
    causes = explained_causes(session, "attitude_ok_rate", "user_satisfied_rate")
    assert causes["attitude_ok_rate"].explanation.verdict.value == "broad"
    assert [one.name for one in causes["user_satisfied_rate"].worse] == ["engineer=0825-101"]


def test_the_month_the_planted_attitude_began_shows_it_beside_the_indicators(sample):
    session = open_session(sample, branch="suining", notebook="4_root_cause", period="2025-09")
    found = beside_of(session).circumstances
    assert {one.id for one in map(found.of, found.risen)} == {"reason:complaint=服务态度", "quantity:attitude"}


@pytest.fixture(scope="module")
def prepared(small_project):
    prepare(load_project(small_project))
    return str(small_project)


def test_a_young_project_is_compared_with_the_month_before(prepared):
    for lang in ("en", "zh"):
        session = open_session(prepared, branch="neijiang", notebook="4_root_cause", period="2025-09", lang=lang)
        result = session.root_causes()
        assert {cause.case.reference.kind for cause in result.causes if cause.case.reference} == {
            ReferenceKind.PREVIOUS
        }
        assert all(session.show(view, result).html for view in VIEWS)


def test_the_first_month_is_compared_with_the_other_branches(prepared):
    session = open_session(prepared, branch="chengdu", notebook="4_root_cause", period="2025-08")
    result = session.root_causes()
    kinds = {cause.case.reference.kind for cause in result.causes if cause.case.reference}
    assert kinds == {ReferenceKind.PEERS}
    explained_ones = [cause for cause in result.causes if cause.explanation is not None]
    assert explained_ones
    assert "the other branches in August 2025" in session.show(root_cause.verdict, result).html


def test_a_month_before_all_data_says_so(prepared):
    session = open_session(prepared, branch="neijiang", notebook="4_root_cause", period="2020-01")
    result = session.root_causes()
    assert result.causes == ()
    assert "no data in January 2020" in session.show(root_cause.verdict, result).html
    assert all(session.show(view, result).html for view in VIEWS)
    assert len(result.gaps) == len(result.segments) == len(result.what_if) == 0
    session.write_file(plan.plan_workbook(result, session.language), "plan.xlsx")
    assert read_plan(session.results / "plan.xlsx") == ()


def test_misspelt_wishes_are_told(prepared):
    session = open_session(prepared, branch="chengdu", notebook="4_root_cause")
    with pytest.raises(InputError, match="peers"):
        session.root_causes(reference="peer")
    with pytest.raises(InputError, match="provider"):
        session.root_causes(dimensions="provder")


def test_leaves_of_every_supported_indicator_add_up_to_its_counts(prepared):
    session = open_session(prepared, branch="chengdu", notebook="4_root_cause")
    kpis = [found for kpi in CATALOG.values() if (found := explained(kpi, limit=2.0)) is not None]
    means = [kpi for kpi in CATALOG.values() if explained(kpi, limit=None) is not None and kpi.unit == "hours"]
    assert len(kpis) >= 34
    for several in (kpis, means):
        periods = session.period.last(3)
        options = {"as_of": session.store.as_of, "clock": session.clock, "coverage": session.store.coverage}
        whole = compute(session.tables(), several, periods=periods, groups=["chengdu"], **options)
        whole = whole.set_index(["kpi", "period"]).fillna(0.0)
        found = leaves(
            session.tables(), several, span=(periods[0], periods[-1]), available=session.store.available, **options
        )  # fmt: skip
        for kpi in several:
            for period in periods:
                own, row = found[kpi.key].within(period), whole.loc[(kpi.key, period.label)]
                for name in {"numerator", "denominator", "sum_sq"} & set(own.columns):
                    assert own[name].sum() == pytest.approx(row[name], rel=1e-9), (kpi.key, period.label, name)


def test_a_branch_where_everything_is_alike_has_no_cause(tmp_path_factory, small_project):
    """Every ticket the same product, provider and day shift: nothing can stand out, and nothing does."""
    root = tmp_path_factory.mktemp("alike")
    shutil.copytree(small_project, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("prepared"))
    for path in sorted((root / "data" / "raw").glob("tickets*.csv.gz")):
        rows = pd.read_csv(path, dtype=str)
        for name in ("产品", "服务商", "工程师", "服务类型", "受理渠道", "故障类别", "初判故障"):
            rows[name] = rows[name].iloc[0]
        rows["上门次数"], rows["重开次数"] = "1", "0"
        rows.to_csv(path, index=False, encoding="utf-8-sig")
    prepare(load_project(root))
    session = open_session(str(root), branch="chengdu", notebook="4_root_cause")
    result = session.root_causes(dimensions="product,provider,channel")
    verdicts = {cause.explanation.verdict.value for cause in result.causes if cause.explanation is not None}
    assert "segments" not in verdicts
    assert all(session.show(view, result).html for view in VIEWS)
