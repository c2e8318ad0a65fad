"""A department handler's day, on a phone: cases are signed for, answered with photos, returned, extended."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from PIL import Image, ImageDraw

from tests.console.phone import photograph
from tests.console.seats import fill_in
from tests.real.stories.day import Day, Hand, hand_at
from tests.real.stories.world import DEPARTMENT, DISPATCHER, SUPERVISOR, StoryWorld

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]
WASTE = "gbt30428.2@2013/E0110"
REPORTS = (
    ("公滨路5号", "垃圾桶满了两天没人清，味道很大"),
    ("公滨路18号", "楼下堆着装修垃圾，挡住了路"),
    ("香福路3号", "路边有人倒了一车渣土"),
    ("和平路77号", "垃圾散落在绿化带里"),
)
LEAST = 20


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[StoryWorld]:
    with StoryWorld(tmp_path_factory.mktemp("department")) as made:
        yield made


@pytest.mark.soak(
    rule="A department does all that it has to do with its cases on a phone",
    short="tests/real/test_department_desk.py::test_a_case_arrives_is_signed_for_answered_with_a_photo_and_is_done",
)
async def test_a_department_handlers_day(world: StoryWorld, tmp_path: Path) -> None:
    day = Day("department")
    async with hand_at(world.browser, day) as desk:
        await desk.page.size(390, 844)
        await desk.open(f"{world.address}/desk/")
        await fill_in(desk.page, DEPARTMENT.id, DEPARTMENT.password)
        await desk.state("link-state", "state", "live")
        numbers = [await asyncio.to_thread(filed, world, *one) for one in REPORTS]
        await desk.sees(f"row-{numbers[-1]}")
        await asks_for_time(world, desk, numbers[2])
        await returns(world, desk, numbers[1])
        await desk.picture("department-list")
        await answers(desk, numbers[0], tmp_path)
        await desk.page.size(1440, 900)
        await desk.click(f"row-{numbers[2]}")
        await desk.sees("do-answer")
        await desk.picture("department")
        assert desk.page.errors == []
    assert len(day.acts) >= LEAST, day.acts


def filed(world: StoryWorld, address: str, text: str) -> str:
    """The number of a case that goes to the department as it is filed."""
    fields = {"category": WASTE, "address": address, "district": "230110", "description": text}
    made = world.post(
        "/api/cases/paper", taken_at=datetime.now(UTC).isoformat(), taken_by="李娜", fields=fields
    )
    return str(made["number"])


def decides(world: StoryWorld, number: str, act: str, text: str, **more: Any) -> None:
    """The centre, about what the department asked."""
    waiting = world.get("/api/assignments?waiting=true", SUPERVISOR)["assignments"]
    (one,) = [found["assignment"] for found in waiting if found["assignment"]["case_number"] == number]
    who = DISPATCHER if act == "refuse_return" else SUPERVISOR
    world.post(f"/api/assignments/{one['assignment_id']}/{act}", who, rev=one["rev"], text=text, **more)


async def asks_for_time(world: StoryWorld, desk: Hand, number: str) -> None:
    await desk.click(f"row-{number}")
    await desk.click("do-sign")
    await desk.click("do-ask_extension")
    await desk.fill("do-hours", "8")
    await desk.fill("do-words", "渣土量大，铲车下午才到")
    await desk.click("do-send")
    await desk.state("department-state", "state", "extension_asked")
    await asyncio.to_thread(decides, world, number, "approve", "同意", hours=8)
    await desk.state("department-state", "state", "handling")
    await desk.click("department-back")


async def returns(world: StoryWorld, desk: Hand, number: str) -> None:
    await desk.click(f"row-{number}")
    await desk.click("do-return")
    await desk.fill("do-words", "小区内装修垃圾由物业清运")
    await desk.click("do-send")
    await desk.state("department-state", "state", "returned")
    await asyncio.to_thread(decides, world, number, "refuse_return", "占用市政道路，请先清运")
    await desk.state("department-state", "state", "sent_back")
    await desk.click("do-sign")
    await desk.state("department-state", "state", "handling")
    await desk.click("department-back")


async def answers(desk: Hand, number: str, folder: Path) -> None:
    await desk.click(f"row-{number}")
    await desk.click("do-sign")
    await desk.click("do-answer")
    await desk.fill("do-words", "垃圾已清运，垃圾桶已冲洗；今后每天两次")
    for when, clean in (("before", False), ("after", True)):
        await photograph(desk.page, f"photo-{when}", scene(folder / f"{when}.jpg", clean=clean))
    await desk.page.until("document.querySelectorAll('.photo-chooser img').length === 2", "both photos")
    await desk.picture("department-answer")
    await desk.click("do-send")
    await desk.state("department-state", "state", "answered")
    await desk.click("department-back")


def scene(file: Path, *, clean: bool) -> Path:
    """A drawn street with a bin, and what lies beside it."""
    made = Image.new("RGB", (1600, 1200), "#c9d6df")
    draw = ImageDraw.Draw(made)
    draw.rectangle((0, 800, 1600, 1200), fill="#7b8288")
    draw.rectangle((700, 480, 980, 840), fill="#2f6b3c")
    draw.rectangle((680, 440, 1000, 490), fill="#24542f")
    if not clean:
        for x, y, size in ((520, 800, 90), (610, 840, 70), (1010, 820, 100), (1130, 850, 60), (780, 400, 60)):
            draw.ellipse((x, y - size, x + size * 2, y + size // 2), fill="#33302c")
    made.save(file)
    return file
