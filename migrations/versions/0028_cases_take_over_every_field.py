"""cases take over every field of their draft

Ten fields that were drafted and filed stood only in the column `final`; cases that are there get them from it. Of
erased persons it holds neither name nor number.

Revision: 0028, after 0026
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from core.storage.schema import Json

revision = "0028"
down_revision = "0026"
branch_labels = None
depends_on = None

COLUMNS = {
    "intent": sa.String(16), "time": sa.Text(), "count": sa.Text(), "callback": sa.String(64),
    "caller": sa.Text(), "asset": sa.Text(), "relative": sa.Text(), "subdistrict": sa.String(9),
    "cell": sa.Text(), "department": sa.Text(),
}  # fmt: skip
AT_ONCE = 500


def upgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        for name, kind in COLUMNS.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
    cases = sa.table(
        "cases",
        sa.column("case_id", sa.Uuid()),
        sa.column("final", Json),
        *(sa.column(name, kind) for name, kind in COLUMNS.items()),
    )
    connection = op.get_bind()
    last = None
    while True:
        query = sa.select(cases.c.case_id, cases.c.final).order_by(cases.c.case_id).limit(AT_ONCE)
        rows = connection.execute(query if last is None else query.where(cases.c.case_id > last)).all()
        for row in rows:
            filed = {name: _value(row.final, name) for name in COLUMNS}
            if any(filed.values()):
                connection.execute(sa.update(cases).where(cases.c.case_id == row.case_id).values(filed))
        if len(rows) < AT_ONCE:
            return
        last = rows[-1].case_id


def _value(final: object, name: str) -> str | None:
    held = final.get(name) if isinstance(final, dict) else None
    value = held.get("value") if isinstance(held, dict) else None
    length = getattr(COLUMNS[name], "length", None)
    return value[:length] if isinstance(value, str) and value else None


def downgrade() -> None:
    with op.batch_alter_table("cases", schema=None) as batch_op:
        for name in reversed(COLUMNS):
            batch_op.drop_column(name)
