"""Records an installation in the middle of its work, for the upgrades to come: database, settings, what the
broker keeps, a terminal's store, and the terminal's program itself.

Run it in a checkout of the version to be recorded; names and numbers in it are invented:

    git worktree add /tmp/former f759c04 && cd /tmp/former && ln -s CHECKOUT/.songhua .songhua
    PYTHONPATH=. python CHECKOUT/tests/upgrades/record.py OUT [postgresql]
"""

from __future__ import annotations

import gzip
import json
import os
import re
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import tomllib
import uuid
import zipfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import psutil

from gateway import database
from tests.demo.dump import _postgresql, _sqlite
from tests.peers.checkout import CHECKOUT
from tests.peers.postgres import PostgresPeer
from tests.peers.program import Program
from tests.peers.songhua import to_toml
from tests.real.field_case import UID, a_case, dispatch, step_of
from tests.real.service import SUPERVISOR, WholeService, wait
from tests.speech.fakes import OBEDIENT

OTHER = "app:18"
GROUP = "app:daoli"
SAID = "学府路七十四号井盖丢了，另外楼下有人露天烧烤"
RETAINED = {
    "centre": ("role/#", "tg/+/+/state", "floor/state", "sound/state", "speech/+/state"),
    "radio": ("unit/+/state",),
}
STEPS = ("accepted", "on_the_way", "arrived", "done")


class Terminal:
    """`songhua-unit` of this version, which keeps its jobs in `store`."""

    def __init__(self, world: WholeService, uid: str, password: str, store: Path) -> None:
        self._words = ["--uid", uid, "--broker", f"127.0.0.1:{world.broker.port}", "--json"]
        self._store = ["--store", str(store)]
        self._environment = {"SONGHUA_UNIT_PASSWORD": password}
        self._folder = world.folder

    def run(self) -> Program:
        argv = [sys.executable, "-m", "gateway.unit_cli", "run", *self._words, *self._store]
        return Program(argv, log=self._folder / "unit.log", cwd=CHECKOUT, env=self._environment)

    def send(self, order: str, step: str) -> None:
        """Returns when the centre's role radio has it."""
        argv = [sys.executable, "-m", "gateway.unit_cli", "send", step, "--dispatch", order]
        wait(lambda: self._done([*argv, *self._words, *self._store]) == 0, f"receipt of {step}", 40)

    def talk(self, group: str) -> None:
        self._done([sys.executable, "-m", "gateway.unit_cli", "talk", group, "--seconds", "2", *self._words])

    def _done(self, argv: list[str]) -> int:
        environment = {**os.environ, **self._environment}
        return subprocess.run(argv, cwd=CHECKOUT, env=environment, timeout=60, check=False).returncode


def publish(world: WholeService, user: str, password: str, topic: str, body: dict[str, Any]) -> None:
    words = ["mosquitto_pub", "-V", "5", "-p", str(world.broker.port), "-u", user, "-P", password, "-q", "1"]
    subprocess.run([*words, "-t", topic, "-m", json.dumps(body)], check=True, timeout=30)


def op(**fields: Any) -> dict[str, Any]:
    return {"op_id": str(uuid.uuid4()), **fields}


def now() -> str:
    return datetime.now(UTC).isoformat()


def said(world: WholeService, call: str) -> None:
    """What a speech node says when the citizen has spoken."""
    legs = world.supervisor.get(f"/api/calls/{call}")["legs"]
    leg = next(one["leg_id"] for one in legs if one["role"] == "citizen")
    event = {
        "type": "speech.transcript_segment", "version": 1, "id": str(uuid.uuid4()), "at": now(),
        "call_id": call, "leg_id": leg, "segment_id": str(uuid.uuid4()), "speaker": "citizen", "text": SAID,
        "final": True, "start_s": 0.0, "end_s": 4.0, "started_at": now(), "language": "zh", "engine": "none",
    }  # fmt: skip
    password = world.broker.rendered.passwords["speech"]
    publish(world, "speech", password, "v1/harbin/speech/elsewhere/segment", event)


def alarm(world: WholeService, uid: str, password: str) -> str:
    """The crew's emergency button; the alarm's id."""
    found, moment = str(uuid.uuid4()), now()
    body = {
        "msg_id": str(uuid.uuid4()), "seq": 1_000_000, "ts": moment, "sent": moment, "alarm_id": found,
        "raised_at": moment, "schema": "unit.emergency/1",
        "fix": {"lon": 126.62, "lat": 45.77, "accuracy_m": 8, "fix_at": moment},
    }  # fmt: skip
    publish(world, uid, password, f"v1/harbin/unit/{uid}/up/emergency", body)
    wait(lambda: found in emergencies(world), "the alarm at the centre", 20)
    return found


