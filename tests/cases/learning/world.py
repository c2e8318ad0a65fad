"""Confirmed cases as agents leave them, of invented calls, and a trainer that runs in the test's own process.

"哐当板" is nobody's word: it stands for a wording of this city alone that the shipped weights do not know.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import cycle, islice
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar
from unittest.mock import patch
from uuid import UUID

from sqlalchemy import insert
from sqlalchemy.ext.asyncio import AsyncConnection

from cases.catalogue import load_catalogues
from cases.drafting import invented_calls as invented
from cases.drafting.classify import training
from cases.drafting.classify.training import Sentence, shipped
from cases.drafting.model import Draft, Duplicate, FieldName, SpokenSegment
from cases.learning.material.groups import set_aside
from cases.learning.ports import CallRetention, Progress
from cases.learning.retraining import round as rounds
from cases.learning.retraining.model import RoundResult
from cases.search.model import order_of
from cases.tables import case_calls, cases, drafts
from core.actor import Actor
from core.storage import Storage
from tests.cases.rooms import known
from tests.storage import empty_sqlite, open_sqlite

T = TypeVar("T")

LID = "P0123"
"""Manhole covers, which callers of this city call 哐当板."""
OF_OLD = ("P0137", "P0305", "E0110", "E0401", "P0298")
BEGAN = datetime(2026, 11, 2, 8, tzinfo=UTC)
WORDINGS = (
    "有块哐当板没了", "那个哐当板翘起来了", "哐当板碎了一半", "哐当板丢了",
    "路当中哐当板陷下去了", "哐当板一压就响",
)  # fmt: skip
SENTENCES, INVENTED = 40, 2
"""So many of each class and language are trained on: enough to learn one word more in a second or two."""
LEAST_COMPARED = 8
"""Of the cases of `a_city` at least so many are set aside."""
NAMES = "王李张刘陈杨黄赵周吴徐孙朱马胡郭林何高梁"


def ids(count: int, *, aside: bool | None = None, start: int = 0) -> list[UUID]:
    """Ids that rise; only such as are set aside by themselves, or only the others, where that is asked."""
    out: list[UUID] = []
    at = start << 64
    while len(out) < count:
        at += 1
        one = UUID(int=at)
        if aside is None or set_aside(one) is aside:
            out.append(one)
    return out


@dataclass(frozen=True, slots=True)
class Call:
    """One confirmed case: what the citizen said, segment by segment, and the class that was filed."""

    case_id: UUID
    said: Sequence[str]
    code: str
    caller: str = ""
    call_id: UUID | None = None
    confidential: bool = False
    state: str = "filed"
    description: str = ""
    repeats: Sequence[UUID] = ()
    final: Mapping[str, str] = field(default_factory=dict)


async def file(storage: Storage, calls: Sequence[Call]) -> None:
    """As `CaseDesk.confirm` leaves them, many at a time."""
    catalogue = load_catalogues().default
    async with storage.write() as transaction:
        for number, one in enumerate(calls):
            at = BEGAN + timedelta(minutes=number)
            call_id = one.call_id or call_of(one.case_id)
            draft = _drafted(one, call_id)
            final: dict[str, Any] = {name: {"value": value} for name, value in one.final.items()}
            await transaction.connection.execute(
                insert(drafts).values(
                    draft_id=draft.draft_id, call_id=call_id, state="confirmed", case_id=one.case_id,
                    rev=draft.rev, body=draft.model_dump(mode="json"), created_at=at, updated_at=at,
                )
            )  # fmt: skip
            await transaction.connection.execute(
                insert(cases).values(
                    case_id=one.case_id, number=f"N{one.case_id.hex[:4]}{one.case_id.hex[-14:]}",
                    spoken_code=f"{hash(one.case_id) % 10**8:08}", state=one.state,
                    category=catalogue.rows[one.code].ref, description=one.description,
                    confidential=one.confidential, draft_id=draft.draft_id, drafted={}, final=final,
                    filed_at=at, filed_by="wang", updated_at=at,
                    filed_order=order_of(at) + number,
                )
            )  # fmt: skip
            await transaction.connection.execute(
                insert(case_calls).values(
                    case_id=one.case_id, call_id=call_id, caller=one.caller,
                    caller_key=one.caller.lstrip("0"), linked_at=at, linked_by="wang",
                )
            )  # fmt: skip


def call_of(case_id: UUID) -> UUID:
    """The call of a case for which none is named."""
    return UUID(int=case_id.int ^ (1 << 120))


def _drafted(one: Call, call_id: UUID) -> Draft:
    draft = Draft(draft_id=UUID(int=one.case_id.int ^ (1 << 121)), call_id=call_id, began_at=BEGAN)
    for at, text in enumerate(one.said):
        segment = SpokenSegment(segment_id=f"{call_id}:{at}", speaker="citizen", text=text)
        draft, _ = known().drafter.apply(draft, segment)
    repeats = tuple(
        Duplicate(case_id=other, number="N", why="same-address", filed_at=BEGAN) for other in one.repeats
    )
    return draft.model_copy(update={"duplicates": repeats})


def a_call(case_id: UUID, problem: str, code: str, number: int) -> Call:
    """A whole call around one problem, with a name, a number and a street of its own."""
    name = NAMES[number % len(NAMES)]
    digits = "".join("零幺二三四五六七八九"[int(one)] for one in f"139{number:08}")
    said = (
        "喂你好",
        f"我姓{name}",
        f"就是学府路{number % 90 + 1}号这边，{problem}，挺危险的",
        f"我电话{digits}",
        "麻烦你们快点来看看吧谢谢",
    )
    return Call(case_id, said, code, caller=f"139{number:08}", description=problem)


@cache
def few() -> tuple[Sentence, ...]:
    """Some shipped sentences of the classes that these calls are about, and of no class."""
    wanted = {LID, *OF_OLD, ""}
    found = [one for one in shipped(load_catalogues().default) if one.code in wanted]
    return tuple(_first(found, SENTENCES, by=lambda one: (one.code, one.language)))


@cache
def few_calls() -> tuple[invented.InventedCall, ...]:
    """Some invented calls about these classes."""
    wanted = {LID, *OF_OLD}
    found = [
        one for one in invented.calls(load_catalogues().default) if one.codes and wanted.issuperset(one.codes)
    ]
    return tuple(_first(found, INVENTED, by=lambda one: (one.codes, one.language)))


def _first(found: Sequence[T], most: int, *, by: Callable[[T], object]) -> Iterator[T]:
    """Of each kind the first so many."""
    taken = Counter[object]()
    for one in found:
        taken[by(one)] += 1
        if taken[by(one)] <= most:
            yield one


def a_city(lids: int = 40, others: int = 50) -> list[Call]:
    """Calls about manhole covers in the city's own word, and calls in words that the weights know."""
    usual = [one for one in few() if one.code in OF_OLD and one.language == "zh"]
    problems = [(wording, LID) for wording in islice(cycle(WORDINGS), lids)]
    problems += [(one.text, one.code) for one in islice(cycle(usual), others)]
    return [
        a_call(case_id, problem, code, number)
        for number, (case_id, (problem, code)) in enumerate(zip(ids(lids + others), problems, strict=True))
    ]


