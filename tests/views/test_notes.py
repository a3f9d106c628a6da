"""Reading a note form: what is wrong stands on its field, what is right becomes the note's content."""

from __future__ import annotations

import datetime as dt

import pytest

from models.forms import Answers
from models.note_document import GoalProgress, Matter, NoGoal, Satisfaction
from privacy.phi import Phi
from services.note_content import Content
from tests.views import samples
from views.form import SENTENCES, FormError
from views.notes import CollateralForm, VisitForm

Form = type[CollateralForm | VisitForm]


def changed(base: Answers, chosen: dict[str, tuple[str, ...]] | None = None, /, **typed: str) -> Answers:
    """The answers with some of them changed; an empty tuple or text clears one."""
    return Answers(
        chosen={**base.chosen, **(chosen or {})},
        typed={**base.typed, **{name: Phi(words) for name, words in typed.items()}},
    )


def errors(form: Form, state: Answers) -> dict[str, str]:
    """The sentences by field."""
    with pytest.raises(FormError) as caught:
        form.parse(state, samples.NOW, samples.ZONE)
    return caught.value.by_field


def content(form: Form, state: Answers) -> Content:
    """The content of a form without mistakes."""
    return form.parse(state, samples.NOW, samples.ZONE).content()


def test_a_full_collateral_form_becomes_its_content() -> None:
    read = content(CollateralForm, samples.full_collateral())
    assert (read.client_ref, read.people, read.client_there) == (samples.CLIENT, (samples.PERSON,), True)
    assert [(each.ref, each.progress) for each in read.goals] == [(samples.GOAL, GoalProgress.PROGRESS)]
    assert read.no_goal == (NoGoal.BENEFITS,)
    assert [(each.owner_ref, each.due_on) for each in read.promises] == [
        (samples.OWNER, dt.date(2026, 11, 24)),
        (None, dt.date(2026, 12, 15)),
    ]
    assert [each.name.reveal(samples.GRANT) for each in read.newcomers] == ["Jo Marsh"]
    assert [each.role.reveal(samples.GRANT) for each in read.newcomers] == ["aunt"]
    assert read.matters == (Matter.EVENT, Matter.DECLINED)


def test_a_full_visit_form_becomes_its_content() -> None:
    read = content(VisitForm, samples.full_visit())
    assert read.satisfaction is Satisfaction.SAID_NOT
    assert read.wellbeing is not None
    assert read.place_words is not None


def test_satisfaction_left_empty_was_not_discussed() -> None:
    state = changed(samples.full_collateral(), {"satisfaction": ()})
    assert content(CollateralForm, state).satisfaction is Satisfaction.NOT_DISCUSSED


@pytest.mark.parametrize(
    "field",
    [
        "client",
        "method",
        "people",
        "people_new",
        "ended_at",
        "minutes",
        "activities",
        "records",
        "goals",
        "follow_up",
        "record",
        "event_kind",
    ],
)
def test_a_required_choice_that_is_missing_is_asked_for(field: str) -> None:
    state = changed(samples.full_collateral(), {field: ()}, people_new="" if field == "people_new" else "Jo Marsh")
    assert field in errors(CollateralForm, state)


@pytest.mark.parametrize("field", ["done", "observations", "record_words", "satisfaction_words", "follow_up_what"])
def test_required_words_that_are_missing_are_asked_for(field: str) -> None:
    assert errors(CollateralForm, changed(samples.full_collateral(), **{field: ""})) == {field: SENTENCES["write"]}


@pytest.mark.parametrize("field", ["location", "location_words", "wellbeing", "satisfaction"])
def test_a_visit_asks_for_what_only_a_visit_has(field: str) -> None:
    state = changed(samples.full_visit(), {field: ()}, **{field: ""})
    assert list(errors(VisitForm, state)) == [field]


def test_every_mistake_is_told_at_once() -> None:
    state = changed(samples.full_collateral(), {"minutes": ("0",), "record": ("none", "service_declined")}, done="x")
    assert set(errors(CollateralForm, state)) == {"minutes", "record", "done"}


@pytest.mark.parametrize("minutes", ["0", "10000", "-4", "4.5", "four", "٤", "721"])
def test_minutes_are_whole_and_at_most_twelve_hours(minutes: str) -> None:
    state = changed(samples.full_collateral(), {"minutes": (minutes,)})
    assert errors(CollateralForm, state) == {"minutes": "Write whole minutes, from 1 to 720."}


def test_a_contact_that_ended_in_the_future_is_refused() -> None:
    late = str(int((samples.NOW + dt.timedelta(minutes=5)).timestamp()))
    state = changed(samples.full_collateral(), {"ended_at": (late,)})
    assert errors(CollateralForm, state) == {"ended_at": SENTENCES["in_future"]}


def test_a_contact_of_more_than_a_year_ago_is_refused() -> None:
    old = str(int((samples.NOW - dt.timedelta(days=366)).timestamp()))
    state = changed(samples.full_collateral(), {"ended_at": (old,)})
    assert errors(CollateralForm, state) == {"ended_at": SENTENCES["too_old"]}


