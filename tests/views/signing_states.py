"""Every state of *Before you sign* and of *Check my words*, for the golden files."""

from __future__ import annotations

import dataclasses
import datetime as dt
import uuid
from collections.abc import Callable
from zoneinfo import ZoneInfo

from models.contacts import ContactKind
from models.forms import FormKind
from models.note_document import Activity, Matter, Method, NoGoal, Place, Satisfaction
from models.staff import Role
from models.units import UnitRule
from privacy.phi import Phi
from services import units
from services.checking import DAY_UNITS, OVERLAP, Check, Misfit, NamedOther, Remark, Remarks, Worded
from services.elements import Element
from services.note_content import Content
from services.releases import Unreleased
from services.staff import Actor
from services.unit_days import UnitsAhead
from tests.views import samples
from views.before_signing import Screen, Whence, draw
from views.blocks import PrivateView
from views.remarks import remarks

ACTOR = Actor(
    id=uuid.UUID(int=9),
    slack_user_id="U0ALICE",
    name="Alice Moore",
    title="Case manager",
    credential="QMHP",
    roles=frozenset({Role.CASE_MANAGER}),
    zone=ZoneInfo("America/New_York"),
    work_days="12345",
    work_starts_minute=510,
    work_ends_minute=1020,
    supervisor_id=None,
    cosign_required=False,
)
WHENCE = Whence(samples.NONCE, 1)
RULE = units.NEWEST[UnitRule.CMS8]
EARLIER = dt.date(2026, 11, 9)


def content(**changed: object) -> Content:
    """A call of four minutes."""
    said: dict[str, object] = {
        "kind": ContactKind.COLLATERAL,
        "client_ref": samples.CLIENT,
        "ended_at": samples.NOW,
        "minutes": 4,
        "method": Method.PHONE,
        "client_there": True,
        "people": (),
        "roles": (),
        "newcomers": (),
        "activities": (Activity.COORDINATED,),
        "records": (),
        "done": Phi("Asked the manager for a later day and she agreed."),
        "observations": Phi("Relieved. The rent is paid until the end of the month."),
        "goals": (),
        "no_goal": (NoGoal.BENEFITS,),
        "promises": (),
        "matters": (Matter.NONE,),
        "event_kind": None,
        "matter_words": None,
        "satisfaction": Satisfaction.NOT_DISCUSSED,
        "satisfaction_words": None,
    }
    return Content.model_validate({**said, **changed})


def check(**changed: object) -> Check:
    """What is seen before a call is signed."""
    plain = Check(samples.GRANT, samples.client(), content(), units=UnitsAhead(units.freeze(RULE, 4, ()), 27, 26))
    return dataclasses.replace(plain, **changed)


def words(found: str = "non-compliant", number: int = 1) -> Worded:
    """Words that a rule speaks of."""
    suggestion = "say what the person did not do or chose instead, and the reason they gave"
    why = "It judges, and leaves out what happened."
    return Worded("Q06", "observations", Phi(found), suggestion, why, f"Q06:{found}", f"{number:016x}")


def misfits() -> tuple[Misfit, ...]:
    """Everything that may not fit together."""
    return (
        Misfit("Q57", "observations", Phi("fell")),
        Misfit("Q58", "done", Phi("will call")),
        Misfit("Q59", "done", Phi("Called")),
        Misfit("Q69", "done", Phi(""), day=EARLIER),
        Misfit("Q69", "done", Phi(""), day=EARLIER, is_own=False),
        Misfit("Q74", "observations", Phi("he")),
        Misfit(OVERLAP, "ended_at", Phi(""), minutes=1),
        Misfit(OVERLAP, "ended_at", Phi(""), minutes=12),
        Misfit(DAY_UNITS, "minutes", Phi(""), minutes=27),
    )


def everything() -> Check:
    """All of A to E."""
    people = (Unreleased(Phi("Dana Reyes, property manager")), Unreleased(Phi("Lee Rivera, father"), is_barred=True))
    return check(
        names=(NamedOther("done", Phi("Bram Quill")), NamedOther("observations", Phi("Bram"))),
        late=3,
        people=people,
        misfits=misfits(),
        words=(words(), words("refused", 2), words("lazy", 3)),
        missing=(Element.TIMELINE, Element.REVIEW),
    )


def screen(seen: Check, **chosen: str) -> PrivateView:
    """The screen of a check, with some of it answered."""
    answers = samples.answers({name: (word,) for name, word in chosen.items()})
    return draw(Screen(seen, WHENCE, answers, samples.NOW, ACTOR))


def in_place() -> PrivateView:
    """Where the screen took the place of a visit's form."""
    visit = content(kind=ContactKind.FACE_TO_FACE, method=None, place=Place.GROUP_HOME, minutes=60)
    whence = Whence(samples.NONCE, 2, in_place=True)
    seen = check(content=visit, late=0)
    return draw(Screen(seen, whence, samples.answers(), samples.NOW, ACTOR))


def said() -> Remarks:
    """Remarks on three fields, and one suggestion that is not made any more."""
    found = (
        Remark(
            "goals",
            Phi(""),
            "choose the goal, or why it is about none",
            "A contact is paid for because it serves the plan.",
        ),
        Remark("done", Phi("staff"), "who, by name and title", "Nobody can be asked."),
        Remark(
            "observations", Phi("Doing well"), "what is going well, and since when", "It says nothing to who reads it."
        ),
        Remark("observations", Phi("lazy"), "say what was done and what was not", "It is an opinion."),
    )
    return Remarks(samples.GRANT, found, 1)


def many() -> Remarks:
    """More remarks than fit."""
    return Remarks(samples.GRANT, tuple(said().found[-1:] * 45), 2)


CALL = FormKind.COLLATERAL
VIEWS: dict[str, Callable[[], PrivateView]] = {
    "before_signing_everything": lambda: screen(everything(), late_reason="forgot", basis_2="emergency"),
    "before_signing_late_one_day": lambda: screen(check(late=1)),
    "before_signing_words": lambda: screen(check(words=(words(),))),
    "before_signing_many_people": lambda: screen(
        check(people=tuple(Unreleased(Phi(f"Person {number}, aunt")) for number in range(5)))
    ),
    "before_signing_many_names": lambda: screen(
        check(names=tuple(NamedOther("done", Phi(f"Bram Quill{number}")) for number in range(8)))
    ),
    "before_signing_in_place": in_place,
    "remarks": lambda: remarks(said(), CALL, WHENCE),
    "remarks_many": lambda: remarks(many(), CALL, WHENCE),
    "remarks_none": lambda: remarks(Remarks(samples.GRANT, (), 0), CALL, Whence(samples.NONCE, in_place=True)),
}
