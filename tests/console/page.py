"""A page in a real Chromium, driven over its DevTools WebSocket: find by `data-testid`, press, type, look."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import itertools
import json
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import aiohttp

from tests.peers.chromium import ChromiumPeer

WAIT_S = 30.0
"""For what must come: beside other tests a page is loaded late."""
COMMAND_S = 60.0
"""How long the browser may be busy; drawing 10,000 notices on a loaded machine takes half of it."""

_KEYS = {
    "Enter": (13, "\r"),
    "Tab": (9, ""),
    "Escape": (27, ""),
    "ArrowUp": (38, ""),
    "ArrowDown": (40, ""),
    "End": (35, ""),
    " ": (32, " "),
    "F2": (113, ""),
    "F4": (115, ""),
    "F8": (119, ""),
    "F9": (120, ""),
    "1": (49, "1"),
    "2": (50, "2"),
    "a": (65, "a"),
    "b": (66, "b"),
    "c": (67, "c"),
    "g": (71, "g"),
    "h": (72, "h"),
    "i": (73, "i"),
    "j": (74, "j"),
    "k": (75, "k"),
    "m": (77, "m"),
    "r": (82, "r"),
    "o": (79, "o"),
    "p": (80, "p"),
    "t": (84, "t"),
    "z": (90, "z"),
    "/": (191, "/"),
}


class PageFault(AssertionError):
    """The page did not do what was waited for; the message says what it showed instead."""


class Page:
    """One tab with its own cookies. `errors` is everything that its console would show in red."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse, session: str) -> None:
        self._socket = socket
        self._session = session
        self._ids = itertools.count(1)
        self._waiting: dict[int, asyncio.Future[dict[str, Any]]] = {}
        self.errors: list[str] = []
        self.hosts: set[str] = set()

    async def read(self) -> None:
        async for message in self._socket:
            said = json.loads(message.data)
            if "id" in said:
                waiting = self._waiting.pop(said["id"], None)
                if waiting is not None and not waiting.done():
                    waiting.set_result(said)
            else:
                self._note(said.get("method", ""), said.get("params", {}))

    def _note(self, method: str, params: dict[str, Any]) -> None:
        if method == "Runtime.exceptionThrown":
            details = params["exceptionDetails"]
            self.errors.append(str(details.get("exception", {}).get("description", details.get("text"))))
        elif method == "Runtime.consoleAPICalled" and params["type"] in {"error", "warning", "assert"}:
            words = [str(arg.get("value", arg.get("description"))) for arg in params["args"]]
            self.errors.append(" ".join(words))
        elif method == "Log.entryAdded" and params["entry"]["level"] == "error":
            entry = params["entry"]
            self.errors.append(f"{entry['text']} {entry.get('url', '')}")
        elif method in {"Network.requestWillBeSent", "Network.webSocketCreated"}:
            url = params["request"]["url"] if "request" in params else params["url"]
            if urlsplit(url).hostname:
                self.hosts.add(str(urlsplit(url).hostname))

    async def command(self, method: str, **params: Any) -> dict[str, Any]:
        number = next(self._ids)
        answer = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        await self._socket.send_json(
            {"id": number, "method": method, "params": params, "sessionId": self._session}
        )
        said: dict[str, Any] = await asyncio.wait_for(answer, COMMAND_S)
        if "error" in said:
            raise PageFault(f"{method}: {said['error']}")
        result: dict[str, Any] = said["result"]
        return result

    async def open(self, url: str) -> None:
        await self.command("Page.navigate", url=url)

    async def run(self, script: str) -> Any:
        """The value of a JavaScript expression in the page."""
        answer = await self.command(
            "Runtime.evaluate", expression=script, awaitPromise=True, returnByValue=True
        )
        if "exceptionDetails" in answer:
            raise PageFault(f"{script}: {answer['exceptionDetails']}")
        return answer["result"].get("value")

    async def until(self, script: str, what: str = "", *, seconds: float = WAIT_S) -> Any:
        """Wait until the expression is truthy; returns its value."""
        deadline = asyncio.get_running_loop().time() + seconds
        while True:
            with contextlib.suppress(PageFault):
                value = await self.run(script)
                if value:
                    return value
            if asyncio.get_running_loop().time() > deadline:
                shown = await self.run("document.body.innerText")
                raise PageFault(f"not within {seconds} s: {what or script}\n{shown}\nerrors: {self.errors}")
            await asyncio.sleep(0.05)

    async def text(self, testid: str) -> str:
        value = await self.until(
            f"{_one(testid)} && {{v: {_one(testid)}.innerText}}", f"{testid} on the page"
        )
        return str(value["v"]).strip()

    async def until_text(self, testid: str, wanted: str) -> None:
        await self.until(
            f"({_one(testid)}?.innerText ?? '').includes({json.dumps(wanted)})", f"{testid}: {wanted}"
        )

    async def value(self, testid: str) -> str:
        return str(await self.run(f"{_one(testid)}.value"))

    async def until_value(self, testid: str, wanted: str) -> None:
        await self.until(f"{_one(testid)}?.value === {json.dumps(wanted)}", f"{testid} = {wanted}")

    async def attribute(self, testid: str, name: str) -> str:
        return str(await self.run(f"{_one(testid)}?.getAttribute({json.dumps(name)}) ?? ''"))

    async def until_attribute(self, testid: str, name: str, wanted: str, *, seconds: float = WAIT_S) -> None:
        await self.until(
            f"{_one(testid)}?.getAttribute({json.dumps(name)}) === {json.dumps(wanted)}",
            f"{testid}[{name}] = {wanted}",
            seconds=seconds,
        )

    async def has(self, testid: str) -> bool:
        return bool(await self.run(f"{_one(testid)} !== null"))

    async def click(self, testid: str, *, hold_s: float = 0.0) -> None:
        """A real press of the mouse in the middle of the element."""
        place = await place_of(self, testid)
        press = {"button": "left", "clickCount": 1, **place}
        await self.command("Input.dispatchMouseEvent", type="mousePressed", **press)
        await asyncio.sleep(hold_s)
        await self.command("Input.dispatchMouseEvent", type="mouseReleased", **press)

    async def click_first(self, selector: str) -> None:
        """Press the first element of this CSS selector as soon as there is one, by script."""
        one = f"document.querySelector({json.dumps(selector)})"
        await self.until(f"{one} && ({one}.click(), true)", f"{selector} to press")

    async def focus(self, testid: str) -> None:
        await self.until(f"{_one(testid)} && ({_one(testid)}.focus(), true)", f"{testid} to focus")

    async def fill(self, testid: str, text: str) -> None:
        """Type `text` in place of what is there; the focus stays."""
        await self.focus(testid)
        await self.run(f"{_one(testid)}.select?.()")
        await self.command("Input.insertText", text=text)

    async def choose(self, testid: str, value: str) -> None:
        await self.until(
            f"(() => {{ const e = {_one(testid)}, v = {json.dumps(value)};"
            " if (![...(e?.options ?? [])].some((o) => o.value === v)) return false;"
            " e.value = v; return e.dispatchEvent(new Event('change', {bubbles: true})); })()",
            f"{testid} offers {value}",
        )

    async def press(
        self, key: str, *, ctrl: bool = False, alt: bool = False, shift: bool = False, hold_s: float = 0.0
    ) -> None:
        code, text = _KEYS[key]
        modifiers = (2 if ctrl else 0) | (1 if alt else 0) | (8 if shift else 0)
        fields = {"key": key, "code": key, "windowsVirtualKeyCode": code, "modifiers": modifiers}
        down = {"text": text} if text and not modifiers else {}
        await self.command("Input.dispatchKeyEvent", type="keyDown", **fields, **down)
        await asyncio.sleep(hold_s)
        await self.command("Input.dispatchKeyEvent", type="keyUp", **fields)

    async def focused(self) -> str:
        return str(await self.run("document.activeElement?.dataset.testid ?? ''"))

    async def offline(self, is_offline: bool) -> None:
        await self.command(
            "Network.emulateNetworkConditions",
            offline=is_offline,
            latency=0,
            downloadThroughput=-1,
            uploadThroughput=-1,
        )

    async def size(self, width: int, height: int) -> None:
        await self.command(
            "Emulation.setDeviceMetricsOverride",
            width=width,
            height=height,
            deviceScaleFactor=1,
            mobile=False,
        )

    async def picture(self, file: Path) -> None:
        shot = await self.command("Page.captureScreenshot", format="png")
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(base64.b64decode(shot["data"]))


