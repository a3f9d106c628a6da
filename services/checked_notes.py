"""What was seen and answered before a note's versions were signed, from one version to the next."""

from __future__ import annotations

from models.note_checked import Checked
from models.note_document import NoteDocument


def of(checked: Checked | None, earlier: NoteDocument | None) -> Checked | None:
    """What the newest version holds of it: a note that was signed late stays marked as a late entry, whatever is changed later."""
    late = earlier.checked.late if earlier is not None and earlier.checked is not None else None
    if late is None:
        return checked
    return (checked or Checked()).model_copy(update={"late": late})
