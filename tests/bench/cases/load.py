"""A million synthetic cases: eight years of a city, loaded past the service with the terms that it makes."""

from __future__ import annotations

import json
import random
import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from itertools import islice
from pathlib import Path
from typing import Any
from uuid import UUID

import asyncpg

from cases.events import CaseSource, CaseState
from cases.life.model import Case
from cases.room import Knowledge
from cases.search.model import order_of
from cases.search.service import CaseSearch
from cases.search.terms import VERSION
from cases.tables import cases

BEGAN = datetime(2018, 11, 30, tzinfo=UTC)
YEARS = timedelta(days=8 * 365)
AT_ONCE = 5_000
OPEN_FROM = 0.985
"""Of all, in their order: most that were filed later are still open."""
WHERE = ("门口", "东侧", "小区里", "路口", "人行道上", "公交站旁", "学校对面", "地铁口", "桥下", "菜市场后面")
WHAT = (
    "破损",
    "丢失",
    "不亮了",
    "漏水",
    "堵塞",
    "倾斜",
    "噪音扰民",
    "占道经营",
    "积水",
    "无人清理",
    "脱落",
    "冒油烟",
)
TOLD = (
    "已经三天了",
    "影响行人通行",
    "很危险",
    "多次反映没有人管",
    "晚上看不清",
    "有老人摔倒",
    "请尽快处理",
    "又坏了",
)
ENGLISH = ("broken for a week", "blocks the pavement", "very loud at night", "water everywhere", "smells bad")
COLUMNS = tuple(column.name for column in cases.c)


def synthetic(count: int, known: Knowledge, seed: int = 1) -> Iterator[Case]:
    """In the order of filing."""
    chance = random.Random(seed)
    rows = [row.ref for row in known.catalogues.default.rows.values()]
    weights = [1 / (place + 2) for place in range(len(rows))]
    classes = chance.choices(rows, weights, k=count)
    streets = [place.name_zh for place in known.gazetteer.places if place.kind == "street"]
    districts = [one.code for one in known.gazetteer.districts]
    for at in range(count):
        filed = BEGAN + YEARS * (at / count)
        open_now = at > count * OPEN_FROM
        states = (CaseState.FILED, CaseState.DONE, CaseState.VERIFIED, CaseState.CLOSED, CaseState.CANCELLED)
        state = chance.choices(states, (60, 10, 5, 24, 1) if open_now else (0.1, 0.02, 0.02, 97, 3))[0]
        words = f"{chance.choice(WHERE)}{chance.choice(WHAT)}，{chance.choice(TOLD)}"
        if chance.random() < 0.1:
            words += f" {chance.choice(ENGLISH)}"
        district = chance.choice(districts)
        yield Case(
            case_id=UUID(int=chance.getrandbits(128)),
            number=f"{district}{filed:%Y%m%d}{at % 100_000:05}",
            spoken_code=f"{at:08}",
            state=state,
            category=classes[at],
            district=district,
            address=f"{chance.choice(streets)}{chance.randrange(1, 400)}号",
            crossing=None,
            description=words,
            urgency=chance.choices(("normal", "urgent", "danger"), (90, 9, 1))[0],
            handoff=None,
            confidential=chance.random() < 0.02,
            filed_at=filed,
            filed_by=f"agent{chance.randrange(200)}",
            updated_at=filed + timedelta(hours=chance.expovariate(1 / 40)),
            source=CaseSource.TELEPHONE,
            lon=126.5 + chance.random() / 2,
            lat=45.6 + chance.random() / 3,
            accuracy_m=20.0,
            filed_order=order_of(filed) + at % 512,
        )


def batches(count: int, known: Knowledge, search: CaseSearch) -> Iterator[tuple[list[Any], list[Any]]]:
    """Rows of `cases` by its columns, and of the index: the place in order, and the terms."""
    made = synthetic(count, known)
    # As much as drafting leaves beside a case.
    form = json.dumps(
        {f"field{number}": {"value": "公滨路", "confidence": 0.8, "rev": 1} for number in range(18)}
    )
    while some := list(islice(made, AT_ONCE)):
        rows, index = [], []
        for case in some:
            values = asdict(case) | {"drafted": form, "final": form, "search_version": VERSION}
            rows.append(tuple(values[name] for name in COLUMNS))
            index.append((case.filed_order, sorted(search.terms(case, ()))))
        yield rows, index


def into_sqlite(file: Path, count: int, known: Knowledge, search: CaseSearch) -> None:
    def stored(value: Any) -> Any:
        if isinstance(value, datetime):
            return value.replace(tzinfo=None).isoformat(" ", "microseconds")
        return value.hex if isinstance(value, UUID) else value

    places = ", ".join("?" * len(COLUMNS))
    names = ", ".join(f'"{name}"' for name in COLUMNS)
    with closing(sqlite3.connect(file)) as link:
        link.execute("PRAGMA synchronous=OFF")
        link.execute("PRAGMA journal_mode=WAL")
        link.execute("PRAGMA cache_size=-500000")
        for rows, index in batches(count, known, search):
            link.executemany(
                f"INSERT INTO cases ({names}) VALUES ({places})",
                [tuple(map(stored, row)) for row in rows],
            )
            link.executemany(
                "INSERT INTO case_search(rowid, terms) VALUES (?, ?)",
                [(key, " ".join(terms)) for key, terms in index],
            )
            link.commit()
        link.execute("PRAGMA wal_checkpoint(TRUNCATE)")


async def into_postgres(url: str, count: int, known: Knowledge, search: CaseSearch) -> None:
    link = await asyncpg.connect(url.replace("+asyncpg", ""))
    try:
        await link.execute("CREATE UNLOGGED TABLE loaded (filed_order BIGINT, terms TEXT[])")
        for rows, index in batches(count, known, search):
            await link.copy_records_to_table("cases", records=rows, columns=COLUMNS)
            await link.copy_records_to_table("loaded", records=index)
            await link.execute(
                "INSERT INTO case_search SELECT filed_order, array_to_tsvector(terms) FROM loaded"
            )
            await link.execute("TRUNCATE loaded")
        await link.execute("DROP TABLE loaded")
        await link.execute("VACUUM ANALYZE")
    finally:
        await link.close()


def some(values: Sequence[Any], chance: random.Random, most: int = 1) -> tuple[Any, ...]:
    return tuple(chance.sample(list(values), chance.randint(1, most)))
