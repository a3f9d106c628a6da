"""A note with all that was added to it stays within one modal, read and copied, and loses none of it."""

from __future__ import annotations

import pytest

from models.addenda import AddendumKind
from models.note_templates import Template, copied
from sandbox.limits import check_view
from tests.views import samples
from tests.views.timeline_states import added, one, sheet
from views import notes_read
from views.notes_read import version_of


@pytest.mark.parametrize("count", [1, 8, 9, 25])
def test_however_much_was_added_is_read_and_copied(count: int) -> None:
    words = [f"{number}-begins {'word ' * 500}{number}-ends" for number in range(count)]
    found = sheet(
        addenda=tuple(added(AddendumKind.ADDITION, each) for each in words),
        order=copied(Template.ACTIVITIES),
        versions=tuple((number, samples.NOW) for number in range(1, 13)),
        version=12,
    )
    for drawn in (one(found), notes_read.copy(found, samples.ZONE)):
        assert check_view({**drawn.view}) == []
        for number in range(count):
            assert f"{number}-begins" in str(drawn.view)
            assert f"{number}-ends" in str(drawn.view)


def test_a_row_names_a_version_or_none() -> None:
    assert [version_of(name) for name in ("version.3", "back", "version.x", "version.99999")] == [3, 0, 0, 0]
