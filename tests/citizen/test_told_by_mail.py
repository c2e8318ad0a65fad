"""Who leaves an e-mail address is told there each step once, whatever the mail server does meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from pydantic import ValidationError
from sqlalchemy import select, update

from citizen.mails.http import WRONG_KEYS_HOUR
from citizen.mails.settings import NoticeMailSettings
from citizen.mails.tables import keys
from citizen.messages import store as message_store
from citizen.messages.model import MessageRules
from citizen.messages.tables import opt_outs
from citizen.reports import store as report_store
from citizen.tables import reports
from core.storage import Storage
from gateway.tls.folder import TlsFolder
from tests.cases.rooms import AGENT, DISPATCHER
from tests.citizen.city import SITE, SUPERVISOR, city
from tests.citizen.mail_world import MASKED, MOBILE, RULES, WANG, MailWorld, mail_world, mailing, words_of
from tests.citizen.test_follow_ups import QuietLink
from tests.citizen.test_open311 import SETTINGS, post
from tests.citizen.test_web_form import body
from tests.peers.ports import free_port
from tests.peers.smtp_server import Mailbox, smtp_server
from tests.peers.tls import private_authority

DOUBT_S = 600.0


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> TlsFolder:
    return private_authority(tmp_path_factory.mktemp("tls"))


@pytest.fixture
async def box(authority: TlsFolder) -> AsyncIterator[Mailbox]:
    async with smtp_server(authority) as listening:
        yield listening


@pytest.fixture
async def world(any_storage: Storage, box: Mailbox, authority: TlsFolder) -> AsyncIterator[MailWorld]:
    async with mailing(any_storage, box, authority, sms=QuietLink(), doubt_s=DOUBT_S) as made:
        yield made


async def report_code(world: MailWorld) -> tuple[str, str]:
    async with world.storage.read() as connection:
        row = (await connection.execute(select(reports.c.number, reports.c.code))).one()
    return row.number, row.code


# --- what is told -------------------------------------------------------------------------------------------


async def test_each_step_is_told_once_with_a_link_and_a_way_to_stop(world: MailWorld, box: Mailbox) -> None:
    case = await world.reported()
    await world.city.act(DISPATCHER, f"/cases/{case.case_id}/done")
    await world.city.settle()
    while await world.relay():
        pass
    assert await world.relay() == 0
    first, second = box.mails
    assert box.to == [WANG, WANG]
    number, code = await report_code(world)
    assert case.number in first["Subject"]
    assert "已受理" in first["Subject"]
    assert "已处理" in second["Subject"]
    assert first["Message-ID"] != second["Message-ID"]
    said = words_of(first)
    assert f"{SITE}/citizen/#follow={number},{code}" in said
    stop = str(first["List-Unsubscribe"]).strip("<>")
    key = stop.removeprefix(f"{SITE}/api/citizen/mails/").removesuffix("/stop")
    assert f"{SITE}/citizen/#mails={key}" in said
    assert first["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert first["Auto-Submitted"] == "auto-generated"
    html = first.get_body(("html",))
    assert html is not None
    assert f'href="{SITE}/citizen/#follow={number},{code}"' in html.get_content()
    assert await world.rows("channel", "number", "state") == [("email", MASKED, "sent")] * 2
    shown = (await world.city.ask(AGENT, "GET", f"/cases/{case.case_id}/messages")).text
    assert case.spoken_code in shown
    assert code not in shown, "nobody at the desk follows and rates in the reporter's place"


async def test_a_masked_address_is_nobodys_number(world: MailWorld) -> None:
    """Who telephoned about the same case is told by the number that was told last."""
    case = await world.reported()
    async with world.storage.read() as connection:
        assert await message_store.last_number(connection, case.case_id) == ""


async def test_it_is_written_in_the_reporters_language(world: MailWorld, box: Mailbox) -> None:
    await world.reported(language="en")
    await world.relay()
    (mail,) = box.mails
    assert "was accepted" in mail["Subject"]
    assert "Stop these e-mails" in words_of(mail)


@pytest.mark.parametrize(("first_way", "channel"), [("sms", "sms"), ("email", "email")])
async def test_who_left_both_is_told_by_the_way_that_the_rules_name_first(
    world: MailWorld, first_way: str, channel: str
) -> None:
    told = RULES.model_dump() | {"first_way": first_way}
    world.city.citizen.messages.rules = MessageRules.model_validate(told)
    await world.reported(phone=MOBILE)
    assert await world.rows("channel") == [(channel,)]


async def test_a_landline_beside_the_address_changes_nothing(world: MailWorld) -> None:
    await world.reported(phone="0451-87654321")
    assert await world.rows("channel") == [("email",)]


async def test_no_hour_is_quiet_for_an_email(world: MailWorld, box: Mailbox) -> None:
    all_but_a_minute = RULES.model_dump() | {"quiet_from": "00:01", "quiet_until": "00:00"}
    world.city.citizen.messages.rules = MessageRules.model_validate(all_but_a_minute)
    await world.reported()
    await world.relay()
    assert len(box.mails) == 1


async def test_nothing_is_told_of_a_confidential_case(world: MailWorld, box: Mailbox) -> None:
    case = await world.reported()
    secret = f"/cases/{case.case_id}/confidential"
    assert (await world.city.act(AGENT, secret, confidential=True)).status_code == 200
    await world.city.act(DISPATCHER, f"/cases/{case.case_id}/done")
    await world.city.settle()
    await world.relay()
    assert (box.mails, await world.states()) == ([], ["suppressed"])


async def test_an_address_has_its_emails_of_the_day(world: MailWorld) -> None:
    world.city.citizen.messages.rules = MessageRules.model_validate({"per_day": 1})
    await world.reported()
    await world.reported(text="公园的长椅坏了")
    assert sorted(await world.states()) == ["limited", "waiting"]


# --- opting out ---------------------------------------------------------------------------------------------


async def key_of(world: MailWorld) -> str:
    async with world.storage.read() as connection:
        return str((await connection.execute(select(keys.c.key))).scalar_one())


async def test_a_reader_stops_them_by_the_link_and_has_them_again(world: MailWorld, box: Mailbox) -> None:
    case = await world.reported()
    await world.relay()
    await world.city.act(DISPATCHER, f"/cases/{case.case_id}/done")
    await world.city.settle()
    web, path = world.city.web, f"/api/citizen/mails/{await key_of(world)}"
    assert (await web.get(path)).json() == {"stopped": False}
    # As a mail program posts it: a form, and no header of ours.
    for _ in range(2):
        answer = await web.post(f"{path}/stop", data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.json()) == (200, {"stopped": True})
    assert (await web.get(path)).json() == {"stopped": True}
    await world.relay()
    assert len(box.mails) == 1
    assert await world.states() == ["sent", "suppressed"]
    await world.reported(text="公园的长椅坏了")
    assert (await world.states())[-1] == "suppressed"
    assert (await web.post(f"{path}/start")).json() == {"stopped": False}
    await world.reported(text="红军街的路灯不亮")
    await world.relay()
    assert len(box.mails) == 2


async def test_an_opt_out_outlives_the_address(world: MailWorld) -> None:
    await world.reported()
    await world.relay()
    key = await key_of(world)
    async with world.storage.write() as transaction:
        report_id = (await transaction.connection.execute(select(reports.c.report_id))).scalar_one()
        await report_store.forget(transaction.connection, report_id, world.clock.now())
    assert (await world.city.web.post(f"/api/citizen/mails/{key}/stop")).json() == {"stopped": True}
    await world.reported(text="公园的长椅坏了")
    assert (await world.states())[-1] == "suppressed"
    async with world.storage.read() as connection:
        kept = [str(tuple(row)) for row in await connection.execute(select(opt_outs))]
    assert not any("wang" in row for row in kept)


async def test_who_guesses_keys_is_not_answered_any_more(world: MailWorld) -> None:
    wrong = "/api/citizen/mails/" + "0" * 32
    answers = [(await world.city.web.get(wrong)).status_code for _ in range(WRONG_KEYS_HOUR + 1)]
    assert set(answers[:-1]) == {404}
    assert answers[-1] == 429


async def test_an_agent_opts_an_address_out(world: MailWorld) -> None:
    await world.reported()
    answer = await world.city.ask(AGENT, "POST", "/citizen/opt-outs", number=" Wang@Example.org ", out=True)
    assert answer.json()["since"]
    await world.relay()
    assert await world.states() == ["suppressed"]
    wrong = await world.city.ask(AGENT, "POST", "/citizen/opt-outs", number="wang@", out=True)
    assert wrong.status_code == 422
    assert "no-mobile-number" in wrong.json()["type"]


# --- the mail server ----------------------------------------------------------------------------------------


async def test_an_address_that_is_refused_is_not_tried_again(world: MailWorld, box: Mailbox) -> None:
    await world.reported(email="nobody@example.org")
    for _ in range(3):
        await world.relay()
        world.clock.go(minutes=10)
    assert await world.rows("state", "error", "tries") == [("refused", "550", 1)]
    assert box.mails == []


async def test_a_server_that_wants_it_later_gets_it_later_once(world: MailWorld, box: Mailbox) -> None:
    box.answers = ["451 4.7.1 try again later"]
    await world.reported()
    await world.relay()
    assert await world.rows("state", "error") == [("waiting", "451")]
    for _ in range(3):
        world.clock.go(minutes=10)
        await world.relay()
    assert len(box.mails) == 1
    assert await world.rows("state", "tries") == [("sent", 2)]


async def test_a_server_that_is_away_for_a_day_loses_and_doubles_nothing(
    any_storage: Storage, authority: TlsFolder
) -> None:
    port = free_port()
    async with mail_world(any_storage, port, authority) as world:
        case = await world.reported()
        await world.city.act(DISPATCHER, f"/cases/{case.case_id}/done")
        await world.city.settle()
        for _ in range(4):
            await world.relay()
            world.clock.go(hours=7)
        assert await world.states() == ["waiting", "waiting"]
        (health,) = [one for one in world.city.citizen.health() if one.part == "mail"]
        assert health.state == "degraded"
        async with smtp_server(authority, port=port) as box:
            for _ in range(4):
                await world.relay()
                world.clock.go(minutes=10)
            assert ["已受理" in box.mails[0]["Subject"], "已处理" in box.mails[1]["Subject"]] == [True, True]
            assert len(box.mails) == 2
        assert await world.states() == ["sent", "sent"]


async def test_what_is_too_old_does_not_leave(any_storage: Storage, authority: TlsFolder) -> None:
    async with mail_world(any_storage, free_port(), authority) as world:
        await world.reported()
        await world.relay()
        world.clock.go(hours=49)
        assert world.city.citizen.mail_sender is not None
        assert await world.city.citizen.mail_sender.expire() == 1
        assert await world.states() == ["expired"]


async def test_a_line_that_breaks_after_it_left_doubles_it_once_at_most(
    world: MailWorld, box: Mailbox
) -> None:
    box.silent = True
    await world.reported()
    for _ in range(3):
        await world.relay()
    assert (len(box.mails), await world.states()) == (1, ["submitting"])
    world.clock.go(seconds=DOUBT_S + 1)
    await world.relay()
    assert len(box.mails) == 2
    assert box.mails[0]["Message-ID"] == box.mails[1]["Message-ID"], "by which mailboxes tell a copy"
    world.clock.go(seconds=DOUBT_S + 1)
    await world.relay()
    assert (len(box.mails), await world.states()) == (2, ["unknown"])


# --- the address --------------------------------------------------------------------------------------------


async def test_nothing_leaves_for_an_address_that_was_erased(world: MailWorld, box: Mailbox) -> None:
    await world.reported()
    async with world.storage.write() as transaction:
        report_id = (await transaction.connection.execute(select(reports.c.report_id))).scalar_one()
        await report_store.forget(transaction.connection, report_id, world.clock.now())
        kept = (await transaction.connection.execute(select(reports.c.email))).scalar_one()
    await world.relay()
    assert (kept, box.mails, await world.states()) == ("", [], ["refused"])


@pytest.mark.parametrize(
    "wrong", ["wang", "wang@", "wang@host", "a b@example.org", "w@example.org\nBcc: x@y.z"]
)
async def test_what_is_no_address_is_refused(world: MailWorld, wrong: str) -> None:
    answer = await world.city.web.post("/api/citizen/reports", json=body(email=wrong))
    assert answer.status_code == 422
    assert "report-invalid" in answer.json()["type"]


async def test_an_address_is_not_kept_where_nobody_is_told_by_email(storage: Storage) -> None:
    async with city(storage, link=QuietLink()) as on:
        assert (await on.web.post("/api/citizen/reports", json=body(email=WANG))).status_code == 201
        async with storage.read() as connection:
            assert (await connection.execute(select(reports.c.email))).scalar_one() == ""
        assert (await on.web.get("/api/citizen/page")).json()["mails"] is False


async def test_a_client_of_open311_gives_the_address(
    storage: Storage, box: Mailbox, authority: TlsFolder
) -> None:
    async with mailing(storage, box, authority) as world:
        link = world.city.citizen._mail_link
        for told, kept in (({}, [WANG, ""]), ({"emails": False}, ["", ""])):
            async with city(storage, SETTINGS.model_copy(update=told), mails=link) as on:
                for email in ("Wang@example.org", "no address"):
                    assert (await post(on, email=email, description=f"{told} {email}")).status_code == 200
            async with storage.read() as connection:
                wanted = select(reports.c.email).order_by(reports.c.received_at.desc()).limit(2)
                assert sorted((await connection.execute(wanted)).scalars()) == sorted(kept)


def test_emails_need_a_site_that_their_links_lead_to() -> None:
    with pytest.raises(ValidationError, match="set site"):
        NoticeMailSettings(enabled=True)
    with pytest.raises(ValidationError):
        NoticeMailSettings(site="http://city.example")


# --- at the desk --------------------------------------------------------------------------------------------


async def test_a_case_shows_each_with_its_channel_and_one_that_was_refused_is_sent_again(
    world: MailWorld, box: Mailbox
) -> None:
    case = await world.reported(email="nobody@example.org")
    await world.relay()
    path = f"/cases/{case.case_id}/messages"
    shown = (await world.city.ask(AGENT, "GET", path)).json()
    (one,) = shown["messages"]
    assert (one["channel"], one["number"], one["state"]) == ("email", "n***@e***.org", "refused")
    assert one["text"].startswith("【")
    assert shown["again"] == [one["message_id"]]
    async with world.storage.write() as transaction:  # the reporter has told us the right one
        await transaction.connection.execute(update(reports).values(email=WANG))
    assert (await world.city.act(AGENT, f"{path}/{one['message_id']}/again")).status_code == 200
    await world.relay()
    assert box.to == [WANG]
    overview = (await world.city.ask(SUPERVISOR, "GET", "/citizen/messages")).json()
    assert overview["mail"] == "up"
    assert {one["channel"] for one in overview["latest"]} == {"email"}


async def test_rules_that_were_saved_before_there_were_emails_are_read(world: MailWorld) -> None:
    old = {name: value for name, value in RULES.model_dump(mode="json").items()
           if not name.startswith("mail") and name != "first_way"}  # fmt: skip
    assert MessageRules.model_validate(old) == RULES


@pytest.mark.parametrize(
    "wrong",
    [
        {"mail_end_en": "no way out"},
        {"mail_end_zh": "{stop} {code}"},
        {"mails": []},
        {"mails": [{**one.model_dump(), "zh": "{stop}"} for one in RULES.mails]},
    ],
)
def test_an_email_says_only_what_is_known_and_always_how_to_stop(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MessageRules.model_validate(RULES.model_dump() | wrong)
