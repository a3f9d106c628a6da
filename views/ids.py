"""The names under which Slack sends things back: `noun.verb`, one closed set per noun."""

from __future__ import annotations

from enum import StrEnum


class FormId(StrEnum):
    """What is done in an open form."""

    ANSWER = "form.answer"
    SEARCH_CLIENT = "form.search_client"
    SEARCH_PEOPLE = "form.search_people"
    CHANGE_CLIENT = "form.change_client"
    ADD_FOLLOW_UP = "form.add_follow_up"
    SAVE = "form.save"


class NoteId(StrEnum):
    """What is submitted to become a note."""

    CHOOSE = "note.choose"
    SIGN_COLLATERAL = "note.sign_collateral"
    SIGN_VISIT = "note.sign_visit"


class ContactId(StrEnum):
    """Contacts without a note: their list, and writing one of them."""

    TO_NOTE = "contact.to_note"
    LIST = "contact.list"
    WRITE = "contact.write"


class DraftId(StrEnum):
    """Drafts: their list, going on with one, putting one away."""

    OPEN_LIST = "draft.open_list"
    LIST = "draft.list"
    CONTINUE = "draft.continue"
    DISCARD = "draft.discard"


class HomeId(StrEnum):
    """The buttons of App Home."""

    LOG_CALL = "home.log_call"
    LOG_VISIT = "home.log_visit"
    HELP = "home.help"


class NoticeId(StrEnum):
    """A modal that only says something."""

    READ = "notice.read"


class ShortcutId(StrEnum):
    """The global shortcuts, as the manifest names them."""

    CALL = "shortcut.call"
    VISIT = "shortcut.visit"
