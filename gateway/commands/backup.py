"""`songhua backup` and `songhua restore`: the whole installation in one encrypted archive, and back."""

from __future__ import annotations

import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any, Final, Self

import typer
from typer.core import TyperGroup

from gateway.commands.common import (
    FAILED,
    MISUSED,
    ConfigOption,
    JsonOption,
    config_file,
    err,
    fail,
    load,
    out,
    print_json,
    run,
)

KeyOption = Annotated[
    Path | None,
    typer.Option("--key-file", "-k", help="Key or passphrase; else [backup] key_file.", dir_okay=False),
]
_MAKE: Final = "make"
_TELL_S: Final = 1.0


class _MakeUnlessNamed(TyperGroup):
    """`songhua backup DIR` makes one; the other acts are named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if not args or (args[0] not in self.commands and args[0] not in ctx.help_option_names):
            args = [_MAKE, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(
    cls=_MakeUnlessNamed, help="Backups: songhua backup DIR makes one, also while calls run; verify, list."
)


@app.command(_MAKE, hidden=True)
def make(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Where to; else [backup] folder.", file_okay=False)
    ] = None,
    with_keys: Annotated[
        Path | None,
        typer.Option(help="Also write keys and secrets, into this archive of their own.", dir_okay=False),
    ] = None,
    key_file: KeyOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an encrypted backup of database, recordings, other files, settings and heads; read it back.

    Each is whole by itself. With [backup] folder as DIR, only the newest [backup] keep stay.
    """
    from gateway.backup import keys, making  # noqa: PLC0415

    settings = load(config)
    target = folder or settings.backup.folder
    if target is None:
        err.print("name a folder: songhua backup DIR, or set [backup] folder")
        raise typer.Exit(MISUSED)
    own = settings.backup.folder is not None and target.absolute() == settings.backup.folder.absolute()
    file = config_file(config)

    async def work() -> tuple[making.MadeBackup, making.MadeBackup | None]:
        key = keys.load(key_file or settings.backup.key_file)
        with _Progress(as_json) as told:
            made = await making.make(
                settings, file, target, key, keep=settings.backup.keep if own else None, told=told
            )
            beside = await making.make_keys(settings, with_keys, key) if with_keys is not None else None
        return made, beside

    made, beside = run(work())
    told = _described(made.file, made.manifest) | {"removed": [str(one) for one in made.removed]}
    if beside is not None:
        told["keys"] = str(beside.file)
    if as_json:
        print_json(told)
        return
    _say(f"{made.file}: {len(made.manifest.members)} files, {made.manifest.bytes >> 20} MB, read back whole")
    for one in [*made.manifest.notes, *(beside.manifest.notes if beside else ())]:
        _say(f"note: {one}")
    if beside is not None:
        _say(f"{beside.file}: keys and secrets; keep it apart from the backups")
    for gone in made.removed:
        _say(f"removed {gone}")


@app.command("init-key")
def init_key(
    file: Annotated[Path | None, typer.Argument(help="Where to; else [backup] key_file.")] = None,
    config: ConfigOption = None,
) -> None:
    """Make the key that encrypts backups. Copy it to a safe place: without it no backup can be read."""
    from gateway.backup import keys  # noqa: PLC0415

    target = file or load(config).backup.key_file
    if target is None:
        err.print("name a file, or set [backup] key_file")
        raise typer.Exit(MISUSED)

    async def work() -> None:
        keys.init(target)

    run(work())
    _say(f"{target}: copy it to a safe place now; without it no backup can be read")


