"""What a feed takes: signed, fresh, once, and only while there is room. A refusal does not tell its cause."""

from __future__ import annotations

import asyncio
import json

from core.storage import Storage
from sensing.feeds.service import FeedRegister
from tests.sensing.feeds.world import ADMIN, AGENT, SUPERVISOR, feed_world, new_id


async def test_an_event_is_stored_before_it_is_accepted_and_once(any_storage: Storage) -> None:
    async with feed_world(any_storage) as feeds:
        first = await feeds.post(feeds.source.violation(1))
        assert first.status_code == 202
        assert first.json()["again"] is False
        again = await feeds.post(feeds.source.violation(1, describe="再次"))
        assert again.json() == {"event_id": first.json()["event_id"], "again": True}
        await feeds.drafted()
        (draft,) = feeds.drafts.kept.values()
        assert draft.category == "x@1/E0407"
        assert draft.place == "南岗区果戈里大街与民益街交口"
        assert draft.text.split("\n") == [
            "机动车违法停放", "来源：电子警察，类型：1039", "时间：2026-12-01 08:15:00", "车牌：黑A***01",
        ]  # fmt: skip


async def test_repeats_in_parallel_are_one_event(any_storage: Storage) -> None:
    async with feed_world(any_storage) as feeds:
        body = feeds.source.violation(7)
        answers = await asyncio.gather(*(feeds.post(body) for _ in range(30)))
        assert {one.status_code for one in answers} == {202}
        assert len({one.json()["event_id"] for one in answers}) == 1
        assert sum(not one.json()["again"] for one in answers) == 1
        # The very same requests in parallel: one is taken, the others are replays.
        signed = feeds.source.signed(feeds.source.violation(8), at=feeds.now)
        answers = await asyncio.gather(*(feeds.post(feeds.source.violation(8), signed) for _ in range(10)))
        assert sorted(one.status_code for one in answers) == [202] + [403] * 9
        await feeds.drafted()
        assert len(feeds.drafts.kept) == 2
        assert feeds.intake.backlogs["police"].waiting == 0


async def test_every_refusal_says_the_same_and_the_operator_sees_the_cause(any_storage: Storage) -> None:
    async with feed_world(any_storage) as feeds:
        body, source = feeds.source.violation(1), feeds.source
        good = source.signed(body, at=feeds.now)
        assert (await feeds.post(body, good)).status_code == 202
        fresh, nul = source.signed(body, at=feeds.now), b'{"a":"\\u0000"}'
        refused = {
            "replayed": await feeds.post(body, good),
            "late": await feeds.post(body, source.signed(body, at=feeds.now - 301)),
            "early": await feeds.post(body, source.signed(body, at=feeds.now + 301)),
            "other body": await feeds.post(body + b" ", fresh),
            "other id": await feeds.post(body, fresh | {"webhook-id": new_id()}),
            "no signature": await feeds.post(body, {"content-type": "application/json"}),
            "other type": await feeds.post(body, fresh | {"content-type": "text/xml"}),
            "no JSON": await feeds.post(b"{", source.signed(b"{", at=feeds.now)),
            "no id": await feeds.post(b"{}", source.signed(b"{}", at=feeds.now)),
            "NUL": await feeds.post(b'{"a":"\\u0000"}', good),
            "NUL, signed": await feeds.post(nul, source.signed(nul, at=feeds.now)),
            "stranger": await feeds.post(body, fresh, name="nobody"),
        }
        said = {json.dumps(one.json(), sort_keys=True) for one in refused.values()}
        assert len(said) == 1, refused
        assert {one.status_code for one in refused.values()} == {403}
        await feeds.intake.write_refusals()
        (seen,) = (await feeds.get(ADMIN, "/feeds")).json()["feeds"]
        assert seen["refused"] == {"replayed": 1, "late": 2, "forged": 4, "content": 4}
        assert (await feeds.get(ADMIN, "/feeds")).json()["strangers"] == 1
        # None of them used up a nonce or an id: what is sent properly is taken.
        assert (await feeds.post(body, fresh)).json()["again"] is True


