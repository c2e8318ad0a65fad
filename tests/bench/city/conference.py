"""An incident conference of six telephones: does each hear all others the whole time, beside a bare
ConfBridge on the same switch in the same run. Each telephone has a tone of its own; every one records what
it receives.

A conference has no pictures yet: the room passes them on, but no page sends one.
"""

from __future__ import annotations

import time
import uuid
from contextlib import ExitStack
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import psutil

from tests.bench.hotline.stage import cpu_seconds
from tests.bench.parts import Found
from tests.bench.radio.figures import Goal
from tests.peers import audio
from tests.peers.asterisk import AsteriskPeer, agent, private_settings, short_prompts
from tests.peers.baresip import BaresipPhone
from tests.peers.songhua import Person, SonghuaPeer, Visitor
from tests.waiting import wait_for

TONES: Final = (500.0, 700.0, 1000.0, 1300.0, 1700.0, 2200.0)
SHARE = 0.08
"""A tone is heard when it has this much of the power: five speak at once."""
WHOLE = 0.98
"""Of the time; the rest is what a look at pieces of sound loses at its ends."""
SETTLE_S = 3.0
BARE = "777"
"""Six telephones dial it and are in a room, without the centre."""
PEOPLE = tuple(
    Person(f"desk.{number}", f"坐席{number}", ("agent", "supervisor") if number == 1 else ("agent",),
           endpoint=f"agent-{number}")
    for number in range(1, len(TONES) + 1)
)  # fmt: skip
MANHOLE = "gbt30428.2@2013/P0103"


def run(folder: Path, short: bool) -> Found:
    seconds = 5.0 if short else 60.0
    prompts = short_prompts(folder / "prompts")
    with ExitStack() as stack:
        switch = AsteriskPeer(
            private_settings(
                folder / "asterisk", prompts=prompts, rtp_ports=120,
                agents=tuple(agent(str(one.endpoint)) for one in PEOPLE),
            )
        )  # fmt: skip
        stack.callback(switch.close)
        switch.start()
        phones = [
            _phone(folder, switch, number, tone, stack, 4 * seconds + 120)
            for number, tone in enumerate(TONES, 1)
        ]
        found: Found = {"members": len(TONES), "seconds": seconds}
        for step in ("1,Answer,", "2,ConfBridge,bare"):
            switch.rx(f"dialplan add extension {BARE},{step} into desk")
        for phone in phones:
            phone.command("dial", f"sip:{BARE}@127.0.0.1:{switch.ports.sip}")
        found["bare"] = _measured(switch, phones, seconds)
        switch.rx("channel request hangup all")
        switch.wait_idle(20)
        for phone in phones:
            for file in phone.heard():
                file.unlink()
        service = SonghuaPeer(
            folder / "service", asterisk=switch, broker=None, overrides={"ivr": {"prompts": str(prompts)}}
        )
        stack.callback(service.close)
        service.prepare(PEOPLE)
        service.start(role="centre")
        service.wait_healthy("asterisk", "hotline", "storage")
        _conference(service.sign_in(PEOPLE[0]))
        found["incident"] = _measured(switch, phones, seconds)
        return found


def _phone(
    folder: Path, switch: AsteriskPeer, number: int, tone: float, stack: ExitStack, seconds: float
) -> BaresipPhone:
    secret = switch.settings.agents[number - 1].secret.get_secret_value()
    speech = audio.tone(folder / f"tone-{number}.wav", tone, seconds, level=0.12)
    phone = BaresipPhone(
        folder / f"phone-{number}", name=f"agent-{number}", secret=secret, switch_port=switch.ports.sip,
        speech=speech,
    )  # fmt: skip
    stack.callback(phone.close)
    phone.start()
    return phone


def _conference(desk: Visitor) -> None:
    """The supervisor opens it on a case, and five colleagues are called."""
    fields = {"category": MANHOLE, "address": "公滨路5号", "description": "路面塌陷", "urgency": "urgent"}
    told = {"taken_at": datetime.now(UTC).isoformat(), "taken_by": "李娜", "fields": fields}
    case = desk.post("/api/cases/paper", {"op_id": str(uuid.uuid4()), **told})["case_id"]
    made = desk.post("/api/conferences", {"op_id": str(uuid.uuid4()), "case_id": case})
    path = f"/api/conferences/{made['conference_id']}"
    for one in PEOPLE[1:]:
        desk.post(f"{path}/members", {"op_id": str(uuid.uuid4()), "kind": "desk", "who": one.id})
    wait_for(
        lambda: [one["state"] for one in desk.get(path)["members"]] == ["present"] * len(PEOPLE),
        "six members",
        40,
    )


def _measured(switch: AsteriskPeer, phones: list[BaresipPhone], seconds: float) -> dict[str, Any]:
    """What each hears of each other in this time, as a share of it, and the switch's processor time."""
    wait_for(lambda: all(phone.heard() for phone in phones), "sound at every telephone", 30)
    time.sleep(SETTLE_S)
    process = psutil.Process(switch.program.pid)
    used, began = cpu_seconds(process), time.time()
    time.sleep(seconds)
    ended = time.time()
    cores = (cpu_seconds(process) - used) / (ended - began)
    # What was heard is written a little later.
    time.sleep(1)
    shares = [
        _share(phone, tone, began, ended)
        for hearer, phone in enumerate(phones)
        for speaker, tone in enumerate(TONES)
        if hearer != speaker
    ]
    return {
        "pairs": len(shares), "least": round(min(shares), 3), "mean": round(sum(shares) / len(shares), 4),
        "lost_pairs": sum(one < WHOLE for one in shares), "switch_cores": round(cores, 3),
    }  # fmt: skip


def _share(phone: BaresipPhone, tone: float, began: float, ended: float) -> float:
    """How much of the time between two moments this telephone heard the tone."""
    file = phone.heard()[-1]
    samples = audio.read_wav(file)
    first = file.stat().st_mtime - len(samples) / audio.RATE
    span = samples[max(0, int((began - first) * audio.RATE)) : max(0, int((ended - first) * audio.RATE))]
    return min(1.0, audio.tone_seconds(span, tone, share=SHARE) / (ended - began))


def tell(found: Found) -> list[str]:
    return [
        (
            f"| conference of {found['members']}, {found['seconds']:g} s | pairs | heard least | on average "
            "| pairs with loss | switch, cores |"
        ),
        "|---|---|---|---|---|---|",
        *(
            f"| {said} | {one['pairs']} | {one['least']:.1%} | {one['mean']:.1%} | {one['lost_pairs']} "
            f"| {one['switch_cores']} |"
            for said, one in (("bare ConfBridge", found["bare"]), ("incident conference", found["incident"]))
        ),
        "",
        "Pictures: not built, not measured.",
    ]


def goals(found: Found) -> list[Goal]:
    ours, bare = found["incident"], found["bare"]
    return [
        (
            ours["lost_pairs"] == 0,
            (
                f"each of six hears all others {WHOLE:.0%} of the time: {ours['least']:.1%} at worst, "
                f"bare {bare['least']:.1%}"
            ),
        ),
        (False, "three videos beside them: NOT BUILT"),
    ]