async def place_of(page: Page, testid: str) -> dict[str, float]:
    """The middle of the element, scrolled into sight, once it is there, may be pressed, lies still and lies
    under nothing else: a press that misses because something moved looks like a refusal.
    """
    script = (
        f"(async () => {{ const e = {_one(testid)};"
        " if (!e) return 'not there'; if (e.disabled) return 'disabled';"
        " e.scrollIntoView({block: 'center'}); const r = e.getBoundingClientRect();"
        " await new Promise((resolve) => setTimeout(resolve, 20)); const s = e.getBoundingClientRect();"
        " if (!r.width || r.x !== s.x || r.y !== s.y || r.height !== s.height) return 'it moves';"
        " const x = r.x + r.width / 2, y = r.y + r.height / 2, hit = document.elementFromPoint(x, y);"
        " if (hit && (e.contains(hit) || hit.contains(e))) return {x, y};"
        " return `under ${hit?.outerHTML.slice(0, 200)}`; })()"
    )
    deadline = asyncio.get_running_loop().time() + WAIT_S
    while True:
        found: Any = None
        with contextlib.suppress(PageFault):  # a page that is being loaded
            found = await page.run(script)
        if isinstance(found, dict):
            return found
        if asyncio.get_running_loop().time() > deadline:
            shown = await page.run("document.body.innerText")
            raise PageFault(
                f"not within {WAIT_S} s: {testid} to press: {found}\n{shown}\nerrors: {page.errors}"
            )
        await asyncio.sleep(0.05)


