"""Many agents at once, each with the phone of his number, for the benches."""

from __future__ import annotations

from tests.peers.songhua import Person, SonghuaPeer


def person(number: int) -> Person:
    return Person(f"desk.{number}", f"坐席{number}", ("agent",), endpoint=f"agent-{number}")


def seat(service: SonghuaPeer, count: int) -> None:
    """Add persons 1 to `count`; the schema must be there."""
    table = service.folder / "people.csv"
    rows = [
        f"{one.id},{one.name},{' '.join(one.roles)},{one.endpoint},{one.language},{one.password}"
        for one in map(person, range(1, count + 1))
    ]
    table.write_text("id,name,roles,endpoint,language,password\n" + "\n".join(rows) + "\n", encoding="utf-8")
    service.run("user", "import", str(table))
