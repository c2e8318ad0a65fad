"""Drafts of events: one for what is one, with pictures that were allowed and could be decoded."""

from __future__ import annotations

import asyncio
import hashlib
from base64 import b64encode

import pytest

from core.listening import Addresses
from core.storage import Storage
from sensing.feeds.evidence import FeedPictures
from sensing.ports import FeedDraft
from tests.peers.simulated_snapshot_camera import simulated_snapshot_camera
from tests.sensing.feeds.world import ADMIN, feed_world, police
from tests.sensing.test_pictures import jpeg
from tests.waiting import until


async def test_events_of_one_class_place_and_plate_within_the_window_are_one_draft(
    any_storage: Storage,
) -> None:
    async with feed_world(any_storage) as feeds:

        def at(minute: int, *, plate: str = "黑A12345", east: float = 0.0, kind: str = "1039") -> bytes:
            return feeds.source.violation(
                minute * 100 + int(east * 1e5) + len(plate) + int(kind),
                captureTime=f"2026-12-01 08:{minute:02}:00", vehicle={"plate": plate}, type=kind,
                location={"name": "果戈里大街", "lon": 126.65 + east, "lat": 45.75},
            )  # fmt: skip

        # Both in one look, and the second after the first was drafted.
        for body in (at(0), at(5), at(3, plate="黑B99999"), at(4, east=0.01)):
            assert (await feeds.post(body)).status_code == 202
        await feeds.drafted()
        await feeds.post(at(9, plate="黑A·12345"))
        await feeds.post(at(6, kind="1"))
        await feeds.post(at(30))
        await feeds.drafted()
        events = (await feeds.get(ADMIN, "/feeds/police")).json()["events"]
        states = [one["state"] for one in reversed(events)]
        assert states == ["drafted", "joined", "drafted", "drafted", "joined", "drafted", "drafted"]
        first = events[-1]
        for one in events:
            if one["state"] == "joined":
                assert one["joined_to"] == first["event_id"]
                assert one["report_id"] == first["report_id"]
        assert len(feeds.drafts.kept) == 5


async def test_a_kill_before_the_draft_is_noted_makes_no_second_one(any_storage: Storage) -> None:
    async with feed_world(any_storage) as feeds:
        await feeds.post(feeds.source.violation(1))
        put = feeds.drafts.put

        async def put_and_die(draft: FeedDraft) -> None:
            await put(draft)
            raise asyncio.CancelledError

        feeds.drafts.put = put_and_die  # type: ignore[method-assign,assignment]
        with pytest.raises(asyncio.CancelledError):
            await feeds.drafting.work()
        feeds.drafts.put = put  # type: ignore[method-assign]
        await feeds.drafted()
        assert (feeds.drafts.puts, len(feeds.drafts.kept)) == (2, 1)


async def test_pictures_are_evidence_where_they_are_allowed_and_can_be_decoded(storage: Storage) -> None:
    async with (
        simulated_snapshot_camera(jpeg()) as camera,
        feed_world(
            storage, pictures_from=["127.0.0.0/8"], fields={"event_id": "eventId", "occurred_at": "at"}
        ) as feeds,
    ):
        inline = jpeg("steelblue")

        async def posted(number: int, *pictures: str) -> None:
            body = feeds.source.violation(number, at=1_790_000_000_000 + number * 10**7, pictures=pictures)
            assert (await feeds.post(body)).status_code == 202

        await posted(1, camera.url, "data:image/jpeg;base64," + b64encode(inline).decode())
        await posted(
            2, "http://192.0.2.1/x.jpg", "file:///etc/passwd", b64encode(b"\xff\xd8\xff" * 40).decode()
        )
        await feeds.drafted()
        camera.fault = "redirect"
        await posted(3, camera.url)
        await feeds.drafted()
        kept = [one.pictures for one in feeds.drafts.kept.values()]
        assert kept == [(jpeg(), inline), (), ()]
        events = (await feeds.get(ADMIN, "/feeds/police")).json()["events"]
        fates = [[it["fate"] for it in one["pictures"]] for one in reversed(events)]
        assert fates == [["kept", "kept"], ["not-allowed", "broken", "broken"], ["redirects"]]
        assert events[-1]["pictures"][1]["sha256"] == hashlib.sha256(inline).hexdigest()
        assert feeds.drafts.texts[2].endswith("图片：0 张，未取得：redirects")


async def test_a_source_whose_pictures_hang_holds_up_no_other() -> None:
    networks = Addresses(police(pictures_from=["127.0.0.0/8"]).pictures_from)
    async with simulated_snapshot_camera(jpeg(), fault="hang") as camera:
        pictures = FeedPictures()
        slow = asyncio.create_task(pictures.gathered("drone", [camera.url] * 3, networks))
        await until(lambda: len(camera.requests) == 2, "its pictures hang")
        inline = b64encode(jpeg()).decode()
        kept, _ = await pictures.gathered("police", [inline], networks)
        assert kept == [jpeg()]
        assert not slow.done()
        slow.cancel()
        await asyncio.gather(slow, return_exceptions=True)
