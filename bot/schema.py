"""The database as a whole: its schema, and the role that may do with all of it what the running program may not.

Here: upgrading, and the addresses of the two roles. Not here: the versions (migrations), and what stands in the rows.
"""

from __future__ import annotations

from sqlalchemy import Engine, text

from bot.settings import StoreSettings
from bot.trouble import OperatorError
from migrations import run as migrations
from models.engine import make_engine, sqlite_path, store_errors

NO_OWNER = (
    "On PostgreSQL the tables belong to another role than the one that noted serve uses: set NOTED_MIGRATION_DATABASE_URL "
    "to the owner's address (docs/operating.md, PostgreSQL)."
)


def engine_of(settings: StoreSettings) -> Engine:
    """The database of this environment."""
    return make_engine(settings.noted_database_url.get_secret_value())


def upgrade(settings: StoreSettings) -> None:
    """Bring the schema to the newest revision; on PostgreSQL as its owner, who gives the program's own role its rights.

    Errors: OperatorError for a database of a newer version, and where one role would be both; StoreError.
    """
    engine = engine_of(settings)
    try:
        if engine.dialect.name == "postgresql":
            _upgrade_as_owner(settings, engine)
        else:
            _upgrade(engine)
    finally:
        engine.dispose()


def _upgrade_as_owner(settings: StoreSettings, engine: Engine) -> None:
    if settings.noted_migration_database_url is None:
        with store_errors():
            refuse_newer(engine)
            if migrations.pending(engine):
                raise OperatorError(NO_OWNER)
        return
    owner = make_engine(settings.noted_migration_database_url.get_secret_value())
    try:
        runtime, owning = _role(engine), _role(owner)
        if runtime == owning:
            raise OperatorError(NO_OWNER)
        _upgrade(owner, runtime)
    finally:
        owner.dispose()


def _upgrade(engine: Engine, runtime_role: str | None = None) -> None:
    with store_errors():
        refuse_newer(engine)
        migrations.upgrade(engine, runtime_role)


def _role(engine: Engine) -> str:
    with store_errors(), engine.connect() as connection:
        return str(connection.execute(text("SELECT current_user")).scalar_one())


def refuse_newer(engine: Engine) -> None:
    """Leave a database alone that a newer program made.

    Errors: OperatorError.
    """
    if migrations.is_newer(engine):
        raise OperatorError("A newer version of Noted made this database: install that version again.")


def whole_url(settings: StoreSettings) -> str:
    """The address at which the rows of every workspace are seen: on PostgreSQL the owner's.

    Errors: OperatorError when it is not set.
    """
    url = settings.noted_database_url.get_secret_value()
    if sqlite_path(url) is not None:
        return url
    if settings.noted_migration_database_url is None:
        raise OperatorError(
            "A backup holds every workspace, which the program's own role does not see: set NOTED_MIGRATION_DATABASE_URL."
        )
    return settings.noted_migration_database_url.get_secret_value()
