"""The states of the forms and lists of contacts."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import replace

from models.contacts import ContactKind
from models.forms import Answers
from models.note_document import Place
from privacy.phi import Phi
from services.contact_lists import ContactPage, Giving, OwedContact, PlannedVisit
from tests.views import samples
from views import contact_lists, contacts
from views.blocks import PrivateView
from views.contacts import AttemptForm, LaterForm, PlanForm
from views.form import Form
from views.notes import CollateralForm

HOUR = dt.timedelta(hours=1)
NOBODY = Phi("")
OF_CLIENT = samples.answers({"client": (samples.CLIENT,)})


def reference(number: int) -> str:
    """The reference of a made-up contact."""
    return f"K-{number:016d}"


def owed(number: int) -> OwedContact:
    """A call two hours ago."""
    ended = samples.NOW - 2 * HOUR
    return OwedContact(reference(number), ContactKind.COLLATERAL, ended, 4, samples.client(), NOBODY)


def every_kind() -> list[OwedContact]:
    """A contact with a jot, calls whose client is not known, an attempt, and one outside the caseload."""
    call = owed(2)
    return [
        replace(
            owed(1), kind=ContactKind.FACE_TO_FACE, minutes=None, jot=Phi("Asked about the bus.\nCall the county.")
        ),
        replace(call, client=None),
        replace(call, ref=reference(3), client=None, callers=1),
        replace(call, ref=reference(4), client=None, callers=2),
        replace(call, ref=reference(5), kind=ContactKind.ATTEMPT, minutes=None),
        replace(call, ref=reference(6), client=None, outside=True),
    ]


def to_note(page: ContactPage) -> PrivateView:
    """The list of contacts without a note."""
    return contact_lists.contacts_to_note(page, samples.GRANT, samples.NOW, samples.ZONE)


def planned(visits: list[PlannedVisit], *, again: bool) -> PrivateView:
    """The list of planned visits."""
    return contact_lists.planned(visits, samples.GRANT, samples.NOW, samples.ZONE, again=again)


def visits() -> list[PlannedVisit]:
    """A visit that has begun, and one tomorrow."""
    begun, tomorrow = samples.NOW - HOUR / 2, samples.NOW + 24 * HOUR
    return [
        PlannedVisit(reference(1), samples.client(), begun, 60, Place.CLIENT_HOME, has_begun=True),
        PlannedVisit(reference(2), samples.client(), tomorrow, None, None, has_begun=False),
    ]


def form(kind: type[Form], state: Answers, *, fixed: bool = False) -> PrivateView:
    """A small form in a state."""
    known = samples.known(with_client="client" in state.chosen)
    return kind.draw(state, known, samples.NONCE, fixed_client=fixed)


def jotted() -> PrivateView:
    """A note form of a contact with a few words that were kept for it."""
    known = replace(samples.known(), jot=Phi("Asked about the bus."))
    return CollateralForm.draw(OF_CLIENT, known, samples.NONCE, fixed_client=True)


def attempt(**chosen: tuple[str, ...]) -> Answers:
    """An attempt as far as it is answered."""
    return samples.answers({**OF_CLIENT.chosen, **chosen})


def give(*, has_words: bool) -> PrivateView:
    """The form that gives a contact away."""
    giving = Giving(samples.client() if has_words else None, samples.known().owners, has_words)
    return contacts.give(giving, samples.GRANT, samples.NOW, samples.ZONE, reference(1))


VIEWS: dict[str, Callable[[], PrivateView]] = {
    "contacts": lambda: to_note(ContactPage([owed(1), owed(2)], 2)),
    "contacts_inherited": lambda: to_note(ContactPage([replace(owed(1), inherited=True)], 1)),
    "contacts_none": lambda: to_note(ContactPage([], 0)),
    "contacts_every_kind": lambda: to_note(ContactPage(every_kind(), 6)),
    "contacts_many": lambda: to_note(ContactPage([owed(n) for n in range(10)], 45, older=reference(9))),
    "contacts_older": lambda: to_note(ContactPage([owed(10)], 11, cursor=reference(9))),
    "contact_give": lambda: give(has_words=False),
    "contact_give_words": lambda: give(has_words=True),
    "later_empty": lambda: form(LaterForm, samples.answers()),
    "later_client": lambda: form(LaterForm, OF_CLIENT),
    "kept": lambda: contacts.kept(3),
    "attempt_empty": lambda: form(AttemptForm, samples.answers()),
    "attempt_client_fixed": lambda: form(AttemptForm, attempt(outcome=("did_not_come",)), fixed=True),
    "attempt_full": lambda: form(
        AttemptForm, attempt(outcome=("no_answer",), people=("client", samples.PERSON), follow_up=("another",))
    ),
    "plan_empty": lambda: form(PlanForm, samples.answers()),
    "plan_client": lambda: form(PlanForm, OF_CLIENT),
    "planned": lambda: planned(visits(), again=False),
    "planned_again": lambda: planned(visits(), again=True),
    "planned_none": lambda: planned([], again=False),
    "signed_one_left": lambda: contacts.signed(1, "N-0123456789ABCDEF"),
    "signed_many_left": lambda: contacts.signed(2),
    "collateral_jotted": jotted,
}