async def test_a_client_certificate_is_asked_for_where_one_is_set(any_storage: Storage) -> None:
    async with feed_world(any_storage, certificate="ab" * 32) as feeds:
        assert (await feeds.post(feeds.source.violation(1))).status_code == 403
        feeds.certificate = "cd" * 32
        assert (await feeds.post(feeds.source.violation(1))).status_code == 403
        feeds.certificate = "ab" * 32
        assert (await feeds.post(feeds.source.violation(1))).status_code == 202


async def test_a_full_feed_puts_events_off_and_loses_none(any_storage: Storage) -> None:
    async with feed_world(any_storage, most_waiting=3) as feeds:
        for number in range(3):
            assert (await feeds.post(feeds.source.violation(number))).status_code == 202
        full = await feeds.post(feeds.source.violation(3))
        assert (full.status_code, full.headers["retry-after"]) == (429, "10")
        assert feeds.register.health(feeds.intake.backlogs).state == "degraded"
        # A restart counts what waits anew.
        await feeds.intake.look()
        assert feeds.intake.backlogs["police"].waiting == 3
        await feeds.drafted()
        assert (await feeds.post(feeds.source.violation(3))).status_code == 202
        await feeds.drafted()
        assert len(feeds.drafts.kept) == 4


async def test_plates_are_masked_and_a_look_at_one_is_audited(any_storage: Storage) -> None:
    async with feed_world(any_storage) as feeds:
        body = feeds.source.violation(12345, describe="黑A 12345 违停", eventId="x-黑a12345-1")
        event_id = (await feeds.post(body)).json()["event_id"]
        shown = await feeds.get(ADMIN, "/feeds/police")
        assert "12345" not in shown.text
        (event,) = shown.json()["events"]
        assert (event["plate"], event["source_id"]) == ("黑A***45", "x-黑A***45-1")
        address = f"/feeds/police/events/{event_id}/plate"
        assert (await feeds.get(ADMIN, address)).status_code == 403
        assert (await feeds.get(AGENT, "/feeds")).status_code == 403
        assert feeds.trail.actions == []
        assert (await feeds.get(SUPERVISOR, address)).json() == {"plate": "黑A12345"}
        assert feeds.trail.actions == [("ma", "feeds.plate", f"feed-event:{event_id}")]
        await feeds.drafted()
        assert "12345" not in "".join(feeds.drafts.texts)
        other = f"/feeds/police/events/{feeds.source.signed(b'', at=0)['webhook-id'][4:]}/plate"
        assert (await feeds.get(SUPERVISOR, other)).status_code == 404


async def test_old_events_go_and_what_waits_stays(any_storage: Storage) -> None:
    async with feed_world(any_storage) as feeds:
        await feeds.post(feeds.source.violation(1))
        await feeds.drafted()
        await feeds.post(feeds.source.violation(2))
        feeds.register._kept_days = -1
        assert await feeds.register.forget_old() == 1
        (left,) = (await feeds.get(ADMIN, "/feeds/police")).json()["events"]
        assert left["state"] == "waiting"


async def test_what_waits_of_a_source_that_left_the_settings_is_said_and_goes_with_the_rest(
    any_storage: Storage,
) -> None:
    async with feed_world(any_storage) as feeds:
        await feeds.post(feeds.source.violation(1))
        for settings, kept in ({"police": feeds.settings}, "up"), ({}, "degraded"):
            register = FeedRegister(any_storage, settings, feeds.trail, None, 90)
            assert await register.forget_old() == 0
            health = register.health(feeds.intake.backlogs)
            assert health.state == kept
        assert "not in the settings: police (1)" in health.why
        register._kept_days = -1
        assert await register.forget_old() == 1
        assert register.health({}).state == "up"
