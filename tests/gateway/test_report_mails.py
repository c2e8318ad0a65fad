"""Scheduled reports reach a real mail server: each mail once, whatever the server does meanwhile."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr, ValidationError
from sqlalchemy import select, update

from cdr.reports.bulk import BulkLimit
from cdr.reports.schedules.errors import NoMailServer, UnknownSchedule
from cdr.reports.schedules.ports import ReportMail
from cdr.reports.schedules.service import ReportSchedules
from cdr.reports.schedules.store import mails, schedules
from cdr.reports.schedules.views import ScheduleWish
from cdr.reports.schedules.worker import ReportPost
from cdr.reports.service import Reports
from core.actor import Actor, OutOfScope, Role
from core.clock import SystemClock
from core.errors import Forbidden
from core.scopes import Scopes
from core.storage import Storage
from core.storage.schema import outbox
from gateway.smtp.client import SmtpMailer
from gateway.smtp.settings import MailSettings
from gateway.tls.folder import TlsFolder
from gateway.wiring.storage import MAIL
from tests.cases.rooms import stage
from tests.cdr.ports import NobodyApproves
from tests.cdr.world import Trail
from tests.peers.smtp_server import PASSWORD, USER, Mailbox, smtp_server
from tests.peers.tls import private_authority

CHIEF = Actor("zhao", "Zhao", frozenset({Role.SUPERVISOR}))
DEPUTY = Actor("qian", "Qian", frozenset({Role.SUPERVISOR}))
LIMITED = Actor("wu", "Wu", frozenset({Role.SUPERVISOR}), Scopes(queues=frozenset({"cityhall"})))
AGENT = Actor("li.na", "Li Na", frozenset({Role.AGENT}))


class Clock(SystemClock):
    """The machine's, but what it says now can be moved on."""

    def __init__(self) -> None:
        self.ahead = timedelta()

    def now(self) -> datetime:
        return datetime.now(UTC) + self.ahead


@dataclass
class Owners:
    known: dict[str, Actor]

    async def actor(self, user_id: str) -> Actor | None:
        return self.known.get(user_id)


@dataclass
class Office:
    """The schedules of a ledger, what sends them, and the server that takes the mails."""

    storage: Storage
    clock: Clock
    trail: Trail
    schedules: ReportSchedules
    post: ReportPost
    owners: Owners
    box: Mailbox

    async def schedule(self, who: Actor = CHIEF, **more: Any) -> UUID:
        told = {"name": "每日报表", "report": "queues", "every": "day", "recipients": ["chief@city.example"]}
        made = await self.schedules.add(who, uuid4(), ScheduleWish.model_validate(told | more))
        return made.schedule_id

    async def due(self, days: int = 1) -> int:
        """So many days pass; how many mails were queued."""
        self.clock.ahead += timedelta(days=days)
        return await self.schedules.queue_due()

    async def send(self) -> int:
        """One pass of the relay over everything that waits, also for its next try."""
        async with self.storage.write() as transaction:
            await transaction.connection.execute(
                update(outbox).where(outbox.c.done_at.is_(None)).values(due_at=self.clock.now())
            )
        return await self.post.relay.relay_once()

    async def states(self) -> list[tuple[str, int]]:
        async with self.storage.read() as connection:
            rows = await connection.execute(select(mails).order_by(mails.c.queued_at, mails.c.since))
            return [(row.state, row.attempts) for row in rows]

    async def errors(self) -> list[str]:
        async with self.storage.read() as connection:
            return list((await connection.execute(select(mails.c.error).order_by(mails.c.since))).scalars())

    async def whys(self) -> list[str]:
        async with self.storage.read() as connection:
            return list((await connection.execute(select(mails.c.why).order_by(mails.c.since))).scalars())


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TlsFolder:
    return private_authority(tmp_path_factory.mktemp("tls"))


def settings_of(box: Mailbox, authority: TlsFolder, **more: Any) -> MailSettings:
    told = {
        "host": "localhost", "port": box.port, "ca_file": authority.authority.certificate, "user": USER,
        "password": PASSWORD, "sender": "songhua@city.example", "timeout_s": 5,
    }  # fmt: skip
    return MailSettings.model_validate(told | more)


@pytest.fixture
async def box(authority: TlsFolder) -> AsyncIterator[Mailbox]:
    async with smtp_server(authority) as listening:
        yield listening


