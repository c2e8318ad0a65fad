"""`pg_dump` and `pg_restore`: found, compared with the server, and run without a password on their command
line.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Final

from gateway.backup.errors import ToolMissing

if TYPE_CHECKING:
    from sqlalchemy import URL

INSTALLED: Final = Path("/usr/lib/postgresql")
ANSWERS_S: Final = 20.0
_VERSION: Final = re.compile(r"\(PostgreSQL\) (\d+)")


def find(name: str, server: int, folders: Path = INSTALLED) -> Path:
    """The oldest tool of this name that is as new as the server (its major version). Raises `ToolMissing`."""
    beside = sorted(folders.glob(f"*/bin/{name}"))
    on_path = shutil.which(name)
    seen: dict[int, Path] = {}
    for tool in [*beside, *([Path(on_path)] if on_path else [])]:
        version = _version(tool)
        if version:
            seen.setdefault(version, tool)
    able = [version for version in seen if version >= server]
    if able:
        return seen[min(able)]
    found = f"only of version {', '.join(map(str, sorted(seen)))}" if seen else "not here"
    raise ToolMissing(
        f"{name} is {found}, and the server is PostgreSQL {server}",
        remedy=f"apt install postgresql-client-{server}",
    )


def arguments(url: URL) -> list[str]:
    """Where the database is; without a password nobody is asked for one."""
    told = ["--no-password", f"--dbname={url.database or ''}"]
    host, port = _places(url)
    for option, value in (("host", host), ("port", port), ("username", url.username)):
        if value is not None:
            told.append(f"--{option}={value}")
    return told


def environment(url: URL) -> dict[str, str]:
    """With the password and the way of TLS, which no list of processes shows."""
    found = {**os.environ, "PGCONNECT_TIMEOUT": "10", "LC_ALL": "C.UTF-8"}
    if url.password is not None:
        found["PGPASSWORD"] = str(url.password)
    mode = url.query.get("ssl") or url.query.get("sslmode")
    if isinstance(mode, str):
        found["PGSSLMODE"] = mode
    wanted = url.query.get("target_session_attrs")
    if isinstance(wanted, str):
        found["PGTARGETSESSIONATTRS"] = wanted
    return found


def _places(url: URL) -> tuple[str | None, str | None]:
    """Host and port; of a primary and its standbys all of them, as libpq takes them."""
    places = [one.partition(":") for one in _told(url, "host")]
    ports = [port for _, _, port in places if port] or _told(url, "port")
    if not ports and url.port is not None:
        ports = [str(url.port)]
    return ",".join(host for host, _, _ in places) or url.host, ",".join(ports) or None


def _told(url: URL, name: str) -> list[str]:
    """What follows the address, in both of the forms that SQLAlchemy takes: `host=A:1&host=B:2`, and
    `host=A,B&port=1,2`.
    """
    named = url.query.get(name, ())
    return named.split(",") if isinstance(named, str) else list(named)


def last_line(said: bytes) -> str:
    """What a tool complained of."""
    lines = [line for line in said.decode("utf-8", "replace").splitlines() if line.strip()]
    return lines[-1][:300] if lines else "it said nothing"


def dumped(tool: Path, url: URL, snapshot: str, part: int) -> Iterator[bytes]:
    """The dump of a snapshot, in parts of so many bytes. Raises `ToolMissing` where the tool fails."""
    argv: list[str | Path] = [tool, "--format=custom", "--no-owner", "--no-privileges"]
    argv += [f"--snapshot={snapshot}", *arguments(url)]
    with subprocess.Popen(  # noqa: S603  # our tool, our address
        argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, stdin=subprocess.DEVNULL, env=environment(url)
    ) as running:
        assert running.stdout is not None
        assert running.stderr is not None
        try:
            while block := running.stdout.read(part):
                yield block
        except BaseException:
            running.kill()
            raise
        said = running.stderr.read()
    if running.returncode != 0:
        raise ToolMissing(f"pg_dump failed: {last_line(said)}", remedy="see the server's log")


def _version(tool: Path) -> int | None:
    try:
        said = subprocess.run(  # noqa: S603  # a tool of PostgreSQL
            [tool, "--version"], capture_output=True, text=True, timeout=ANSWERS_S, check=False
        ).stdout
    except (OSError, subprocess.TimeoutExpired):
        return None
    found = _VERSION.search(said)
    return int(found.group(1)) if found else None