def test_one_goal_has_one_state() -> None:
    state = changed(samples.full_collateral(), {"goals": (f"{samples.GOAL}.progress", f"{samples.GOAL}.setback")})
    assert errors(CollateralForm, state) == {"goals": "Choose one state for each goal."}


@pytest.mark.parametrize("value", ["nonsense", f"{samples.GOAL}.nonsense", ".progress", f"{samples.GOAL}."])
def test_a_goal_that_was_not_offered_is_refused(value: str) -> None:
    assert "goals" in errors(CollateralForm, changed(samples.full_collateral(), {"goals": (value,)}))


@pytest.mark.parametrize(("field", "value"), [("method", "fax"), ("record", "x"), ("activities", "x")])
def test_a_word_that_was_not_offered_is_refused(field: str, value: str) -> None:
    assert field in errors(CollateralForm, changed(samples.full_collateral(), {field: (value,)}))


def test_none_of_these_stands_alone() -> None:
    state = changed(samples.full_collateral(), {"record": ("none", "service_declined")})
    assert errors(CollateralForm, state)["record"] == "Choose None, or the others."


def test_a_visit_needs_the_client_there() -> None:
    state = changed(samples.full_visit(), {"people": (samples.PERSON,)})
    assert errors(VisitForm, state) == {"people": SENTENCES["no_client_there"]}


@pytest.mark.parametrize("method", ["record_review", "referral"])
def test_reading_records_and_sending_a_referral_need_nobody(method: str) -> None:
    state = changed(samples.full_collateral(), {"method": (method,), "people": ()})
    assert content(CollateralForm, state).people == ()


@pytest.mark.parametrize(
    ("words", "kind"),
    [
        ("Too short.", "too_short"),
        ("\u200b" * 40, "write"),
        ("a" + "\u0301" * 60, "too_short"),
        ("y" * 3001, "too_long"),
        ("Asked for the lease and\x00 got it.", "unstorable"),
        ("Asked for the lease and\ud800 got it.", "unstorable"),
    ],
)
def test_words_that_cannot_be_signed_say_why(words: str, kind: str) -> None:
    sentence = errors(CollateralForm, changed(samples.full_collateral(), done=words))["done"]
    assert sentence == SENTENCES[kind].format(least=20, most=3000)


@pytest.mark.parametrize(
    "words",
    [
        "Called \u202ethe manager\u202c about the lease today.",
        "Zero\u200bwidth words about the lease today.",
        "a" + "\u0301" * 2900 + " about the lease and the rent",
        "<!channel> *bold* <@U123> `code` about the lease",
        "  blanks at both ends of a sentence  ",
    ],
)
def test_odd_words_are_kept_exactly(words: str) -> None:
    read = content(CollateralForm, changed(samples.full_collateral(), done=words))
    assert read.done.reveal(samples.GRANT) == words


@pytest.mark.parametrize(
    ("day", "kind"), [("2026-11-22", "day_past"), ("2027-11-25", "day_far"), ("2026-02-30", "day")]
)
def test_a_follow_up_is_due_within_a_year(day: str, kind: str) -> None:
    state = changed(samples.full_collateral(), {"follow_up_on_2": (day,)})
    assert errors(CollateralForm, state) == {"follow_up_on_2": SENTENCES[kind]}


def test_a_follow_up_offered_yesterday_is_asked_for_again_once_its_day_has_passed() -> None:
    state = changed(samples.full_collateral(), {"follow_up": ("2026-11-22",)})
    assert errors(CollateralForm, state) == {"follow_up": SENTENCES["day_past"]}


@pytest.mark.parametrize(
    ("lines", "kind"),
    [(" , aunt\n", "nobody_named"), ("x" * 81, "name_too_long"), ("\n".join("abcdefghijk"), "too_many_people")],
)
def test_new_people_have_names_that_fit(lines: str, kind: str) -> None:
    assert errors(CollateralForm, changed(samples.full_collateral(), people_new=lines)) == {
        "people_new": SENTENCES[kind]
    }


def test_an_error_never_repeats_what_was_typed() -> None:
    secret = "Zq7secret"
    state = changed(
        samples.full_collateral(), {"method": (secret,), "minutes": (secret,), "goals": (secret,)}, done=secret
    )
    with pytest.raises(FormError) as caught:
        CollateralForm.parse(state, samples.NOW, samples.ZONE)
    assert secret not in repr(caught.value) + str(caught.value.by_field)


def test_a_choice_changes_the_shape_only_when_a_field_appears_or_goes() -> None:
    before = samples.answers({"client": (samples.CLIENT,)})
    same = changed(before, {"satisfaction": ("satisfied",)}, done="Words typed meanwhile.")
    more = changed(before, {"satisfaction": ("mixed",)})
    shape = CollateralForm.shape(before, fixed_client=False)
    assert CollateralForm.shape(same, fixed_client=False) == shape
    assert CollateralForm.shape(more, fixed_client=False) == [*shape, ("satisfaction_words", False)]
