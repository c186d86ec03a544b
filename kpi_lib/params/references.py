"""What one parameter file says about another: names must exist where they point.

The checks work on the files as typed, so that a wrong number in a file does not hide a wrong name in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from kpi_lib.errors import Issue, did_you_mean
from kpi_lib.params.document import Document, Location
from kpi_lib.params.fishbone import fishbone_issues
from kpi_lib.params.themes import theme_issues

KnownKpis = Mapping[str, Sequence[str]] | Sequence[str]


@dataclass(frozen=True)
class Documents:
    """All files of a project as typed."""

    sources: Document
    branches: Document
    calendars: Document
    policy: Document
    presets: Mapping[str, Document]
    scenarios: Document
    run: Document
    fishbone: Document
    themes: Document

    def every(self) -> tuple[Document, ...]:
        """Return the files in the order their issues are shown."""
        presets = tuple(self.presets.values())
        first = (self.sources, self.branches, self.calendars, self.policy, *presets, self.scenarios, self.run)
        return (*first, self.fishbone, self.themes)


def reference_issues(files: Documents, known_kpis: KnownKpis | None) -> list[Issue]:
    """Return an issue for every name that points nowhere, and for what contradicts a KPI's direction.

    Parameters
    ----------
    files
        The project's files.
    known_kpis
        Keys of the KPI catalogue; where it maps a key to ``"higher"`` or ``"lower"``, bands and targets are held to
        that direction. ``None`` checks no KPI.
    """
    branches, centres = files.branches.keys("branches"), files.branches.keys("centres")
    calendars = files.calendars.keys("calendars")
    issues = [
        *_typed_keys(files),
        *_spellings(files.branches),
        *_pointing(files.branches, _each(files.branches, "branches", "centre"), centres, "centre"),
        *_pointing(files.branches, _each(files.branches, "branches", "calendar"), calendars, "calendar"),
        *_pointing(files.calendars, [("default",)], calendars, "calendar"),
        *_pointing(files.policy, [("preset",)], tuple(files.presets), "preset"),
        *_unknown_keys(files.policy, _overrides(files.policy), branches, "branch"),
        *_pointing(files.run, _items(files.run, "branches"), (*branches, "all"), "branch"),
        *fishbone_issues(files.fishbone, None if known_kpis is None else tuple(known_kpis)),
        *theme_issues(files.themes),
    ]
    if known_kpis is not None:
        issues += _kpi_issues(files, known_kpis)
    return issues


def _kpi_issues(files: Documents, known_kpis: KnownKpis) -> Iterator[Issue]:
    known = tuple(known_kpis)
    yield from _unknown_keys(files.policy, [("kpis", kpi) for kpi in files.policy.keys("kpis")], known, "KPI")
    for preset in files.presets.values():
        yield from _unknown_keys(preset, [("weights", kpi) for kpi in preset.keys("weights")], known, "KPI")
        for number, _ in enumerate(_list(preset, "dimensions")):
            yield from _pointing(preset, _items(preset, "dimensions", number, "kpis"), known, "KPI")
    for scenario in files.scenarios.keys("scenarios"):
        location = ("scenarios", scenario, "set")
        keys = files.scenarios.keys(*location)
        yield from _unknown_keys(files.scenarios, [(*location, kpi) for kpi in keys], known, "KPI")
    if isinstance(known_kpis, Mapping):
        for kpi in files.policy.keys("kpis"):
            better = known_kpis.get(kpi)
            if better in ("higher", "lower"):
                yield from _against_direction(files.policy, ("kpis", kpi), str(better))


def _against_direction(policy: Document, location: Location, better: str) -> Iterator[Issue]:
    """Yield the issues of a KPI's terms, and of its branches', that run against its better direction."""
    kpi = location[1]
    for place in (location, *((*location, "branches", branch) for branch in policy.keys(*location, "branches"))):
        cuts = [_number(cut) for cut in _list(policy, *place, "bands")]
        if len(cuts) > 1 and _wrong_way(cuts[0], cuts[-1], better):
            problem = f"bands of {kpi} run the wrong way: {better} is better"
            yield policy.issue((*place, "bands"), problem, "write them from fail|improve to good|excellent")
        baseline, target = (
            _number(own if (own := policy.at(*place, name)) is not None else policy.at(*location, name))
            for name in ("baseline", "target")
        )
        if any(name in policy.keys(*place) for name in ("baseline", "target")) and _wrong_way(baseline, target, better):
            problem = f"target of {kpi} ({target:g}) is worse than its baseline ({baseline:g}): {better} is better"
            yield policy.issue((*place, "target"), problem)


def _wrong_way(first: float | None, last: float | None, better: str) -> bool:
    if first is None or last is None:
        return False
    return last < first if better == "higher" else last > first


def _typed_keys(files: Documents) -> Iterator[Issue]:
    """Yield an issue for every ``key:`` typed where the entry's or the file's name is the key already."""
    places = [(files.branches, ("branches", key, "key")) for key in files.branches.keys("branches")]
    places += [(files.scenarios, ("scenarios", key, "key")) for key in files.scenarios.keys("scenarios")]
    for document, location in places:
        if location in document.lines:
            yield document.issue(location, "unknown key 'key'", "the name before the colon is the key")
    for preset in files.presets.values():
        if ("key",) in preset.lines:
            yield preset.issue(("key",), "unknown key 'key'", "the file's name is the key")


def _spellings(branches: Document) -> Iterator[Issue]:
    """Yield an issue for every spelling that means two branches."""
    owner: dict[str, str] = {}
    for key in branches.keys("branches"):
        place: Location = ("branches", key)
        name = branches.at(*place, "name")
        names = list(name.items()) if isinstance(name, dict) else [("", name)]
        spelt: list[tuple[Location, object]] = [(place, key)]
        spelt += [((*place, "name", lang) if lang else (*place, "name"), value) for lang, value in names]
        spelt += [(alias, branches.at(*alias)) for alias in _items(branches, *place, "aliases")]
        for location, spelling in spelt:
            if isinstance(spelling, str) and owner.setdefault(spelling, key) != key:
                yield branches.issue(location, f"{spelling!r} already means the branch {owner[spelling]}")


def _overrides(policy: Document) -> list[Location]:
    kpis = policy.keys("kpis")
    return [("kpis", kpi, "branches", branch) for kpi in kpis for branch in policy.keys("kpis", kpi, "branches")]


def _each(document: Document, entry: str, field: str) -> list[Location]:
    return [(entry, key, field) for key in document.keys(entry)]


def _items(document: Document, *location: str | int) -> list[Location]:
    """Return the locations of the items of a list, or of the single text that stands for one."""
    if isinstance(document.at(*location), str):
        return [location]
    return [(*location, number) for number, _ in enumerate(_list(document, *location))]


def _list(document: Document, *location: str | int) -> list[object]:
    found = document.at(*location)
    return list(found) if isinstance(found, list) else []


def _pointing(document: Document, locations: Sequence[Location], known: Sequence[str], kind: str) -> Iterator[Issue]:
    for location in locations:
        value = document.at(*location)
        if isinstance(value, str) and value not in known:
            yield document.issue(location, f"unknown {kind} {value!r}", did_you_mean(value, known))


def _unknown_keys(
    document: Document, locations: Sequence[Location], known: Sequence[str], kind: str
) -> Iterator[Issue]:
    for location in locations:
        key = str(location[-1])
        if key not in known:
            yield document.issue(location, f"unknown {kind} {key!r}", did_you_mean(key, known))


def _number(value: object) -> float | None:
    try:
        return float(value) if isinstance(value, str) else None
    except ValueError:
        return None
