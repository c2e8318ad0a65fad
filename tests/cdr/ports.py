"""One small fake for each port of the ledger that most tests do not look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from cdr.backfill.ports import BackfillJob
from cdr.ports import CdrPorts, LiveSnapshot, OnAir, SeenEvents
from cdr.recordings.control.model import LiveLeg
from cdr.reports.schedules.ports import ReportMail
from core.actor import Actor
from core.errors import Forbidden
from core.second_person import ApprovalStatus, ApprovalWish, SecondPersonNeeded


class NoSwitch:
    """No link to a switch: nothing is known of channels, CEL events and recordings."""

    async def snapshot(self) -> LiveSnapshot | None:
        return None

    def seen(self) -> SeenEvents | None:
        return None

    async def mute(self, channel: str, *, muted: bool) -> bool:
        return False

    async def mark(self, leg: LiveLeg, *, paused: bool, reason: str, by: str) -> None:
        raise AssertionError(f"nothing is recorded: {leg}")


class NoRunningCalls:
    def legs(self, call_id: UUID) -> Sequence[LiveLeg] | None:
        return None

    def names(self, call_id: UUID) -> Sequence[UUID]:
        return ()

    def agents_on(self, call_id: UUID) -> frozenset[str]:
        return frozenset()

    def known(self) -> bool:
        return False


class NoListeners:
    async def stop(self, call_id: UUID) -> bool:
        return False

    def go_on(self) -> None:
        """Nobody listens."""


class NoBackfill:
    """No recogniser has room."""

    def has_room(self) -> bool:
        return False

    async def transcribe(self, work: BackfillJob, sound: Iterator[bytes]) -> bool:
        return False


class NoTalkgroups:
    async def may_monitor(self, group: str, actor: Actor) -> bool | None:
        return None

    def on_air(self, group: str) -> OnAir | None:
        return None


class NobodyApproves:
    """There is no second person: what needs one is not done."""

    async def go(self, actor: Actor, wish: ApprovalWish) -> int:
        raise SecondPersonNeeded

    async def done(self, number: int, outcome: str, *, failed: bool = False) -> None:
        raise AssertionError(f"nothing was approved: {number}")

    async def order(self, actor: Actor, wish: ApprovalWish, op_id: UUID) -> ApprovalStatus:
        raise SecondPersonNeeded


class NoMails:
    ready = False

    async def send(self, mail: ReportMail) -> None:
        raise AssertionError(f"nothing is sent: {mail.message_id}")


class NoOwners:
    async def actor(self, user_id: str) -> Actor | None:
        return None


class NoEvaluations:
    async def to_send(self, owner: Actor, since: date, until: date, language: str) -> tuple[str, str, bytes]:
        raise Forbidden


class NoCases:
    async def hears(self, actor: Actor, call_ids: Sequence[UUID]) -> bool:
        return False


class NobodyScores:
    async def names(self) -> Mapping[str, str]:
        return {}


def played_ports(**ports: Any) -> CdrPorts:
    """Ports that know of nothing, but for those given; `storage`, `bus`, `audit`, `actor`, `roster` are."""
    switch = NoSwitch()
    others: dict[str, Any] = {
        "live_calls": switch,
        "cel_counter": switch,
        "recorder": switch,
        "running": NoRunningCalls(),
        "listeners": NoListeners(),
        "late_speech": NoBackfill(),
        "talkgroups": NoTalkgroups(),
        "second_person": NobodyApproves(),
        "cases_to_accept": NoCases(),
        "scorers": NobodyScores(),
        "mailer": NoMails(),
        "report_owners": NoOwners(),
        "evaluations": NoEvaluations(),
        "suspect": lambda _actor, _kind: None,
    }
    return CdrPorts(**others | ports)
