"""Every table in one place, for the migrations and the tests."""

from __future__ import annotations

from models import audit, clients, contacts, deliveries, follow_ups, forms, goals, notes, people, staff, workspaces
from models.base import Base

TABLES = (audit, clients, contacts, deliveries, follow_ups, forms, goals, notes, people, staff, workspaces)
metadata = Base.metadata
