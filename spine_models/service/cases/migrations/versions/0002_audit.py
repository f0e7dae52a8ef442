"""The audit trail: lines that can be added and read, not changed or deleted, and a head that counts them."""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"

_SQLITE = """
CREATE TRIGGER audit_{when} BEFORE {what} ON audit
BEGIN SELECT RAISE(ABORT, 'the audit trail takes new lines only'); END
"""
_POSTGRESQL = (
    """
    CREATE OR REPLACE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS
    $$ BEGIN RAISE EXCEPTION 'the audit trail takes new lines only'; END $$
    """,
    "CREATE TRIGGER audit_kept BEFORE UPDATE OR DELETE OR TRUNCATE ON audit "
    "FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only()",
)


def upgrade() -> None:
    op.create_table(
        "audit",
        sa.Column("line", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("time", sa.DateTime(timezone=True), nullable=False),
        sa.Column("program", sa.String(32), nullable=False),
        sa.Column("action", sa.String(64), nullable=False),
        sa.Column("film_sha256", sa.String(64), nullable=False),
        sa.Column("model", sa.String(120)),
        sa.Column("weights_sha256", sa.String(64)),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    head = op.create_table(
        "audit_head",
        sa.Column("id", sa.Integer, primary_key=True, autoincrement=False),
        sa.Column("lines", sa.Integer, nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
    )
    op.bulk_insert(head, [{"id": 1, "lines": 0, "digest": ""}])
    if op.get_context().dialect.name == "sqlite":
        op.execute(_SQLITE.format(when="unchanged", what="UPDATE"))
        op.execute(_SQLITE.format(when="undeleted", what="DELETE"))
    elif op.get_context().dialect.name == "postgresql":
        for statement in _POSTGRESQL:
            op.execute(statement)