def office_of(storage: Storage, settings: MailSettings | None, box: Mailbox) -> Office:
    clock, trail = Clock(), Trail()
    storage.clock = clock
    storage.route = lambda _event: (MAIL,)
    mailer = SmtpMailer(settings, clock)
    owners = Owners({CHIEF.id: CHIEF, LIMITED.id: LIMITED})
    made = ReportSchedules(storage, trail, mailer, "Asia/Shanghai")
    reports = Reports(storage, trail, "Asia/Shanghai", bulk=BulkLimit(100, NobodyApproves()))
    post = ReportPost(
        storage, made, reports, mailer, owners,
        evaluations=stage(storage).room.evaluation_printing, poll_s=1,
    )  # fmt: skip
    return Office(storage, clock, trail, made, post, owners, box)


@pytest.fixture
def office(any_storage: Storage, box: Mailbox, authority: TlsFolder) -> Office:
    return office_of(any_storage, settings_of(box, authority), box)


async def test_a_report_is_sent_with_chart_table_and_file_over_tls(office: Office) -> None:
    await office.schedule(language="zh", recipients=["chief@city.example", "deputy@city.example"])
    assert await office.due() == 2
    assert await office.send() == 2
    assert sorted(office.box.to) == ["chief@city.example", "deputy@city.example"]
    assert set(office.box.users) == {USER}
    assert all(office.box.encrypted)
    mail = next(one for one in office.box.mails if one["To"] == "chief@city.example")
    assert mail["Subject"].startswith("每日报表 20")
    assert mail["From"] == "Songhua <songhua@city.example>"
    assert mail["Auto-Submitted"] == "auto-generated"
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "image/png", "text/csv"]
    html = next(part for part in mail.walk() if part.get_content_type() == "text/html").get_content()
    picture = next(part for part in mail.walk() if part.get_content_type() == "image/png")
    assert f'src="cid:{picture["Content-ID"].strip("<>")}"' in html
    assert "接通率" in html
    assert await office.states() == [("sent", 1), ("sent", 1)]
    assert (CHIEF.id, "report") in {(who, act) for who, act, _about in office.trail.entries}


@pytest.mark.parametrize("report", ["queues", "agents", "quality", "calls", "evaluation"])
async def test_every_report_can_be_sent_in_english(office: Office, report: str) -> None:
    await office.schedule(report=report, language="en", every="week", format="none")
    await office.due(7)
    assert await office.send() == 1
    text = office.box.mails[0].get_body(("plain",))
    assert text is not None
    assert "Sent by a schedule" in text.get_content()


@pytest.mark.parametrize("every", ["day", "week", "month"])
async def test_the_evaluation_of_cases_is_a_page_with_the_same_as_a_pdf(office: Office, every: str) -> None:
    await office.schedule(report="evaluation", every=every)
    await office.due(32)
    await office.send()
    mail = office.box.mails[0]
    kinds = [part.get_content_type() for part in mail.walk() if not part.is_multipart()]
    assert kinds == ["text/plain", "text/html", "application/pdf"]
    page = next(part for part in mail.walk() if part.get_content_type() == "text/html").get_content()
    assert "综合评价" in page
    document = next(part for part in mail.walk() if part.get_content_type() == "application/pdf")
    assert document.get_content().startswith(b"%PDF")


async def test_nothing_is_lost_while_the_server_is_away_and_nothing_comes_twice(
    office: Office, authority: TlsFolder
) -> None:
    await office.schedule()
    office.box.answers += ["451 4.3.0 try later", "421 4.7.0 busy"]
    assert await office.due() == 1
    assert [await office.send(), await office.send()] == [0, 0]
    assert await office.states() == [("queued", 2)]
    assert "451" in (await office.whys())[0] or "421" in (await office.whys())[0]
    assert await office.send() == 1
    # Whoever looks again finds nothing: neither what is due nor what was sent.
    assert (await office.schedules.queue_due(), await office.send(), len(office.box.mails)) == (0, 0, 1)
    del authority


async def test_a_server_that_is_away_for_a_day_gets_the_mail_once(office: Office) -> None:
    await office.schedule()
    assert await office.due() == 1
    for _ in range(26):
        office.box.answers += ["421 4.3.2 not now"]
        assert await office.send() == 0
        office.clock.ahead += timedelta(hours=1)
    office.box.answers.clear()
    assert [await office.send(), await office.send()] == [1, 0]
    assert len(office.box.mails) == 1


async def test_a_second_delivery_of_the_same_event_sends_nothing(office: Office) -> None:
    await office.schedule()
    await office.due()
    await office.send()
    async with office.storage.write() as transaction:
        await transaction.connection.execute(update(outbox).values(done_at=None))
    assert await office.send() == 1
    assert (len(office.box.mails), await office.states()) == (1, [("sent", 1)])


