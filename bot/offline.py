"""Services run by the command line, one transaction each, without the server's doors and their two-second budget."""

from __future__ import annotations

from collections.abc import Callable
from typing import Concatenate, ParamSpec, TypeVar

from sqlalchemy import Engine

from desk.clock import Clock
from desk.tenants import Tenant, Tenants
from models.base import new_id
from models.engine import reading, store_errors
from models.rows import WorkspaceSession
from privacy.kek import KekProvider
from privacy.keys import Keyring
from services import audit, workspaces
from services.work import Work

P = ParamSpec("P")
R = TypeVar("R")


def transact(
    engine: Engine,
    tenant: Tenant,
    clock: Clock,
    service: Callable[Concatenate[Work, P], R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """What the service returns, committed together with its audit events.

    Errors: StoreError; the service's own.
    """
    with store_errors(), WorkspaceSession(engine, tenant.id) as session:
        work = Work(session, tenant.id, tenant.keys, clock.now())
        result = service(work, *args, **kwargs)
        _commit(work)
    return result


def read(
    engine: Engine,
    tenant: Tenant,
    clock: Clock,
    service: Callable[Concatenate[Work, P], R],
    *args: P.args,
    **kwargs: P.kwargs,
) -> R:
    """What the service returns from one moment's snapshot.

    Errors: StoreError; the service's own.
    """
    with store_errors(), WorkspaceSession(reading(engine), tenant.id) as session:
        return service(Work(session, tenant.id, tenant.keys, clock.now()), *args, **kwargs)


def make_workspace(engine: Engine, kek: KekProvider, clock: Clock, slack_team_id: str, *, demo: bool = False) -> Tenant:
    """The workspace of a Slack team, made now with new keys if there is none yet.

    Errors: StoreError, KekError.
    """
    tenants = Tenants(engine, kek)
    existing = tenants.load(slack_team_id)
    if existing is not None:
        return existing
    workspace_id = new_id()
    keys, wrapped = Keyring.create(kek, str(workspace_id))
    with store_errors(), WorkspaceSession(engine, workspace_id) as session:
        work = Work(session, workspace_id, keys, clock.now())
        workspaces.create(work, slack_team_id, wrapped, demo=demo)
        _commit(work)
    return Tenant(workspace_id, slack_team_id, demo, keys)


def _commit(work: Work) -> None:
    work.session.flush()
    audit.append_all(work)
    with store_errors(committing=True):
        work.session.commit()
    audit.activate(work)
