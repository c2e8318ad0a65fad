"""kill -9 while an e-mail is on its way, and before it leaves (decision 0235)."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from citizen.messages.model import MessageState
from citizen.messages.tables import messages
from core.clock import SystemClock
from core.storage import Storage
from gateway.tls.folder import TlsFolder
from tests.citizen.mail_world import mail_world
from tests.peers.checkout import CHECKOUT
from tests.peers.ports import free_port
from tests.peers.program import Program
from tests.peers.smtp_server import smtp_server
from tests.peers.tls import private_authority
from tests.storage import empty_sqlite
from tests.waiting import until

DOUBT_S = 3


@dataclass
class Office:
    file: Path
    port: int
    authority: TlsFolder
    storage: Storage

    @contextmanager
    def sending(self) -> Iterator[Program]:
        program = Program(
            [sys.executable, "-m", "tests.citizen.mail_process", self.file, str(self.port),
             self.authority.folder, str(DOUBT_S)],
            log=self.file.with_suffix(".log"), cwd=CHECKOUT, env={**os.environ},
        )  # fmt: skip
        try:
            yield program
        finally:
            program.kill()

    async def state(self) -> str:
        async with self.storage.read() as connection:
            return str((await connection.execute(select(messages.c.state))).scalar_one())

    async def becomes(self, state: MessageState) -> None:
        async def there() -> bool:
            return await self.state() == state.value

        await until(there, f"an e-mail that is {state}", 30)


@pytest.fixture
async def office(tmp_path: Path) -> Office:
    """One e-mail is to be sent."""
    authority = private_authority(tmp_path / "tls")
    storage = empty_sqlite(tmp_path / "ledger.sqlite")
    made = Office(tmp_path / "ledger.sqlite", free_port(), authority, storage)
    async with mail_world(storage, made.port, authority) as world:
        storage.clock = SystemClock()
        await world.reported()
    return made


async def test_killed_before_the_server_has_it_it_is_sent_once(office: Office) -> None:
    with office.sending() as program:  # there is no server yet
        await until(lambda: program.running, "a process")
        program.kill()
    async with smtp_server(office.authority, port=office.port) as box:
        with office.sending():
            await office.becomes(MessageState.SENT)
        assert len(box.mails) == 1
    await office.storage.close()


async def test_killed_after_the_server_has_it_it_comes_twice_at_most_under_one_id(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with smtp_server(office.authority, port=office.port) as box:
        take = box.handle_DATA
        with office.sending() as program:

            async def taken(server: SMTP, session: Session, envelope: Envelope) -> str:
                answer = await take(server, session, envelope)
                program.kill()  # the server has it, and nobody is told
                return answer

            monkeypatch.setattr(box, "handle_DATA", taken)
            await until(lambda: len(box.mails) == 1, "an e-mail that was taken", 30)
            await until(lambda: not program.running, "a killed process")
        assert await office.state() == MessageState.SUBMITTING
        monkeypatch.setattr(box, "handle_DATA", take)
        with office.sending():
            await office.becomes(MessageState.SENT)
        assert len(box.mails) == 2
        assert box.mails[0]["Message-ID"] == box.mails[1]["Message-ID"]
    await office.storage.close()