async def test_a_line_that_is_cut_before_the_answer_brings_the_same_message_id(office: Office) -> None:
    await office.schedule()
    office.box.silent = True
    await office.due()
    assert await office.send() == 0
    office.box.silent = False
    assert await office.send() == 1
    ids = [one["Message-ID"] for one in office.box.mails]
    assert len(ids) == 2
    assert len(set(ids)) == 1


async def test_pauses_grow_and_others_do_not_wait_for_one_mailbox(office: Office) -> None:
    await office.schedule(recipients=["a@city.example", "b@city.example"])
    await office.due()
    office.box.answers += ["451 later"]
    assert await office.post.relay.relay_once() == 1
    async with office.storage.read() as connection:
        waits = (await connection.execute(select(outbox).where(outbox.c.done_at.is_(None)))).one()
    assert timedelta() < waits.due_at - office.clock.now() <= timedelta(seconds=0.5)
    assert await office.post.relay.relay_once() == 0
    office.clock.ahead += timedelta(seconds=2)
    assert await office.post.relay.relay_once() == 1
    assert len(office.box.mails) == 2


async def test_what_the_server_refuses_for_good_is_not_tried_again(office: Office) -> None:
    await office.schedule(recipients=["nobody@city.example", "chief@city.example"])
    await office.due()
    assert await office.send() == 2
    assert sorted(await office.states()) == [("refused", 1), ("sent", 1)]
    assert any("550" in why for why in await office.whys())
    shown = await office.schedules.all(CHIEF)
    assert {one.state for one in shown.mails} == {"refused", "sent"}


@pytest.mark.parametrize("farewell", ["451 later", "550 never"])
async def test_a_mail_that_was_taken_is_sent_whatever_the_server_says_to_quit(
    office: Office, farewell: str
) -> None:
    await office.schedule()
    await office.due()
    office.box.to_quit = farewell
    assert await office.send() == 1
    assert (await office.states(), len(office.box.mails)) == ([("sent", 1)], 1)


async def test_mails_wait_while_the_server_refuses_the_sender_but_not_one_that_is_too_big(
    office: Office,
) -> None:
    await office.schedule()
    await office.due()
    office.box.to_sender = "550 5.7.1 not from here"
    assert await office.send() == 0
    assert (await office.states())[0][0] == "queued"
    office.box.to_sender = ""
    assert await office.send() == 1
    await office.due()
    office.box.to_sender = "552 5.3.4 too big"
    assert await office.send() == 1
    assert [state for state, _ in await office.states()] == ["sent", "refused"]


async def test_a_report_has_the_rights_of_its_owner_when_it_is_sent(office: Office) -> None:
    await office.schedule()
    await office.due()
    office.owners.known[CHIEF.id] = replace(CHIEF, roles=frozenset({Role.AGENT}))
    await office.send()
    await office.due()
    del office.owners.known[CHIEF.id]
    await office.send()
    assert (await office.states(), office.box.mails) == ([("refused", 1), ("refused", 1)], [])


async def test_after_a_standstill_each_missed_day_is_sent(office: Office) -> None:
    await office.schedule()
    office.clock.ahead += timedelta(days=3)
    queued = 0
    while made := await office.schedules.queue_due():
        queued += made
    assert queued == 3
    assert await office.send() in {1, 3}
    while await office.send():
        pass
    subjects = {one["Subject"] for one in office.box.mails}
    assert len(subjects) == 3


async def test_who_may_schedule_what(office: Office) -> None:
    with pytest.raises(Forbidden):
        await office.schedule(AGENT)
    with pytest.raises(OutOfScope):
        await office.schedule(LIMITED)
    own = await office.schedule(LIMITED, queue="cityhall")
    whole = await office.schedule()
    assert [one.schedule_id for one in (await office.schedules.all(LIMITED)).schedules] == [own]
    with pytest.raises(OutOfScope):
        await office.schedules.remove(LIMITED, whole)
    with pytest.raises(UnknownSchedule):
        await office.schedules.send_now(CHIEF, uuid4(), uuid4())
    changed = ScheduleWish.model_validate(
        {"name": "周报", "report": "agents", "every": "week", "recipients": ["a@b.example"], "active": False}
    )
    assert (await office.schedules.change(CHIEF, own, changed)).owner == CHIEF.id
    await office.schedules.remove(CHIEF, whole)
    assert await office.due(30) == 0
    with pytest.raises(UnknownSchedule):
        await office.schedules.change(CHIEF, whole, changed)


