"""The words of notes: what each closed choice of a form, and each heading of a template, is called on the screen."""

from __future__ import annotations

from models.note_document import (
    Activity,
    EventKind,
    GoalProgress,
    Matter,
    Method,
    NoGoal,
    Place,
    Record,
    Satisfaction,
)
from models.note_templates import Heading, Template

METHODS = {
    Method.PHONE: "Phone",
    Method.VIDEO: "Video",
    Method.EMAIL: "E-mail",
    Method.TEXT: "Text message",
    Method.LETTER_FAX: "Letter or fax",
    Method.RECORDS: "Read records or reports",
    Method.REFERRAL: "Sent a referral",
    Method.CONFERENCE: "Case conference",
    Method.OTHER: "Other",
}
PLACES = {
    Place.CLIENT_HOME: "Client's home",
    Place.FAMILY_HOME: "Family home",
    Place.GROUP_HOME: "Group home",
    Place.SPONSORED_HOME: "Sponsored home",
    Place.DAY_PROGRAM: "Day program",
    Place.WORK: "Work",
    Place.SCHOOL: "School",
    Place.CLINIC: "Clinic",
    Place.HOSPITAL: "Hospital",
    Place.JAIL: "Jail",
    Place.OFFICE: "Our office",
    Place.COMMUNITY: "Community",
    Place.OTHER: "Other",
}
ACTIVITIES = {
    Activity.LINKED: "Linked to a service",
    Activity.MONITORED: "Monitored services or progress",
    Activity.COORDINATED: "Coordinated with others",
    Activity.REFERRED: "Referred",
    Activity.ASSESSED: "Assessed a need",
    Activity.PLANNED: "Planned",
    Activity.ADVOCATED: "Advocated",
    Activity.EDUCATED: "Taught or informed",
    Activity.REVIEWED: "Reviewed records",
    Activity.CRISIS: "Crisis support",
}
RECORDS = {
    Record.BEHAVIOR: "Behavior log",
    Record.MEDICATION: "Medication record",
    Record.PROVIDER: "Provider notes",
    Record.QUARTERLY: "Quarterly report",
    Record.INCIDENT: "Incident report",
    Record.FINANCES: "Finances",
    Record.OTHER: "Other",
}
PROGRESS = {
    GoalProgress.ACHIEVED: "achieved",
    GoalProgress.PROGRESS: "progress",
    GoalProgress.NO_CHANGE: "no change",
    GoalProgress.SETBACK: "setback",
}
NO_GOAL = {
    NoGoal.INTAKE: "Intake or assessment",
    NoGoal.BENEFITS: "Benefits or eligibility",
    NoGoal.CRISIS: "Crisis or safety",
    NoGoal.OTHER: "Other, explained above",
}
MATTERS = {
    Matter.EVENT: "A significant event",
    Matter.DECLINED: "A service was declined",
    Matter.OTHER_MANAGER: "Another case manager is, or should be, involved",
    Matter.PLAN_CHANGE: "The care plan needs a change",
    Matter.NONE: "None of these came up",
}
EVENTS = {
    EventKind.CRISIS: "Crisis",
    EventKind.HOSPITAL: "Hospital or emergency room",
    EventKind.POLICE: "Police or jail",
    EventKind.MOVE: "Move",
    EventKind.DEATH_LOSS: "Death or loss",
    EventKind.JOB_SCHOOL: "Job or school",
    EventKind.MEDICATION: "Medication change",
    EventKind.ABUSE: "Abuse or neglect concern",
    EventKind.FALL: "Fall or injury",
    EventKind.OTHER: "Other",
}
SATISFACTION = {
    Satisfaction.SATISFIED: "Satisfied",
    Satisfaction.MIXED: "Mixed",
    Satisfaction.DISSATISFIED: "Dissatisfied",
}
SATISFACTION_AT_VISIT = {
    **SATISFACTION,
    Satisfaction.SAID_SATISFIED: "Said by someone for them: satisfied",
    Satisfaction.SAID_NOT: "Said by someone for them: not satisfied",
    Satisfaction.NOT_DISCUSSED: "Not discussed",
}
TEMPLATE_NAMES = {
    Template.ACTIVITIES: "Activities, observations, follow-up",
    Template.SARP: "Services needed, action, response, plan",
    Template.SOAP: "SOAP",
    Template.DAP: "DAP",
    Template.BIRP: "BIRP",
}
HEADINGS = {
    Heading.CONTACT: "Contact",
    Heading.ACTIVITIES: "Case management activities",
    Heading.OBSERVATIONS: "Observations",
    Heading.FOLLOW_UP: "Follow-up needed",
    Heading.NEEDED: "Services needed",
    Heading.ACTION: "Action taken",
    Heading.RESPONSE: "Response",
    Heading.PLAN: "Plan",
    Heading.SUBJECTIVE: "Subjective",
    Heading.OBJECTIVE: "Objective",
    Heading.ASSESSMENT: "Assessment",
    Heading.DATA: "Data",
    Heading.BEHAVIOR: "Behavior",
    Heading.INTERVENTION: "Intervention",
    Heading.SIGNED: "Signed",
}
