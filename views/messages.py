"""Messages: the fixed answers of commands and to trouble. Made of SafeText alone."""

from __future__ import annotations

from privacy.safetext import safe

HELP = safe(
    "*/note call* opens a note about a call or another collateral contact.\n"
    "*/note visit* opens a note about a face-to-face visit.\n"
    "*/note attempt* is for somebody you tried and did not reach.\n"
    "*/note later* keeps a contact in a moment, to be written about later.\n"
    "*/note plan* plans a visit.\n"
    "*/note today* shows your day, */note follow-ups* what was promised, */note clients* who is due.\n"
    "*/note find* opens a client's notes.\n"
    "*/note drafts* brings back what you began.\n"
    "*/note team* is for supervisors: how much is open of whom.\n"
    "*/note review* is for supervisors: the notes that wait for them.\n"
    "*/note emergency* opens one client whom you do not work with, for an hour; privacy officers review it there.\n"
    "*/note roster* is for admins and supervisors: the staff and the teams.\n"
    "*/note* alone lets you choose. */noted* is the same command.\n"
    "Never type anything about a client after the command: it passes through Slack."
)
UNKNOWN_WORD = safe(
    "Noted did not keep what you typed. After */note* use only *call*, *visit*, *attempt*, *later*, *plan*, *today*, "
    "*follow-ups*, *clients*, *find*, *drafts*, *review*, *team*, *emergency*, *roster* or *help*. Never type anything about a client there."
)
CLIENT_FIRST = safe("Choose the client of this note first, and when it ended.")
NOBODY_TO_GIVE = safe("Nobody else has this client now, and Noted knows no supervisor of yours.")
FAILED = safe("Something went wrong on our side, and nothing was changed. Please try again in a minute.")
GO_BACK = safe("Something in the form is not right any more. Close this, look the form over and sign again.")
NOT_SAVED = safe("Nothing was saved. Your words are still here; try again in a minute.")
MAYBE_SAVED = safe("We could not confirm that this was saved. Sign again: it is stored once.")
DATABASE_DOWN = safe("Noted cannot reach its records now. Please try again in a minute.")
