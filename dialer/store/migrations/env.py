"""How Alembic runs here: on the connection and in the transaction that ``database.migrate`` holds, never by itself."""

from alembic import context

from dialer.store.tables import metadata

context.configure(
    connection=context.config.attributes["connection"],
    target_metadata=metadata,
    transactional_ddl=True,  # SQLite too: we began the transaction ourselves
    render_as_batch=True,  # SQLite alters a table by making it anew
)
with context.begin_transaction():
    context.run_migrations()
