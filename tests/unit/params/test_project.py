import pickle
import re
from datetime import date, datetime, time
from pathlib import Path

import pytest

from kpi_lib.errors import InputError
from kpi_lib.params import load_project


def problems_of(root, known_kpis=None) -> list[str]:
    with pytest.raises(InputError) as caught:
        load_project(root, known_kpis)
    return [str(issue) for issue in caught.value.issues]


def test_a_good_project_is_read(write_project, known_kpis) -> None:
    project = load_project(write_project(), known_kpis)
    assert project.sources.extracted_at == datetime(2025, 12, 3, 8)
    assert project.sources.sources[0].columns["branch"].from_ == ("分公司",)
    assert project.branches.branches["chengdu"].spellings == ("chengdu", "Chengdu", "成都", "蓉")
    assert list(project.branches.reported) == ["chengdu"]
    assert project.calendar("chengdu").opens == time(8, 30)
    assert project.calendar("kunming").extra_holidays == (date(2025, 11, 3),)
    assert project.weights() == {"first_time_fix_rate": 75.0, "response": 25.0}
    assert project.run.branches == ("chengdu",)
    assert project.run.languages == ("zh",)
    assert project.scenarios["speed_first"].apply(project.weights()) == {"first_time_fix_rate": 40.0, "response": 60.0}


def test_weights_of_a_branch_take_the_place_of_the_presets(write_project) -> None:
    project = load_project(write_project())
    assert project.weights("kunming") == pytest.approx(
        {"first_time_fix_rate": 100 * 60 / 85, "response": 100 * 25 / 85}
    )
    assert project.weights("chengdu") == project.weights()


def test_what_may_be_left_out_has_defaults(write_project) -> None:
    policy = "grades: [{key: all, name: All, minimum: 0}]\nkpis: {response: {target: 2}}\n"
    changes = {"run.yml": None, "scenarios.yml": None, "presets/monitoring.yml": None, "policy.yml": policy}
    project = load_project(write_project(changes))
    assert project.run.period == "latest"
    assert project.run.branches == project.run.notebooks == "all"
    assert project.scenarios == project.presets == {}
    assert project.preset is None
    assert project.weights() == {}


def test_empty_files_that_may_be_left_out_are_as_if_left_out(write_project) -> None:
    project = load_project(write_project({"run.yml": "# nothing\n", "scenarios.yml": ""}))
    assert project.run.months_shown == 13


@pytest.mark.parametrize("name", ["sources.yml", "branches.yml", "calendars.yml", "policy.yml"])
def test_a_missing_file_is_named(write_project, name: str) -> None:
    assert f"params/{name}: file not found (`kpi init` writes a complete params folder)" in problems_of(
        write_project({name: None})
    )


def test_a_folder_without_params_is_no_project(tmp_path: Path) -> None:
    assert problems_of(tmp_path) == [f"{tmp_path}: is not a project: it has no folder params (`kpi init` makes one)"]


MISTAKES: dict[str, str | bytes | None] = {
    "sources.yml": """\
timezone: Asia/Shanghia
extracted_at: 3/12/2025
sources:
  - name: tickets
    table: tickets
    path: ${NO_SUCH_FOLDER_SET}/tickets.csv
    encodng: gb18030
    columns:
      ticket_id: {from: [a, b]}
      created_at: {from: x, formats: '%d/%m/%Y', unit: hour}
  - {name: calls, table: calls, path: calls.dat, columns: {}}
""",
    "branches.yml": """\
company: {en: Company, zn: 公司}
centres: {chengdu: {en: Chengdu centre, zh: 成都中心}}
branches:
  chengdu: {name: {en: Chengdu, zh: 成都}, centre: chegndu, region: southwest, aliases: [蓉], reported: NO}
  kunming: {name: {en: Kunming, zh: 昆明}, centre: chengdu, calendar: platau, aliases: [成都]}
  ../up: {name: Up, centre: chengdu, region: southwest}
""",
    "calendars.yml": """\
default: offce
calendars:
  office: {country: cn, opens: 8h30, closes: 18:00}
  plateau: {weekend: [7], opens: 09:00, closes: 08:00, extra_holidays: [2025-02-30, 20251103]}
""",
    "policy.yml": """\
preset: monitorng
scoring: band
confidence: 95
grades:
  - {key: fail, name: {en: Fail, zh: 不合格}, minimum: 0}
  - {key: good, name: {en: Good, zh: 良好}, minimum: 80}
kpis:
  first_time_fix_rate:
    baseline: 80%
    target: 12_3
    bands: [0.85, 0.80, 0.75, 0.70]
    weight: -5
    branches:
      kunmin: {target: 1:30}
  respons: {target: NO}
  response:
    bands: [3, 1.5, 2, 1]
    limit_hours: 0
    min_n: 0
    industry: {value: nan, as_of: last summer, source: x}
    target: 1
    target: 2
""",
    "presets/monitoring.yml": """\
name: {en: Monitoring, zh: 监控}
weights: {first_time_fix_rat: 30, response: -1}
""",
    "presets/own.yml": "name: {en: Own, zh: 自定}\nweights:\n\tresponse: 10\n",
    "scenarios.yml": "scenarios:\n  speed: {name: 响应优先, set: {responze: 130}}\n".encode("gb18030"),
    "run.yml": """\
period: 2025-13
branches: [chengdu, chengdou]
languages: [en, fr]
jobs: two
month_shown: 6
""",
}

