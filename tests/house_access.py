"""The rule that clients and assignments are looked up through services/access.py, and the few places that may read them otherwise."""

from __future__ import annotations

import ast
from collections.abc import Iterator

from tests.house_source import Source, last_name

GUARDED = {"Client", "Assignment"}
QUERIES = {"select", "exists", "aliased", "get", "get_one", "query", "join", "outerjoin"}
# Whoever stands here answers nobody who asks about a client: each says for whom it reads.
READERS = {
    "services/access.py": "the rule itself",
    "services/assignments.py": "changes who works with whom; whoever calls it has asked access",
    "services/clients.py": "opens one client whom access found before",
    "services/digests.py": "the clock counts a team's clients",
    "services/directory.py": "the book of names holds everybody; access says whom of those it finds",
    "services/glass_clients.py": "an ID or a whole name typed exactly in an emergency; it answers with one client or nobody",
    "services/leaving.py": "the open work of somebody who left is given to those who have the clients too",
    "services/open_items.py": "the clock finds out who is to be reminded",
    "services/passing_on.py": "what is open goes on to those who have the client, or ended to cover",
    "services/requirements.py": "counts windows anew after a note, locked",
    "services/roster.py": "an import counts what is stored",
    "services/roster_known.py": "an import compares a file with all that is stored",
    "services/rounds.py": "the clock finds clients whom nobody has",
    "bot/demo_agency.py": "the demo is written before anybody asks",
}


def asked_access(source: Source) -> Iterator[ast.AST]:
    """A client or an assignment that is selected outside services/access.py is shown to somebody whom nobody asked about."""
    if source.package in {"migrations", "models", "benchmarks"} or str(source.path) in READERS:
        return
    yield from guarded_queries(source)


def guarded_queries(source: Source) -> Iterator[ast.Call]:
    """Every query of the file that reads clients or assignments."""
    for call in source.calls():
        if last_name(call) in QUERIES and any(_is_guarded(value) for value in call.args):
            yield call


def _is_guarded(value: ast.expr) -> bool:
    """Whether an argument of a query is one of the guarded tables or a column of one, also unpacked; not what is nested inside."""
    match value:
        case ast.Starred(value=inner):
            return _is_guarded(inner)
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return any(_is_guarded(part) for part in parts)
        case ast.Attribute(value=inner):
            return _is_guarded(inner)
        case ast.Call():
            return any(_is_guarded(part) for part in value.args)
        case ast.Name(id=name):
            return name in GUARDED
        case _:
            return False
