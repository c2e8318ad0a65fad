"""What a device, or somebody who says that he is one, can cost: cameras, lists, bytes, tasks, connections."""

from __future__ import annotations

import asyncio
import math
import threading

import pytest

from core.storage import Storage
from sensing.cameras.model import CameraKind, RegisteredCamera
from sensing.gb28181 import platform as platforms
from sensing.gb28181 import sip
from sensing.gb28181.catalogue import CatalogueItem, change_of
from sensing.gb28181.ids import address_of
from sensing.gb28181.manscdp import XmlElement, document_of
from sensing.gb28181.sip import SipStream
from sensing.rates import SendingRates
from tests.sensing.gb28181.test_messages import FOLDED
from tests.sensing.gb28181.test_platform import ADMIN, DEVICE, NORTH, OTHER, world
from tests.waiting import until

LARGE = "x" * (platforms.SMALL_BODY + 100)


def item(number: int) -> CatalogueItem:
    return CatalogueItem(f"{int(NORTH) + number}", "北", "", True, 126.65, 45.75, False, None)


def test_a_device_has_no_more_cameras_than_it_may_and_none_of_another() -> None:
    items = [item(number) for number in range(6)]
    others = RegisteredCamera(
        code="N1", name="东", kind=CameraKind.FIXED, lon=126.65, lat=45.75, view_angle=360,
        address=address_of(OTHER, items[1].channel),
    )  # fmt: skip
    first = change_of(DEVICE, items[:1], {}, 3).cameras[0]
    done = change_of(DEVICE, [item(0), *items[1:]], {"N1": others, first.code: first}, 3)
    assert [one.code for one in done.cameras] == [items[2].channel, items[3].channel]
    assert (done.added, done.too_many) == (2, 2)


async def test_a_list_is_asked_for_now_and_then_however_often_a_device_registers(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with world(storage) as one:
        device = await one.device()
        assert await device.register() == 200
        await one.listed()
        for _ in range(3):
            assert await device.register() == 200
            one.platform.tick()
            assert await device.keepalive() == 200
        assert device.heard.count("MESSAGE Catalog") == 1
        monkeypatch.setattr(platforms, "LISTS_EVERY_S", 0.0)
        assert await device.register() == 200
        await until(lambda: device.heard.count("MESSAGE Catalog") == 2, "it is asked for again")


async def test_a_large_body_is_for_devices_alone_is_read_apart_and_done_once(
    storage: Storage, monkeypatch: pytest.MonkeyPatch
) -> None:
    threads: list[threading.Thread] = []
    go = threading.Event()

    def read(data: bytes) -> XmlElement:
        if len(data) > platforms.SMALL_BODY:
            threads.append(threading.current_thread())
            go.wait(30)
        return document_of(data)

    async with world(storage) as one:
        stranger, device = await one.device(), await one.device()
        assert await device.register() == 200
        await one.listed()
        monkeypatch.setattr(platforms, "document_of", read)
        sent: list[bytes] = []
        plain = device._write
        device.use(lambda data: (sent.append(data), plain(data))[1], device._own)  # type: ignore[func-returns-value]
        alarm = asyncio.ensure_future(device.say("Notify", "Alarm", 5, NORTH, Info=LARGE))
        await until(lambda: threads, "it is read")
        large = next(data for data in sent if len(data) > platforms.SMALL_BODY)
        plain(large)
        stranger._write(large)
        assert await device.keepalive() == 200
        go.set()
        assert await alarm == 200
        assert one.platform._rows[DEVICE].alarms == 1
        assert threads != []
        assert threading.main_thread() not in threads
        assert stranger.answers == []
        one.platform._under_way[DEVICE] += platforms.MOST_OF_DEVICE
        assert await device.say("Notify", "Alarm", 6, NORTH, Info=LARGE) == 503


async def test_a_connection_of_a_stranger_ends(storage: Storage) -> None:
    async with world(storage) as one:
        stranger, device = await one.device(OTHER, transport="tcp"), await one.device(transport="tcp")
        assert await stranger.register(password="wrong") == 401
        assert (await stranger.ask("BYE"))[0] == 200
        assert await stranger.keepalive() == 403
        assert await device.register() == 200
        late = one.platform.sockets._slots.late(math.inf)
        assert late == [stranger._own[:2]]
        reader, writer = await asyncio.open_connection("127.0.0.1", one.settings.gb28181.port)
        writer.write(b"MESSAGE sip:a@b SIP/2.0\r\nContent-Length: 9000\r\n\r\n")
        async with asyncio.timeout(8):  # before its time to prove something is over
            assert await reader.read() == b""
        writer.close()


def test_bytes_count_as_messages_do() -> None:
    rates = SendingRates(*platforms.STRANGER_BYTES)
    assert sum(rates.allows("10.0.0.9", 0.0, platforms.SMALL_BODY) for _ in range(100)) == 8
    assert rates.allows("10.0.0.7", 0.0, platforms.SMALL_BODY)
    assert sum(rates.allows("10.0.0.9", 1.0, platforms.SMALL_BODY) for _ in range(100)) == 2


def test_a_head_is_read_once_however_many_pieces_its_body_comes_in(monkeypatch: pytest.MonkeyPatch) -> None:
    heads: list[bytes] = []
    plain = sip._head
    monkeypatch.setattr(sip, "_head", lambda data: heads.append(data) or plain(data))  # type: ignore[func-returns-value]
    stream, data = SipStream(), FOLDED.replace(b"l: 4", b"l: 400").replace(b"body", b"body" * 100)
    found = [one for at in range(len(data)) for one in stream.feed(data[at : at + 1])]
    assert [len(one.body) for one in found] == [400]
    assert len(heads) == 1


async def test_alarms_that_nobody_acknowledges_take_no_place_of_others(storage: Storage) -> None:
    async with world(storage) as one:
        device = await one.device()
        assert await device.register() == 200
        await one.listed()
        questions, under_way = one.platform.questions, one.platform._under_way
        await until(lambda: not under_way[DEVICE], "nothing is under way")
        plain, questions._send = questions._send, lambda _data, _to: None
        for number in range(12):
            assert await device.say("Notify", "Alarm", number, NORTH) == 200
        assert one.platform._rows[DEVICE].alarms == 12
        assert 0 < len(one.platform._tasks) <= platforms.MOST_ALARMS
        questions._send = plain
        # What cannot be asked now stays due.
        due = one.platform._due[DEVICE]
        due.catalogue, under_way[DEVICE] = 0.0, under_way[DEVICE] + platforms.MOST_OF_DEVICE
        one.platform.tick()
        assert due.catalogue == 0
        under_way[DEVICE] -= platforms.MOST_OF_DEVICE
        one.platform.tick()
        assert due.catalogue > 0
        # A session is ended also where no further question can be asked.
        one.platform._tasks._limit = 0
        await one.pictures.take(one.register.get(ADMIN, NORTH))
        await until(lambda: "BYE" in device.heard, "its stream is ended")
