"""Who guesses passwords of the running service gets few tries, and takes nobody else's sign-in away."""

from __future__ import annotations

import http.cookiejar
import json
import os
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pyotp
import pytest

from tests.console.page import Page, new_page
from tests.console.seats import fill_in, open_alarms, sit_at_desk
from tests.console.test_accessibility import faults
from tests.peers.asterisk import AsteriskPeer
from tests.peers.chromium import ChromiumPeer
from tests.peers.running import running
from tests.peers.songhua import Person, SonghuaPeer, Visitor
from tests.waiting import wait_for

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]

ADMIN = Person("zhao.lei", "赵磊", ("admin", "supervisor"))
VICTIM = Person("li.na", "李娜", ("agent",))
TARGET = Person("sun.hao", "孙浩", ("agent",))
PERSON = Person("chen.jing", "陈静", ("supervisor", "admin"))
MUST = Person("qian.mei", "钱梅", ("acceptor",))
OTHERS = [Person(f"agent.{number}", f"坐席{number}", ("agent",)) for number in range(40)]
SETTINGS = {
    # The test speaks as the reverse proxy does, and so from any address.
    "web": {"trusted_proxies": ["127.0.0.1"]},
    "identity": {"second_factor_roles": ["acceptor"]},
}


class Browser:
    """Keeps its cookies, and comes from `address`."""

    def __init__(self, service: str, address: str) -> None:
        self._service = service
        self._address = address
        jar = urllib.request.HTTPCookieProcessor(http.cookiejar.CookieJar())
        self._opener = urllib.request.build_opener(jar)

    def sign_in(self, user: str, password: str) -> tuple[int, str]:
        """The status, and the kind of a problem."""
        request = urllib.request.Request(
            f"{self._service}/api/session",
            method="POST",
            data=json.dumps({"user": user, "password": password}).encode(),
            headers={
                "X-Songhua": "1",
                "Content-Type": "application/json",
                "X-Forwarded-For": f"203.0.113.250, {self._address}",
            },
        )
        try:
            with self._opener.open(request, timeout=30) as answer:
                return answer.status, ""
        except urllib.error.HTTPError as error:
            return error.code, str(json.loads(error.read())["type"]).rpartition(":")[2]


