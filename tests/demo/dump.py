"""Dumps the demo's database: what later upgrades are tested with. Numbers and names in it are invented."""

from __future__ import annotations

import gzip
import os
import sqlite3
import subprocess
from pathlib import Path

from sqlalchemy.engine import make_url

from gateway import database
from tests.peers.checkout import program

ELSEWHERE = "/srv/songhua"


def dump(url: str, folder: Path, *, stage: Path) -> Path:
    """Write `demo-REVISION.KIND.sql.gz` and return it. Paths below `stage` become another machine's."""
    folder.mkdir(parents=True, exist_ok=True)
    where = make_url(url)
    kind = where.get_backend_name()
    text = _sqlite(Path(str(where.database))) if kind == "sqlite" else _postgresql(url)
    file = folder / f"demo-{database.head()}.{kind}.sql.gz"
    text = text.replace(str(stage), ELSEWHERE)
    # No time in the header: the same content gives the same bytes.
    file.write_bytes(gzip.compress(text.encode(), mtime=0))
    return file


def _sqlite(file: Path) -> str:
    with sqlite3.connect(file) as connection:
        return "\n".join(connection.iterdump()) + "\n"


def _postgresql(url: str) -> str:
    where = make_url(url)
    done = subprocess.run(
        [
            program("pg_dump", package="postgresql-client"), "--no-owner", "--no-privileges", "--inserts",
            "-h", str(where.host), "-p", str(where.port), "-U", str(where.username), str(where.database),
        ],
        env={**os.environ, "PGPASSWORD": str(where.password)},
        capture_output=True, text=True, check=True, timeout=60,
    )  # fmt: skip
    return done.stdout
