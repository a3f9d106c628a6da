"""An agency in which emergencies happen: dan does not work with Ana Rivera, carol supervises, pia and otto are privacy officers."""

from __future__ import annotations

from typing import Final

from sqlalchemy import Engine

from models.glass import BreakGlass
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import glass, glass_clients
from services.glass import Emergency
from services.glass_clients import Typed
from tests.conftest import Agency, StandingClock
from tests.services.day_store import CAROL, DAN, furnished
from tests.services.roster_store import Store

PIA, OTTO = "pia@agency.example", "otto@agency.example"
ANA: Final = "4400"
REASON: Final = "Her sister called: she stands on the bridge and asks for somebody."
GRANT: Final = system_grant(Purpose.VALIDATE)


def in_trouble(engine: Engine, agency: Agency, clock: StandingClock) -> Store:
    """The agency of the days, with two privacy officers; one of them is a case manager too, and carol supervises dan."""
    store = furnished(engine, agency, clock)
    report = store.import_staff(
        "email,slack_user_id,name,title,roles,supervisor_email\n"
        f"{DAN},U0DAN,Dan Doe,Case manager,case_manager,{CAROL}\n"
        f"{PIA},U0PIA,Pia Officer,Privacy officer,privacy_officer,\n"
        f"{OTTO},U0OTTO,Otto Two,Case manager,case_manager;privacy_officer,{CAROL}\n"
    )
    assert not report.problems
    return store


def breaks(store: Store, email: str, typed: Typed | str, reason: str = REASON) -> Emergency | None:
    """Somebody breaks the glass for whom they typed."""
    actor = store.actor(email)
    who = Typed(Phi(typed), None) if isinstance(typed, str) else typed
    client_id = store.run(lambda work: glass_clients.meant(work, actor, who))
    found = store.run(lambda work: glass.break_glass(work, actor, Phi(reason), client_id))
    return found[0] if found is not None else None


def broken(store: Store) -> list[BreakGlass]:
    """Every emergency, in the order of their beginning."""
    return store.run(lambda work: work.session.query(BreakGlass).order_by(BreakGlass.opened_at, BreakGlass.id).all())