@cache
def _city_ledger() -> bytes:
    """The database of `a_city`, drafted once in each process."""
    with TemporaryDirectory() as folder:
        database = Path(folder) / "city.db"

        async def fill() -> None:
            storage = empty_sqlite(database)
            await file(storage, a_city())
            await storage.close()

        with ThreadPoolExecutor(1) as apart:  # a test's own loop may be running
            apart.submit(asyncio.run, fill()).result()
        return database.read_bytes()


def city_ledger(database: Path) -> Storage:
    """A database of its own with the cases of `a_city`."""
    database.write_bytes(_city_ledger())
    return open_sqlite(database)


@dataclass
class WholeLedger:
    """Stands for the ledger: what was erased of which call."""

    of: dict[UUID, CallRetention] = field(default_factory=dict)

    async def kept(
        self, connection: AsyncConnection, calls: Collection[UUID]
    ) -> Mapping[UUID, CallRetention]:
        return {call: self.of[call] for call in calls if call in self.of}


@dataclass
class RememberedAudit:
    rows: list[tuple[str, str, str, dict[str, Any]]] = field(default_factory=list)

    async def record(self, actor: Actor, action: str, subject: str, detail: Mapping[str, Any]) -> None:
        self.rows.append((actor.id, action, subject, dict(detail)))


@dataclass
class HereTrainer:
    """Trains in this process, on a few shipped sentences of a few classes and with few steps: seconds."""

    storage: Storage
    ledger: WholeLedger = field(default_factory=WholeLedger)
    steps: set[str] = field(default_factory=set)

    async def train(self, folder: Path, old: Path | None, progress: Progress) -> RoundResult:
        def tell(step: str, done: int, of: int) -> None:
            self.steps.add(step)
            progress(step, done, of)

        made = rounds.TrainingRound(
            storage=self.storage,
            ledger=self.ledger,
            catalogue=load_catalogues().default,
            gazetteer=known().gazetteer,
            folder=folder,
            old=old,
            progress=tell,
        )
        with (
            patch.object(rounds, "shipped", lambda _catalogue: list(few())),
            patch.object(rounds, "calls", lambda _catalogue: few_calls()),
            patch.object(training, "STEPS", 40),
        ):
            await asyncio.sleep(0)
            return await made.run()


def category(texts: Sequence[str], drafter: Any) -> tuple[str | None, float]:
    """What the category field shows for these words, and how surely."""
    draft = Draft(draft_id=UUID(int=1))
    for at, text in enumerate(texts):
        segment = SpokenSegment(segment_id=str(at), speaker="citizen", text=text)
        draft, _ = drafter.apply(draft, segment)
    value = draft.fields[FieldName.CATEGORY]
    return (value.value.rpartition("/")[2] if value.value else None), value.confidence
