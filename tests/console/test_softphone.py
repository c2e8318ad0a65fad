"""The phone in the page against a real Asterisk: it registers, rings, is answered and hung up by keys."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.console.page import Page
from tests.console.simulated_gateway import SimulatedGateway
from tests.console.test_desk_page import CALL, clean, picture, sign_in
from tests.peers.asterisk import AsteriskPeer, private_settings, short_prompts
from tests.peers.sipp import SippCaller

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def switch(tmp_path_factory: pytest.TempPathFactory) -> Iterator[AsteriskPeer]:
    folder = tmp_path_factory.mktemp("asterisk")
    peer = AsteriskPeer(private_settings(folder, prompts=short_prompts(folder / "prompts")))
    peer.start()
    yield peer
    peer.close()


def give_phone(gateway: SimulatedGateway, switch: AsteriskPeer) -> None:
    phone = next(one for one in switch.settings.agents if one.browser)
    secret = phone.secret.get_secret_value()
    gateway.phone = {
        "endpoint": phone.name,
        "uri": f"sip:{phone.name}@127.0.0.1",
        "ws_url": f"ws://127.0.0.1:{switch.ports.http}/ws",
        "user": phone.name,
        "password": secret,
        "realm": "asterisk",
    }


async def test_the_phone_registers_is_answered_with_f2_and_hung_up_by_holding_f4(
    page: Page, gateway: SimulatedGateway, switch: AsteriskPeer, tmp_path: Path
) -> None:
    give_phone(gateway, switch)
    await sign_in(page, gateway)
    await page.until_attribute("phone-state", "data-state", "registered")
    switch.rx("queue add member PJSIP/agent-2 to hotline")
    citizen = SippCaller(tmp_path / "citizen", switch_port=switch.ports.sip, seconds=30)
    citizen.dial()
    try:
        await gateway.ring(CALL, "13904510001")
        await page.until("!document.querySelector('[data-testid=answer]').disabled", "the phone rings")
        await page.until_text("answer", "接听")
        await page.press("F2")
        await page.until_text("phone-state", "通话中")
        await gateway.answered(CALL)
        await page.until_attribute("ring-bar", "data-state", "talking")
        await page.press("F9")
        await page.until_text("phone-state", "已静音")
        await page.press("F9")
        await picture(page, "softphone")
        # The browser's microphone beeps once a second.
        await asyncio.sleep(2.5)
        assert abs(citizen.heard()[-16_000:]).max() > 0.05
        # A touch of F4 is a slip; held for 0.6 s it hangs up.
        await page.press("F4", hold_s=0.1)
        await page.until_text("phone-state", "通话中")
        await page.press("F4", hold_s=0.9)
        await page.until_text("phone-state", "就绪")
    finally:
        await asyncio.to_thread(citizen.close)
    await asyncio.to_thread(switch.wait_idle)
    clean(page)


@pytest.mark.parametrize("wish_first", [False, True])
async def test_the_phone_answers_by_itself_when_its_own_leg_is_asked_for(
    page: Page, gateway: SimulatedGateway, switch: AsteriskPeer, tmp_path: Path, *, wish_first: bool
) -> None:
    give_phone(gateway, switch)
    await sign_in(page, gateway)
    await page.until_attribute("phone-state", "data-state", "registered")
    switch.rx("queue add member PJSIP/agent-2 to hotline")
    endpoint = str(gateway.phone["endpoint"])
    citizen = SippCaller(tmp_path / "citizen", switch_port=switch.ports.sip, seconds=30)
    try:
        await gateway.ring(CALL, "13904510001")
        leg_id = gateway.calls[CALL]["legs"][-1]["leg_id"]
        wish = {"call_id": CALL, "leg_id": leg_id, "agent_id": "li.na"}
        if wish_first:
            await gateway.tell("hotline.answer_asked", **wish, endpoint=endpoint)
            citizen.dial()
        else:
            citizen.dial()
            await page.until("!document.querySelector('[data-testid=answer]').disabled", "the phone rings")
            # Neither another desk's wish nor one for a ring that is over takes this caller.
            await gateway.tell("hotline.answer_asked", **wish, endpoint="agent-1")
            await gateway.tell(
                "hotline.answer_asked", **{**wish, "leg_id": "an-earlier-ring"}, endpoint=endpoint
            )
            await asyncio.sleep(1)
            await page.until_text("phone-state", "振铃")
            await gateway.tell("hotline.answer_asked", **wish, endpoint=endpoint)
        await page.until_text("phone-state", "通话中")
        # The browser's microphone beeps once a second.
        await asyncio.sleep(2.5)
        assert abs(citizen.heard()[-16_000:]).max() > 0.05
        await page.press("F4", hold_s=0.9)
        await page.until_text("phone-state", "就绪")
    finally:
        await asyncio.to_thread(citizen.close)
    await asyncio.to_thread(switch.wait_idle)
    clean(page)


async def test_a_refused_phone_says_so_and_the_desk_goes_on(
    page: Page, gateway: SimulatedGateway, switch: AsteriskPeer
) -> None:
    give_phone(gateway, switch)
    gateway.phone["password"] = "not-the-secret"
    await sign_in(page, gateway)
    await page.until_attribute("phone-state", "data-state", "refused")
    await gateway.ring(CALL, "13904510001")
    await page.until_text("ring-number", "13904510001")
    give_phone(gateway, switch)
    await page.click("phone-retry")
    await page.until_attribute("phone-state", "data-state", "registered")


async def test_a_second_tab_leaves_the_phone_to_the_first(
    page: Page, gateway: SimulatedGateway, switch: AsteriskPeer
) -> None:
    give_phone(gateway, switch)
    await page.open(f"{gateway.url}/desk/")
    # What the first tab holds, seen from the second.
    await page.run(
        "void navigator.locks.request('songhua-phone', () => new Promise((r) => (window.leave = r)))"
    )
    await page.fill("sign-in-user", "li.na")
    await page.fill("sign-in-password", "correct-horse")
    await page.click("sign-in-submit")
    await page.until_attribute("phone-state", "data-state", "other_tab")
    await page.run("window.leave()")
    await page.click("phone-retry")
    await page.until_attribute("phone-state", "data-state", "registered")
    clean(page)
