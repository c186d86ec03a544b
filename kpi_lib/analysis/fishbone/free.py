"""A cause-and-effect diagram without data, for workshops: what people think, before anybody has measured."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from kpi_lib.analysis.fishbone.model import Bone, Cause, Fishbone, State
from kpi_lib.errors import InputError, Issue, did_you_mean
from kpi_lib.text import Text

_KEYS = ("head", "bones")


def free_fishbone(head: Text, bones: Sequence[tuple[Text, Sequence[Text]]]) -> Fishbone:
    """Return a diagram without data: every cause is a hypothesis.

    Parameters
    ----------
    head
        The problem.
    bones
        Names of the bones, each with the names of its causes.
    """
    made = tuple(
        Bone(
            key=f"bone_{number}",
            name=name,
            staff=None,
            causes=tuple(Cause(f"cause_{place}", cause, State.HYPOTHESIS) for place, cause in enumerate(causes, 1)),
            contribution=None,
            offsetting=None,
        )
        for number, (name, causes) in enumerate(bones, 1)
    )
    return Fishbone("", head, "share", None, made, (), None, None)


def free_fishbone_of(spec: Mapping[str, object]) -> Fishbone:
    """Return a diagram from plain mappings, as a person types them.

    Parameters
    ----------
    spec
        ``{"head": problem, "bones": {bone: [cause, ...]}}``; a name is a text, a :class:`Text` or
        ``{"en": .., "zh": ..}``. Bones named in both languages are a list, ``[{"name": .., "causes": [..]}]``.

    Raises
    ------
    InputError
        With everything that is not of that form.
    """
    issues = [
        Issue("fishbone", f"unknown key {key!r}", did_you_mean(str(key), _KEYS)) for key in spec if key not in _KEYS
    ]
    head = _name(spec.get("head"), "head", issues)
    bones = []
    for place, name, causes in _bones(spec.get("bones"), issues):
        if not isinstance(causes, Sequence) or isinstance(causes, str):
            issues.append(Issue(place, "expected a list of causes", "[No training, No parts]"))
            continue
        named = [_name(cause, f"{place}, cause {number}", issues) for number, cause in enumerate(causes, 1)]
        bones.append((_name(name, place, issues), named))
    if not bones and not issues:
        issues.append(Issue("fishbone", "has no bones", "bones: {Skill: [No training]}"))
    if issues:
        raise InputError(issues)
    return free_fishbone(head, bones)


def _bones(found: object, issues: list[Issue]) -> Iterator[tuple[str, object, object]]:
    """Yield where each bone stands, its name and its causes."""
    match found:
        case Mapping():
            yield from ((f"bone {name!r}", name, causes) for name, causes in found.items())
        case [*entries]:
            for number, entry in enumerate(entries, 1):
                given = entry if isinstance(entry, Mapping) else {}
                yield f"bone {number}", given.get("name"), given.get("causes")
        case _:
            issues.append(Issue("bones", "expected a mapping from bone to causes", "{Skill: [No training]}"))


def _name(found: object, place: str, issues: list[Issue]) -> Text:
    match found:
        case Text():
            return found
        case str() if found.strip():
            return Text(found, found)
        case {"en": str(en), "zh": str(zh)} if en.strip() and zh.strip():
            return Text(en, zh)
        case _:
            issues.append(Issue(place, "expected a name", "a text, or {en: .., zh: ..}"))
            return Text("", "")
