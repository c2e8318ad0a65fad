"""units and talkgroups

The register of units says more of each, their bearers, positions and other names; talkgroups of every network.

Revision: 0007, after 0006
"""
from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from core.storage.schema import Json, UtcDateTime

revision = '0007'
down_revision = '0006'
branch_labels = None
depends_on = None

UNIT_COLUMNS = (
    'heard_by', 'vehicle', 'skills', 'devices', 'shift_starts_at', 'shift_ends_at', 'revoked_at', 'revoked_by',
)


def upgrade() -> None:
    with op.batch_alter_table('radio_units', schema=None) as batch_op:
        batch_op.add_column(sa.Column('heard_by', sa.String(length=16), server_default='', nullable=False))
        batch_op.add_column(sa.Column('vehicle', sa.Text(), server_default='', nullable=False))
        batch_op.add_column(sa.Column('skills', Json, server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('devices', Json, server_default='[]', nullable=False))
        batch_op.add_column(sa.Column('shift_starts_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('shift_ends_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('revoked_at', UtcDateTime(), nullable=True))
        batch_op.add_column(sa.Column('revoked_by', sa.String(length=80), server_default='', nullable=False))

    op.create_table('radio_unit_names',
    sa.Column('name_key', sa.String(length=80), nullable=False),
    sa.Column('name', sa.Text(), nullable=False),
    sa.Column('unit_id', sa.String(length=64), nullable=False),
    sa.Column('address', sa.Boolean(), nullable=False),
    sa.PrimaryKeyConstraint('name_key', name=op.f('pk_radio_unit_names'))
    )
    with op.batch_alter_table('radio_unit_names', schema=None) as batch_op:
        batch_op.create_index('ix_radio_unit_names_unit', ['unit_id'], unique=False)

    op.create_table('radio_bearers',
    sa.Column('unit_id', sa.String(length=64), nullable=False),
    sa.Column('bearer', sa.String(length=16), nullable=False),
    sa.Column('online', sa.Boolean(), nullable=False),
    sa.Column('heard_at', UtcDateTime(), nullable=True),
    sa.Column('groups_seq', sa.Integer(), nullable=False),
    sa.Column('groups_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('unit_id', 'bearer', name=op.f('pk_radio_bearers'))
    )
    # Until now a unit was heard over one bearer, its own network.
    network = "substr(unit_id, 1, {}(unit_id, ':') - 1)"
    position = 'strpos' if op.get_bind().dialect.name == 'postgresql' else 'instr'
    op.execute(
        'INSERT INTO radio_bearers (unit_id, bearer, online, heard_at, groups_seq) '
        f'SELECT unit_id, {network.format(position)}, online, last_heard, 0 FROM radio_units '
        'WHERE last_heard IS NOT NULL'
    )
    op.execute(
        f'UPDATE radio_units SET heard_by = {network.format(position)} WHERE last_heard IS NOT NULL'
    )

    op.create_table('radio_places',
    sa.Column('unit_id', sa.String(length=64), nullable=False),
    sa.Column('lon', sa.Float(), nullable=False),
    sa.Column('lat', sa.Float(), nullable=False),
    sa.Column('accuracy_m', sa.Float(), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('measured_at', UtcDateTime(), nullable=False),
    sa.Column('device_at', UtcDateTime(), nullable=False),
    sa.Column('received_at', UtcDateTime(), nullable=False),
    sa.Column('altitude_m', sa.Float(), nullable=True),
    sa.Column('speed_mps', sa.Float(), nullable=True),
    sa.Column('heading_deg', sa.Float(), nullable=True),
    sa.Column('battery_pct', sa.Integer(), nullable=True),
    sa.PrimaryKeyConstraint('unit_id', name=op.f('pk_radio_places'))
    )
    op.create_table('radio_track',
    sa.Column('number', sa.BigInteger().with_variant(sa.Integer(), 'sqlite'), autoincrement=True, nullable=False),
    sa.Column('unit_id', sa.String(length=64), nullable=False),
    sa.Column('lon', sa.Float(), nullable=False),
    sa.Column('lat', sa.Float(), nullable=False),
    sa.Column('accuracy_m', sa.Float(), nullable=False),
    sa.Column('source', sa.String(length=40), nullable=False),
    sa.Column('measured_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('number', name=op.f('pk_radio_track')),
    sa.UniqueConstraint(
        'unit_id', 'measured_at', 'source', name=op.f('uq_radio_track_unit_id_measured_at_source')
    )
    )
    with op.batch_alter_table('radio_track', schema=None) as batch_op:
        batch_op.create_index('ix_radio_track_at', ['measured_at'], unique=False)

    op.create_table('radio_talkgroups',
    sa.Column('tg_id', sa.String(length=64), nullable=False),
    sa.Column('name_zh', sa.Text(), nullable=False),
    sa.Column('name_en', sa.Text(), nullable=False),
    sa.Column('tg_class', sa.String(length=16), nullable=False),
    sa.Column('monitor', Json, nullable=False),
    sa.Column('talk', Json, nullable=False),
    sa.Column('patch', Json, nullable=False),
    sa.Column('priority', sa.Integer(), nullable=False),
    sa.Column('case_id', sa.Uuid(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('created_by', sa.String(length=80), nullable=False),
    sa.Column('removed_at', UtcDateTime(), nullable=True),
    sa.Column('removed_by', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('tg_id', name=op.f('pk_radio_talkgroups'))
    )
    with op.batch_alter_table('radio_talkgroups', schema=None) as batch_op:
        batch_op.create_index('ix_radio_talkgroups_case', ['case_id'], unique=False)

    op.create_table('radio_tg_members',
    sa.Column('tg_id', sa.String(length=64), nullable=False),
    sa.Column('unit_id', sa.String(length=64), nullable=False),
    sa.Column('added_at', UtcDateTime(), nullable=False),
    sa.Column('added_by', sa.String(length=80), nullable=False),
    sa.PrimaryKeyConstraint('tg_id', 'unit_id', name=op.f('pk_radio_tg_members'))
    )
    with op.batch_alter_table('radio_tg_members', schema=None) as batch_op:
        batch_op.create_index('ix_radio_tg_members_unit', ['unit_id'], unique=False)

    op.create_table('radio_affiliations',
    sa.Column('unit_id', sa.String(length=64), nullable=False),
    sa.Column('bearer', sa.String(length=16), nullable=False),
    sa.Column('tg_id', sa.String(length=64), nullable=False),
    sa.Column('since', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('unit_id', 'bearer', 'tg_id', name=op.f('pk_radio_affiliations'))
    )
    with op.batch_alter_table('radio_affiliations', schema=None) as batch_op:
        batch_op.create_index('ix_radio_affiliations_tg', ['tg_id'], unique=False)

    op.create_table('radio_operations',
    sa.Column('op_id', sa.Uuid(), nullable=False),
    sa.Column('what', sa.String(length=160), nullable=False),
    sa.Column('at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('op_id', name=op.f('pk_radio_operations'))
    )


def downgrade() -> None:
    for table in (
        'radio_operations', 'radio_affiliations', 'radio_tg_members', 'radio_talkgroups', 'radio_track',
        'radio_places', 'radio_bearers', 'radio_unit_names',
    ):
        op.drop_table(table)
    with op.batch_alter_table('radio_units', schema=None) as batch_op:
        for column in UNIT_COLUMNS:
            batch_op.drop_column(column)
