"""What stands out most in a branch, in one sentence of each language and as figures: ``summary.json``."""

from __future__ import annotations

from typing import get_args

from kpi_lib.analysis.records import records
from kpi_lib.analysis.rootcause.branch import RootCauses
from kpi_lib.analysis.rootcause.cases import Cause
from kpi_lib.analysis.rootcause.result import Segment, Verdict
from kpi_lib.kpi.dimensions import segment_text
from kpi_lib.kpi.shown import shown_change
from kpi_lib.report.words import paragraph, things_counted
from kpi_lib.text.bilingual import Lang
from kpi_lib.text.language import Language, language


def summary(result: RootCauses) -> dict[str, object]:
    """Return the branch's causes in short, for the index and for other programs.

    Returns
    -------
    dict
        ``period``; ``n_missed`` indicators short of their target and ``n_placed`` of which it can be said where points
        were lost; ``rose_beside``, what was measured beside them and is clearly more, as ``source:key``;
        ``stands_out``, the costliest finding for the composite, or None; and ``sentence`` by language.
    """
    first = _first(result)
    return {
        "period": result.card.period,
        "n_missed": len(result.missed),
        "n_placed": sum(cause.fell for cause in result.causes),
        "rose_beside": "; ".join(f"{row['source']}:{row['key']}" for row in result.beside.circumstances.risen),
        "stands_out": None if first is None else _figures(first, result),
        "sentence": {lang: sentence(result, language(lang)) for lang in get_args(Lang)},
    }


def sentence(result: RootCauses, said: Language) -> str:
    """Return in one sentence what stands out most."""
    first = _first(result)
    if first is None:
        return _nothing(result, said)
    found = first.explanation
    assert found is not None
    unit, name = first.counted.unit, said.pick(first.counted.name)
    match found.verdict:
        case Verdict.SEGMENTS:
            worst = _worst(first)
            return said.sentence(
                "{kpi}: {points} with “{segment}” ({n}).",
                kpi=name,
                points=shown_change(worst.contribution, unit, said),
                segment=said.pick(segment_text(worst.dims)),
                n=things_counted(first.kpi.table, worst.n, said),
            )
        case Verdict.BROAD:
            return said.sentence(
                "{kpi}: {points} in all cases alike.", kpi=name, points=shown_change(found.broad.effect, unit, said)
            )
        case _:
            return said.sentence(
                "{kpi}: {points} from the mix: other work came in, the rates held.",
                kpi=name,
                points=shown_change(found.mix.total, unit, said),
            )


def _first(result: RootCauses) -> Cause | None:
    """Return the indicator that lost points and weighs most; segments before what can be placed less exactly."""
    lost = [cause for cause in result.causes if cause.fell]
    return min(lost, key=lambda cause: (-cause.case.row["policy_weight"], not cause.worse), default=None)


def _worst(cause: Cause) -> Segment:
    return max(cause.worse, key=lambda segment: abs(segment.contribution))


def _nothing(result: RootCauses, said: Language) -> str:
    if not result.card.indicators["value"].notna().any():
        return said.sentence("No data.")
    if not result.missed:
        return said.sentence("No target missed, and no loss found.")
    short = said.plural(
        "{n} indicator is short of its target; no loss could be placed.",
        "{n} indicators are short of their targets; no loss could be placed.",
        len(result.missed),
    )
    return paragraph([short, *_beside(result, said)], said)


def _beside(result: RootCauses, said: Language) -> list[str]:
    found = result.beside.circumstances
    names = [said.pick(found.of(row).kpi.name) for row in found.risen]
    return [said.sentence("Clearly more than before: {names}.", names=said.list(names))] if names else []


def _figures(cause: Cause, result: RootCauses) -> dict[str, object]:
    found = cause.explanation
    assert found is not None
    figures: dict[str, object] = {
        "kpi": cause.kpi.key,
        "counted": cause.counted.name.en,
        "verdict": found.verdict.value,
        "change": found.gap.difference,
        "change_lo": found.gap.lo,
        "change_hi": found.gap.hi,
    }
    if not cause.worse:
        effect = found.broad.contribution if found.verdict is Verdict.BROAD else found.mix.total
        return figures | {"contribution": effect}
    worst = _worst(cause)
    gains = [row for row in records(result.what_if) if (row["kpi"], row["segment"]) == (cause.kpi.key, worst.name)]
    return figures | {
        "segment": worst.name,
        "n": worst.n,
        "contribution": worst.contribution,
        "p_adjusted": worst.p_adjusted,
        **{name: row[name] for row in gains for name in ("value", "value_if", "composite", "composite_if")},
    }
