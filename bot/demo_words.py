"""The words of the demo's agency: names, goals and ordinary notes, all invented."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Story:
    """What an ordinary note says."""

    done: str
    observations: str
    promise: str = ""
    wellbeing: str = ""


FIRST = (
    "Ana", "Marcus", "Lin", "Tomas", "Ruth", "Deion", "Sofia", "Walter", "Imani", "Petra", "Jonah", "Grace", "Omar",
    "Nadia", "Felix", "Rosa", "Theo", "Mei", "Amos", "Clara", "Idris", "June", "Pavel", "Kezia", "Luis", "Hana", "Otis",
    "Vera", "Samir", "Bea", "Ivo", "Noor", "Dale", "Greta", "Abel", "Tess", "Kofi", "Lena", "Ray", "Ines",
)  # fmt: skip
LAST = (
    "Rivera", "Bell", "Chen", "Kowal", "Abrams", "Hughes", "Marin", "Stone", "Diallo", "Novak", "Fisher", "Park",
    "Haddad", "Levy", "Grant", "Ortiz", "Wade", "Sun", "Crane", "Moss", "Petrov", "Quinn", "Yates", "Zeller", "Banks",
    "Doyle", "Ekene", "Frost", "Gold", "Hart", "Iqbal", "Jensen", "Katz", "Lowe",
)  # fmt: skip
GOALS = (
    "Keep an apartment",
    "Find part-time work",
    "Manage my own medication",
    "Ride the bus by myself",
    "Cook three meals a week",
    "See the dentist this year",
)
PEOPLE = (
    ("Dana Reyes", "property manager"),
    ("Jo Marsh", "aunt"),
    ("Pat Lindgren", "job coach"),
    ("Dr. Amari", "primary care"),
    ("Sam Oyelaran", "benefits specialist"),
)
CALLS = (
    Story(
        "Asked the property manager for a later inspection day and explained the work schedule; she agreed to Friday.",
        "The lease is safe for now. Told in own words: “I can breathe again.” Rent for this month is paid.",
        "Send the new inspection day in writing",
    ),
    Story(
        "Called the clinic to move the appointment and arranged the ride; the clinic confirmed by phone.",
        "Will see the doctor two weeks earlier than planned. No new concerns were named by the clinic.",
        "Confirm the ride the day before",
    ),
    Story(
        "Spoke with the job coach about hours; she offered a second shift to try next month.",
        "Progress toward part-time work: kept every shift this month. The coach has no concerns.",
    ),
)
VISITS = (
    Story(
        "Looked at the monthly budget together and practiced paying one bill by phone.",
        "Things are steady at home. Paid two bills without help this month and asked to try the third alone next time.",
        "Bring the next bill to practice with",
        "Rested and in clean clothes, joked about the neighbor's dog. The kitchen was tidy and the smoke alarm works.",
    ),
    Story(
        "Rode two stops of the bus line together and marked the way home on a paper map.",
        "Named each stop without help on the way back. Would like to go to the library alone next week.",
        "",
        "Wore a warm coat, looked alert, talked about the game on Sunday. No injuries seen, no worries named.",
    ),
)
