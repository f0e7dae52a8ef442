"""Run by alembic inside the transaction that ``database`` opened.

A change of models.py needs one more file in versions/; the test of the schema fails until it is there.
"""

from alembic import context

from spine_models.service.cases.models import Base

context.configure(
    connection=context.config.attributes["connection"], target_metadata=Base.metadata, render_as_batch=True
)
context.run_migrations()
