"""placed calls

What an agent's calls that the centre placed took stands apart from what came in.

Revision: 0005, after 0004
"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = '0005'
down_revision = '0004'
branch_labels = None
depends_on = None

SUMS = (
    ('cdr_agent_quarters', 'quarter', 'quarter', ('queue', 'agent')),
    ('cdr_agent_watches', 'watch', 'quarter / 16', ('agent',)),
)


def upgrade() -> None:
    with op.batch_alter_table('hotline_calls', schema=None) as batch_op:
        batch_op.add_column(sa.Column('direction', sa.String(length=16), server_default='inbound', nullable=False))

    for table, _, _, _ in SUMS:
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.add_column(sa.Column('outbound_hold_ms', sa.Integer(), server_default='0', nullable=False))
            batch_op.add_column(sa.Column('outbound_wrap_ms', sa.Integer(), server_default='0', nullable=False))

    for table, period, of_quarter, keys in SUMS:
        names = ', '.join(f'{"s" if key == "agent" else "f"}.{key} AS {key}' for key in keys)
        groups = ', '.join(f'{"s" if key == "agent" else "f"}.{key}' for key in keys)
        same = ' AND '.join(f'placed.{key} = {table}.{key}' for key in keys)
        op.execute(
            f'UPDATE {table} SET hold_ms = {table}.hold_ms - placed.held, outbound_hold_ms = placed.held, '
            f'wrap_ms = {table}.wrap_ms - placed.wrapped, outbound_wrap_ms = placed.wrapped '
            f'FROM (SELECT f.{of_quarter} AS {period}, {names}, SUM(s.hold_ms) AS held, SUM(s.wrap_ms) AS wrapped '
            "FROM cdr_fact_agents s JOIN cdr_facts f ON f.call_id = s.call_id WHERE f.direction = 'outbound' "
            f'GROUP BY f.{of_quarter}, {groups}) AS placed WHERE placed.{period} = {table}.{period} AND {same}'
        )


def downgrade() -> None:
    for table, _, _, _ in SUMS:
        op.execute(
            f'UPDATE {table} SET hold_ms = hold_ms + outbound_hold_ms, wrap_ms = wrap_ms + outbound_wrap_ms'
        )
        with op.batch_alter_table(table, schema=None) as batch_op:
            batch_op.drop_column('outbound_wrap_ms')
            batch_op.drop_column('outbound_hold_ms')

    with op.batch_alter_table('hotline_calls', schema=None) as batch_op:
        batch_op.drop_column('direction')
