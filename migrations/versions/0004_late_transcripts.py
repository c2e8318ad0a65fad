"""late transcripts

Revision: 0004, after 0003
"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from core.storage.schema import UtcDateTime

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('cdr_late',
    sa.Column('gap_id', sa.Uuid(), nullable=False),
    sa.Column('state', sa.String(length=16), nullable=False),
    sa.Column('tries', sa.Integer(), nullable=False),
    sa.Column('next_at', UtcDateTime(), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('gap_id', name=op.f('pk_cdr_late'))
    )
    with op.batch_alter_table('cdr_late', schema=None) as batch_op:
        batch_op.create_index('ix_cdr_late_state', ['state', 'next_at'], unique=False)

    with op.batch_alter_table('cdr_segments', schema=None) as batch_op:
        batch_op.add_column(sa.Column('gap_id', sa.Uuid(), nullable=True))

    with op.batch_alter_table('cdr_gaps', schema=None) as batch_op:
        batch_op.create_index(batch_op.f('ix_cdr_gaps_started_at'), ['started_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('cdr_gaps', schema=None) as batch_op:
        batch_op.drop_index(batch_op.f('ix_cdr_gaps_started_at'))

    with op.batch_alter_table('cdr_segments', schema=None) as batch_op:
        batch_op.drop_column('gap_id')

    with op.batch_alter_table('cdr_late', schema=None) as batch_op:
        batch_op.drop_index('ix_cdr_late_state')

    op.drop_table('cdr_late')
