"""Words of the problem table and the draft plan."""

from __future__ import annotations

import pandas as pd

from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.analysis.rootcause.plan import DEPARTMENTS, Direction, Kind, Problem
from kpi_lib.kpi.definition import Kpi, Unit
from kpi_lib.kpi.dimensions import segment_text
from kpi_lib.kpi.shown import shown, shown_change
from kpi_lib.kpi.stages import STAGE_NAMES
from kpi_lib.params.plan import FIELDS
from kpi_lib.report.root_cause_words import change_interval
from kpi_lib.report.words import things_counted
from kpi_lib.text.language import MISSING, Language


def direction_words(direction: Direction, language: Language) -> str:
    """Return where to look for the remedy."""
    match direction:
        case Direction.ENGINEER:
            return language.sentence("Workload, training and support of the engineer; the process before the person")
        case Direction.PROVIDER:
            return language.sentence("Agreement with the provider: training, supervision, parts")
        case Direction.SKILL:
            return language.sentence("Skill and technical support for the product or fault")
        case Direction.DISPATCH:
            return language.sentence("Intake and dispatch: rules, queues, who watches them")
        case Direction.STAFFING:
            return language.sentence("Staffing of the shift")
        case Direction.WORK:
            return language.sentence("Procedure of this kind of work")
        case Direction.CUSTOMER:
            return language.sentence("What these customers are promised and told")
        case Direction.PARTS:
            return language.sentence("Supply of parts")
        case Direction.EVERYWHERE:
            return language.sentence("What changed for everybody: system, rules, staffing, weather")
        case Direction.MIX:
            return language.sentence("Capacity, skills and target for the new mix of work")
        case Direction.CLOSING:
            return language.sentence("Discipline of completion and closing")
        case Direction.CALLS:
            return language.sentence("Call centre: seats, hours, call-back")
        case Direction.VISIT:
            return language.sentence("Appointments and routes")
        case Direction.REPAIR:
            return language.sentence("Time on site: diagnosis, tools, technical support")


def measure_words(direction: Direction, language: Language) -> str:
    """Return a draft of the measure, for the analyst to change."""
    match direction:
        case Direction.ENGINEER:
            return language.sentence("Go along on five jobs, even out the workload, coach on what is seen")
        case Direction.PROVIDER:
            return language.sentence(
                "Review ten of the cases with the provider and agree training and checks in writing"
            )
        case Direction.SKILL:
            return language.sentence("Train on this product or fault, name an expert to call, check the repair manual")
        case Direction.DISPATCH:
            return language.sentence(
                "Trace ten of the cases through intake, correct the rule, name who watches the queue"
            )
        case Direction.STAFFING:
            return language.sentence("Compare arrivals with the roster hour by hour and move shifts")
        case Direction.WORK:
            return language.sentence("Read ten of the cases, correct the procedure and brief the teams")
        case Direction.CUSTOMER:
            return language.sentence("Read ten of the cases and correct what is promised at intake")
        case Direction.PARTS:
            return language.sentence("List the parts waited for, set minimum stock and an emergency route")
        case Direction.EVERYWHERE:
            return language.sentence("List what changed at the beginning of the period with all team leaders")
        case Direction.MIX:
            return language.sentence(
                "Plan capacity and skills for the new mix; judge each kind of work by its own level"
            )
        case Direction.CLOSING:
            return language.sentence(
                "Read the listed cases, call the customers back, brief on when a ticket may be closed"
            )
        case Direction.CALLS:
            return language.sentence("Call the listed customers back; put seats where calls are lost")
        case Direction.VISIT:
            return language.sentence(
                "Read the listed cases; leave time between appointments and confirm the day before"
            )
        case Direction.REPAIR:
            return language.sentence("Read the longest cases; separate repeat visits from long ones")


def kind_words(problem: Problem, result: RootCauses, language: Language) -> str:
    """Return the type of a problem."""
    match problem.kind:
        case Kind.SIGNAL:
            return language.sentence("Process")
        case Kind.STAGE:
            return language.sentence("Duration")
        case _:
            return language.pick(result.card.kpis[problem.kpis[0]].dimension)


def symptom_words(problem: Problem, result: RootCauses, language: Language) -> str:
    """Return what is seen."""
    rule = problem.rule
    if problem.kind is Kind.SIGNAL and rule is not None:
        return language.sentence(
            "{name}: {now} of the cases, {before} before",
            name=language.pick(result.beside.signals.kpis[problem.key].name),
            now=language.percent(rule.now),
            before=language.percent(rule.threshold),
        )
    if problem.kind is Kind.STAGE and rule is not None:
        return language.sentence(
            "{name}: {now} a ticket, {before} before",
            name=language.pick(STAGE_NAMES[problem.key]),
            now=language.hours(rule.now),
            before=language.hours(rule.threshold),
        )
    cause = problem.causes[0]
    row = cause.case.row
    return language.sentence(
        "{kpi} {value}, target {target}",
        kpi=language.pick(cause.kpi.name),
        value=shown(row["value"], cause.kpi.unit, language),
        target=shown(row["target"], cause.kpi.unit, language),
    )


