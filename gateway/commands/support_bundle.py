"""`songhua support-bundle`: what helpers elsewhere need, as one archive without secrets and personal data."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from gateway.commands.common import (
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
from gateway.commands.doctor import AmiLogin, console_of
from gateway.logs.reading import LogSource
from gateway.secret_sources import without_unreadable
from gateway.support.gathering import SupportBundle
from gateway.support.writing import write


def support_bundle(
    file: Annotated[
        Path | None, typer.Option("--out", "-o", help="The file; else songhua-support-TIME.tar.gz here.")
    ] = None,
    log: Annotated[
        list[Path] | None,
        typer.Option(
            "--log",
            help="A file of the log (JSON lines, .gz too), else the journal. More than once.",
            dir_okay=False,
        ),
    ] = None,
    hours: Annotated[float, typer.Option(min=0, max=744, help="Of the log, so far back.")] = 24.0,
    config: ConfigOption = None,
    as_json: JsonOption = False,
) -> None:
    """Write an archive for helpers: versions, settings, state, log. Nobody's data. 支持包。

    No secrets are in it either. It works while the service is down; what could not be read is said. Read it
    before you pass it on.
    """
    with without_unreadable() as unread:
        settings = load(config)
    now = datetime.now(UTC)
    target = file or Path(f"songhua-support-{now:%Y%m%dT%H%M%SZ}.tar.gz")
    bundle = SupportBundle(
        settings, config_file(config), LogSource(log or ()),
        console=console_of(settings, ""), ami=AmiLogin(settings),
    )  # fmt: skip
    run(bundle.gather(now, hours, unread))
    try:
        size = write(target, bundle.files, now.timestamp())
    except OSError as error:
        fail(f"{target}: {error.strerror}", "name another file: --out FILE")
    if as_json:
        document = {
            "file": str(target),
            "bytes": size,
            "files": sorted(bundle.files),
            "not_read": bundle.not_read,
        }
        print_json(document)
        return
    for missing in bundle.not_read:
        err.print(f"not read: {missing}", highlight=False, soft_wrap=True)
    out.print(f"{target}: {len(bundle.files)} files, {size} bytes", highlight=False, soft_wrap=True)