@app.command()
def verify(
    file: Annotated[Path, typer.Argument(help="A backup, or an archive of keys.", dir_okay=False)],
    key_file: KeyOption = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Read an archive to its end: every byte, and every file against the manifest. Exit code 1 if damaged."""
    from gateway.backup import keys, restoring  # noqa: PLC0415

    key_place = key_file or load(config).backup.key_file

    async def work() -> Any:
        with _Progress(as_json) as told:
            return restoring.read_whole(file, keys.load(key_place), told)

    manifest = run(work())
    if as_json:
        print_json({"ok": True, **_described(file, manifest)})
        return
    _say(f"{file}: whole, {len(manifest.members)} files, begun {manifest.begun:%Y-%m-%d %H:%M:%S} UTC")
    for one in manifest.notes:
        _say(f"note: {one}")


@app.command("list")
def list_backups(
    folder: Annotated[
        Path | None, typer.Argument(metavar="[DIR]", help="Else [backup] folder.", file_okay=False)
    ] = None,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """List the backups of a folder, newest first, and how old the last one is. Needs no key: each was read
    back when it was made, and `verify` reads it again.
    """
    from gateway.backup.listing import listed  # noqa: PLC0415

    place = folder or load(config).backup.folder
    if place is None:
        err.print("name a folder, or set [backup] folder")
        raise typer.Exit(MISUSED)
    try:
        found = listed(place)
    except OSError as error:
        fail(f"{place}: {error.strerror}", "name the folder of the backups")
    now = datetime.now(UTC)
    if as_json:
        rows = [
            {
                "file": str(one.file), "begun": one.begun.isoformat(), "age_s": one.age_s(now),
                "bytes": one.bytes, "version": one.version, "schema": one.schema, "database": one.database,
            }
            for one in found
        ]  # fmt: skip
        print_json({"backups": rows, "last_age_s": found[0].age_s(now) if found else None})
        return
    for one in found:
        _say(f"{one.begun:%Y-%m-%d %H:%M} UTC  {one.bytes >> 20:>8} MB  {one.database}  {one.file.name}")
    _say(f"the last one is {found[0].age_s(now) / 3_600:.1f} h old" if found else "there is none")


def restore(
    file: Annotated[Path, typer.Argument(help="The backup.", dir_okay=False)],
    into: Annotated[
        Path,
        typer.Option(
            help="The settings file that says where the pieces belong; the archive's is written there if "
            "there is none.",
            dir_okay=False,
        ),
    ],
    keys: Annotated[
        Path | None, typer.Option(help="The archive of the keys (--with-keys).", dir_okay=False)
    ] = None,
    key_file: KeyOption = None,
    go_on: Annotated[bool, typer.Option(help="After an interrupted restore of the same archive.")] = False,
    as_json: JsonOption = False,
) -> None:
    """Restore a backup on an empty machine. Nothing is overwritten; ends with a verified ledger.

    Stop the service before. Exit code 1: refused, or the ledger is not whole.
    """
    from gateway.backup import keys as key_files  # noqa: PLC0415
    from gateway.backup.restoring import Restored, RestoreOrder  # noqa: PLC0415
    from gateway.backup.restoring import restore as restored_by  # noqa: PLC0415

    key_place = key_file or (load(into).backup.key_file if into.is_file() else None)

    async def work() -> Restored:
        key = key_files.load(key_place)
        with _Progress(as_json) as told:
            return await restored_by(RestoreOrder(file, into, key, keys, go_on), told)

    done = run(work())
    report = done.ledger
    if as_json:
        verified = None if report is None else report.ok
        findings = [] if report is None else [f"{one.what}: {one.where}" for one in report.findings]
        told = {"files": done.files, "ledger_ok": verified, "findings": findings, "notes": done.notes}
        print_json(_described(file, done.manifest) | told)
    else:
        _say(f"{done.files} files and the database of {done.manifest.begun:%Y-%m-%d %H:%M:%S} UTC")
        for note in done.notes:
            _say(f"note: {note}")
        if report is not None:
            _say(f"ledger: {report.entries} entries, {report.records} records, {report.heads} signed heads")
            _findings([f"{one.what}: {one.where} {one.detail}" for one in report.findings])
        _say("who was erased since that day is there again: erase again (docs/erasure.md)")
    if report is not None and not report.ok:
        raise typer.Exit(FAILED)


class _Progress:
    """How much was read, once a second, where a person looks on."""

    def __init__(self, quiet: bool) -> None:
        self._shown = err.is_terminal and not quiet
        self._bytes = 0
        self._next = 0.0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        if self._shown and self._bytes:
            err.print(" " * 40, end="\r")

    def __call__(self, more: int) -> None:
        self._bytes += more
        if self._shown and time.monotonic() > self._next:
            self._next = time.monotonic() + _TELL_S
            err.print(f"{self._bytes >> 20} MB …", end="\r", highlight=False)


def _described(file: Path, manifest: Any) -> dict[str, Any]:
    return {
        "file": str(file), "kind": manifest.kind, "version": manifest.version,
        "schema": manifest.schema_revision, "database": manifest.database,
        "head": manifest.head.model_dump() if manifest.head else None,
        "begun": manifest.begun.isoformat(), "ended": manifest.ended.isoformat(),
        "files": len(manifest.members), "bytes": manifest.bytes, "notes": manifest.notes,
    }  # fmt: skip


def _findings(lines: Sequence[str]) -> None:
    for line in lines:
        err.print(line, markup=False, highlight=False, soft_wrap=True)


def _say(line: str) -> None:
    out.print(line, markup=False, highlight=False, soft_wrap=True)
