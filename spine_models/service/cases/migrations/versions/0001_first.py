"""Cases, their journal and the films kept."""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    op.create_table(
        "cases",
        sa.Column("id", sa.String(32), primary_key=True),
        sa.Column("version", sa.Integer, nullable=False),
        sa.Column("shows", sa.Integer),
        sa.Column("status", sa.String(8), nullable=False, index=True),
        sa.Column("pseudonym", sa.String(120), nullable=False, index=True),
        sa.Column("film_date", sa.Date),
        sa.Column("notes", sa.Text, nullable=False),
        sa.Column("film_sha256", sa.String(64), nullable=False, index=True),
        sa.Column("film_height", sa.Integer, nullable=False),
        sa.Column("film_width", sa.Integer, nullable=False),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changed", sa.DateTime(timezone=True), nullable=False),
    )
    op.create_table(
        "journal",
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("version", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("kind", sa.String(32), nullable=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program", sa.String(32), nullable=False),
        sa.Column("shows", sa.Integer, nullable=False),
        sa.Column("parent", sa.Integer),
        sa.Column("state", sa.Text),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Index("ix_journal_parent", "case_id", "parent"),
    )
    op.create_table(
        "films",
        sa.Column("case_id", sa.String(32), sa.ForeignKey("cases.id", ondelete="CASCADE"), primary_key=True),
        sa.Column("png", sa.LargeBinary, nullable=False),
        sa.Column("thumbnail", sa.LargeBinary, nullable=False),
        sa.Column("row_spacing_mm", sa.Double),
        sa.Column("column_spacing_mm", sa.Double),
    )