@pytest.fixture(scope="module")
def service(asterisk: AsteriskPeer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[SonghuaPeer]:
    folder = tmp_path_factory.mktemp("guessing")
    peer = SonghuaPeer(folder, asterisk=asterisk, broker=None, overrides=SETTINGS)
    peer.prepare([ADMIN, VICTIM, TARGET, PERSON, MUST, *OTHERS])
    with running(_Started(peer)):
        yield peer


class _Started:
    def __init__(self, peer: SonghuaPeer) -> None:
        self.start = lambda: peer.start(role="centre")
        self.close = peer.close


def at_once(guesses: Sequence[tuple[Browser, str, str]]) -> Counter[str]:
    """How often which answer came, all guesses being sent together."""
    together = threading.Barrier(len(guesses))

    def guess(one: tuple[Browser, str, str]) -> str:
        browser, user, password = one
        together.wait(30)
        return browser.sign_in(user, password)[1]

    with ThreadPoolExecutor(len(guesses)) as threads:
        return Counter(threads.map(guess, guesses))


def test_of_120_guesses_sent_together_no_more_are_tried_than_of_those_sent_one_by_one(
    service: SonghuaPeer,
) -> None:
    attacker = Browser(service.address, "198.51.100.1")
    told = at_once([(attacker, TARGET.id, f"guess number {number}") for number in range(120)])
    assert told["wrong-credentials"] <= 8
    assert told["too-many-attempts"] >= 112
    # The right word among them would not be found out either.
    assert attacker.sign_in(TARGET.id, TARGET.password)[1] == "too-many-attempts"


def test_one_word_on_forty_names_is_stopped_and_unknown_names_are_told_the_same(
    service: SonghuaPeer,
) -> None:
    told = []
    for address, prefix in (("198.51.100.2", "agent"), ("198.51.100.3", "nobody")):
        attacker = Browser(service.address, address)
        told.append([attacker.sign_in(f"{prefix}.{number}", "Harbin2026!")[1] for number in range(40)])
    assert told[0] == told[1]
    assert told[0].count("wrong-credentials") < 40
    assert told[0][-1] == "too-many-attempts"


def test_guesses_lock_nobody_out_of_the_own_device_and_hold_up_no_sign_in(service: SonghuaPeer) -> None:
    own = Browser(service.address, "10.0.0.7")
    assert own.sign_in(VICTIM.id, VICTIM.password)[0] == 200
    attackers = [Browser(service.address, f"198.51.100.{number}") for number in range(10, 50)]
    for attacker in attackers:
        for number in range(2):
            attacker.sign_in(VICTIM.id, f"guess {number}")
    assert attackers[-1].sign_in(VICTIM.id, "one more")[1] == "too-many-attempts"
    assert own.sign_in(VICTIM.id, VICTIM.password)[0] == 200

    # Forty addresses guess on; who belongs here is not kept waiting.
    stop = threading.Event()

    def guess_on(attacker: Browser) -> None:
        while not stop.is_set():
            attacker.sign_in("agent.1", "guess")

    threads = [threading.Thread(target=guess_on, args=(one,), daemon=True) for one in attackers[:20]]
    for thread in threads:
        thread.start()
    try:
        begun = time.monotonic()
        assert own.sign_in(VICTIM.id, VICTIM.password)[0] == 200
        assert time.monotonic() - begun < 5
    finally:
        stop.set()
        for thread in threads:
            thread.join(30)


async def test_the_attack_stands_on_the_desk_until_a_person_has_it(
    service: SonghuaPeer, chromium: ChromiumPeer
) -> None:
    # The administrator's own browser comes from elsewhere than the attack.
    admin = Visitor(service.address, ADMIN)
    attack = wait_for(lambda: admin.get("/api/attacks")["attacks"], "the attack on the desk", 10)[0]
    assert attack["refused"] > 100
    assert attack["acknowledged_by"] == ""
    parts = {part["part"]: part for part in service.health()["parts"]}
    assert parts["identity"]["state"] == "degraded"
    async with new_page(chromium) as page:
        await sit_at_desk(page, service.address, ADMIN.id, ADMIN.password)
        await open_alarms(page)
        await page.until_text("alarm-list", "有人在猜密码")
        await page.focus("take-attack")
        await page.press("Enter")
        await page.until_text("alarm-list", f"{ADMIN.name} 正在处理")
        await picture(page, "attack")
        assert await faults(page) == []
    assert admin.get("/api/attacks")["attacks"][0]["acknowledged_by"] == ADMIN.name


async def test_a_person_sets_up_a_second_factor_by_keyboard_and_signs_in_with_it(
    service: SonghuaPeer, chromium: ChromiumPeer
) -> None:
    async with new_page(chromium) as page:
        await sit_at_desk(page, service.address, PERSON.id, PERSON.password)
        await page.focus("open-account")
        await page.press("Enter")
        await page.fill("old-password", PERSON.password)
        for field in ("new-password", "new-password-again"):
            await page.fill(field, "1234567890")
        await page.press("Enter")
        await page.until_text("password-trouble", "不能只有数字")
        await page.fill("second-password", PERSON.password)
        await page.press("Enter")
        secret = (await page.text("secret")).replace(" ", "")
        await page.until(
            "document.querySelector('[data-testid=qr] path').getBBox().width > 20", "the QR code"
        )
        assert await page.focused() == "first-code"
        await page.fill("first-code", pyotp.TOTP(secret).now())
        await picture(page, "account")
        assert await faults(page) == []
        await page.press("Enter")
        codes = (await page.text("recovery-codes")).split()
        assert len(codes) == 10
        assert await faults(page) == []
        await page.focus("codes-read")
        await page.press("Enter")
        await page.until_text("codes-left", "10")
        await page.until_text("this-session", "Chrome, Linux")

        await page.focus("sign-out")
        await page.press("Enter")
        await fill_in(page, PERSON.id, PERSON.password)
        await page.until("document.activeElement?.dataset.testid === 'sign-in-code'", "the second step")
        assert await faults(page) == []
        await page.fill("sign-in-code", "000000")
        await page.press("Enter")
        await page.until_text("sign-in-trouble", "验证码不对")
        await page.fill("sign-in-code", codes[0].lower())
        await page.press("Enter")
        await page.until_attribute("link-state", "data-state", "live")
        assert page.hosts == {"127.0.0.1"}


async def test_who_must_have_a_second_factor_sees_no_desk_before(
    service: SonghuaPeer, chromium: ChromiumPeer
) -> None:
    async with new_page(chromium) as page:
        await page.open(f"{service.address}/desk/")
        await fill_in(page, MUST.id, MUST.password)
        await page.until_text("must-set-second-factor", "请先设置第二因素")
        assert not await page.has("link-state")
        assert await faults(page) == []
        await page.fill("second-password", MUST.password)
        await page.press("Enter")
        await page.fill("first-code", pyotp.TOTP((await page.text("secret")).replace(" ", "")).now())
        await page.press("Enter")
        await page.focus("codes-read")
        await page.press("Enter")
        await page.until_attribute("link-state", "data-state", "live")


async def picture(page: Page, name: str) -> None:
    folder = os.environ.get("SONGHUA_PICTURES")
    if folder:
        await page.picture(Path(folder) / f"{name}.png")
