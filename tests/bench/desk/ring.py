"""From the bytes that announce a ring to its desk's socket and to the paint there: 50 desks of mixed roles.

The role `centre` is the real one; the switch is simulated, as in the bench `pop`. One agent's desk is a real
Chromium, the others are plain WebSocket clients.
"""

from __future__ import annotations

import json
import time
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from tests.bench.desk.figures import DeskFigure, quantile
from tests.bench.people import person
from tests.bench.pop.__main__ import child, heard, tell
from tests.demo.seats import Browsers, DeskSeat
from tests.mqtt.broker import RenderedBroker
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.songhua import Broker, Person, SonghuaPeer

AGENTS = 30
OTHERS = {"supervisor": 5, "dispatcher": 10, "acceptor": 5}
RATE = 10.0
SETTLE_S = 3.0
# The first task behind the frame in which the ring bar shows another number.
WATCH = """(() => {
  window.rings = [];
  let shown = '';
  const {port1, port2} = new MessageChannel();
  const time = () => (performance.timeOrigin + performance.now()) / 1000;
  port2.onmessage = ({data}) => window.rings.push([time(), data]);
  const look = () => {
    const bar = document.querySelector('[data-testid=ring-bar][data-state=ringing]');
    const number = bar?.querySelector('[data-testid=ring-number]')?.innerText ?? '';
    if (number !== shown) { shown = number; if (number) port1.postMessage(number); }
    requestAnimationFrame(look);
  };
  look();
})()"""
SOCKET = """(() => {
  window.sockets = [];
  const Native = window.WebSocket;
  window.WebSocket = class extends Native {
    constructor(...given) {
      super(...given);
      this.addEventListener('message', ({data}) => {
        const at = (performance.timeOrigin + performance.now()) / 1000;
        if (typeof data === 'string' && data.includes('"hotline.call_ringing"'))
          window.sockets.push([at, JSON.parse(data).event.caller]);
      });
    }
  };
})()"""


def people() -> list[Person]:
    others = [
        Person(f"{role}.{number}", f"{role} {number}", (role,))
        for role, count in OTHERS.items()
        for number in range(count)
    ]
    return [*map(person, range(1, AGENTS + 1)), *others]


def run(folder: Path, *, quick: bool) -> tuple[list[DeskFigure], dict[str, Any]]:
    seconds = 10.0 if quick else 60.0
    with ExitStack() as stack:
        settings = private_settings(
            folder / "asterisk",
            agents=tuple(agent(f"agent-{number}") for number in range(1, AGENTS + 1)),
            prompts=short_prompts(folder / "prompts"),
        )
        unborn = AsteriskPeer(settings)  # only its settings: the switch is simulated
        stack.callback(unborn.close)
        broker = RenderedBroker(folder / "broker")
        stack.callback(broker.close)
        broker.start()
        link = Broker(broker.port, broker.websocket_port, broker.rendered.passwords)
        service = SonghuaPeer(folder / "service", asterisk=unborn, broker=link)
        stack.callback(service.close)
        service.prepare(people())
        words = [str(settings.ports.ami), str(RATE), str(seconds), str(AGENTS), settings.sealed_name]
        switch = stack.enter_context(child("tests.bench.pop.switch", *words, log=folder / "switch.log"))
        assert heard(switch) == "listening"
        service.start(role="centre")
        service.wait_healthy("asterisk", "hotline", timeout=60)
        visitors = {one.id: service.sign_in(one) for one in people()}
        for one in people():
            if one.endpoint:
                visitors[one.id].post("/api/agents/me/sign-in", {})
        watched = person(AGENTS)
        desks = stack.enter_context(child("tests.bench.pop.desks", service.address, log=folder / "desks.log"))
        tell(desks, json.dumps([visitor.cookie for one, visitor in visitors.items() if one != watched.id]))
        assert heard(desks) == "open"
        page = stack.enter_context(Browsers(folder / "browser", speech=None)).page()
        page.add_init_script(SOCKET)
        page.add_init_script(WATCH)
        DeskSeat(page, service.address).sign_in(watched)
        time.sleep(SETTLE_S)
        tell(switch)
        rung: dict[str, float] = json.loads(heard(switch))
        time.sleep(1)
        tell(desks)
        seen = json.loads(heard(desks))
        return _figures(rung, seen, page)


def _of(paint: list[float]) -> str:
    return f"slowest of {len(paint)}: {max(paint):.0f} ms" if paint else "none"


def _figures(
    rung: dict[str, float], seen: dict[str, Any], page: Page
) -> tuple[list[DeskFigure], dict[str, Any]]:
    sockets, paints = (
        {number: at for at, number in reversed(page.evaluate(f"window.{name}"))}
        for name in ("sockets", "rings")
    )
    came = {number: min(times) for number, times in seen["pops"].items()} | sockets
    socket = [(at - rung[number]) * 1000 for number, at in came.items()]
    paint = [(at - rung[number]) * 1000 for number, at in paints.items() if number in rung]
    lost = len(set(rung) - set(came)) + len(set(sockets) - set(paints))
    frames = seen["frames"] / max(1, len(rung))
    figures = [
        DeskFigure(
            "ring", "bytes to socket, p99", quantile(socket, 0.99), 50, "ms", f"{frames:.0f} frames a call"
        ),
        DeskFigure("ring", "bytes to paint, p99", quantile(paint, 0.99), 150, "ms", _of(paint)),
        DeskFigure("ring", "rings that were not seen", lost, 0, "", f"of {len(rung)}"),
    ]
    return figures, {"socket_ms": socket, "paint_ms": paint, "frames_read": seen["frames"]}
