"""listed numbers

Numbers of malicious callers, listed and lifted at run time.

Revision: 0006, after 0005
"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from core.storage.schema import UtcDateTime

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('hotline_nuisance',
    sa.Column('listing_id', sa.Uuid(), nullable=False),
    sa.Column('number', sa.String(length=32), nullable=False),
    sa.Column('open_number', sa.String(length=32), nullable=True),
    sa.Column('reason', sa.Text(), nullable=False),
    sa.Column('until', UtcDateTime(), nullable=False),
    sa.Column('added_by', sa.String(length=64), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.Column('lifted_by', sa.String(length=64), nullable=False),
    sa.Column('lifted_at', UtcDateTime(), nullable=True),
    sa.Column('lift_reason', sa.Text(), nullable=False),
    sa.Column('lift_op', sa.Uuid(), nullable=True),
    sa.PrimaryKeyConstraint('listing_id', name=op.f('pk_hotline_nuisance')),
    sa.UniqueConstraint('open_number', name=op.f('uq_hotline_nuisance_open_number'))
    )
    with op.batch_alter_table('hotline_nuisance', schema=None) as batch_op:
        batch_op.create_index('ix_hotline_nuisance_added_at', ['added_at'], unique=False)


def downgrade() -> None:
    with op.batch_alter_table('hotline_nuisance', schema=None) as batch_op:
        batch_op.drop_index('ix_hotline_nuisance_added_at')

    op.drop_table('hotline_nuisance')