def cause_words(problem: Problem, result: RootCauses, language: Language) -> str:
    """Return where it lies, with the evidence."""
    if not problem.causes:
        return language.sentence("To be found by reading the listed cases")
    cause, found = problem.causes[0], problem.causes[0].explanation
    assert found is not None
    unit = cause.counted.unit
    if problem.kind is Kind.BROAD:
        return language.sentence(
            "All cases alike: {effect} ({interval})",
            effect=shown_change(found.broad.effect, unit, language),
            interval=change_interval(found.broad.lo, found.broad.hi, unit, language),
        )
    if problem.kind is Kind.MIX:
        return language.sentence(
            "Other work came in: {total} ({interval})",
            total=shown_change(found.mix.total, unit, language),
            interval=change_interval(found.mix.lo, found.mix.hi, unit, language),
        )
    segment = problem.segments[0]
    return language.sentence(
        "{segment}: {after} instead of {expected} on {n} (effect {interval})",
        segment=language.pick(segment_text(segment.dims)),
        after=shown(segment.after, unit, language),
        expected=shown(segment.expected, unit, language),
        n=things_counted(cause.kpi.table, segment.n, language),
        interval=change_interval(segment.lo, segment.hi, unit, language),
    )


def rule_words(problem: Problem, result: RootCauses, language: Language) -> str:
    """Return how success is seen."""
    rule = problem.rule
    if rule is None:
        return language.sentence("Each kind of work at the level it had")
    unit, name = rule_unit(problem, result, language)
    where = f" ({language.pick(segment_text(problem.segments[0].dims))})" if problem.segments else ""
    values = {
        "name": f"{name}{where}",
        "threshold": shown(rule.threshold, unit, language),
        "n": language.number(rule.cases) if rule.cases is not None else MISSING,
    }
    if rule.at_least:
        return language.sentence("{name} at {threshold} or more, over at least {n} cases", **values)
    return language.sentence("{name} at {threshold} or less, over at least {n} cases", **values)


def rule_unit(problem: Problem, result: RootCauses, language: Language) -> tuple[Unit, str]:
    """Return the unit and the name of what a problem's rule looks at."""
    match problem.kind:
        case Kind.SIGNAL:
            return "share", language.pick(result.beside.signals.kpis[problem.key].name)
        case Kind.STAGE:
            return "hours", language.pick(STAGE_NAMES[problem.key])
        case _:
            counted: Kpi = problem.causes[0].counted
            return counted.unit, language.pick(counted.name)


def headings(language: Language) -> dict[str, str]:
    """Return the heading of every column of the plan."""
    named = {
        "number": language.sentence("No."),
        "branch": language.sentence("Branch"),
        "period": language.sentence("Period"),
        "kind": language.sentence("Found by"),
        "cause": language.sentence("Key"),
        "kpis": language.sentence("Indicators hit"),
        "type": language.sentence("Type"),
        "symptom": language.sentence("Symptom"),
        "root_cause": language.sentence("Root cause (where; evidence)"),
        "direction": language.sentence("Direction"),
        "measure": language.sentence("Measure"),
        "department": language.sentence("Department"),
        "owner": language.sentence("Owner"),
        "due": language.sentence("Due"),
        "resources": language.sentence("Resources"),
        "cost": language.sentence("Cost of the measure"),
        "rule": language.sentence("Verified when"),
        "rule_measure": language.sentence("Rule: indicator"),
        "rule_segment": language.sentence("Rule: segment"),
        "rule_at_least": language.sentence("Rule: at least"),
        "rule_now": language.sentence("Rule: now"),
        "rule_threshold": language.sentence("Rule: threshold"),
        "rule_cases": language.sentence("Rule: cases needed"),
    }
    return {field: named[field] for field in FIELDS}


def plan_frame(result: RootCauses, language: Language) -> pd.DataFrame:
    """Return the draft plan, one row per problem, columns :data:`kpi_lib.params.plan.FIELDS`."""
    rows = [_plan_row(number, problem, result, language) for number, problem in enumerate(result.problems, start=1)]
    return pd.DataFrame(rows, columns=list(FIELDS), dtype=object)


def _plan_row(number: int, problem: Problem, result: RootCauses, language: Language) -> dict[str, object]:
    rule = problem.rule
    return {
        "number": number,
        "branch": result.card.branch,
        "period": result.card.period,
        "kind": problem.kind.value,
        "cause": problem.key,
        "kpis": "; ".join(problem.kpis),
        "type": kind_words(problem, result, language),
        "symptom": symptom_words(problem, result, language),
        "root_cause": cause_words(problem, result, language),
        "direction": direction_words(problem.direction, language),
        "measure": measure_words(problem.direction, language),
        "department": language.pick(DEPARTMENTS[problem.direction]),
        "owner": "",
        "due": problem.due.isoformat(),
        "resources": "",
        "cost": "",
        "rule": rule_words(problem, result, language),
        "rule_measure": "" if rule is None else rule.measure,
        "rule_segment": "" if rule is None else rule.segment,
        "rule_at_least": "" if rule is None else str(rule.at_least).lower(),
        "rule_now": "" if rule is None else round(rule.now, 6),
        "rule_threshold": "" if rule is None else round(rule.threshold, 6),
        "rule_cases": "" if rule is None or rule.cases is None else rule.cases,
    }
