"""A change of a text is emitted in the transaction that makes it."""

from __future__ import annotations

from core.storage import Transaction
from field.events import TextChanged
from field.hearing import source
from field.texts.model import UnitText


async def tell(transaction: Transaction, text: UnitText) -> None:
    event = TextChanged(
        unit_id=text.unit_id,
        text_id=text.text_id,
        way=text.way,
        state=text.state,
        text=text.text,
        by=text.by,
        by_name=text.by_name,
        said_at=text.said_at,
        taken_at=text.at,
        read_by=text.read_by,
    )
    await transaction.emit(event, stream=source(text.unit_id))
