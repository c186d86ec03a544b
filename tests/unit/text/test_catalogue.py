import ast
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog

from kpi_lib.text import language
from kpi_lib.text.extract import CATALOGUE, PACKAGE, extracted, load_catalogue, problems, update


def test_every_sentence_has_its_chinese() -> None:
    assert list(problems(extracted(), load_catalogue())) == []


def test_sentences_are_literals_that_can_be_found() -> None:
    found = []
    for file in PACKAGE.rglob("*.py"):
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
                wanted = {"sentence": 1, "plural": 2}.get(node.func.attr, 0)
                literal = [isinstance(arg, ast.Constant) and isinstance(arg.value, str) for arg in node.args[:wanted]]
                if wanted and (len(literal) < wanted or not all(literal)):
                    found.append(f"{file.name}:{node.lineno}")
    assert found == []


def test_the_catalogue_is_as_the_command_leaves_it(tmp_path: Path) -> None:
    copy = tmp_path / "kpi_lib.po"
    copy.write_bytes(CATALOGUE.read_bytes())
    update(copy)
    assert copy.read_text(encoding="utf-8") == CATALOGUE.read_text(encoding="utf-8")


def test_the_catalogue_holds_no_english_left_as_it_was() -> None:
    same = [message.id for message in load_catalogue() if message.id and message.string == message.id]
    assert same == []


def package_with(tmp_path: Path, source: str) -> Path:
    (tmp_path / "package").mkdir()
    (tmp_path / "package" / "report.py").write_text(source, encoding="utf-8")
    return tmp_path / "package"


def catalogue_of(*entries: tuple[str | tuple[str, str], str]) -> Catalog:
    catalog = Catalog(locale="zh")
    for msgid, text in entries:
        catalog.add(msgid, (text,) if isinstance(msgid, tuple) else text)
    return catalog


SOURCE = '''
def verdict(lang):
    """A docstring that mentions sentence("not this")."""
    lang.sentence("The score is {score}.", score=1)
    lang.sentence(
        "It rose by {points} "
        "since {month}.",
        points=1, month=2,
    )
    return lang.plural("{n} ticket", "{n} tickets", 3)
'''


def test_literals_are_collected_also_when_split(tmp_path: Path) -> None:
    used = extracted(package_with(tmp_path, SOURCE))
    assert {message.id for message in used if message.id} == {
        "The score is {score}.",
        "It rose by {points} since {month}.",
        ("{n} ticket", "{n} tickets"),
    }


@pytest.mark.parametrize(
    ("chinese", "problem"),
    [("得分为{score}。", ""), ("", "no translation"), ("得分为{points}。", "other fields"), ("得分。", "other fields")],
)
def test_a_translation_has_the_same_fields(tmp_path: Path, chinese: str, problem: str) -> None:
    used = extracted(package_with(tmp_path, 'lang.sentence("The score is {score}.")'))
    found = list(problems(used, catalogue_of(("The score is {score}.", chinese))))
    assert [problem in line for line in found] == ([True] if problem else [])


def test_what_is_missing_or_no_longer_used_is_told(tmp_path: Path) -> None:
    used = extracted(package_with(tmp_path, SOURCE))
    stored = catalogue_of((("{n} ticket", "{n} tickets"), "{n}张工单"), ("Gone.", "没了。"))
    told = list(problems(used, stored))
    assert [line.split(":")[0] for line in told] == ["no translation", "no translation", "no longer used"]


def test_the_command_keeps_translations_and_drops_what_is_gone(tmp_path: Path) -> None:
    package = package_with(tmp_path, SOURCE)
    path = tmp_path / "zh.po"
    path.write_text(
        'msgid ""\nmsgstr ""\n"Language: zh\\n"\n"Content-Type: text/plain; charset=utf-8\\n"\n'
        '"Plural-Forms: nplurals=1; plural=0;\\n"\n\n'
        'msgid "The score is {score}."\nmsgstr "得分为{score}。"\n\n'
        'msgid "The score was {score}."\nmsgstr "曾为{score}。"\n',
        encoding="utf-8",
    )
    left = update(path, package)
    assert len(left) == 2
    stored = load_catalogue(path)
    assert stored["The score is {score}."].string == "得分为{score}。"
    assert stored.get("The score was {score}.") is None
    assert stored["It rose by {points} since {month}."].string == ""


def test_the_catalogue_is_compiled_as_it_is_on_disk() -> None:
    zh = language("zh")
    for message in load_catalogue():
        if isinstance(message.id, str) and message.id and message.string:
            assert zh.translations.gettext(message.id) == message.string
