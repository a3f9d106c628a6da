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
    """What is submitted to become a note or its next version, and the list of one's own that were returned."""

    CHOOSE = "note.choose"
    CHANGE = "note.change"
    LIST_RETURNED = "note.list_returned"
    RETURNED = "note.returned"
    SIGN_COLLATERAL = "note.sign_collateral"
    SIGN_VISIT = "note.sign_visit"
    SIGNED = "note.signed"
    SIGN_CHECKED = "note.sign_checked"
    BACK = "note.back"


class WordId(StrEnum):
    """What is said about the words of a note, and what is not to be said again."""

    CHECK = "word.check"
    READ = "word.read"
    DISMISS = "word.dismiss"
    RESTORE = "word.restore"


class AddendumId(StrEnum):
    """What is added to a signed note."""

    OPEN = "addendum.open"
    SIGN = "addendum.sign"


class ReviewId(StrEnum):
    """A supervisor's queue, and the decision on one note."""

    LIST = "review.list"
    QUEUE = "review.queue"
    NEXT = "review.next"
    PREVIOUS = "review.previous"
    READ = "review.read"
    DECIDE = "review.decide"
    APPROVE_READ = "review.approve_read"


class ContactId(StrEnum):
    """Contacts before their notes: keeping, planning and trying one, their lists, and what becomes of each."""

    TO_NOTE = "contact.to_note"
    LIST = "contact.list"
    OLDER = "contact.older"
    NEWEST = "contact.newest"
    WRITE = "contact.write"
    MORE = "contact.more"
    GIVE = "contact.give"
    KEEP = "contact.keep"
    KEPT = "contact.kept"
    SIGN_ATTEMPT = "contact.sign_attempt"
    PLAN = "contact.plan"
    PLANNED = "contact.planned"
    LIST_PLANNED = "contact.list_planned"
    CANCEL = "contact.cancel"


class SharedId(StrEnum):
    """One visit or conference about several clients: opening the choice, choosing them, and splitting the minutes."""

    OPEN = "shared.open"
    CHOOSE = "shared.choose"
    SPLIT = "shared.split"


class CallId(StrEnum):
    """The buttons of the message after a call."""

    WRITE = "call.write"
    LIST = "call.list"
    DISMISS = "call.dismiss"


class DraftId(StrEnum):
    """Drafts: their list, going on with one, putting one away."""

    OPEN_LIST = "draft.open_list"
    LIST = "draft.list"
    CONTINUE = "draft.continue"
    DISCARD = "draft.discard"


class FollowUpId(StrEnum):
    """Follow-ups: their list, and what becomes of one."""

    LIST = "follow_up.list"
    OPEN_LIST = "follow_up.open_list"
    NEXT = "follow_up.next"
    PREVIOUS = "follow_up.previous"
    DONE = "follow_up.done"
    MORE = "follow_up.more"
    FINISH = "follow_up.finish"
    AGAIN = "follow_up.again"
    MOVE = "follow_up.move"
    HAND_OVER = "follow_up.hand_over"
    DROP = "follow_up.drop"
    WRITE = "follow_up.write"


class RequirementId(StrEnum):
    """Contact requirements: the list of who is due, planning a visit from it, and who is away."""

    LIST = "requirement.list"
    OPEN_LIST = "requirement.open_list"
    NEXT = "requirement.next"
    PREVIOUS = "requirement.previous"
    PLAN = "requirement.plan"
    MORE = "requirement.more"
    AWAY = "requirement.away"


class TimelineId(StrEnum):
    """A client's notes: finding the client, the list, narrowing it and looking for words, and the client on one page."""

    FIND = "timeline.find"
    CHOOSE = "timeline.choose"
    SEARCH_CLIENT = "timeline.search_client"
    MINE = "timeline.mine"
    OPEN = "timeline.open"
    SHOW = "timeline.show"
    NARROW = "timeline.narrow"
    ALL = "timeline.all"
    NEXT = "timeline.next"
    PREVIOUS = "timeline.previous"
    OLDER = "timeline.older"
    NEWEST = "timeline.newest"
    SUMMARY = "timeline.summary"


