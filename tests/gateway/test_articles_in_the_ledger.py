"""What an agent told is in the ledger: under its call, with the hash of the words."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any
from uuid import UUID

from cases.events import ArticleUsed, ArticleUseView
from core.ids import uuid7
from gateway.wiring.cdr import CaseFilings


class Notebook:
    """Stands for the ledger: notes what is handed in."""

    def __init__(self) -> None:
        self.kept: list[tuple[str, UUID, dict[str, Any]]] = []

    async def record(self, kind: str, record_id: UUID, payload: dict[str, Any], **more: Any) -> bool:
        self.kept.append((kind, record_id, {"payload": payload, **more}))
        return True


async def test_a_used_article_is_filed_with_its_call_and_below_its_case() -> None:
    notebook = Notebook()
    filing = CaseFilings(notebook)  # type: ignore[arg-type]
    call_id, case_id = uuid7(), uuid7()
    for call, case in ((call_id, None), (None, case_id)):
        use = ArticleUseView(
            use_id=uuid7(), article_id=uuid7(), number=2, name="ice", language="zh", title="结冰",
            sha256="ab" * 32, call_id=call, case_id=case, actor="wang", at=datetime(2026, 11, 25, tzinfo=UTC),
        )  # fmt: skip
        await filing.on_article(ArticleUsed(call_id=call, case_id=case, use=use))
    (first, second) = notebook.kept
    assert (first[0], first[2]["call_ids"], first[2]["parent"]) == ("article-use", [call_id], None)
    assert (second[2]["call_ids"], second[2]["parent"]) == ([], ("case", case_id))
    assert first[2]["payload"] == {}
    assert first[2]["facts"]["sha256"] == "ab" * 32
