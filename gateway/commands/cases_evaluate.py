"""`songhua cases evaluate`: rates of cases, read from the database. Works while the service is down."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from cases.catalogue import load_catalogues
from cases.evaluation.assigned import AssignmentActs
from cases.evaluation.figures import FIGURES
from cases.evaluation.http import evaluation_body
from cases.evaluation.model import DIMENSIONS, EvaluationRules
from cases.evaluation.printing.model import PrintLanguage
from cases.evaluation.printing.service import EvaluationPrinting
from cases.evaluation.projector import EvaluationProjector
from cases.evaluation.repeats import RepeatRule
from cases.evaluation.service import Evaluation, EvaluationRequest
from cases.gazetteer import load_gazetteer
from cases.life.record import CaseRecord
from cases.responsibility.loading import load_responsibility
from cases.search.service import CaseSearch
from cases.views import CaseViews
from core.actor import Actor, Role
from core.storage import Storage
from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run
from gateway.commands.grid_common import grid_of
from gateway.settings import Settings

_DAY = ["%Y-%m-%d"]
Dimension = StrEnum("Dimension", {name: name for name in DIMENSIONS})  # type: ignore[misc]
OPERATOR = Actor("operator", "operator", frozenset({Role.SUPERVISOR}))
_SHOWN = ("timely_dispatch_rate", "timely_handling_rate", "timely_closing_rate", "rework_rate", "repeat_rate")


class EvaluationForm(StrEnum):
    """What is written to a file."""

    HTML = "html"
    PDF = "pdf"


def evaluate(
    since: Annotated[datetime, typer.Option("--from", formats=_DAY, help="Filed on this day or later.")],
    until: Annotated[datetime, typer.Option("--to", formats=_DAY, help="Filed before this day.")],
    by: Annotated[Dimension, typer.Option(help="What the figures are cut by.")] = Dimension.department,  # type: ignore[attr-defined]
    district: Annotated[list[str] | None, typer.Option(help="Only these districts: six digits.")] = None,
    department: Annotated[list[str] | None, typer.Option(help="Only these departments: ids.")] = None,
    category: Annotated[list[str] | None, typer.Option(help="Only these classes: code or reference.")] = None,
    file: Annotated[Path | None, typer.Option(help="Write the printed report here: .html or .pdf.")] = None,
    language: Annotated[str, typer.Option(help="Of the printed report: zh or en.")] = "zh",
    rebuild: Annotated[bool, typer.Option("--rebuild", help="First make all sums anew.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Rates of GB/T 30428.4 of the cases filed in a time, as they stand now. Days are the city's."""
    settings = load(config)
    asked = EvaluationRequest(
        since.date(), until.date(), tuple(district or ()), tuple(department or ()), tuple(category or ())
    )
    form = _form(file)
    spoken: PrintLanguage = "en" if language == "en" else "zh"

    async def read() -> tuple[dict[str, Any], bytes]:
        async with open_storage(settings) as storage:
            projector, evaluation, _record = await evaluation_parts(storage, settings)
            if rebuild:
                await projector.rebuild()
            await projector.catch_up()
            found = await evaluation.evaluate(OPERATOR, asked, by.value)
            printing = EvaluationPrinting(
                evaluation, storage.clock, hours=settings.cases.timezone_h, font=settings.cases.document_font
            )
            made = b""
            if form is not None:
                page = await printing.made(OPERATOR, asked, by.value, spoken)
                made = (
                    await printing.pdf(page) if form is EvaluationForm.PDF else printing.html(page).encode()
                )
            return evaluation_body(found), made

    found, made = run(read())
    if file is not None:
        file.write_bytes(made)
    if as_json:
        print_json(found)
        return
    _print(found, by.value)


def _form(file: Path | None) -> EvaluationForm | None:
    if file is None:
        return None
    try:
        return EvaluationForm(file.suffix.removeprefix("."))
    except ValueError:
        raise typer.BadParameter("the file ends in .html or .pdf", param_hint="--file") from None


async def evaluation_parts(
    storage: Storage, settings: Settings
) -> tuple[EvaluationProjector, Evaluation, CaseRecord]:
    """What figures are made by, in a command."""
    wanted = settings.cases.evaluation
    catalogues, gazetteer = load_catalogues(), load_gazetteer()
    departments = tuple(load_responsibility(settings.cases.own_responsibility).departments.values())
    grid = await grid_of(settings, storage)
    views = CaseViews(catalogues, gazetteer)
    projector = EvaluationProjector(
        storage,
        rules=EvaluationRules(wanted.dispatch_within_min * 60, settings.cases.timezone_h),
        repeats=RepeatRule(wanted.repeat_within_days),
        assignments=AssignmentActs(),
    )
    record = CaseRecord(views, CaseSearch(views), storage.clock)
    evaluation = Evaluation(
        storage,
        projector,
        record,
        catalogues=catalogues,
        gazetteer=gazetteer,
        departments=lambda: departments,
        beats=lambda: grid.beats.by_id,
        weights=wanted.weights,
    )
    return projector, evaluation, record


def _print(found: dict[str, Any], by: str) -> None:
    table = Table(by, "filed", "overdue", *_SHOWN, "score")
    for row in [*found["rows"], found["total"]]:
        name = row["name_zh"] or ("total" if row is found["total"] else "–")
        counts = (str(row["counts"][one]) for one in ("filed", "overdue"))
        rates = (share(row["rates"][one]) for one in _SHOWN)
        score = "–" if row["score"] is None else f"{row['score']:.1f}"
        table.add_row(name, *counts, *rates, score)
    out.print(table)
    total = found["total"]["rates"]
    out.print(", ".join(f"{name} {share(total[name])}" for name in FIGURES if name != "average_handling"))


def share(value: float | None) -> str:
    """A rate as people read it, cut and not rounded."""
    return "–" if value is None else f"{int(value * 1000) / 10:.1f} %"
