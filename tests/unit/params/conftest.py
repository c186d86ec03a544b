from collections.abc import Callable
from pathlib import Path

import pytest

FILES = {
    "sources.yml": """
timezone: Asia/Shanghai
extracted_at: 2025-12-03 08:00
sources:
  - name: tickets
    table: tickets
    path: data/raw/tickets_*.csv
    columns: {ticket_id: 工单号, branch: 分公司, created_at: 建单时间}
""",
    "branches.yml": """
company: {en: Company, zh: 公司}
centres: {chengdu: {en: Chengdu centre, zh: 成都中心}}
branches:
  chengdu: {name: {en: Chengdu, zh: 成都}, centre: chengdu, region: southwest, aliases: [蓉]}
  kunming: {name: {en: Kunming, zh: 昆明}, centre: chengdu, region: southwest, calendar: plateau, reported: false}
""",
    "calendars.yml": """
default: office
calendars:
  office: {country: CN, opens: 8:30, closes: 18:00}
  plateau: {weekend: [6], opens: 09:00, closes: 17:00, extra_holidays: [2025-11-03], extra_workdays: [2025-11-09]}
""",
    "policy.yml": """
preset: monitoring
grades:
  - {key: good, name: {en: Good, zh: 良好}, minimum: 80}
  - {key: fail, name: {en: Fail, zh: 不合格}, minimum: 0}
kpis:
  first_time_fix_rate:
    {baseline: 0.80, target: 0.85, bands: [0.70, 0.75, 0.80, 0.85], min_n: 20,
     branches: {kunming: {target: 0.83, weight: 60}}}
  response: {baseline: 2, target: 1.5, bands: [3, 2, 1.5, 1], limit_hours: 1}
""",
    "presets/monitoring.yml": """
name: {en: Monitoring, zh: 监控}
weights: {first_time_fix_rate: 30, response: 10}
""",
    "scenarios.yml": """
scenarios:
  speed_first: {name: {en: Speed first, zh: 响应优先}, set: {response: 60}}
""",
    "run.yml": """
period: 2025-11
branches: [chengdu]
languages: [zh]
""",
}

KNOWN = {"first_time_fix_rate": "higher", "response": "lower", "csat_score": "higher"}

WriteProject = Callable[..., Path]


@pytest.fixture
def write_project(tmp_path: Path) -> WriteProject:
    """Write a good project; keyword ``changes`` replaces files, or removes those that are ``None``."""

    def write(changes: dict[str, str | bytes | None] | None = None) -> Path:
        for name, text in {**FILES, **(changes or {})}.items():
            path = tmp_path / "params" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            match text:
                case None:
                    path.unlink(missing_ok=True)
                case bytes():
                    path.write_bytes(text)
                case _:
                    path.write_text(text, encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def known_kpis() -> dict[str, str]:
    return KNOWN
