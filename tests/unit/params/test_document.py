from pathlib import Path

import pytest

from kpi_lib.errors import Issue
from kpi_lib.params.document import parse_document, read_document


def only_issue(text: str) -> Issue:
    document = parse_document(text, name="p.yml")
    assert len(document.issues) == 1
    return document.issues[0]


@pytest.mark.parametrize(
    "typed",
    [
        "0571",
        "NO",
        "yes",
        "12_3",
        "1:30",
        "0x1F",
        "1e3",
        "2025-11-03",
        ".inf",
        "true",
        "NULL",
        "Null",
        "0o17",
        "=",
        "+1",
    ],
)
def test_a_scalar_stays_the_text_that_was_typed(typed: str) -> None:
    document = parse_document(f"{typed}: {typed}\nlist: [{typed}]", name="p.yml")
    assert document.data == {typed: typed, "list": [typed]}
    assert document.issues == ()


@pytest.mark.parametrize("typed", ["", "~", "null"])
def test_nothing_is_none(typed: str) -> None:
    assert parse_document(f"a: {typed}", name="p.yml").data == {"a": None}


@pytest.mark.parametrize("typed", ["'~'", "''", '"null"'])
def test_quoted_nothing_is_text(typed: str) -> None:
    assert parse_document(f"a: {typed}", name="p.yml").data == {"a": typed[1:-1]}


def test_lines_are_those_of_keys_and_items() -> None:
    document = parse_document("# comment\nkpis:\n  a:\n    target:\n      1\nl:\n  - x\n  - y: 1\n", name="p.yml")
    assert document.lines[("kpis",)] == 2
    assert document.lines[("kpis", "a", "target")] == 4
    assert document.lines[("l", 1)] == 8
    assert document.issue(("kpis", "a", "gone", "deeper"), "x").where == "p.yml:3"
    assert document.at("l", 1, "y") == "1"
    assert document.at("l", 7) is None
    assert document.keys("kpis") == ("a",)
    assert document.keys("l") == ()


def test_a_second_key_names_the_first() -> None:
    assert only_issue("a: 1\nb: 2\na: 3\n") == Issue(
        "p.yml:3", "key 'a' is given twice, first in line 1", "remove one of them"
    )


def test_all_issues_of_a_file_are_found() -> None:
    document = parse_document("a: 1\na: 2\nb: {c: 1, c: 2}\nd: !!python/name:os.system x\n", name="p.yml")
    assert [issue.where for issue in document.issues] == ["p.yml:2", "p.yml:3", "p.yml:4"]


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        ("a:\n\tb: 1\n", 2, "tab"),
        ("a: 1\nb: x: y\n", 2, "quotes"),
        ("a: [1, 2\nb: 1\n", 2, "not closed"),
        ("a: 'x\nb: 1\n", 1, "quote"),
        ("a: 1\n---\nb: 1\n", 2, "one document"),
        ("a: *b\n", 1, "quotes"),
        ("a: 1\nb: \x07\n", 2, "U+0007"),
        ("? [a]\n: 1\n", 1, "plain text"),
        ("a: &x {b: 1}\nc: *x\n", 1, "aliases"),
        ("a: &x [*x]\n", 1, "aliases"),
        ("a: 1\nb: !vault c\n", 2, "tags"),
    ],
)
def test_broken_yaml_is_an_issue_at_its_line(text: str, line: int, words: str) -> None:
    issue = only_issue(text)
    assert issue.where == f"p.yml:{line}"
    assert words in str(issue)


def test_an_alias_bomb_is_not_expanded() -> None:
    layers = ["a0: &a0 [x, x]"] + [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    document = parse_document("\n".join(layers), name="p.yml")
    assert document.issues
    assert len(document.lines) < 200


def test_a_missing_file_is_an_issue(tmp_path: Path) -> None:
    issue = read_document(tmp_path / "policy.yml", name="params/policy.yml").issues[0]
    assert issue.where == "params/policy.yml"
    assert "not found" in issue.problem


def test_a_folder_in_place_of_a_file_is_an_issue(tmp_path: Path) -> None:
    assert read_document(tmp_path, name="params/policy.yml").issues[0].where == "params/policy.yml"


def test_another_encoding_is_an_issue_at_its_line(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_bytes("a: 1\nname: 成都\n".encode("gb18030"))
    issue = read_document(tmp_path / "b.yml", name="b.yml").issues[0]
    assert issue.where == "b.yml:2"
    assert "UTF-8" in issue.hint


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    (tmp_path / "b.yml").write_bytes("a: 成都\r\nb: x\r\n".encode("utf-8-sig"))
    document = read_document(tmp_path / "b.yml", name="b.yml")
    assert document.data == {"a": "成都", "b": "x"}
    assert document.lines[("b",)] == 2


def test_an_empty_file_holds_nothing() -> None:
    document = parse_document("# only a comment\n", name="p.yml")
    assert (document.data, document.issues) == (None, ())
