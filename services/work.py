"""What every service is given: the caller's session, the workspace and its keys, and what time it is."""

from __future__ import annotations

import datetime as dt
import uuid
from dataclasses import dataclass, field

from sqlalchemy.orm import Session

from models.base import new_id
from privacy.keys import Keyring
from privacy.sealed import Cell
from services.events import Entry, Written
from services.name_book import NameBook


@dataclass(slots=True)
class Work:
    """One transaction's worth of work, owned by the door that made it. Services use it and never commit.

    `names` is the workspace's book of names, in the reading door alone: what is not committed yet must not get into it.
    Units: `now` is UTC and aware.
    """

    session: Session
    workspace_id: uuid.UUID
    keys: Keyring
    now: dt.datetime
    request_id: uuid.UUID = field(default_factory=new_id)
    entries: list[Entry] = field(default_factory=list[Entry])
    # The first of these, as far as they could be written before the transaction began.
    written: Written | None = None
    names: NameBook | None = field(default=None, repr=False)

    def cell(self, table: str, column: str, row: uuid.UUID, version: int = 1, kind: str = "doc") -> Cell:
        """The place a sealed value is bound to, in this workspace."""
        return Cell(workspace=str(self.workspace_id), table=table, column=column, row=row, version=version, type=kind)
