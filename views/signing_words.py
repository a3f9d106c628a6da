"""The words of the screen before signing: its closed choices, what does not fit together, what a record still lacks."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from models.note_checked import Basis, LateReason, OtherName
from services.checking import DAY_UNITS, OVERLAP, OVERLAP_CALL
from services.elements import Element

OTHER_NAMES: Final = {
    OtherName.RELATIVE: "It is a relative",
    OtherName.STAFF: "It is staff or a provider",
    OtherName.SAME_NAME: "Same name, another person",
}
LATE_REASONS: Final = {
    LateReason.MANY_CONTACTS: "Many contacts that day",
    LateReason.AWAY: "Away or out sick",
    LateReason.NO_SYSTEM: "No signal or system down",
    LateReason.WAITED: "Waited for information",
    LateReason.FORGOT: "Forgot",
    LateReason.OTHER: "Other",
}
BASES: Final = {
    Basis.NOTHING: "Nothing about the client was shared",
    Basis.CLIENT_AGREED: "Client was on the call and agreed",
    Basis.TREATMENT: "Needed for treatment or care coordination",
    Basis.FAMILY: "Family or person involved in care",
    Basis.EMERGENCY: "Emergency",
    Basis.LAW: "Required by law",
    Basis.TO_BE_FILED: "Release signed today, to be filed",
}
# By the rule's id. `{words}` are the note's own, `{day}` that of an earlier note, `{overlap}` says how much time overlaps.
MISFITS: Final[Mapping[str, str]] = MappingProxyType(
    {
        "Q57": "Words such as “{words}” stand in the note, but no significant event is ticked.",
        "Q58": "You wrote “{words}”, but no follow-up is set.",
        "Q59": "The words say phone, the note says visit.",
        "Q69": "Very like your note of {day}: say what was different today.",
        "Q74": "The words may be about another person: check that this is the right client.",
        OVERLAP: "{overlap} another note of yours.",
        DAY_UNITS: "With this note your day has {count} units: more than {most} have to be explained.",
        OVERLAP_CALL: "{overlap} a call of yours that has no note yet.",
    }
)
OF_A_COLLEAGUE: Final = "Very like the note of {day}: say what was different today."
ELEMENTS: Final[Mapping[Element, str]] = MappingProxyType(
    {
        Element.NAME: "the client's name (42 CFR 441.18(a)(7)(i))",
        Element.DATE: "day and time of the contact (42 CFR 441.18(a)(7)(ii))",
        Element.PROVIDER: "your title on the staff list (42 CFR 441.18(a)(7)(iii))",
        Element.CONTENT: "what was done, and a goal or why there is none (42 CFR 441.18(a)(7)(iv))",
        Element.DECLINED: "whether a service was declined (42 CFR 441.18(a)(7)(v))",
        Element.COORDINATION: "coordination with other case managers (42 CFR 441.18(a)(7)(vi))",
        Element.TIMELINE: "timeline for a needed service (42 CFR 441.18(a)(7)(vii))",
        Element.REVIEW: "day of the next plan review (42 CFR 441.18(a)(7)(viii))",
        Element.ENCOUNTER: "how or where it was, and with whom (1 TAC 354.2657)",
    }
)
