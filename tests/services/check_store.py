"""Forms as somebody is about to sign them, for the tests of what they see before."""

from __future__ import annotations

from models.forms import Answers
from privacy.grants import Purpose, system_grant
from privacy.phi import Phi
from services import checking
from services.checking import Check
from services.note_content import Content
from services.note_words import Written
from services.sheets import Sheet
from tests.services.note_store import content_of
from tests.services.roster_store import Store

GRANT = system_grant(Purpose.VALIDATE)


def written_of(sheet: Sheet, content: Content) -> Written:
    """The same as it stands in the form."""
    texts = {
        "done": content.done,
        "wellbeing": content.wellbeing,
        "observations": content.observations,
        "record_words": content.matter_words,
        "satisfaction_words": content.satisfaction_words,
        **{f"follow_up_what_{number}": each.what for number, each in enumerate(content.promises, start=1)},
    }
    chosen: dict[str, tuple[str, ...]] = {
        "client": (content.client_ref,),
        "minutes": (str(content.minutes),),
        "people": (("client",) if content.client_there else ()) + content.people,
        "activities": content.activities,
        "goals": (*(f"{each.ref}.{each.progress}" for each in content.goals), *content.no_goal),
        "record": content.matters,
        "satisfaction": (content.satisfaction,),
    }
    if content.method is not None:
        chosen["method"] = (content.method,)
    typed = {name: words for name, words in texts.items() if words is not None}
    return Written(sheet.kind, Answers(typed=typed, chosen=chosen), frozenset((*typed, *chosen)))


def checked(store: Store, who: str, sheet: Sheet, **changed: object) -> Check:
    """What they would see before signing this form now."""
    content = content_of(sheet, store.clock.now(), **changed)
    actor, written = store.actor(who), written_of(sheet, content)
    return store.run(lambda work: checking.check(work, actor, sheet.nonce, content, written))


def said(*words: Phi[str]) -> list[str]:
    """These words, opened."""
    return [each.reveal(GRANT) for each in words]
