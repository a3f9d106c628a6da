"""The two doors to the database: read, and transact.

Here: threads, transactions, the commit, and how long a caller waits. Not here: what a service does, and keys: they are
unwrapped before the door, so that nothing inside waits for a network.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Any, Concatenate, Final, Generic, ParamSpec, TypeVar

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from desk.clock import Clock
from models.engine import CommitUnknown, StoreDown, StoreError, in_transaction, reading, store_errors, take_time
from models.rows import WorkspaceSession, leave
from privacy.keys import Keyring
from services import audit
from services.name_book import NameBook
from services.work import Work

P = ParamSpec("P")
T = TypeVar("T")

BUDGET_SECONDS: Final = 2.0
# Looking through a whole agency takes longer than anybody waits for a form.
SURVEY_SECONDS: Final = 30.0
READERS: Final = 4
GROUP_MOST: Final = 64

_WROTE: Final = "noted_wrote"
_USED: Final = "noted_used"
_WRITES: Final = ("INSERT", "UPDATE", "DELETE", "REPLACE")
# Deadlock and serialization: nothing is wrong with the job, it met another one. Alone it succeeds.
_MET_ANOTHER: Final = frozenset({"40P01", "40001"})
# Statement and lock timeouts end one savepoint and leave the transaction around it whole.
_TOO_SLOW: Final = frozenset({"57014", "55P03"})


class _GroupError(Exception):
    """The transaction around the savepoints may be gone; nothing of it may be committed."""

    def __init__(self, error: StoreError) -> None:
        super().__init__()
        self.error: Final = error


class _Job(Generic[T]):
    """One service call on its way to the writer."""

    def __init__(
        self, keys: Keyring, workspace_id: uuid.UUID, service: Callable[..., object], call: Callable[[Work], T]
    ) -> None:
        self.keys = keys
        self.workspace_id = workspace_id
        self.excused = audit.why_unaudited(service) is not None
        self.future: Future[T] = Future()
        self._call = call
        self._results: list[T] = []
        self._begun = False

    def begin(self) -> bool:
        """Whether the caller still waits; from now on it cannot call the job back."""
        self._begun = self._begun or self.future.set_running_or_notify_cancel()
        return self._begun

    def perform(self, work: Work) -> None:
        """Run the service and keep its result until the commit."""
        self._results = [self._call(work)]

    def succeed(self) -> None:
        """Answer with the result."""
        self.future.set_result(self._results[0])

    def fail(self, error: Exception) -> None:
        """Answer with the error, if anybody waits."""
        if self.begin():
            self.future.set_exception(error)


@dataclass(slots=True)
class _Group:
    """What became of the jobs of one transaction."""

    done: list[tuple[_Job[Any], Work]] = field(default_factory=list[tuple[_Job[Any], Work]])
    again: list[_Job[Any]] = field(default_factory=list[_Job[Any]])
    failed: list[tuple[_Job[Any], Exception]] = field(default_factory=list[tuple[_Job[Any], Exception]])


class Doors:
    """Read in a small pool of threads; write in one thread, which commits what is queued together.

    Units: the budget is in seconds and covers waiting, running and committing.
    """

    def __init__(self, engine: Engine, clock: Clock, *, budget: float = BUDGET_SECONDS) -> None:
        self._clock = clock
        self._budget = budget
        self._reading = reading(engine)
        # In this process's memory only; the names in them are read by whoever reads (services.directory).
        self._books: dict[uuid.UUID, NameBook] = {}
        # An engine of its own over the same pool, so that only this door's statements are watched.
        self._writing = engine.execution_options()
        event.listen(self._writing, "after_cursor_execute", _notice)
        self._queue: SimpleQueue[_Job[Any] | None] = SimpleQueue()
        self._closing = Lock()
        self._open = False
        self._readers = ThreadPoolExecutor(READERS, "noted-reader")
        self._writer = Thread(target=self._write_until_closed, name="noted-writer", daemon=True)

    def start(self) -> None:
        """Open the doors."""
        self._open = True
        self._writer.start()

    async def close(self) -> None:
        """Refuse what comes from now on, finish what is queued, and stop the threads."""
        with self._closing:
            was_open, self._open = self._open, False
            self._queue.put(None)
        if was_open:
            await asyncio.to_thread(self._writer.join)
        await asyncio.to_thread(self._readers.shutdown)

    async def read(
        self,
        keys: Keyring,
        workspace_id: uuid.UUID,
        service: Callable[Concatenate[Work, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What the service returns from one moment's snapshot; whatever it tries to change is refused.

        Errors: StoreDown, also when the budget is spent; Unaudited when the service records an event; the service's own.
        """
        future = self._submit(keys, workspace_id, lambda work: service(work, *args, **kwargs))
        return await self._answer(future, StoreDown, self._budget)

    async def survey(
        self,
        keys: Keyring,
        workspace_id: uuid.UUID,
        service: Callable[Concatenate[Work, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """As `read`, for the clock: no person waits for it, and given up it would only begin again.

        Errors: as `read`.
        """
        budget = max(self._budget, SURVEY_SECONDS)

        def at_leisure(work: Work) -> T:
            take_time(work.session.connection(), budget)
            return service(work, *args, **kwargs)

        return await self._answer(self._submit(keys, workspace_id, at_leisure), StoreDown, budget)

    async def transact(
        self,
        keys: Keyring,
        workspace_id: uuid.UUID,
        service: Callable[Concatenate[Work, P], T],
        *args: P.args,
        **kwargs: P.kwargs,
    ) -> T:
        """What the service returns, once it is committed together with its audit events.

        Errors: StoreDown when nothing was saved; CommitUnknown when nobody can say; Conflict; Unaudited; the service's own.
        """
        job = _Job(keys, workspace_id, service, lambda work: service(work, *args, **kwargs))
        with self._closing:
            if not self._open:
                raise StoreDown("closed")
            self._queue.put(job)
        return await self._answer(job.future, CommitUnknown, self._budget)

    def _submit(self, keys: Keyring, workspace_id: uuid.UUID, call: Callable[[Work], T]) -> Future[T]:
        if not self._open:
            raise StoreDown("closed")
        return self._readers.submit(self._read, keys, workspace_id, call)

    async def _answer(self, future: Future[T], too_late: type[StoreError], budget: float) -> T:
        """The future's result within the budget. A job that did not begin by then never will."""
        waiting = asyncio.wrap_future(future)
        try:
            await asyncio.wait({waiting}, timeout=budget)
            if waiting.done():
                return waiting.result()
            if future.cancel():
                raise StoreDown("budget")
            if future.done():
                return future.result()
            raise too_late("budget")
        finally:
            # Whoever is not waiting any more must not be told of an error that nobody reads.
            waiting.cancel()

    def _read(self, keys: Keyring, workspace_id: uuid.UUID, call: Callable[[Work], T]) -> T:
        with store_errors(), WorkspaceSession(self._reading, workspace_id) as session:
            book = self._books.setdefault(workspace_id, NameBook())
            work = Work(session, workspace_id, keys, self._clock.now(), names=book)
            result = call(work)
            if work.entries:
                raise audit.Unaudited("An event that is recorded while reading is never committed: use transact.")
            return result

    def _write_until_closed(self) -> None:
        while jobs := self._take():
            for job in self._together(jobs):
                self._together([job], alone=True)

    def _take(self) -> list[_Job[Any]]:
        """What is queued now, at least one job; nothing when the door was closed and everything is done."""
        first = self._queue.get()
        if first is None:
            return []
        jobs = [first]
        while len(jobs) < GROUP_MOST:
            try:
                job = self._queue.get_nowait()
            except Empty:
                break
            if job is None:
                # The last in the queue: it is found again after these.
                self._queue.put(None)
                break
            jobs.append(job)
        # Every process locks the workspaces' heads in one order, so that two of them cannot wait for each other.
        return sorted(jobs, key=lambda job: job.workspace_id)

    def _together(self, jobs: Sequence[_Job[Any]], *, alone: bool = False) -> list[_Job[Any]]:
        """Run the jobs in one transaction and answer them; those that are returned have to be run again, alone."""
        group = _Group()
        try:
            with store_errors():
                self._run_and_commit(jobs, group)
        except _GroupError as broken:
            return self._answer_all(jobs, broken.error) if alone else [job for job in jobs if job.begin()]
        except StoreError as error:
            return self._answer_all(jobs, error)
        except Exception as error:  # noqa: BLE001 - the writer outlives whatever nobody thought of
            return self._answer_all(jobs, CommitUnknown(type(error).__name__))
        for job, work in group.done:
            audit.activate(work)
            job.succeed()
        for job, error in group.failed:
            job.fail(error)
        return self._answer_all(group.again, StoreDown("met_another")) if alone else group.again

    def _answer_all(self, jobs: Sequence[_Job[Any]], error: StoreError) -> list[_Job[Any]]:
        """Tell every caller of the same failure, each by an exception of its own, so that tracebacks do not mix."""
        for job in jobs:
            job.fail(type(error)(error.code, error.constraint))
        return []

    def _run_and_commit(self, jobs: Sequence[_Job[Any]], group: _Group) -> None:
        with self._writing.connect() as connection:
            transaction = connection.begin()
            # PostgreSQL's driver begins with the first statement; until then there is no transaction to be lost.
            connection.info[_USED] = False
            for job in jobs:
                if job.begin():
                    self._run(connection, job, group)
            if not group.done:
                transaction.rollback()
                return
            try:
                with store_errors(committing=True):
                    transaction.commit()
            except StoreError:
                # Nothing more is asked of a connection that failed here, lest its next error hides this one.
                connection.invalidate()
                raise

    def _run(self, connection: Connection, job: _Job[Any], group: _Group) -> None:
        connection.info[_WROTE] = False
        session = WorkspaceSession(
            connection, job.workspace_id, join_transaction_mode="create_savepoint", expire_on_commit=False
        )
        work = Work(session, job.workspace_id, job.keys, self._clock.now())
        failure: Exception | None = None
        try:
            with store_errors():
                job.perform(work)
                session.flush()
                if connection.info[_WROTE] and not work.entries and not job.excused:
                    raise audit.Unaudited("A service changed rows and recorded no event.")
                _require_transaction(connection)
                audit.append_all(work)
                session.commit()
        except Exception as error:  # noqa: BLE001 - whatever a service raises goes to its caller, and to nobody else
            failure = error
        self._leave(session, connection)
        if failure is None:
            group.done.append((job, work))
        elif isinstance(failure, StoreDown) and failure.code in _MET_ANOTHER:
            group.again.append(job)
        elif isinstance(failure, StoreDown) and failure.code not in _TOO_SLOW:
            raise _GroupError(failure)
        else:
            group.failed.append((job, failure))

    def _leave(self, session: Session, connection: Connection) -> None:
        """Roll the session back to its savepoint, if it was not released, and leave its workspace.

        Errors: _GroupError when the transaction around it is gone, as after a lost connection and some errors of SQLite.
        """
        try:
            with store_errors():
                session.close()
                _require_transaction(connection)
                if connection.info[_USED]:
                    # A savepoint that was released hands its workspace on to the transaction around it.
                    leave(connection)
        except StoreError as error:
            raise _GroupError(error) from None
        except SQLAlchemyError:
            # What SQLAlchemy says of a connection that it has given up already.
            raise _GroupError(StoreDown("connection")) from None


def _require_transaction(connection: Connection) -> None:
    """Stop when the transaction ended behind SQLAlchemy's back: from there on every statement would commit by itself.

    Errors: StoreDown; SQLAlchemyError.
    """
    if connection.info[_USED] and not in_transaction(connection):
        raise StoreDown("transaction")


def _notice(connection: Connection, cursor: DBAPICursor, statement: str, *_: object) -> None:
    """Remember that this connection was used, and whether it changed rows: through the ORM, Core or SQL by hand."""
    connection.info[_USED] = True
    if statement.lstrip()[:7].upper().startswith(_WRITES) and cursor.rowcount != 0:
        connection.info[_WROTE] = True