def emergencies(world: WholeService) -> dict[str, Any]:
    return {one["alarm_id"]: one for one in world.supervisor.get("/api/emergencies")["emergencies"]}


def play(world: WholeService, facts: dict[str, Any]) -> None:
    """A day: what is kept of it is written into `facts`."""
    visitor, seat = world.supervisor, world.seats[0]
    for uid, name in ((UID, "南岗市政 17"), (OTHER, "南岗市政 18")):
        issued = visitor.post("/api/units", {"unit_id": uid, "name": name, "crew": ["张伟"]})
        facts["passwords"][uid] = issued["password"]
    visitor.post("/api/talkgroups", op(tg_id=GROUP, name_zh="道里", name_en="Daoli"))
    for uid in (UID, OTHER):
        visitor.post(f"/api/talkgroups/{GROUP}/members", op(unit_id=uid))
    terminal = Terminal(world, UID, facts["passwords"][UID], world.folder / "unit.db")
    running = terminal.run()
    wait(lambda: any(one["online"] for one in visitor.get("/api/units")["units"]), "the terminal", 20)

    citizen = world.dial(seconds=300)
    call = facts["call"] = world.talking(citizen, 40)
    facts["caller"] = world.number(citizen)
    said(world, call)
    drafts = f"/api/calls/{call}/drafts"
    wait(lambda: seat.visitor.get(drafts)["drafts"], "a draft", 20)
    wait(lambda: seat.visitor.get(drafts)["drafts"][0]["further"], "a further problem", 20)
    facts["draft"] = seat.visitor.get(drafts)["drafts"][0]
    cases = facts["cases"] = {name: a_case(world, call) for name in ("closed", "open", "waiting")}
    world.hang_up_all(citizen)

    orders = facts["orders"] = {"closed": dispatch(world, cases["closed"])}
    for step in STEPS:
        wait(lambda: step_of(world, cases["closed"], orders["closed"]) != "queued", "delivery", 20)
        terminal.send(orders["closed"], step)
    wait(lambda: step_of(world, cases["closed"], orders["closed"]) == "done", "the work's end", 20)
    for act in ("verify", "close"):
        visitor.post(f"/api/cases/{cases['closed']}/{act}", op(note="现场确认", condition="restored"))
    orders["open"] = dispatch(world, cases["open"])
    wait(lambda: step_of(world, cases["open"], orders["open"]) == "displayed", "delivery", 20)

    password = facts["passwords"][OTHER]
    cleared, waiting = alarm(world, OTHER, password), ""
    visitor.post(f"/api/emergencies/{cleared}/acknowledge", op())
    visitor.post(f"/api/emergencies/{cleared}/clear", op(note="误按"))
    waiting = alarm(world, OTHER, password)
    facts["alarms"] = {"cleared": cleared, "waiting": waiting}
    read = visitor.post(f"/api/units/{UID}/texts", op(text="到场后回报"))
    facts["texts"] = {"sent": read["text_id"]}
    message = {"msg_id": str(uuid.uuid4()), "seq": 1_000_001, "ts": now(), "schema": "unit.text/1"}
    publish(
        world, UID, facts["passwords"][UID], f"v1/harbin/unit/{UID}/up/text", {**message, "text": "已到路口"}
    )
    terminal.talk(GROUP)
    talks = f"/api/talkgroups/{GROUP}/recall/talks?seconds=600"
    wait(lambda: [one for one in visitor.get(talks)["talks"] if one["ended_at"]], "a talk that is over", 20)
    world.dispose(seat, call)
    links = re.findall(r" as (songhua-(?:centre|radio)\.[0-9a-f]+) ", world.broker.log())
    facts["sessions"] = sorted(set(links))

    # From here on nothing arrives: there is no centre when the crew accepts, and no broker when the next
    # centre orders, writes and acknowledges.
    service, centre = psutil.Process(world.service.program.pid), world.process("centre")
    service.suspend()  # it would start the next one
    centre.kill()
    terminal.send(orders["open"], "accepted")
    running.stop(5)
    world.broker.stop()
    service.resume()
    wait(lambda: world.process("centre").pid != centre.pid and world.service.health(), "the next centre", 60)
    visitor = world.supervisor = world.service.sign_in(SUPERVISOR)
    wait(lambda: world.part("asterisk")["state"] == "up", "the switch", 20)
    orders["waiting"] = dispatch(world, cases["waiting"])
    facts["texts"]["waiting"] = visitor.post(f"/api/units/{UID}/texts", op(text="带上新井盖"))["text_id"]
    visitor.post("/api/talkgroups", op(tg_id="app:nangang", name_zh="南岗", name_en="Nangang"))
    visitor.post(f"/api/emergencies/{waiting}/acknowledge", op())


