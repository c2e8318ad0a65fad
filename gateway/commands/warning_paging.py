"""`songhua warning paging`: groups of loudspeakers, and whether they can be paged. Nothing sounds by it."""

from __future__ import annotations

import typer
from pydantic import BaseModel

from gateway.commands.common import FAILED, ConfigOption, JsonOption, load, out, print_json
from gateway.wiring.paging import why_no_pages
from warning.paging.settings import PagingPlace


class PagingLine(BaseModel):
    """`why` says why it cannot be paged; empty: it can."""

    group: str
    address: str
    port: int
    codec: str
    places: list[PagingPlace]
    why: str


def paging(config: ConfigOption = None, as_json: JsonOption = False) -> None:
    """List the groups; exit code 1 when there are some and they cannot be paged."""
    settings = load(config)
    why = why_no_pages(settings)
    found = [
        PagingLine(
            group=name, address=str(one.address), port=one.port, codec=one.codec, places=list(one.places),
            why=why,
        )
        for name, one in settings.warning.paging.groups.items()
    ]  # fmt: skip
    if as_json:
        print_json([one.model_dump(mode="json") for one in found])
    else:
        for one in found:
            to = f"{one.address}:{one.port} {one.codec}"
            out.print(f"{one.group:20} {to:28} {len(one.places):3} places  {one.why}", highlight=False)
    if found and why:
        raise typer.Exit(FAILED)
