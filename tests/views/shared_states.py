"""The states of a visit or conference about several clients, and of a form about somebody under 42 CFR Part 2."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from models.clients import ClientProfile
from privacy.phi import Phi
from services.shared_contacts import Share
from tests.views import samples
from views import lists, shared_contacts
from views.blocks import PrivateView
from views.notes import CollateralForm, VisitForm

GROUP_HOME = {"client": (samples.CLIENT,), "location": ("group_home",), "minutes": ("62",)}
CONFERENCE = {"client": (samples.CLIENT,), "method": ("case_conference",), "minutes": ("31",)}


def choose(minutes: int | None) -> PrivateView:
    """The choice of who else was there."""
    return shared_contacts.choose(minutes, samples.GRANT, samples.NOW, samples.ZONE, samples.NONCE)


def split() -> PrivateView:
    """Three clients and their minutes."""
    profiles = [
        ClientProfile(agency_id=Phi(agency_id), last_name=Phi(last), first_name=Phi(first))
        for agency_id, last, first in (("4417", "Rivera", "Ana"), ("4420", "Okoro", "Ben"), ("4431", "Lindqvist", "Cy"))
    ]
    shares = [
        Share(replace(samples.client(), ref=f"C-{number:016d}", profile=profile), minutes)
        for number, (profile, minutes) in enumerate(zip(profiles, (22, 20, 20), strict=True))
    ]
    return shared_contacts.split(shares, samples.GRANT, samples.NOW, samples.ZONE, samples.NONCE)


def closed() -> PrivateView:
    """A draft about a client of whom nothing can be signed."""
    known = replace(samples.known(), closed=True, goals=(), people=(), owners=())
    return CollateralForm.draw(samples.full_collateral(), known, samples.NONCE)


VIEWS: dict[str, Callable[[], PrivateView]] = {
    "shared_visit": lambda: VisitForm.draw(samples.answers(GROUP_HOME), samples.known(), samples.NONCE),
    "shared_conference": lambda: CollateralForm.draw(samples.answers(CONFERENCE), samples.known(), samples.NONCE),
    "shared_choose": lambda: choose(62),
    "shared_choose_no_minutes": lambda: choose(None),
    "shared_split": split,
    "shared_kept_one": lambda: lists.notice(shared_contacts.kept(1)),
    "shared_kept_many": lambda: lists.notice(shared_contacts.kept(2)),
    "part2_draft": closed,
}