class ReadingId(StrEnum):
    """One signed note: reading it, one of its versions, and copying it for another system."""

    OPEN = "reading.open"
    READ = "reading.read"
    VERSION = "reading.version"
    COPY = "reading.copy"
    COPIED = "reading.copied"
    BACK = "reading.back"


class DayId(StrEnum):
    """One's own day, and the oldest item marked urgent."""

    OPEN = "day.open"
    READ = "day.read"
    NOTE_URGENT = "day.note_urgent"


class SurfaceId(StrEnum):
    """The decision on where client data may go."""

    OPEN = "surface.open"
    CHOOSE = "surface.choose"
    RECORD = "surface.record"


class GlassId(StrEnum):
    """Emergencies: opening and ending one, writing under one, and their reviews."""

    OPEN = "glass.open"
    BREAK = "glass.break"
    CALL = "glass.call"
    VISIT = "glass.visit"
    END = "glass.end"
    STANDING = "glass.standing"
    REVIEWS = "glass.reviews"
    REVIEW_LIST = "glass.review_list"
    LOOK = "glass.look"
    REVIEW = "glass.review"
    REVIEWED = "glass.reviewed"


class TeamId(StrEnum):
    """A supervisor's desk: how much is open of whom, and what is open of one person."""

    OPEN = "team.open"
    BOARD = "team.board"
    PERSON = "team.person"
    WORK = "team.work"


class RosterId(StrEnum):
    """The roster: its menu, and everyone and everything in it."""

    MENU = "roster.menu"
    STAFF = "roster.staff"
    STAFF_LIST = "roster.staff_list"
    STAFF_NEXT = "roster.staff_next"
    STAFF_PREVIOUS = "roster.staff_previous"
    STAFF_ADD = "roster.staff_add"
    STAFF_EDIT = "roster.staff_edit"
    STAFF_LEAVE = "roster.staff_leave"
    STAFF_RETURN = "roster.staff_return"
    FIND_STAFF = "roster.find_staff"
    PICK_STAFF = "roster.pick_staff"
    TEAMS = "roster.teams"
    TEAM_LIST = "roster.team_list"
    TEAM_ADD = "roster.team_add"
    TEAM_EDIT = "roster.team_edit"
    FIND_TEAM = "roster.find_team"
    CLIENTS = "roster.clients"
    CLIENT_CARD = "roster.client_card"
    CLIENT_ADD = "roster.client_add"
    CLIENT_EDIT = "roster.client_edit"
    CLIENT_CLOSE = "roster.client_close"
    CLIENT_REOPEN = "roster.client_reopen"
    FIND_CLIENT = "roster.find_client"
    ASSIGN = "roster.assign"
    GOAL_ADD = "roster.goal_add"
    GOAL_EDIT = "roster.goal_edit"
    PERSON_ADD = "roster.person_add"
    PERSON_EDIT = "roster.person_edit"
    HAND_OVER = "roster.hand_over"
    FIND_OF_CASELOAD = "roster.find_of_caseload"
    COVER = "roster.cover"
    COVER_END = "roster.cover_end"


class SettingsId(StrEnum):
    """One's own settings."""

    SAVE = "settings.save"


class ReminderId(StrEnum):
    """What is done with a reminder itself."""

    LATER = "reminder.later"


class HomeId(StrEnum):
    """The buttons of App Home."""

    LOG_CALL = "home.log_call"
    LOG_VISIT = "home.log_visit"
    SETTINGS = "home.settings"
    ATTEMPT = "home.attempt"
    LATER = "home.later"
    PLAN = "home.plan"
    HELP = "home.help"


class NoticeId(StrEnum):
    """A modal that only says something."""

    READ = "notice.read"


class ShortcutId(StrEnum):
    """The global shortcuts, as the manifest names them."""

    CALL = "shortcut.call"
    VISIT = "shortcut.visit"
    LATER = "shortcut.later"