def _one(testid: str) -> str:
    return f"document.querySelector('[data-testid=' + {json.dumps(json.dumps(testid))} + ']')"


@contextlib.asynccontextmanager
async def new_page(browser: ChromiumPeer) -> AsyncIterator[Page]:
    """A fresh tab in a fresh context; closed at the end."""
    async with _line(browser) as socket:
        target = await _new_target(socket, {"disposeOnDetach": True})
        async with _attached(socket, target) as page:
            yield page
        await socket.send_json(
            {"id": next(_numbers), "method": "Target.closeTarget", "params": {"targetId": target}}
        )


class KeptTab:
    """One tab for many tests, each of which finds it empty: a new one costs a second of computing."""

    def __init__(self, browser: ChromiumPeer) -> None:
        self._browser = browser
        self._target = ""

    @contextlib.asynccontextmanager
    async def page(self) -> AsyncIterator[Page]:
        """For one test. What it sets of the tab itself, its size for one, ends with it."""
        async with _line(self._browser) as socket:
            if not self._target:
                self._target = await _new_target(socket, {})
            async with _attached(socket, self._target) as page:
                await page.command("Network.clearBrowserCookies")
                # What the tests before left in its console was told anew just now.
                page.errors.clear()
                page.hosts.clear()
                try:
                    yield page
                finally:
                    await _leave(page)


async def _leave(page: Page) -> None:
    """The tab shows nothing, and the page that was there has left nothing on the device."""
    await page.offline(False)
    origin = await page.run(f"{_LEAVE_WITHOUT_A_QUESTION}, location.origin")
    await page.open("about:blank")
    if str(origin).startswith("http"):
        await page.command("Storage.clearDataForOrigin", origin=origin, storageTypes="all")
    await page.command("Runtime.discardConsoleEntries")
    await page.command("Log.clear")


_LEAVE_WITHOUT_A_QUESTION = (
    "window.addEventListener('beforeunload', (event) => event.stopImmediatePropagation(), true)"
)
# Beside those that pages count for themselves.
_numbers = itertools.count(1_000_001)


@contextlib.asynccontextmanager
async def _line(browser: ChromiumPeer) -> AsyncIterator[aiohttp.ClientWebSocketResponse]:
    async with (
        aiohttp.ClientSession() as http,
        http.ws_connect(browser.version()["webSocketDebuggerUrl"], max_msg_size=0) as socket,
    ):
        yield socket


async def _new_target(socket: aiohttp.ClientWebSocketResponse, how: dict[str, Any]) -> str:
    """A tab in a context of its own."""
    context = await _ask(socket, "Target.createBrowserContext", how)
    where = {"url": "about:blank", "browserContextId": context["browserContextId"]}
    return str((await _ask(socket, "Target.createTarget", where))["targetId"])


@contextlib.asynccontextmanager
async def _attached(socket: aiohttp.ClientWebSocketResponse, target: str) -> AsyncIterator[Page]:
    attached = await _ask(socket, "Target.attachToTarget", {"targetId": target, "flatten": True})
    page = Page(socket, attached["sessionId"])
    reader = asyncio.create_task(page.read())
    try:
        for domain in ("Page", "Runtime", "Log", "Network"):
            await page.command(f"{domain}.enable")
        yield page
    finally:
        reader.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await reader


async def _ask(
    socket: aiohttp.ClientWebSocketResponse, method: str, params: dict[str, Any]
) -> dict[str, Any]:
    number = next(_numbers)
    await socket.send_json({"id": number, "method": method, "params": params})
    async for message in socket:
        said = json.loads(message.data)
        if said.get("id") == number:
            result: dict[str, Any] = said["result"]
            return result
    raise PageFault(f"{method}: the browser closed the line")