def kept(world: WholeService, url: str, facts: dict[str, Any], out: Path) -> None:
    """Write what stays of it when everything is stopped."""
    out.mkdir(parents=True, exist_ok=True)
    text = _sqlite(world.service.folder / "songhua.db") if url.startswith("sqlite") else _postgresql(url)
    text = text.replace(str(world.folder), "/srv/songhua")
    (out / "database.sql.gz").write_bytes(gzip.compress(text.encode(), mtime=0))
    with tarfile.open(out / "recordings.tar.gz", "w:gz") as archive:
        archive.add(world.switch.recordings, ".")
    with sqlite3.connect(world.folder / "unit.db") as store:
        (out / "unit.sql").write_text("\n".join(store.iterdump()) + "\n", encoding="utf-8")
    settings = tomllib.loads(world.service.config.read_text(encoding="utf-8"))
    settings["storage"]["url"] = f"{url.split(':', maxsplit=1)[0]}://"
    lines = (
        to_toml(settings).replace(str(world.folder), "/srv/songhua").replace(str(CHECKOUT), "/opt/songhua")
    )
    (out / "songhua.toml").write_text(lines, encoding="utf-8")
    for name in ("ledger.key", "heads.jsonl"):
        (out / name).write_bytes((world.service.folder / name).read_bytes())
    for name in ("accounts.json", "passwords.json"):
        (out / name).write_bytes((world.broker.folder / name).read_bytes())
    world.broker.start()
    (out / "retained.jsonl").write_text("\n".join(retained(world)) + "\n", encoding="utf-8")
    world.broker.stop()
    (out / "facts.json").write_text(json.dumps(facts, indent=1, ensure_ascii=False) + "\n", "utf-8")


def retained(world: WholeService) -> list[str]:
    """What the broker keeps on topics for whoever comes, one JSON object a line: topic and payload."""
    found: set[str] = set()
    for user, topics in RETAINED.items():
        password = world.broker.rendered.passwords[user]
        words = ["-V", "5", "-p", str(world.broker.port), "-u", user, "-P", password, "-i", f"reader-{user}"]
        for one in topics:
            words += ["-t", f"v1/harbin/{one}"]
        done = subprocess.run(
            ["mosquitto_sub", *words, "--retained-only", "-W", "3", "-F", "%J"],
            capture_output=True, text=True, timeout=30, check=False,
        )  # fmt: skip
        for line in done.stdout.splitlines():
            told = json.loads(line)
            found.add(json.dumps({"topic": told["topic"], "payload": told["payload"]}, ensure_ascii=False))
    return sorted(found)


def terminal_program(file: Path) -> None:
    """The modules that a terminal of this version consists of, as a program for `python FILE`."""
    listed = "import sys, gateway.unit_cli.commands\nfor one in sys.modules.values():\n"
    listed += "    print(getattr(one, '__file__', None) or '')"
    done = subprocess.run(
        [sys.executable, "-c", listed], cwd=CHECKOUT, env={**os.environ, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    modules = {Path(line) for line in done.stdout.splitlines() if line}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for module in sorted(one for one in modules if one.is_relative_to(CHECKOUT)):
            entry = zipfile.ZipInfo(str(module.relative_to(CHECKOUT)))
            archive.writestr(entry, module.read_bytes(), zipfile.ZIP_DEFLATED)
        archive.writestr(
            zipfile.ZipInfo("__main__.py"), "from gateway.unit_cli.commands import app\n\napp()\n"
        )


def main(out: Path, kind: str) -> None:
    with tempfile.TemporaryDirectory(prefix="songhua-record-") as folder:
        cluster = PostgresPeer() if kind == "postgresql" else None
        overrides: dict[str, Any] = {
            "speech": {"engine": OBEDIENT, "model": folder},
            # One table replaces the other: the folder of photos is said again.
            "radio": {"photos": f"{folder}/photos", "texts_kept_days": 90, "escalation": {"calls": 2}},
        }
        url = "sqlite+aiosqlite://"
        try:
            if cluster is not None:
                cluster.start()
                url = cluster.url
                overrides["storage"] = {"url": url}
            facts: dict[str, Any] = {"revision": database.head(), "passwords": {}}
            world = WholeService(Path(folder), agents=1, overrides=overrides)
            with world:
                play(world, facts)
                world.service.close()
                facts["supervisor"] = {"id": SUPERVISOR.id, "password": SUPERVISOR.password}
                person = world.seats[0].person
                facts["agent"] = {"id": person.id, "password": person.password, "phone": person.endpoint}
                kept(world, url, facts, out)
        finally:
            if cluster is not None:
                cluster.close()
    terminal_program(out.parent / "unit.pyz")


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2] if len(sys.argv) > 2 else "sqlite")
