"""Forms as mails: readable for people, complete for programs, each under one Message-ID."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator

import pytest

from cases.exchange.model import DeliveryState, FormReceiver, ReceiptWay
from core.clock import SystemClock
from core.storage import Storage
from gateway.smtp.client import SmtpMailer
from gateway.smtp.settings import MailSettings
from gateway.tls.folder import TlsFolder
from gateway.wiring.exchange import MailedForms
from tests.cases.assignments.people import DISPATCHER, HOST
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
