"""`songhua backup send`, `fetch`, `init-restic`: backups in a repository of restic."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gateway.commands.backup_shown import KeyOption, Progress, described, say
from gateway.commands.common import ConfigOption, JsonOption, load, print_json, run

if TYPE_CHECKING:
    from gateway.backup.restic.program import ResticProgram
    from gateway.backup.restic.repository import SentArchive
    from gateway.settings import Settings


def send(
    file: Annotated[
        Path | None, typer.Argument(help="A backup; else the newest of [backup] folder.", dir_okay=False)
    ] = None,
    key_file: KeyOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Send a backup that is made to the repository of [backup.restic], unless it is there. Exit code 1: it
    does not count as a backup there.
    """
    done = sent(load(config), file, key_file, quiet=as_json)
    if as_json:
        print_json(sent_described(done))
        return
    say_sent(done)


def fetch(
    name: Annotated[str, typer.Argument(help="A name that list --restic shows, or latest.")],
    folder: Annotated[Path, typer.Argument(metavar="DIR", help="Where to.", file_okay=False)],
    key_file: KeyOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Bring a backup back from the repository of [backup.restic], as an archive that restore reads."""
    from gateway.backup import keys  # noqa: PLC0415
    from gateway.backup.restic import fetching  # noqa: PLC0415

    settings = load(config)

    async def work() -> tuple[Path, Any]:
        key = keys.load(key_file or settings.backup.key_file)
        with Progress(as_json) as told:
            return fetching.fetch(program_of(settings), name, folder, key, told)

    file, manifest = run(work())
    if as_json:
        print_json(described(file, manifest))
        return
    say(f"{file}: {len(manifest.members)} files, {manifest.bytes >> 20} MB, read back whole")


def init(config: ConfigOption = None) -> None:
    """Make the repository of [backup.restic]. Copy its password to a safe place."""
    from gateway.backup.restic import repository  # noqa: PLC0415

    settings = load(config)

    async def work() -> str:
        program = program_of(settings)
        repository.init(program)
        return program.repository

    say(f"{run(work())}: copy its password to a safe place now; without it nothing there can be read")


def list_there(settings: Settings, *, as_json: bool) -> None:
    """Ask the repository."""
    from gateway.backup.restic import repository  # noqa: PLC0415

    async def work() -> Sequence[repository.StoredBackup]:
        return repository.listed(program_of(settings))

    found = run(work())
    now = datetime.now(UTC)
    if as_json:
        rows = [
            {
                "name": one.name, "begun": one.begun.isoformat(), "age_s": one.age_s(now), "bytes": one.bytes,
                "tenant": one.tenant, "snapshot": one.id,
            }
            for one in found
        ]  # fmt: skip
        print_json({"backups": rows, "last_age_s": found[0].age_s(now) if found else None})
        return
    for one in found:
        say(f"{one.begun:%Y-%m-%d %H:%M} UTC  {(one.bytes or 0) >> 20:>8} MB  {one.name}")
    say(f"the last one is {found[0].age_s(now) / 3_600:.1f} h old" if found else "there is none")


def program_of(settings: Settings) -> ResticProgram:
    """Raises `ResticFailed` where the settings name no repository."""
    from gateway.backup.restic.program import ResticProgram  # noqa: PLC0415
    from gateway.backup.restic.sending import place_of  # noqa: PLC0415

    return ResticProgram(place_of(settings.backup)[0])


def sent(settings: Settings, file: Path | None, key_file: Path | None, *, quiet: bool) -> SentArchive:
    """Send it, or end the command."""
    from gateway.backup import keys  # noqa: PLC0415
    from gateway.backup.restic import sending  # noqa: PLC0415

    async def work() -> SentArchive:
        key = keys.load(key_file or settings.backup.key_file)
        with Progress(quiet) as told:
            return sending.send(settings.backup, key, file, told)

    return run(work())


def sent_described(done: SentArchive) -> dict[str, Any]:
    """For programs."""
    return {
        "name": done.stored.name, "snapshot": done.stored.id, "bytes": done.stored.bytes, "added": done.added,
        "removed": list(done.removed), "notes": [done.note] if done.note else [],
    }  # fmt: skip


def say_sent(done: SentArchive) -> None:
    """For people."""
    more = f", which grew by {done.added / 1e6:.1f} MB" if done.added else ""
    say(f"{done.stored.name}: whole in the repository{more}")
    for gone in done.removed:
        say(f"removed {gone} there")
    if done.note:
        say(f"note: {done.note}")
