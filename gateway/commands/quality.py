"""`songhua quality`: scoring forms, scorecards and calibrations, on the database. Needs no service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Any, TypeVar
from uuid import UUID

import typer
import yaml
from pydantic import BaseModel, ValidationError
from rich.table import Table

from cdr.quality.forms import ScoringForms
from cdr.quality.model import ScoringForm
from cdr.quality.service import MOST_CARDS, CallScoring
from cdr.quality.views import CalibrationView, ScorecardPage, ScoringFormView
from core.ids import uuid7
from core.storage import Storage
from gateway.commands.acting import audit_trail, operator
from gateway.commands.common import ConfigOption, JsonOption, fail, load, open_storage, out, print_json, run
from gateway.settings import Settings
from gateway.wiring.ledger_people import Supervisors
from identity.service import IdentityService

T = TypeVar("T")

app = typer.Typer(
    help="Quality of calls: scoring forms, scores, calibrations. docs/quality-of-calls.md",
    no_args_is_help=True,
)


@app.callback()
def quality() -> None:
    """Quality of calls: scoring forms, scores, calibrations."""


@app.command()
def forms(
    retired: Annotated[bool, typer.Option(help="Also forms that are no longer used.")] = False,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the scoring forms, each in its newest version."""
    settings = load(config)

    async def read(storage: Storage) -> list[ScoringFormView]:
        return await ScoringForms(storage, audit_trail(storage, settings)).all(operator(), retired=retired)

    found = run(_with_storage(settings, read))
    if as_json:
        print_json({"forms": _plain(found)})
        return
    table = Table("form", "name", "version", "questions", "by", "retired")
    for one in found:
        count = str(len(list(one.content.questions())))
        cells = (str(one.form_id), one.content.name, str(one.number), count, one.made_by)
        table.add_row(*cells, "yes" if one.retired else "")
    out.print(table)


@app.command("import")
def import_form(
    file: Annotated[Path, typer.Argument(help="A form as YAML or JSON: name, sections, questions.")],
    form_id: Annotated[UUID | None, typer.Option("--form", help="A new version of this form.")] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Take a scoring form from a file: a new form, or the next version of one. Audited."""
    settings, content = load(config), _read(file)

    async def write(storage: Storage) -> ScoringFormView:
        kept = ScoringForms(storage, audit_trail(storage, settings))
        if form_id is None:
            return await kept.create(operator(), uuid7(), content)
        newest = (await kept.versions(operator(), form_id))[0].number
        return await kept.change(operator(), form_id, uuid7(), content, newest)

    made = run(_with_storage(settings, write))
    if as_json:
        print_json(made.model_dump(mode="json"))
        return
    out.print(f"form {made.form_id}, version {made.number}", markup=False, highlight=False)


@app.command()
def scores(
    agent: Annotated[str, typer.Option(help="Only of this agent (user id).")] = "",
    limit: Annotated[int, typer.Option(min=1, max=MOST_CARDS, help="So many at most.")] = 50,
    after: Annotated[str, typer.Option(help="Where the page begins, as the page before said.")] = "",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List scorecards, the newest first. Figures by agent: songhua report quality."""
    settings = load(config)

    async def read(storage: Storage) -> ScorecardPage:
        scoring = _scoring(storage, settings)
        return await scoring.cards(operator(), agent=agent, limit=limit, after=after)

    page = run(_with_storage(settings, read))
    if as_json:
        print_json(page.model_dump(mode="json"))
        return
    table = Table("scored", "agent", "score", "fatal", "form", "by", "call")
    for one in page.cards:
        score = "–" if one.score is None else f"{one.score:.1f}"
        cells = (one.agent, score, "yes" if one.fatal else "", one.form.name, one.scorer, str(one.call_id))
        table.add_row(f"{one.made_at:%Y-%m-%d %H:%M}", *cells)
    out.print(table)
    if page.next:
        out.print(f"next page: --after {page.next}", markup=False, highlight=False)


@app.command()
def calibrations(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List calibrations: who scores which call, and how far two scorers agree."""
    settings = load(config)

    async def read(storage: Storage) -> list[CalibrationView]:
        return await _scoring(storage, settings).calibrations(operator())

    found = run(_with_storage(settings, read))
    if as_json:
        print_json({"calibrations": _plain(found)})
        return
    table = Table("opened", "call", "first", "second", "waits for", "agreement", "difference")
    for one in found:
        compared = one.comparison
        agreement = "" if compared is None else f"{compared.agreement:.0%}"
        apart = (
            ""
            if compared is None or compared.score_difference is None
            else f"{compared.score_difference:+.1f}"
        )
        cells = (str(one.call_id), one.first, one.second, ", ".join(one.waits_for), agreement, apart)
        table.add_row(f"{one.opened_at:%Y-%m-%d %H:%M}", *cells)
    out.print(table)


def _scoring(storage: Storage, settings: Settings) -> CallScoring:
    people = IdentityService(storage, settings.identity)
    return CallScoring(storage, people.audit, Supervisors(people))


def _read(file: Path) -> ScoringForm:
    try:
        return ScoringForm.model_validate(yaml.safe_load(file.read_text(encoding="utf-8")))
    except OSError as error:
        fail(f"{file}: {error.strerror}", "give the file of a form")
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"]))
        fail(f"{file}: {where}: {first['msg']}", "docs/quality-of-calls.md shows a form")
    except (yaml.YAMLError, UnicodeError) as error:
        fail(f"{file}: {error}", "the file is YAML or JSON in UTF-8")


def _plain(found: Sequence[BaseModel]) -> list[dict[str, Any]]:
    return [one.model_dump(mode="json") for one in found]


async def _with_storage(settings: Settings, work: Callable[[Storage], Awaitable[T]]) -> T:
    async with open_storage(settings) as storage:
        return await work(storage)