EXPECTED = [
    r"params/sources.yml:1: timezone: unknown time zone 'Asia/Shanghia' \(did you mean 'Asia/Shanghai'\?\)",
    r"params/sources.yml:2: extracted_at: expected a date and time, got '3/12/2025' \(write it as 2025-11-03 08:00\)",
    r"params/sources.yml:6: .*environment variable NO_SUCH_FOLDER_SET is not set",
    r"params/sources.yml:7: unknown key 'encodng' in sources.1 \(did you mean 'encoding'\?\)",
    r"params/sources.yml:9: sources.1.columns.ticket_id: several columns need 'combine'",
    r"params/sources.yml:10: .*unit: expected one of seconds, minutes, hours, days, .*\(did you mean 'hours'\?\)",
    r"params/sources.yml:11: sources.2.columns: is empty",
    r"params/branches.yml:1: key 'zh' is missing in company",
    r"params/branches.yml:1: unknown key 'zn' in company \(known: en, zh\)",
    r"params/branches.yml:4: unknown centre 'chegndu' \(did you mean 'chengdu'\?\)",
    r"params/branches.yml:4: branches.chengdu.reported: expected true or false, got 'NO'",
    r"params/branches.yml:5: key 'region' is missing in branches.kunming",
    r"params/branches.yml:5: unknown calendar 'platau' \(did you mean 'plateau'\?\)",
    r"params/branches.yml:5: '成都' already means the branch chengdu",
    r"params/branches.yml:6: .*'../up' cannot be the key of a branch",
    r"params/calendars.yml:1: unknown calendar 'offce' \(did you mean 'office'\?\)",
    r"params/calendars.yml:3: .*public holidays of 'cn' are not known \(write it in capitals: CN\)",
    r"params/calendars.yml:3: calendars.office.opens: expected a time of day, got '8h30'",
    r"params/calendars.yml:4: calendars.plateau.weekend.1: expected at most 6, got '?7'?",
    r"params/calendars.yml:4: calendars.plateau.closes: closes at 08:00, not after it opens at 09:00",
    r"params/calendars.yml:4: .*there is no date 2025-02-30",
    r"params/calendars.yml:4: .*expected a date, got '20251103' \(write it as 2025-11-03\)",
    r"params/policy.yml:1: unknown preset 'monitorng' \(did you mean 'monitoring'\?\)",
    r"params/policy.yml:2: scoring: expected one of bands, linear, got 'band' \(did you mean 'bands'\?\)",
    r"params/policy.yml:3: confidence: expected less than 1, got '?95'?",
    r"params/policy.yml:4: grades: grades go from the best down",
    r"params/policy.yml:9: .*expected a number, got '80%' \(shares are written from 0 to 1: 0.8\)",
    r"params/policy.yml:10: .*expected a number, got '12_3'",
    r"params/policy.yml:11: bands of first_time_fix_rate run the wrong way: higher is better",
    r"params/policy.yml:12: .*weight: expected at least 0, got '?-5'?",
    r"params/policy.yml:14: unknown branch 'kunmin' \(did you mean 'kunming'\?\)",
    r"params/policy.yml:14: .*expected a number, got '1:30'",
    r"params/policy.yml:15: unknown KPI 'respons' \(did you mean 'response'\?\)",
    r"params/policy.yml:15: .*expected a number, got 'NO'",
    r"params/policy.yml:17: .*cuts must all rise or all fall, got 3, 1.5, 2, 1",
    r"params/policy.yml:18: .*limit_hours: expected more than 0, got '?0'?",
    r"params/policy.yml:19: .*min_n: expected at least 1, got '?0'?",
    r"params/policy.yml:20: .*industry.value: expected a number, got 'nan'",
    r"params/policy.yml:20: .*industry.as_of: expected a date, got 'last summer'",
    r"params/policy.yml:22: key 'target' is given twice, first in line 21",
    r"params/presets/monitoring.yml:2: unknown KPI 'first_time_fix_rat' \(did you mean 'first_time_fix_rate'\?\)",
    r"params/presets/monitoring.yml:2: weights.response: expected at least 0, got '?-1'?",
    r"params/presets/own.yml:3: is not valid YAML: .*\(indent with spaces, not tabs",
    r"params/scenarios.yml:2: is not UTF-8 text",
    r"params/run.yml:1: period: there is no period '2025-13'",
    r"params/run.yml:2: unknown branch 'chengdou' \(did you mean 'chengdu'\?\)",
    r"params/run.yml:3: languages.2: expected one of en, zh, got 'fr'",
    r"params/run.yml:4: jobs: expected a whole number, got 'two'",
    r"params/run.yml:5: unknown key 'month_shown' \(did you mean 'months_shown'\?\)",
]


