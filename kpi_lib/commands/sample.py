"""``kpi sample``: plan, draw, commit, seal, verify and estimate surveys."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.table import Table

from kpi_lib.errors import InputError, Issue

# The commands import what they need: loading the engines takes seconds, which --help should not.
if TYPE_CHECKING:
    import pandas as pd

    from kpi_lib.analysis.sampling.drawn import Draw
    from kpi_lib.analysis.sampling.survey import SurveyRound
    from kpi_lib.session import Session

app = typer.Typer(
    name="sample", help="Survey sampling: whom to ask, and what the answers are worth.", no_args_is_help=True
)
out = Console(soft_wrap=True)

ProjectOption = Annotated[Path, typer.Option("--project", help="Project folder, with params/ and data/.")]
BranchOption = Annotated[str, typer.Option("--branch", help="Key of the branch.")]
PeriodOption = Annotated[str, typer.Option("--period", help="Such as 2025-11; latest is the last complete month.")]
RuleOption = Annotated[str, typer.Option("--rule", help="5 % of customers, 30 % of complainers: either, both, larger.")]
MarginOption = Annotated[float, typer.Option("--margin", help="Half the interval wanted of the satisfied share.")]
FolderOption = Annotated[Path, typer.Option("--out", help="Folder to write to.")]
OptionalFolder = Annotated[Path | None, typer.Option("--out", help="Folder to write to.")]
LangOption = Annotated[str, typer.Option("--lang", help="Language of the call list: en or zh.")]
PhonesOption = Annotated[bool, typer.Option("--phones", help="Write phone numbers in full.")]
SheetArgument = Annotated[Path, typer.Argument(help="Draw sheet, sheet.json.")]
FrameOption = Annotated[Path, typer.Option("--frame", help="The frame drawn from, frame.csv.")]
FRAME_COLUMNS = ("customer_id", "kind", "complained", "overdue", "reopened", "dissatisfied_at_closure", "product")


@app.command()
def plan(
    branch: BranchOption,
    project: ProjectOption = Path(),
    period: PeriodOption = "latest",
    rule: RuleOption = "both",
    margin: MarginOption = 0.05,
    folder: OptionalFolder = None,
) -> None:
    """Show how many of each kind of customer to ask, and what it will be worth."""
    _, made = _round(project, branch, period, rule, margin, "")
    _show(made.plan.kinds.round(3), f"{branch} {made.period}")
    for conflict in made.plan.conflicts:
        out.print(f"{conflict.rule}: {conflict.wanted} wanted, {conflict.possible} possible")
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        made.plan.table.to_csv(folder / "plan.csv", index=False)
        (folder / "plan.json").write_text(made.plan.to_json(), encoding="utf-8")


@app.command()
def draw(
    branch: BranchOption,
    folder: FolderOption,
    project: ProjectOption = Path(),
    period: PeriodOption = "latest",
    rule: RuleOption = "both",
    margin: MarginOption = 0.05,
    salt: Annotated[str, typer.Option("--salt", help="Key of the draw; by default branch and period.")] = "",
    lang: LangOption = "en",
    phones: PhonesOption = False,
) -> None:
    """Draw the customers to call, without signatures; seal does it with two people."""
    session, made = _round(project, branch, period, rule, margin, salt)
    _write_draw(folder, session, made, lang=lang, phones=phones)
    out.print(f"{folder}: {len(made.draw.drawn)} drawn of {made.draw.frame_size}, salt {made.draw.salt}")


@app.command()
def commit(name: str, secret: Annotated[str, typer.Option(prompt=True, hide_input=True)]) -> None:
    """Promise a secret: prints the promise to hand over, the secret stays with its owner until seal."""
    from kpi_lib.analysis.sampling.promises import commit as promise

    out.print(promise(name, secret).digest)


@app.command()
def seal(
    branch: BranchOption,
    folder: FolderOption,
    drawer: Annotated[str, typer.Option(help="Name of the one who draws.")],
    approver: Annotated[str, typer.Option(help="Name of the one who approves.")],
    drawer_promise: Annotated[str, typer.Option(help="What commit printed for the drawer.")],
    approver_promise: Annotated[str, typer.Option(help="What commit printed for the approver.")],
    drawer_secret: Annotated[str, typer.Option(prompt=True, hide_input=True)],
    approver_secret: Annotated[str, typer.Option(prompt=True, hide_input=True)],
    project: ProjectOption = Path(),
    period: PeriodOption = "latest",
    rule: RuleOption = "both",
    margin: MarginOption = 0.05,
    lang: LangOption = "en",
    phones: PhonesOption = False,
) -> None:
    """Draw with the common salt of two promised secrets and sign the sheet for both."""
    from kpi_lib.analysis.sampling.promises import Commitment, common_salt
    from kpi_lib.analysis.sampling.sheet import seal as seal_sheet

    first = Commitment(drawer.strip(), drawer_promise), drawer_secret
    second = Commitment(approver.strip(), approver_promise), approver_secret
    session, made = _round(project, branch, period, rule, margin, common_salt(first, second))
    _write_draw(folder, session, made, lang=lang, phones=phones)
    sheet = seal_sheet(made.draw, drawer=first, approver=second)
    (folder / "sheet.json").write_text(sheet.to_json(), encoding="utf-8")
    out.print(f"{folder}: {len(made.draw.drawn)} drawn, signed by {drawer} and {approver}, sheet {sheet.digest[:16]}")


@app.command()
def verify(sheet: SheetArgument, frame: FrameOption) -> None:
    """Draw again from the frame and check every signature; exit status 1 when anything does not hold."""
    from kpi_lib.analysis.sampling.sheet import read_sheet
    from kpi_lib.analysis.sampling.sheet import verify as check

    found = check(read_sheet(_text(sheet)), _frame(frame))
    for issue in found:
        out.print(str(issue), markup=False)
    if found:
        sys.exit(1)
    out.print("the sheet holds: same frame, same draw, two signatures")


@app.command()
def estimate(
    sheet: SheetArgument,
    frame: FrameOption,
    answers: Annotated[
        Path,
        typer.Option("--answers", help="The filled call list (Excel or CSV), or a CSV: customer_id, score or grade."),
    ],
    target: Annotated[float, typer.Option("--target", help="Satisfied share aimed at.")] = 0.8,
    folder: OptionalFolder = None,
) -> None:
    """Estimate the satisfied share from the answers to a sealed draw; a sheet that does not hold is refused."""
    from kpi_lib.analysis.sampling.returns import judge_returns
    from kpi_lib.analysis.sampling.sheet import read_sheet, redraw
    from kpi_lib.analysis.sampling.sheet import verify as check
    from kpi_lib.report.sampling_words import light_words, sign_words
    from kpi_lib.text.language import language

    kept, people = read_sheet(_text(sheet)), _frame(frame)
    issues = check(kept, people)
    if issues:
        raise InputError(issues)
    carried = [name for name in FRAME_COLUMNS[1:] if name in people]
    made = redraw(kept, people, carry=carried)
    by = [name for name in ("kind", "complained", "product") if name in carried]
    found, judged = judge_returns(_answers(answers), made, people, by=by, target=target)
    _show(found.table.round(4), "estimates")
    left_out = found.matched
    out.print(f"left out: {len(left_out.off_sheet)} off the sheet, {len(left_out.duplicates)} more than once")
    english = language("en")
    out.print(light_words(judged.light, english), *[sign_words(sign, english) for sign in judged.signs])
    if folder is not None:
        folder.mkdir(parents=True, exist_ok=True)
        found.table.to_csv(folder / "estimates.csv", index=False)
        judged.checks.to_csv(folder / "nonresponse.csv", index=False)
        (folder / "nonresponse.json").write_text(judged.to_json(), encoding="utf-8")


def _round(project: Path, branch: str, period: str, rule: str, margin: float, salt: str) -> tuple[Session, SurveyRound]:
    from kpi_lib.session import open_session

    session = open_session(str(project.resolve()), branch=branch, notebook="5_survey_sampling", period=period)
    return session, session.survey_sampling(salt=salt, rule=rule, margin=margin)


def _write_draw(folder: Path, session: Session, made: SurveyRound, *, lang: str, phones: bool) -> None:
    from kpi_lib.report.call_list import call_list, workbook
    from kpi_lib.text.language import language

    say = language(lang)
    folder.mkdir(parents=True, exist_ok=True)
    made.frame[list(FRAME_COLUMNS)].to_csv(folder / "frame.csv", index=False)
    _table(made.draw).to_csv(folder / "draw.csv", index=False)
    (folder / "sheet.json").write_text(made.draw.to_json(), encoding="utf-8")
    calls = call_list(made.draw, say, show_phones=phones)
    calls.to_csv(folder / "call_list.csv", index=False, encoding="utf-8-sig")
    (folder / "call_list.xlsx").write_bytes(workbook({say.sentence("call"): calls}))


def _table(made: Draw) -> pd.DataFrame:
    return made.table.drop(columns="phone")


def _text(path: Path) -> str:
    if not path.is_file():
        raise InputError(Issue(str(path), "there is no such file"))
    return path.read_text(encoding="utf-8")


def _frame(path: Path) -> pd.DataFrame:
    """Read a CSV; ids stay text, so that a leading zero is not lost."""
    import pandas as pd

    if not path.is_file():
        raise InputError(Issue(str(path), "there is no such file"))
    return pd.read_csv(path, dtype={"customer_id": str, "ticket_id": str}, encoding="utf-8-sig")


def _answers(path: Path) -> pd.DataFrame:
    """Read answers: a filled call list of either language, or a plain table with customer_id."""
    import pandas as pd

    from kpi_lib.report.call_list import headings, returned
    from kpi_lib.text.language import language

    if path.suffix.lower() != ".xlsx":
        rows = _frame(path)
        if "customer_id" in rows:
            return rows
        filled = pd.read_csv(path, dtype=str, encoding="utf-8-sig")
    elif not path.is_file():
        raise InputError(Issue(str(path), "there is no such file"))
    else:
        filled = pd.read_excel(path, dtype=str, engine="calamine")
    wanted = [headings(language(lang))["customer_id"] for lang in ("en", "zh")]
    if not set(wanted) & set(filled.columns):
        raise InputError(Issue(str(path), f"there is no column {' or '.join(wanted)}", "keep the list's headings"))
    return returned(filled)


def _show(frame: pd.DataFrame, title: str) -> None:
    table = Table(*[str(name) for name in frame.columns], title=title)
    for row in frame.itertuples(index=False):
        table.add_row(*[str(value) for value in row])
    out.print(table)
