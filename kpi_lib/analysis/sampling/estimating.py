"""What the answers are worth: estimates with the design's standard errors, by domain and by way of weighting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from kpi_lib.analysis.sampling.answered import answered_design, joined_strata
from kpi_lib.analysis.sampling.drawn import Draw
from kpi_lib.analysis.sampling.matching import Matched, match, satisfaction
from kpi_lib.analysis.sampling.reweighting import Adjustments, side_by_side
from kpi_lib.analysis.sampling.statistics import COLUMNS, DegreesOfFreedom, Sample, Wanted, rows_of
from kpi_lib.analysis.sampling.strata import coded
from kpi_lib.analysis.strict_json import strict_json
from kpi_lib.errors import InputError, Issue
from kpi_lib.stats.sampling.design import Design, SingleUnitStratumError
from kpi_lib.stats.sampling.quantiles import QuantileRule
from kpi_lib.stats.sampling.replicates import Replicates, bootstrap, jackknife
from kpi_lib.stats.sampling.shares import ShareInterval


class Variance(StrEnum):
    """Where standard errors come from; all know the finite population."""

    TAYLOR = "taylor"
    JACKKNIFE = "jackknife"
    BOOTSTRAP = "bootstrap"


@dataclass(frozen=True, eq=False)
class SurveyEstimate:
    """Estimates of a survey.

    Parameters
    ----------
    table
        ``domain`` (all, or the column), ``level`` (its value), ``statistic`` (satisfied_rate, mean_score,
        mean_<column>, total_<column>, p<percent>_<column>, or a ratio's name), ``value, se, lo, hi, n`` (answers),
        ``deff, flag`` (show, care or suppress), ``method`` of the interval.
    methods
        The satisfied share of everybody by way of weighting: ``method`` (unweighted, base, class, post_stratified,
        raked, regression), ``value, se, lo, hi, n, deff`` (Kish), ``ess`` (effective size), ``weight_ratio`` (largest
        to smallest), ``trimmed, note`` (``not_met``: no such weights; ``thin_classes_joined``).
    matched
        Answers beside the draw.
    collapsed
        ``stratum, into``: strata joined to a neighbour, having fewer than two answers.
    population
        Units the weights add up to.
    design
        Of the answers with base weights, for differences between waves; rows are those of ``answers``.
    answers
        The rows used, with ``satisfied`` and ``score`` where there are any.
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
        """Return estimates, methods and what was matched, as JSON."""
        return strict_json(
            {
                "estimates": self.table,
                "methods": self.methods,
                "matched": self.matched.counts,
                "collapsed": self.collapsed,
                "population": self.population,
            }
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
    means: Sequence[str] = (),
    totals: Sequence[str] = (),
    ratios: Mapping[str, tuple[str, str]] | None = None,
    quantiles: Mapping[str, Sequence[float]] | None = None,
    quantile_rule: QuantileRule | str = QuantileRule.MATH,
    classes: Sequence[str] = (),
    margins: Mapping[str, Mapping[object, float]] | None = None,
    post_strata: tuple[Sequence[str], Mapping[object, float]] | None = None,
    auxiliary: Mapping[str, float] | None = None,
    cap: float | None = None,
    variance: Variance | str = Variance.TAYLOR,
    replicates: int = 500,
    rng: np.random.Generator | None = None,
    method: ShareInterval | str = ShareInterval.WILSON,
    level: float = 0.95,
    df: DegreesOfFreedom = "domain",
) -> SurveyEstimate:
    """Estimate satisfied share and mean score, and any mean, total, ratio or quantile, from the answers of a draw.

    Conventions: the finite population correction ``1 - n/N`` comes with the draw and cannot be forgotten; ``n`` are
    those who answered. The weight of those who did not goes to those of their stratum who did (``N_h / r_h``).
    Missing values leave a row out of the statistic, not out of the design. Domains keep the whole design. Intervals
    use Student's t with the degrees of freedom named by ``df`` (units less strata of the first stage); quantiles have
    Woodruff's interval with those of the whole design. Draws by size have the with-replacement variance, which is on
    the safe side.

    Parameters
    ----------
    answers
        One row per answer, with ``score`` (1 to 5) or ``grade`` (A to D), or neither.
    draw
        Who was drawn, from what.
    by
        Columns of domains: carried by the draw, or of the answers.
    answered_at, deadline
        Column of the time of the answer, and the last moment that counts.
    collapse
        Neighbour of a stratum, into which it is joined when fewer than two of it answered.
    means, totals, ratios, quantiles, quantile_rule
        Further statistics: columns; numerator and denominator by name; shares by column. The rule is ``math``
        (lowest value that reaches the share), ``school`` (half way where it is hit exactly) or ``hf7`` (linear).
    classes
        Columns, known of everyone drawn, that make the weighting classes.
    margins
        Known population by value, by column, for raking.
    post_strata
        Columns and the known population of each of their values, for post-stratification.
    auxiliary
        Known population total by numeric column, for linear regression weights (GREG).
    cap
        Largest adjusted weight, in multiples of their median; above it weights are trimmed.
    variance, replicates, rng
        ``taylor``; ``jackknife`` (each first-stage unit left out once); ``bootstrap`` (Rao-Wu), so many replicates
        from ``rng``, which it needs.
    method, level
        Interval of shares: ``wilson`` (effective n), ``logit``, ``korn_graubard``, ``beta`` (exact on the effective
        n), ``asin`` or ``mean``.
    df
        ``domain``: of the units and strata the domain touches; ``design``: of the whole design (the convention of R).

    Raises
    ------
    InputError
        Nobody answered; a column is missing; a stratum with fewer than two answers of several people and no
        neighbour; a level that the known totals lack; a bootstrap without ``rng``.
    """
    wanted = Wanted(
        means, totals, ratios or {}, quantiles or {}, QuantileRule(quantile_rule), ShareInterval(method), level, df
    )
    found = match(answers, draw, id_column=id_column, answered_at=answered_at, deadline=deadline)
    heard = _heard(found.table, [*by, *sorted(wanted.columns)])
    strata = joined_strata(heard, draw, collapse or {})
    design = answered_design(heard, strata, draw)
    sample = Sample(heard, design, _replicates(design, Variance(variance), replicates, rng))
    try:
        rows = rows_of(sample, wanted, "all", "all", np.ones(len(heard), dtype=bool))
        for column in by:
            codes, levels = coded(heard[column])
            for place in np.argsort(np.array(levels, dtype=str)):
                rows += rows_of(sample, wanted, column, levels[place], codes == place)
        how = Adjustments(classes, margins or {}, post_strata, auxiliary or {}, cap)
        methods = side_by_side(found.table, sample, how, wanted) if "satisfied" in heard else pd.DataFrame()
    except SingleUnitStratumError as error:
        hint = "draw or reach more of the first stage"
        raise InputError(Issue("answers", "one unit of the first stage answered: no variance", hint)) from error
    table = pd.DataFrame(rows, columns=list(COLUMNS))
    return SurveyEstimate(table, methods, found, strata.joins, round(float(design.weights.sum())), design, heard)


def _heard(table: pd.DataFrame, columns: Sequence[str]) -> pd.DataFrame:
    """Return those who answered, with ``satisfied`` and ``score`` where the answers have either."""
    if missing := [name for name in columns if name not in table]:
        raise InputError([Issue("by", f"neither draw nor answers have a column {name!r}") for name in missing])
    heard = table[table["answered"].to_numpy(bool)].reset_index(drop=True)
    if "score" in heard or "grade" in heard:
        values = satisfaction(heard)
        heard["satisfied"], heard["score"] = values["satisfied"], values["score"]
        heard = heard[heard["satisfied"].notna()].reset_index(drop=True)
    if heard.empty:
        raise InputError(Issue("answers", "nobody drawn has answered", "match ids, or wait for answers"))
    return heard


def _replicates(design: Design, how: Variance, n: int, rng: np.random.Generator | None) -> Replicates | None:
    try:
        match how:
            case Variance.TAYLOR:
                return None
            case Variance.JACKKNIFE:
                return jackknife(design)
            case Variance.BOOTSTRAP:
                if rng is None:
                    raise InputError(Issue("rng", "the bootstrap needs a random generator", "rng=default_rng(seed)"))
                return bootstrap(design, replicates=n, rng=rng)
    except SingleUnitStratumError as error:
        raise InputError(Issue("answers", "one unit of the first stage answered: no variance")) from error
