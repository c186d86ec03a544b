"""What the answers are worth: satisfied share and mean with the design's standard errors, side by side four ways."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from kpi_lib.analysis.sampling.drawing import Draw
from kpi_lib.analysis.sampling.matching import Matched, match, satisfaction
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.intervals import Floats, Ints
from kpi_lib.stats.sampling.design import Design, Stage, element_design
from kpi_lib.stats.sampling.estimate import Estimates, design_effects, kish_effect, means
from kpi_lib.stats.sampling.shares import ShareInterval, share_interval
from kpi_lib.stats.sampling.weighting import NotReachedError, rake, spread_over_answers, trim

COLUMNS = ("domain", "level", "statistic", "value", "se", "lo", "hi", "n", "deff", "flag", "method")


@dataclass(frozen=True, eq=False)
class SurveyEstimate:
    """Estimates of a survey.

    Parameters
    ----------
    table
        ``domain`` (all, or the column), ``level`` (its value), ``statistic`` (satisfied_rate, mean_score, a quantile),
        ``value, se, lo, hi, n`` (answers), ``deff, flag`` (show, care or suppress), ``method``.
    methods
        The satisfied share of everybody four ways: ``method`` (unweighted, base, class, raked), ``value, se, lo, hi,
        n, deff`` (Kish), ``ess`` (effective size), ``weight_ratio`` (largest to smallest), ``trimmed``, ``note``.
    matched
        Answers beside the draw.
    collapsed
        ``stratum, into``: strata joined to a neighbour, having fewer than two answers.
    population
        Units the weights add up to.
    design
        Of the answers with base weights, for differences between waves; rows are those of ``answers``.
    answers
        The rows used, with ``satisfied`` and ``score``.
    """

    table: pd.DataFrame
    methods: pd.DataFrame
    matched: Matched
    collapsed: pd.DataFrame
    population: int
    design: Design
    answers: pd.DataFrame

    @property
    def overall(self) -> Mapping[str, float]:
        """The satisfied share of everybody."""
        row = self.table[(self.table["domain"] == "all") & (self.table["statistic"] == "satisfied_rate")]
        return {} if row.empty else {str(k): v for k, v in row.iloc[0].items()}

    def to_json(self) -> str:
        """Return estimates and methods as JSON."""
        return json.dumps(
            {
                "estimates": json.loads(self.table.to_json(orient="records")),
                "methods": json.loads(self.methods.to_json(orient="records")),
                "population": self.population,
            },
            ensure_ascii=False,
        )


def estimate(
    answers: pd.DataFrame,
    draw: Draw,
    *,
    by: Sequence[str] = (),
    id_column: str = "customer_id",
    answered_at: str | None = None,
    deadline: pd.Timestamp | None = None,
    collapse: Mapping[str, str] | None = None,
    classes: Sequence[str] = (),
    margins: Mapping[str, Mapping[object, float]] | None = None,
    cap: float | None = None,
    method: ShareInterval | str = ShareInterval.WILSON,
    level: float = 0.95,
) -> SurveyEstimate:
    """Estimate satisfied share and mean score from the answers of a draw.

    The finite population correction comes with the draw. The weight of those who did not answer goes to those of their
    stratum who did (``N_h / r_h``).

    Parameters
    ----------
    answers
        One row per answer with ``score`` (1 to 5) or ``grade`` (A to D).
    draw
        Who was drawn, from what.
    by
        Columns of domains: carried by the draw, or of the answers.
    collapse
        Neighbour of a stratum, into which it is joined when fewer than two of it answered.
    classes
        Columns, known of everyone drawn, that make the weighting classes.
    margins
        Known population by value, by column, for raking.
    cap
        Largest raked weight, in multiples of their median; above it weights are trimmed.
    method, level
        Interval of shares.

    Raises
    ------
    InputError
        A stratum with fewer than two answers of several people and no neighbour; a margin that cannot be met.
    """
    found = match(answers, draw, id_column=id_column, answered_at=answered_at, deadline=deadline)
    heard = found.table[found.table["answered"]].reset_index(drop=True)
    values = satisfaction(heard)
    heard["satisfied"], heard["score"] = values["satisfied"], values["score"]
    heard = heard[heard["satisfied"].notna()].reset_index(drop=True)
    if heard.empty:
        raise InputError(Issue("answers", "nobody drawn has answered", "match ids, or wait for answers"))
    strata, joined = _joined_strata(heard, draw, collapse or {})
    design = _design(heard, strata, draw)
    interval = ShareInterval(method)
    rows = _rows("all", "all", heard, design, np.ones(len(heard), dtype=bool), interval, level)
    for column in by:
        for value, inside in _groups(heard, column):
            rows += _rows(column, value, heard, design, inside, interval, level)
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    methods = _side_by_side(found.table, heard, design, classes, margins or {}, cap, interval, level)
    population = round(float(design.weights.sum()))
    return SurveyEstimate(table, methods, found, joined, population, design, heard)


def _groups(heard: pd.DataFrame, column: str) -> list[tuple[str, np.ndarray]]:
    if column not in heard:
        raise InputError(Issue("by", f"neither draw nor answers have a column {column!r}"))
    texts = heard[column].astype(object).where(heard[column].notna(), "unknown").astype(str)
    return [(str(value), (texts == value).to_numpy(bool)) for value in sorted(texts.unique())]


def _joined_strata(heard: pd.DataFrame, draw: Draw, collapse: Mapping[str, str]) -> tuple[pd.Series, pd.DataFrame]:
    """Return the stratum every stratum of the frame is counted in, and the joins made."""
    home = {str(name): str(name) for name in draw.strata["stratum"]}
    people = dict(zip(draw.strata["stratum"].astype(str), draw.strata["population"].astype(int).tolist(), strict=True))
    answered = heard["stratum"].value_counts().to_dict()
    joins: list[dict[str, str]] = []
    while True:
        groups: dict[str, list[str]] = {}
        for stratum, into in home.items():
            groups.setdefault(into, []).append(stratum)
        size = {into: sum(people[s] for s in parts) for into, parts in groups.items()}
        n = {into: sum(answered.get(s, 0) for s in parts) for into, parts in groups.items()}
        lonely = [into for into in groups if n[into] < min(2, size[into]) or (n[into] == 1 and size[into] > 1)]
        if not lonely:
            break
        stratum = sorted(lonely)[0]
        neighbour = _neighbour(stratum, collapse, home)
        if neighbour is None:
            raise InputError(
                Issue(
                    f"stratum {stratum}",
                    f"{n[stratum]} of {size[stratum]} answered: no variance can be had from it",
                    "declare a neighbour it may be joined to",
                )
            )
        joins.append({"stratum": stratum, "into": neighbour})
        home = {name: neighbour if where == stratum else where for name, where in home.items()}
    return pd.Series(home), pd.DataFrame(joins, columns=["stratum", "into"])


def _neighbour(stratum: str, collapse: Mapping[str, str], home: Mapping[str, str]) -> str | None:
    seen = {stratum}
    neighbour = collapse.get(stratum)
    while neighbour is not None and neighbour not in seen:
        seen.add(neighbour)
        where = home.get(neighbour)
        if where is not None and where != stratum:
            return where
        neighbour = collapse.get(neighbour)
    return None


def _design(heard: pd.DataFrame, home: pd.Series, draw: Draw) -> Design:
    """Return the design of those who answered, weights adding up to the frame."""
    if "cluster" in heard:
        return _two_stage(heard, draw)
    people = draw.strata.set_index("stratum")["population"].groupby(home).sum()
    codes = heard["stratum"].map(home)
    size = codes.map(people).to_numpy(float)
    unequal = draw.rule.get("size") is not None
    base = heard["weight"].to_numpy(float) if unequal else np.ones(len(heard))
    answered = pd.Series(base).groupby(codes.to_numpy()).sum()
    weights = base * size / codes.map(answered).to_numpy(float)
    numbers = pd.factorize(codes, sort=True)[0].astype(np.int64)
    # Unequal probabilities: no correction, the with-replacement variance is on the safe side.
    return element_design(weights, strata=numbers, population=None if unequal else size)


def _two_stage(heard: pd.DataFrame, draw: Draw) -> Design:
    cluster = pd.factorize(heard["cluster"], sort=True)[0].astype(np.int64)
    answered = heard.groupby("cluster")["id"].transform("size").to_numpy(float)
    reached = float(heard["cluster"].nunique())
    weights = heard["clusters"].to_numpy(float) / reached * heard["cluster_size"].to_numpy(float) / answered
    first = Stage(np.zeros(len(heard), dtype=np.int64), cluster, heard["clusters"].to_numpy(float))
    # An engineer with one answer of several tickets has no second-stage variance; the first stage's stands for it.
    size = np.where(answered == 1, 1.0, heard["cluster_size"].to_numpy(float))
    second = Stage(np.zeros(len(heard), dtype=np.int64), np.arange(len(heard)), size)
    return Design(weights, (first, second))


def _rows(
    domain: str,
    value: str,
    heard: pd.DataFrame,
    design: Design,
    inside: np.ndarray,
    interval: ShareInterval,
    level: float,
) -> list[tuple[object, ...]]:
    rows: list[tuple[object, ...]] = []
    satisfied = np.where(inside, heard["satisfied"].to_numpy(float), np.nan)
    rows.append((domain, value, "satisfied_rate", *_share(design, satisfied, interval, level), str(interval)))
    score = np.where(inside, heard["score"].to_numpy(float), np.nan)
    if np.isfinite(score).any():
        rows.append((domain, value, "mean_score", *_mean(design, score, level), "t"))
    return rows


def _share(
    design: Design, values: Floats, interval: ShareInterval, level: float
) -> tuple[float, float, float, float, int, float, str]:
    made = means(design, values)
    n = int(np.isfinite(values).sum())
    share, se = float(made.value[0]), float(made.se[0])
    df = max(_domain_df(design, values), 1)
    known = np.isfinite(values)
    corrected = bool(np.isfinite(design.stages[0].population).all())
    census = corrected and n > 0 and float(design.weights[known].sum()) <= n + 1e-9
    # Like answers in every stratum have no spread and still leave doubt about those not heard.
    doubt = math.nan if se == 0 and not census else se
    lo, hi = (share, share) if census else share_interval(share, doubt, n, df=df, method=interval, level=level)
    deff = _effect(design, values)
    return share, se, lo, hi, n, deff, share_flag(share, se, n, df)


def _mean(design: Design, values: Floats, level: float) -> tuple[float, float, float, float, int, float, str]:
    made = means(design, values)
    lo, hi = made.interval(level=level, df=max(_domain_df(design, values), 1))
    n = int(np.isfinite(values).sum())
    value, se = float(made.value[0]), float(made.se[0])
    if n < 2:
        lo, hi, se = np.array([math.nan]), np.array([math.nan]), math.nan
    flag = "suppress" if n < FEW else "care" if n < ENOUGH else "show"
    return value, se, float(lo[0]), float(hi[0]), n, _effect(design, values), flag


def _domain_df(design: Design, values: Floats) -> int:
    """Degrees of freedom of the units and strata the domain touches: fewer than the whole design has."""
    return design.degrees_of_freedom(np.isfinite(values))


def _effect(design: Design, values: Floats) -> float:
    if np.isfinite(values).sum() < 2 or np.nanstd(values) == 0:
        return math.nan
    return float(design_effects(design, values, replacement=True)[0])


FEW = 10
"""Fewer answers than this are not shown."""
ENOUGH = 30
"""Fewer answers than this are shown with care and never ranked."""


def share_flag(share: float, se: float, n: int, df: int) -> str:
    """Return whether a share may be shown: ``show``, ``care`` or ``suppress``.

    After the presentation standards of Parker et al. (2017), Vital Health Stat. 2:175 (Korn-Graubard interval wider
    than .30: suppress; wider than .05 and than 130 % of the share or its complement, few degrees of freedom, a share of
    0 or 1: with care), with the trade's smaller numbers: below 10 answers suppress, below 30 with care.
    """
    if n < FEW:
        return "suppress"
    lo, hi = share_interval(share, se if 0 < share < 1 else math.nan, n, df=df, method=ShareInterval.KORN_GRAUBARD)
    width = hi - lo
    if width >= 0.30:
        return "suppress"
    relative = width / max(min(share, 1 - share), 1e-12)
    doubtful = n < ENOUGH or df < 8 or share in (0.0, 1.0) or (width > 0.05 and relative > 1.3)
    return "care" if doubtful else "show"


def _side_by_side(
    drawn: pd.DataFrame,
    heard: pd.DataFrame,
    design: Design,
    classes: Sequence[str],
    margins: Mapping[str, Mapping[object, float]],
    cap: float | None,
    interval: ShareInterval,
    level: float,
) -> pd.DataFrame:
    plain = element_design(np.ones(len(heard)))
    rows = [_method("unweighted", heard, plain, interval, level), _method("base", heard, design, interval, level)]
    if classes:
        rows.append(_by_class(drawn, heard, design, classes, interval, level))
    if margins:
        rows.append(_raked(heard, design, margins, cap, interval, level))
    return pd.DataFrame(rows)


def _method(
    name: str,
    heard: pd.DataFrame,
    design: Design,
    interval: ShareInterval,
    level: float,
    trimmed: int = 0,
    note: str = "",
) -> dict[str, object]:
    share, se, lo, hi, n, _, _ = _share(design, heard["satisfied"].to_numpy(float), interval, level)
    effect = kish_effect(design.weights)
    used = design.weights[design.weights > 0]
    return {
        "method": name,
        "value": share,
        "se": se,
        "lo": lo,
        "hi": hi,
        "n": n,
        "deff": effect,
        "ess": n / effect,
        "weight_ratio": float(used.max() / used.min()),
        "trimmed": trimmed,
        "note": note,
    }


def _by_class(
    drawn: pd.DataFrame,
    heard: pd.DataFrame,
    design: Design,
    classes: Sequence[str],
    interval: ShareInterval,
    level: float,
) -> dict[str, object]:
    """Weight classes by their response; a class in which fewer than five answered is joined to the others."""
    texts = drawn[list(classes)].astype(object).where(drawn[list(classes)].notna(), "unknown").astype(str)
    joined = texts.agg(" | ".join, axis=1)
    answered = drawn["id"].isin(set(heard["id"])).to_numpy(bool)
    counts = joined[answered].value_counts()
    thin = ~joined.isin(counts[counts >= 5].index)
    joined = joined.where(~thin, "others")
    if thin.any() and not answered[thin.to_numpy()].any():
        joined = joined.where(joined != "others", counts.index[0] if len(counts) else "others")
    codes = pd.factorize(joined, sort=True)[0].astype(np.int64)
    weights = spread_over_answers(drawn["weight"].to_numpy(float), answered, codes)
    own = np.asarray(pd.Series(weights, index=drawn["id"]).reindex(heard["id"]), dtype=np.float64)
    return _method("class", heard, design.reweighted(own), interval, level, note="thin" if thin.any() else "")


def _raked(
    heard: pd.DataFrame,
    design: Design,
    margins: Mapping[str, Mapping[object, float]],
    cap: float | None,
    interval: ShareInterval,
    level: float,
) -> dict[str, object]:
    coded = [_margin(heard, column, known) for column, known in margins.items()]
    try:
        raked = rake(design, coded)
    except (NotReachedError, ValueError) as error:
        base = _method("raked", heard, design, interval, level, note=str(error))
        return {**base, **dict.fromkeys(("value", "se", "lo", "hi", "deff", "ess", "weight_ratio"), math.nan)}
    trimmed = 0
    if cap is not None:
        upper = cap * float(np.median(raked.weights))
        trimmed = int((raked.weights > upper).sum())
        if trimmed:
            raked = raked.reweighted(trim(raked.weights, upper, strict=True))
    return _method("raked", heard, raked, interval, level, trimmed)


def _margin(heard: pd.DataFrame, column: str, known: Mapping[object, float]) -> tuple[Ints, Floats]:
    """Code a margin; a level nobody of whom answered is joined to the largest one, so that totals still add up."""
    totals = {str(level): float(total) for level, total in known.items()}
    texts = heard[column].astype(object).where(heard[column].notna(), "unknown").astype(str)
    strange = sorted(set(texts) - set(totals))
    if strange:
        raise InputError(Issue(f"margin {column}", f"answers have {strange}, the known totals do not"))
    present = sorted(set(texts))
    absent = sum(total for level, total in totals.items() if level not in present)
    largest = max(present, key=lambda level: totals[level])
    size: Floats = np.array([totals[level] + (absent if level == largest else 0.0) for level in present])
    codes = np.array([present.index(text) for text in texts], dtype=np.int64)
    return codes, size


@dataclass(frozen=True)
class WaveChange:
    """Change of the satisfied share from one wave to the next, those asked twice taken into account."""

    value: float
    se: float
    lo: float
    hi: float
    overlap: int
    clear: bool


def change_between(now: SurveyEstimate, before: SurveyEstimate, *, level: float = 0.95) -> WaveChange:
    """Return the change of the satisfied share, with a covariance for those who answered both times.

    Parameters
    ----------
    now, before
        Estimates of the two waves; strata of the same name are the same.

    References
    ----------
    Tam (1984), Am. Stat. 38:288: ``(n12 / (n1 n2) - 1 / N) s12`` per stratum.
    """
    first, second = _whole(before), _whole(now)
    covariance, overlap = _covariance(before, now)
    se = math.sqrt(max(first.covariance[0, 0] + second.covariance[0, 0] - 2 * covariance, 0.0))
    value = float(second.value[0] - first.value[0])
    df = max(min(first.df, second.df), 1)
    half = float(stats.t.isf((1 - level) / 2, df)) * se
    return WaveChange(value, se, value - half, value + half, overlap, bool(abs(value) > half > 0))


def _whole(made: SurveyEstimate) -> Estimates:
    return means(made.design, made.answers["satisfied"])


def _covariance(before: SurveyEstimate, now: SurveyEstimate) -> tuple[float, int]:
    left, right = (
        pd.DataFrame(
            {
                "id": made.answers["id"],
                "stratum": made.answers["stratum"],
                "y": made.answers["satisfied"],
                "people": made.answers["population"].astype(float),
            }
        )
        for made in (before, now)
    )
    both = left.merge(right, on=["id", "stratum"], suffixes=("_1", "_2"))
    total = 0.0
    for stratum, pairs in both.groupby("stratum"):
        n12, n1, n2 = len(pairs), int((left["stratum"] == stratum).sum()), int((right["stratum"] == stratum).sum())
        if n12 < 2:
            continue
        people = float(pairs[["people_1", "people_2"]].to_numpy().mean())
        shared = float(np.cov(pairs["y_1"], pairs["y_2"])[0, 1])
        weight = float(pairs["people_1"].iloc[0] / before.population * pairs["people_2"].iloc[0] / now.population)
        total += weight * (n12 / (n1 * n2) - 1 / people) * shared
    return total, len(both)
