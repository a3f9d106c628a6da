"""Refusals: what a service raises when the answer is no. Each carries one fixed sentence that says what to do."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from typing import ClassVar

from privacy.safetext import Ref, SafeText, safe


class Refused(Exception):
    """The answer is no. `rule` is what the audit trail records; `sentence` is what the person reads.

    `subject` is the row of which the trail is told, and `about` the reference that a modal names beside the sentence, if there is one.
    """

    rule: ClassVar[str] = "refused"
    sentence: ClassVar[SafeText] = safe("This is not possible now.")
    subject: tuple[str, uuid.UUID] | None = None
    about: Ref | None = None

    def __init__(self) -> None:
        super().__init__(self.rule)


class NotOnTheRoster(Refused):
    """Nobody of the agency has this Slack id or e-mail."""

    rule = "not_on_roster"
    sentence = safe("Noted does not know you yet. Ask your supervisor or admin to add you to the staff list.")


class NoAccount(Refused):
    """A deactivated, guest, bot, outside or departed user."""

    rule = "no_account"
    sentence = safe("Noted is for this agency's own staff. Ask your supervisor or admin if you should have access.")


class SurfaceClosed(Refused):
    """No admin has decided yet where client data may go."""

    rule = "surface_closed"
    sentence = safe(
        "Noted is not open yet. Your admin has to decide where client data may go: App Home, *Client data in Slack*."
    )


class NotFound(Refused):
    """There is no such thing, or not for this person; the two are the same answer."""

    rule = "not_found"
    sentence = safe("This was not found. It may have been settled already: open App Home to see what is left.")


class ClientOutOfScope(Refused):
    """The client left the author's caseload while the form was open."""

    rule = "out_of_scope"
    sentence = safe("You cannot write about this client now. Your words are kept under Drafts.")


class Part2Closed(Refused):
    """The client's records are under 42 CFR Part 2. The rule that the trail keeps says nothing of it, and neither does any message."""

    rule = "refused"
    sentence = safe(
        "This client's records are under 42 CFR Part 2, and Noted cannot hold them yet. Write this where your agency keeps "
        "such records. Nothing was signed; a note that you began stands under Drafts."
    )


class ContactSettled(Refused):
    """The contact was noted elsewhere while this form was open."""

    rule = "contact_settled"
    sentence = safe("This contact has a note already. Your words are kept under Drafts.")


class FollowUpClosed(Refused):
    """The follow-up was done or dropped while its modal was open."""

    rule = "follow_up_closed"
    sentence = safe("This follow-up was closed already, so nothing was changed. Open App Home to see what is left.")


class ContactElsewhere(Refused):
    """The contact was given to a colleague, cancelled or set aside while this form was open."""

    rule = "contact_elsewhere"
    sentence = safe("This contact was given away or set aside meanwhile. Your words are kept under Drafts.")


class FormGone(Refused):
    """The form behind the modal was signed or discarded."""

    rule = "form_gone"
    sentence = safe(
        "This form was signed, put away, or opened again elsewhere. What you see here stays on this screen; "
        "App Home shows what is saved."
    )


class Overtaken(Refused):
    """Something newer was saved in the form before this submission arrived."""

    rule = "overtaken"
    sentence = safe("Something newer was saved in this form meanwhile. Look it over and sign again.")


class LateByNow(Refused):
    """The note became late between the check and the signature, as at midnight."""

    rule = "late_by_now"
    sentence = safe("This note is late by now. Sign again, and say why.")


class EditNotStored(Refused):
    """The note cannot take the edited words any more, so they became a draft: it is approved, or they are the older ones."""

    rule = "edit_not_stored"
    sentence = safe("The note was signed before, without your changed words. They are kept under Drafts.")


class NoteApproved(Refused):
    """The note was approved: it takes additions only."""

    rule = "note_approved"
    sentence = safe("This note is approved, so it is not changed any more. You can still add to it.")


class ApprovedMeanwhile(NoteApproved):
    """The note was approved while the form of its next version was open."""

    sentence = safe(
        "This note was approved meanwhile, so it takes additions only. Your words are kept under Drafts: copy from there what is to be added."
    )


class VersionElsewhere(Refused):
    """Another version of the note was signed while this form was open."""

    rule = "version_elsewhere"
    sentence = safe(
        "A newer version of this note was signed meanwhile, so yours was not. Your words are kept under Drafts: open them to compare."
    )


class AlreadyDecided(Refused):
    """The note does not wait for a review any more."""

    rule = "already_decided"
    sentence = safe("This note was decided on already, so nothing was changed.")


class NewerVersion(Refused):
    """The author signed a newer version while the older one was being read."""

    rule = "newer_version"
    sentence = safe(
        "Its author signed a newer version of this note meanwhile, so nothing was decided. Close this and read the newer one."
    )


class NothingRead(Refused):
    """None of the notes that were to be approved together was read."""

    rule = "nothing_read"
    sentence = safe("Read each note before you approve it: nothing was approved.")


class ChangedMeanwhile(Refused):
    """What was on the screen was changed by somebody else before this submission arrived."""

    rule = "changed_meanwhile"
    sentence = safe(
        "Somebody changed this meanwhile, so nothing was saved. Close this and open it again to see it as it is now."
    )


class NoteDamaged(Refused):
    """A signed note does not stand as it was signed: nothing of it is shown."""

    rule = "note_damaged"
    sentence = safe(
        "This note does not stand as it was signed, so nothing of it is shown. Tell your admin and your privacy officer today: "
        "noted audit verify says what was changed."
    )

    def __init__(self, note_id: uuid.UUID, ref: str) -> None:
        super().__init__()
        self.subject = ("note", note_id)
        self.about = Ref(ref)


class FieldsRefused(Exception):
    """Answers that cannot stand, by field, each with its kind of mistake."""

    def __init__(self, by_field: Mapping[str, str]) -> None:
        super().__init__(", ".join(f"{field}: {kind}" for field, kind in by_field.items()))
        self.by_field = dict(by_field)


class FieldRefused(Exception):
    """An answer names something that is not there for this client. `kind` is a kind of mistake of the forms."""

    def __init__(self, field: str, kind: str) -> None:
        super().__init__(f"{field}: {kind}")
        self.field = field
        self.kind = kind
