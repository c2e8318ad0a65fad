"""Settings of the database, and how long handled events are kept."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from core.secret import GivenSecret, Secret

if TYPE_CHECKING:
    from sqlalchemy import URL


FROM_URL: Final = "from storage.url"
SQLITE: Final = "sqlite+aiosqlite"
POSTGRESQL: Final = "postgresql+asyncpg"
SILENT_CLIENT: Final = {
    "tcp_keepalives_idle": "10", "tcp_keepalives_interval": "5", "tcp_keepalives_count": "3",
    "tcp_user_timeout": "25000",
}  # fmt: skip
"""Asked of PostgreSQL for each connection: a client that answers nothing for 25 s is gone, and holds no lock
that others wait for. Without it a machine whose cable is out would hold them for hours.
"""


class StorageSettings(BaseModel):
    """Where the ledger lives. A password in `url` moves to `password`: `url` may be shown to anybody."""

    model_config = ConfigDict(hide_input_in_errors=True)

    url: str = Field(
        default="sqlite+aiosqlite:///songhua.db",
        description="sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER@HOST/NAME",
    )
    password: GivenSecret | None = Field(default=None, description="of the database's user")
    lock_timeout_s: float = Field(default=5.0, gt=0, description="how long a write waits for the lock")
    pool_size: int = Field(default=8, ge=1, le=100)
    outbox_days: float = Field(
        default=7.0,
        ge=7,
        description="delivered events are forgotten after so long; a role that was away takes them",
    )
    inbox_days: float = Field(
        default=90.0, ge=8, description="a message that comes again within so long is known"
    )

    standbys: int = Field(default=0, ge=0, le=16, description="PostgreSQL: standbys that must stream")
    standby_behind_mb: int = Field(
        default=64, ge=1, le=1_000_000, description="a standby that is further behind degrades health"
    )

    @model_validator(mode="before")
    @classmethod
    def _no_password_in_the_url(cls, told: Any) -> Any:
        given = str(told.get("url", "")) if isinstance(told, dict) else ""
        if "@" not in given and "password=" not in given:
            return told
        # Imported here, as in `address`: most commands have nothing to do with a database.
        from sqlalchemy import URL, make_url  # noqa: PLC0415
        from sqlalchemy.exc import ArgumentError  # noqa: PLC0415

        try:
            url = make_url(given)
        except (ArgumentError, ValueError):
            # What it says is not repeated: its password would stand in the message.
            raise ValueError("url is no address of a database: postgresql+asyncpg://USER@HOST/NAME") from None
        asked = url.query.get("password")
        found = url.password or (asked if isinstance(asked, str) or asked is None else asked[0])
        if found is None:
            return told
        password = told.get("password") or Secret(str(found), FROM_URL)
        query = {key: value for key, value in url.query.items() if key != "password"}
        bare = URL.create(url.drivername, url.username, None, url.host, url.port, url.database, query)
        return {**told, "url": bare.render_as_string(), "password": password}

    @field_validator("url")
    @classmethod
    def _of_a_known_database(cls, url: str) -> str:
        # What it says is not repeated, as above.
        if not url.startswith((f"{SQLITE}://", f"{POSTGRESQL}://")):
            raise ValueError(
                f"no database that Songhua knows; {POSTGRESQL}://USER@HOST/NAME or {SQLITE}:////FOLDER/FILE"
            )
        return url

    def address(self) -> URL:
        """The URL with its password, for the engine; its `repr` hides the password."""
        from sqlalchemy import make_url  # noqa: PLC0415

        url = make_url(self.url)
        return url if self.password is None else url.set(password=self.password.get_secret_value())

    def kind(self) -> Literal["sqlite", "postgresql"]:
        """Which database it is."""
        return "postgresql" if self.address().get_backend_name() == "postgresql" else "sqlite"

    def file(self) -> Path | None:
        """The file of an SQLite database; None for PostgreSQL and for a database in memory."""
        url = self.address()
        if url.get_backend_name() != "sqlite" or not url.database or ":memory:" in url.database:
            return None
        return Path(url.database).absolute()

    @model_validator(mode="after")
    def _standbys_are_of_postgresql(self) -> Self:
        if self.standbys and not self.url.startswith(f"{POSTGRESQL}://"):
            raise ValueError("standbys: SQLite has none; set 0, or the url of a PostgreSQL")
        return self

    @model_validator(mode="after")
    def _inbox_outlasts_the_outbox(self) -> Self:
        # Else a role that looks through the outbox would take again what it no longer knows.
        if self.inbox_days <= self.outbox_days:
            raise ValueError("inbox_days must be longer than outbox_days")
        return self
