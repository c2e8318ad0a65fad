"""Who leaves an e-mail address is told there each step once, whatever the mail server does meanwhile."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from uuid import uuid4

import pytest
from httpx2 import Response
from pydantic import ValidationError
from sqlalchemy import insert, select, update

from citizen.contract import masked_address
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


async def test_the_button_of_a_mail_program_finds_its_address(world: MailWorld, box: Mailbox) -> None:
    """As it lies on the line: mail programs take the header as it stands there (RFC 2369, RFC 8058)."""
    await world.reported()
    await world.relay()
    (raw,) = box.raw
    lines = raw.partition(b"\r\n\r\n")[0].split(b"\r\n")
    url = f"{SITE}/api/citizen/mails/{await key_of(world)}/stop"
    assert f"List-Unsubscribe: <{url}>".encode() in lines
    assert b"List-Unsubscribe-Post: List-Unsubscribe=One-Click" in lines
    (subject,) = (line for line in lines if line.startswith(b"Subject: "))
    assert subject.startswith(b"Subject: =?utf-8?"), "a Chinese subject is encoded (RFC 2047)"
    assert all(line.isascii() for line in lines)


async def test_older_programs_open_the_address_and_stop_nothing(world: MailWorld) -> None:
    """They know only RFC 2369, and what fetches links ahead does so too."""
    await world.reported()
    await world.relay()
    key = await key_of(world)
    answer = await world.city.web.get(f"/api/citizen/mails/{key}/stop", follow_redirects=False)
    assert (answer.status_code, answer.headers["location"]) == (303, f"/citizen/#mails={key}")
    async with world.storage.read() as connection:
        assert (await connection.execute(select(opt_outs))).all() == []


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


async def test_the_desk_never_sees_the_code_of_a_report(world: MailWorld, box: Mailbox) -> None:
    """Also where the city writes it into what is told of a report that became no case."""
    mails = [
        {**one.model_dump(), "zh": "{number} {code}"} if one.name == "not_ours" else one.model_dump()
        for one in RULES.mails
    ]
    world.city.citizen.messages.rules = MessageRules.model_validate(RULES.model_dump() | {"mails": mails})
    web = world.city.web
    assert (await web.post("/api/citizen/reports", json=body(phone="", email=WANG))).status_code == 201
    await world.city.settle()
    draft_id = (await world.city.ask(AGENT, "GET", "/drafts/waiting")).json()["drafts"][-1]["draft_id"]
    await world.city.act(AGENT, f"/drafts/{draft_id}/take")
    await world.city.act(AGENT, f"/drafts/{draft_id}/decline", reason="not_ours")
    await world.city.settle()
    await world.relay()
    number, code = await report_code(world)
    assert f"{number} {number} {code}" in words_of(box.mails[-1])
    ((stored, step),) = [row for row in await world.rows("text", "step") if row[1] == "declined"]
    assert number in stored
    assert code not in stored, step


# --- opting out ---------------------------------------------------------------------------------------------


async def key_of(world: MailWorld) -> str:
    async with world.storage.read() as connection:
        return str((await connection.execute(select(keys.c.key))).scalar_one())


async def choice(world: MailWorld, act: str, **told: object) -> Response:
    """As the page asks: the key is in no path, which proxies write down."""
    return await world.city.web.post(f"/api/citizen/mails/{act}", json=told)


async def test_a_reader_stops_them_by_the_link_and_has_them_again(world: MailWorld, box: Mailbox) -> None:
    case = await world.reported()
    await world.relay()
    await world.city.act(DISPATCHER, f"/cases/{case.case_id}/done")
    await world.city.settle()
    web, key = world.city.web, await key_of(world)
    assert (await choice(world, "look", key=key)).json() == {"stopped": False}
    # As a mail program posts it: a form, and no header of ours.
    for _ in range(2):
        answer = await web.post(f"/api/citizen/mails/{key}/stop", data={"List-Unsubscribe": "One-Click"})
        assert (answer.status_code, answer.json()) == (200, {"stopped": True})
    assert (await choice(world, "look", key=key)).json() == {"stopped": True}
    await world.relay()
    assert len(box.mails) == 1
    assert await world.states() == ["sent", "suppressed"]
    await world.reported(text="公园的长椅坏了")
    assert (await world.states())[-1] == "suppressed"
    assert (await choice(world, "choose", key=key, stopped=False)).json() == {"stopped": False}
    await world.reported(text="红军街的路灯不亮")
    await world.relay()
    assert len(box.mails) == 2
    assert (await choice(world, "choose", key=key, stopped=True)).json() == {"stopped": True}


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
    answers = [(await choice(world, "look", key="0" * 32)).status_code for _ in range(WRONG_KEYS_HOUR + 1)]
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
    with pytest.raises(ValidationError):  # no header can say it: give it as xn--…
        NoticeMailSettings(site="https://举报.city.example")


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


async def test_two_reporters_with_one_masked_address_are_told_apart(world: MailWorld, box: Mailbox) -> None:
    """Of one case: what was sent again to one of them is not what the other gets."""
    case = await world.reported(email="nobody@example.org")
    async with world.storage.write() as transaction:
        connection = transaction.connection
        row = (await connection.execute(select(reports))).one()._asdict()
        other = uuid4()
        told = {"report_id": other, "number": "R2", "message_id": "2", "email": "nemo@europe.org"}
        await connection.execute(insert(reports).values(**row | told))
    await world.relay()
    async with world.storage.write() as transaction:
        (first,) = await message_store.of_report(transaction.connection, row["report_id"], 9)
        second = replace(
            first, message_id=uuid4(), report_id=other, number=masked_address(str(told["email"]))
        )
        assert second.number == first.number
        await message_store.add(transaction.connection, second)
        await transaction.connection.execute(
            update(reports).where(reports.c.report_id == row["report_id"]).values(email=WANG)
        )
    path = f"/cases/{case.case_id}/messages"
    assert (await world.city.act(AGENT, f"{path}/{first.message_id}/again")).status_code == 200
    shown = (await world.city.ask(AGENT, "GET", path)).json()
    assert shown["again"] == [str(second.message_id)]
    assert (await world.city.act(AGENT, f"{path}/{second.message_id}/again")).status_code == 200
    assert (await world.city.act(AGENT, f"{path}/{second.message_id}/again")).status_code == 409
    await world.relay()
    assert sorted(box.to) == ["nemo@europe.org", WANG]


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
        {"mails": [{**one.model_dump(), "subject_zh": "{code}"} for one in RULES.mails]},
        {"mails": [{**one.model_dump(), "subject_en": "{link}"} for one in RULES.mails]},
    ],
)
def test_an_email_says_only_what_is_known_and_always_how_to_stop(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        MessageRules.model_validate(RULES.model_dump() | wrong)
