"""`songhua cases pdf`: a case with its timeline, words and photos as one PDF. Works without the service."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any
from uuid import UUID

import typer

from cases.dispatch.whereabouts import CaseLookup
from cases.document.words import Language
from cases.errors import NoSuchCase, NotYourCase
from cases.ports import CasesPorts
from cases.room import build
from cdr import record
from cdr.calls import store as calls
from cdr.errors import ExportFailed
from core.actor import Actor
from core.private import write_private
from core.storage import Storage
from field.photos.centre.files import PhotoFiles
from field.photos.centre.service import Photos
from gateway.commands.acting import audit_trail
from gateway.commands.common import ConfigOption, JsonOption, load, open_storage, out, print_json, run
from gateway.commands.field_common import Nobody, operator
from gateway.settings import Settings
from gateway.wiring.case_documents import DocumentsOfCases
from gateway.wiring.case_timeline import timeline_sources
from gateway.wiring.cases import RecordedCalls
from gateway.wiring.ledger_settings import cdr_settings
from gateway.wiring.photos import RecordingsVault


def pdf(
    name: Annotated[str, typer.Argument(metavar="CASE", help="A number, a short code or an id.")],
    file: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file; else case-NUMBER.pdf here.")
    ] = None,
    language: Annotated[Language, typer.Option(help="Of headings and words of the desk.")] = "zh",
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write a case as a PDF: fields, dispatches, timeline, words of its calls, photos. Audited.

    A confidential case is printed at the desk only, by those who handle it.
    """
    settings = load(config)

    async def make() -> tuple[str, bytes]:
        async with open_storage(settings) as storage:
            case = await CaseLookup(storage).known(name)
            if case is None:
                raise NoSuchCase("no case has this id", remedy="songhua cases search finds it by its words")
            if case.confidential:
                raise NotYourCase(remedy="print it at the desk")
            documents = build(settings.cases, _ports(settings, storage)).documents
            return await documents.pdf(operator(), case.case_id, language)

    number, made = run(make())
    target = file or Path(f"case-{number}.pdf")
    try:
        write_private(target, made)
    except OSError as error:
        raise _unwritten(target, error) from error
    if as_json:
        print_json({"file": str(target), "number": number, "bytes": len(made)})
        return
    out.print(f"{target}: {len(made)} bytes", markup=False, highlight=False, soft_wrap=True)


def _unwritten(target: Path, error: OSError) -> ExportFailed:
    return ExportFailed(f"{target}: {error.strerror}", remedy="give another place: --out FILE")


def _ports(settings: Settings, storage: Storage) -> CasesPorts:
    views = audit_trail(storage, settings)
    calls_of = RecordedCalls(storage)
    lookup = CaseLookup(storage)
    field = settings.field
    vault = RecordingsVault(cdr_settings(settings))
    photos = Photos(
        storage,
        PhotoFiles(field.photos, vault, field.photos_spare_mb * 1024 * 1024),
        views,
        case_of=lookup.case_of,
        districts_of=lookup.districts_of,
        coming_days=field.photos_coming_days,
        loose_days=field.photos_loose_days,
    )

    async def transcript(actor: Actor, call_id: UUID) -> Mapping[str, Any]:
        async with storage.read() as connection:
            known = await calls.resolve(connection, call_id)
            names = await calls.names_of(connection, known) if known else [call_id]
            found = await record.transcript(connection, names)
        await views.viewed(actor, "read-transcript", f"call:{known or call_id}")
        return found

    return CasesPorts(
        storage,
        Nobody(),
        calls_of,
        operator,
        views,
        timeline_sources(storage, calls_of),
        DocumentsOfCases(storage, transcript, lambda: photos),
    )
