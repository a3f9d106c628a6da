"""Every table in one place, for the migrations and the tests."""

from __future__ import annotations

from models import (
    addenda,
    audit,
    calls,
    clients,
    contacts,
    deliveries,
    dismissals,
    follow_ups,
    forms,
    glass,
    goals,
    notes,
    occurrences,
    people,
    policy_versions,
    requirements,
    reviews,
    staff,
    workspaces,
)
from models.base import Base

TABLES = (
    addenda,
    audit,
    calls,
    clients,
    contacts,
    deliveries,
    dismissals,
    follow_ups,
    forms,
    glass,
    goals,
    notes,
    occurrences,
    people,
    policy_versions,
    requirements,
    reviews,
    staff,
    workspaces,
)
metadata = Base.metadata