def test_every_mistake_of_every_file_is_raised_at_once(write_project, known_kpis) -> None:
    found = problems_of(write_project(MISTAKES), known_kpis)
    unmatched = [line for line in found if not any(re.match(pattern, line) for pattern in EXPECTED)]
    missing = [pattern for pattern in EXPECTED if not any(re.match(pattern, line) for line in found)]
    assert (missing, unmatched) == ([], [])
    assert len(found) == len(EXPECTED)


def test_issues_come_file_by_file_and_line_by_line(write_project, known_kpis) -> None:
    files = [line.split(":")[0] for line in problems_of(write_project(MISTAKES), known_kpis)]
    assert files == sorted(files, key=list(dict.fromkeys(files)).index)
    assert files[0] == "params/sources.yml"
    assert files[-1] == "params/run.yml"
    lines = [int(line.split(":")[1]) for line in problems_of(write_project(MISTAKES)) if "policy.yml" in line]
    assert lines == sorted(lines)


@pytest.mark.parametrize(
    ("name", "text", "problem"),
    [
        ("policy.yml", "- a\n- b\n", "expected a mapping"),
        ("policy.yml", "just words\n", "expected a mapping"),
        ("policy.yml", "", "key 'kpis' is missing"),
        ("sources.yml", "timezone: Asia/Shanghai\nsources: tickets\n", "expected a list, got 'tickets'"),
        ("branches.yml", "company: X\ncentres: [a]\nbranches: {}\n", "expected a mapping"),
        ("run.yml", "branches: {a: b}\n", "expected 'all' or a list of names"),
        ("run.yml", "branches: []\n", "expected 'all' or a list of names"),
        ("run.yml", "period: yesterday\n", "cannot read the period 'yesterday'"),
        ("scenarios.yml", "scenarios: {a: {key: b, name: A, set: {response: 1}}}\n", "unknown key 'key'"),
        ("scenarios.yml", "scenarios: {a: {name: A, set: {response: 70, csat_score: 40}}}\n", "add up to 110"),
        ("presets/monitoring.yml", "key: x\nname: M\nweights: {response: 1}\n", "the file's name is the key"),
        ("presets/monitoring.yml", "name: M\n", "either 'weights' or 'dimensions'"),
        ("presets/monitoring.yml", "name: M\nweights: {response: 0}\n", "add up to 0"),
        (
            "presets/monitoring.yml",
            "name: M\ndimensions: [{key: a, name: A, weight: 1, kpis: [responze]}]\n",
            "unknown KPI 'responze' (did you mean 'response'?)",
        ),
        ("scenarios.yml", "scenarios: {a: {name: A, set: {csat_scor: 1}}}\n", "unknown KPI 'csat_scor' (did you mean"),
    ],
)
def test_files_of_another_shape(write_project, known_kpis, name: str, text: str, problem: str) -> None:
    found = problems_of(write_project({name: text}), known_kpis)
    assert any(line.startswith(f"params/{name}") and problem in line for line in found), found


@pytest.mark.parametrize(
    ("terms", "problem"),
    [
        ("{baseline: 0.9, target: 0.8}", "target of first_time_fix_rate (0.8) is worse than its baseline (0.9)"),
        ("{baseline: 0.8, branches: {kunming: {target: 0.7}}}", "(0.7) is worse than its baseline (0.8)"),
        ("{branches: {kunming: {bands: [4, 3, 2, 1]}}}", "bands of first_time_fix_rate run the wrong way"),
    ],
)
def test_terms_against_the_better_direction(write_project, known_kpis, terms: str, problem: str) -> None:
    policy = f"grades: [{{key: all, name: All, minimum: 0}}]\nkpis:\n  first_time_fix_rate: {terms}\n"
    root = write_project({"policy.yml": policy})
    assert [problem in line for line in problems_of(root, known_kpis)] == [True]
    assert load_project(root, list(known_kpis)).policy.kpis
    assert load_project(root).policy.kpis


def test_a_lower_target_is_right_where_lower_is_better(write_project, known_kpis) -> None:
    assert load_project(write_project(), known_kpis).policy.kpis["response"].target == 1.5


def test_a_project_survives_the_way_to_a_worker(write_project) -> None:
    project = load_project(write_project())
    assert pickle.loads(pickle.dumps(project)) == project
