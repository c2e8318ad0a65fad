"""Forms as mails: readable for people, complete for programs, each under one Message-ID."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest
from pydantic import ValidationError

from cases.exchange.errors import FormUnsent
from cases.exchange.model import DeliveryState, FormReceiver, FormReceivers, ReceiptWay
from cases.exchange.ports import FormMail
from core.clock import SystemClock
from core.storage import Storage
from gateway.smtp.client import SmtpMailer
from gateway.smtp.settings import MailSettings
from gateway.tls.folder import TlsFolder
from gateway.wiring.exchange import MailedForms
from tests.cases.assignments.people import ASSISTS, DISPATCHER, HOST
from tests.cases.exchange.world import ExchangeWorld, exchange_world
from tests.peers.smtp_server import PASSWORD, USER, Mailbox, smtp_server
from tests.peers.tls import private_authority


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TlsFolder:
    return private_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def box(authority: TlsFolder) -> AsyncIterator[Mailbox]:
    async with smtp_server(authority) as listening:
        yield listening


@pytest.fixture
async def world(any_storage: Storage, box: Mailbox, authority: TlsFolder) -> AsyncIterator[ExchangeWorld]:
    told = {
        "host": "localhost", "port": box.port, "ca_file": authority.authority.certificate, "user": USER,
        "password": PASSWORD, "sender": "songhua@city.example", "timeout_s": 5,
    }  # fmt: skip
    mailer = MailedForms(SmtpMailer(MailSettings.model_validate(told), SystemClock()))
    async with exchange_world(any_storage, mailer) as made:
        made.receives(FormReceiver(department_id=HOST, way=ReceiptWay.MAIL, mail="duty@district.example"))
        yield made


async def test_a_department_reads_its_work_in_a_mail(world: ExchangeWorld, box: Mailbox) -> None:
    case = await world.office.filed()
    await world.office.act(DISPATCHER, case, "remind")
    await world.deliver()
    assert [one.state for one in await world.deliveries()] == [DeliveryState.DELIVERED] * 2
    assert box.to == ["duty@district.example"] * 2
    first, second = box.mails
    assert case.number in first["Subject"]
    assert first["Message-ID"] != second["Message-ID"]
    text = first.get_body(("plain",))
    assert text is not None
    said = text.get_content()
    assert "公滨路5号" in said
    assert "垃圾没人清" in said
    assert "13945671234" not in said
    (form,) = [part for part in first.walk() if part.get_filename() == "form.json"]
    told = json.loads(form.get_payload(decode=True))  # type: ignore[arg-type]
    assert first["Message-ID"] == f"<{told['form_id']}@songhua>"
    assert (told["form"], told["act"]) == ("task_assignment", "dispatch")


async def test_a_server_that_is_away_gets_it_later_and_one_that_refuses_ends_it(
    world: ExchangeWorld, box: Mailbox
) -> None:
    box.answers += ["451 later", "550 no such person duty@district.example"]
    await world.office.filed()
    await world.deliver()
    (waits,) = await world.deliveries()
    assert waits.state is DeliveryState.WAITING
    await world.send(10.0)
    (dead,) = await world.deliveries()
    assert (dead.state, dead.error) == (DeliveryState.DEAD, "mail-refused")
    assert box.mails == []


async def test_a_server_that_is_away_is_asked_once_for_all_departments(
    world: ExchangeWorld, monkeypatch: pytest.MonkeyPatch
) -> None:
    world.receives(
        *(
            FormReceiver(department_id=one, way=ReceiptWay.MAIL, mail=f"{one}@district.example")
            for one in (HOST, ASSISTS)
        )
    )
    asked = 0

    async def away(_: FormMail) -> None:
        nonlocal asked
        asked += 1
        raise FormUnsent("mail-away", away=True)

    monkeypatch.setattr(world.mailer, "send", away)
    for _ in range(5):
        await world.office.filed()
    await world.deliver()
    found = await world.deliveries()
    assert {one.department_id for one in found} == {HOST, ASSISTS}
    assert 1 <= asked <= 4  # as many as are under way at a time
    assert {one.error for one in found} == {"mail-away"}


async def test_one_mail_that_is_not_taken_now_holds_no_other_department(
    world: ExchangeWorld, box: Mailbox
) -> None:
    world.receives(
        *(
            FormReceiver(department_id=one, way=ReceiptWay.MAIL, mail=f"{one}@district.example")
            for one in (HOST, ASSISTS)
        )
    )
    box.answers += ["451 later"]
    for _ in range(5):
        await world.office.filed()
    await world.deliver()
    waits = await world.deliveries(DeliveryState.WAITING)
    assert len({one.department_id for one in waits}) == 1


WRITTEN_WRONG = [
    "a..b@c.cn",
    ".a@c.cn",
    "a(b@c.cn",
    "a:b@c.cn",
    "处置@例子.中国",
    "a@b@c.cn",
    "a@",
    "a b@c.cn",
]


@pytest.mark.parametrize("mail", WRITTEN_WRONG)
def test_an_address_that_no_mail_can_have_is_refused(mail: str) -> None:
    with pytest.raises(ValidationError):
        FormReceiver(department_id=HOST, way=ReceiptWay.MAIL, mail=mail)
    assert FormReceiver(department_id=HOST, way=ReceiptWay.MAIL, mail="duty+1@district.example").mail


async def test_a_mail_that_cannot_be_written_is_dead_and_named(world: ExchangeWorld) -> None:
    for mail in ("a..b@c.cn", "a:b@c.cn", "处置@例子.中国"):
        wrong = FormReceiver.model_construct(department_id=HOST, way=ReceiptWay.MAIL, mail=mail)
        world.on.room.exchange.receivers.use(FormReceivers.model_construct(receivers=(wrong,)))
        await world.office.filed()
        await world.deliver()
        newest = next(one for one in await world.deliveries() if one.department_id == HOST)
        assert (newest.state, newest.error) == (DeliveryState.DEAD, "mail-refused")
