"""The two doors to the database: read, and transact.

Here: threads, transactions, the commit, and how long a caller waits. Not here: what a service does, and keys: they are
unwrapped before the door, so that nothing inside waits for a network.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from threading import Lock, Thread
from typing import Concatenate, Final, ParamSpec, TypeVar

from sqlalchemy import Connection, CursorResult, Engine, event
from sqlalchemy.engine.interfaces import DBAPICursor, ExecutionContext
from sqlalchemy.orm import Session

from desk.clock import Clock
from models.engine import CommitUnknown, StoreDown, StoreError, reading, store_errors
from privacy.keys import Keyring
from services import audit
from services.work import Work

P = ParamSpec("P")
T = TypeVar("T")

BUDGET_SECONDS: Final = 2.0
READERS: Final = 4
GROUP_MOST: Final = 64

_WROTE: Final = "noted_wrote"
_WRITES: Final = ("INSERT", "UPDATE", "DELETE", "REPLACE", "MERGE", "WITH")
# Deadlock and serialization: nothing is wrong with the job, it met another one. Alone it succeeds.
_MET_ANOTHER: Final = frozenset({"40P01", "40001"})