async def test_it_is_sent_now_once_for_each_press(office: Office) -> None:
    made, press = await office.schedule(), uuid4()
    for op in (press, press, uuid4()):
        assert await office.schedules.send_now(CHIEF, made, op) == 1
    while await office.send():
        pass
    assert len(office.box.mails) == 2


async def test_who_was_taken_off_the_list_gets_no_mail_that_waits(office: Office) -> None:
    made = await office.schedule(recipients=["old@city.example", "Chief@city.example"])
    await office.due()
    changed = {"name": "x", "report": "calls", "every": "month", "recipients": ["chief@city.example"]}
    await office.schedules.change(DEPUTY, made, ScheduleWish.model_validate(changed))
    assert await office.send() == 2
    assert office.box.to == ["Chief@city.example"]
    assert sorted(await office.states()) == [("refused", 1), ("sent", 1)]
    assert "recipient-removed" in await office.errors()
    # It is the report that was due, with the rights of whose schedule it was.
    assert [who for who, act, _about in office.trail.entries if act == "report"] == [CHIEF.id]
    text = office.box.mails[0].get_body(("plain",))
    assert text is not None
    assert "接通率" in text.get_content()


async def test_a_mail_that_cannot_be_made_holds_back_no_other(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.schedule()
    await office.due()
    with monkeypatch.context() as patched:
        patched.setattr(SmtpMailer, "send", broken)
        assert await office.send() == 1
    await office.due()
    assert await office.send() == 1
    assert await office.states() == [("refused", 1), ("sent", 1)]
    assert (await office.errors(), await office.whys()) == (["mail-not-made", ""], ["LookupError", ""])


async def broken(mailer: SmtpMailer, mail: object) -> None:
    raise LookupError(mailer, mail)


async def test_a_stop_waits_for_the_mail_that_is_on_its_way(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    await office.schedule()
    await office.due()
    under_way, sending = asyncio.Event(), SmtpMailer.send

    async def slow(mailer: SmtpMailer, mail: ReportMail) -> None:
        under_way.set()
        await sending(mailer, mail)
        await asyncio.sleep(0.05)

    monkeypatch.setattr(SmtpMailer, "send", slow)
    relay = asyncio.create_task(office.send())
    await under_way.wait()
    relay.cancel()
    with pytest.raises(asyncio.CancelledError):
        await relay
    assert (await office.states(), len(office.box.mails)) == ([("sent", 1)], 1)
    assert (await office.send(), len(office.box.mails)) == (1, 1)


@pytest.mark.parametrize(
    "wrong",
    [
        "", "a", "a@b\r\nBcc: x@y.example", "a b@c.example", "a@b.example,c@d.example", "a..b@c.example",
        ".a@b.example", "a.@b.example", "a@b", "a@b..example", "a@.example",
    ],
)  # fmt: skip
def test_an_address_is_one_address(wrong: str) -> None:
    with pytest.raises(ValidationError):
        ScheduleWish.model_validate({"name": "x", "report": "calls", "every": "day", "recipients": [wrong]})


async def test_without_a_server_nothing_is_scheduled(storage: Storage, box: Mailbox) -> None:
    office = office_of(storage, None, box)
    with pytest.raises(NoMailServer):
        await office.schedule()
    assert (await office.schedules.all(CHIEF)).ready is False


async def test_a_server_of_another_authority_or_login_gets_nothing(
    storage: Storage, box: Mailbox, authority: TlsFolder, tmp_path: Path
) -> None:
    strange = private_authority(tmp_path / "strange").authority.certificate
    for wrong in ({"ca_file": strange}, {"password": "another-password-1"}, {"security": "tls"}):
        office = office_of(storage, settings_of(box, authority, **wrong), box)
        await office.schedule()
        await office.due()
        assert await office.send() == 0
        async with storage.write() as transaction:
            for table in (outbox, schedules, mails):
                await transaction.connection.execute(table.delete())
    assert box.mails == []


async def test_tls_from_the_first_byte(storage: Storage, authority: TlsFolder) -> None:
    async with smtp_server(authority, starttls=False) as box:
        office = office_of(storage, settings_of(box, authority, security="tls"), box)
        await office.schedule()
        await office.due()
        assert await office.send() == 1
        assert len(box.mails) == 1


def test_a_password_is_not_sent_as_plain_text_and_not_shown() -> None:
    told = {"host": "mail.city.example", "sender": "a@city.example", "security": "none"}
    with pytest.raises(ValidationError, match="plain text"):
        MailSettings.model_validate(told)
    kept = MailSettings.model_validate(told | {"host": "127.0.0.1", "password": PASSWORD})
    assert isinstance(kept.password, SecretStr)
    assert PASSWORD not in repr(kept)
