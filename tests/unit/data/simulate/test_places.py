from __future__ import annotations

from kpi_lib.data.simulate.places import CENTRES, DEFAULT, engineers, places, providers


def test_forty_three_branches_in_seven_centres() -> None:
    everybody = places()
    assert len(everybody) == 43
    for trait in ("key", "code"):
        assert len({getattr(place, trait) for place in everybody}) == 43
    assert len({place.name.zh for place in everybody}) == 43
    assert {place.centre for place in everybody} == set(CENTRES)
    assert len(CENTRES) == 7


def test_the_sample_comes_first() -> None:
    assert [place.key for place in places()[:5]] == ["chengdu", "suining", "neijiang", "mianyang", "kunming"]
    assert min(DEFAULT, key=lambda place: place.size).key == "neijiang"


def test_every_engineer_belongs_to_a_provider_of_the_branch() -> None:
    for place in places():
        names, weights = providers(place)
        numbers, homes = engineers(place)
        assert len(names) == len(weights)
        assert set(homes) == set(range(len(names)))
        assert len(set(numbers)) == len(numbers)
        assert list(homes) == sorted(homes)
