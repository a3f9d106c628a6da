"""What is added to a signed note: its form, and what each kind of addendum is called."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, ClassVar

from models.addenda import AddendumKind
from privacy.phi import Phi
from services.addenda import AddendumContent
from views.blocks import Option, option
from views.form import Form, FormButton
from views.ids import AddendumId, FormId
from views.known import Known, Look
from views.widgets import Radio, Text, always

LEAST, MOST = 3, 3000

KINDS = {
    AddendumKind.ADDITION: "Addition",
    AddendumKind.CORRECTION: "Correction",
    AddendumKind.LATE_ENTRY: "Late entry",
    AddendumKind.DISAGREEMENT: "The client disagrees",
}
_CHOICES = {
    AddendumKind.ADDITION: "Addition: there is more to say",
    AddendumKind.CORRECTION: "Correction: something in the note is wrong",
    AddendumKind.LATE_ENTRY: "Late entry: it was left out of the note then",
    AddendumKind.DISAGREEMENT: "The client disagrees: their own statement",
}


def _kinds(_: Look, known: Known) -> list[Option]:
    """What this person may add to this note."""
    return [option(_CHOICES[kind], kind) for kind in (known.about.addable if known.about is not None else ())]


class AddendumForm(Form):
    """Something that is added to a signed note, which itself stays as it is."""

    callback_id: ClassVar[str] = AddendumId.SIGN
    title: ClassVar[str] = "Add to a signed note"
    buttons: ClassVar[Mapping[str, tuple[FormButton, ...]]] = {
        "words": (FormButton("Save draft", FormId.SAVE, always),)
    }

    client: str = ""
    words: Annotated[
        Phi[str],
        Text(
            label="What is added",
            hint="A correction says what is wrong and what is right. A client's disagreement stands in the client's own words.",
            least=LEAST,
            most=MOST,
            lines=True,
        ),
    ]
    kind: Annotated[AddendumKind, Radio(label="What is it?", source=_kinds)]

    def content(self) -> AddendumContent:
        """What was answered, as the service takes it."""
        return AddendumContent(kind=self.kind, words=self.words)
