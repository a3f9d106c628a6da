"""Every table in one place, for the migrations and the tests."""

from __future__ import annotations

from models import (
    audit,
    calls,
    clients,
    contacts,
    deliveries,
    follow_ups,
    forms,
    glass,
    goals,
    notes,
    occurrences,
    people,
    policy_versions,
    requirements,
    staff,
    workspaces,
)
from models.base import Base

TABLES = (
    audit,
    calls,
    clients,
    contacts,
    deliveries,
    follow_ups,
    forms,
    glass,
    goals,
    notes,
    occurrences,
    people,
    policy_versions,
    requirements,
    staff,
    workspaces,
)
metadata = Base.metadata
