"""Addresses of phone systems: found before it is known whose they are."""

from __future__ import annotations

from sqlalchemy import Engine
from sqlalchemy.orm import Session

from models.calls import Provider
from privacy.kek import FileKek
from services import hooks
from tests.conftest import Agency, StandingClock, make_agency
from tests.services.roster_store import Store


def test_an_address_is_found_in_whichever_workspace_it_is(
    engine: Engine, agency: Agency, clock: StandingClock, kek: FileKek
) -> None:
    stores = {
        "T0ALPHA": Store(engine, agency, clock),
        "T0BETA": Store(engine, make_agency(engine, clock, kek, "T0BETA"), clock),
        "T0GAMMA": Store(engine, make_agency(engine, clock, kek, "T0GAMMA"), clock),
    }
    refs = {
        team: store.run(lambda work: hooks.add(work, Provider.GENERIC, hooks.new_secret()).ref)
        for team, store in stores.items()
    }
    with Session(engine) as session:
        assert {team: hooks.team_of(session, ref) for team, ref in refs.items()} == {team: team for team in refs}
        assert hooks.team_of(session, "H-0000000000000000") is None
    assert stores["T0BETA"].run(lambda work: hooks.remove(work, refs["T0BETA"]))
    with Session(engine) as session:
        assert hooks.team_of(session, refs["T0BETA"]) is None
