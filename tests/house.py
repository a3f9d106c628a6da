"""The house rules that no linter knows, as small checks of the syntax tree: `python -m tests.house` prints what breaks one.

Each rule's docstring says what goes wrong without it, and is what a finding prints. tests/test_house.py tries each on bad and good
code. Rules about types, imports and style stand with pyright, import-linter and ruff.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from tests.house_access import asked_access
from tests.house_phi import formatted_phi
from tests.house_source import (
    RULES,
    Finding,
    Source,
    given,
    is_false,
    is_logging,
    last_name,
    makes_text,
    rule,
)

PACKAGES = (
    *(
        "bot",
        "desk",
        "handlers",
        "migrations",
        "models",
        "privacy",
        "quality",
        "reminders",
        "sandbox",
        "services",
        "views",
    ),
    "benchmarks",
)
LONGEST_FILE = 400
LONGEST_FUNCTION = 45

TYPED_BY_PEOPLE = {"body", "payload", "values", "state", "view", "text", "form", "answers", "command"}
CODE_CARRIERS = {"pickle", "cPickle", "cloudpickle", "marshal", "shelve", "dill", "jsonpickle"}
CODES = {"signature", "signatures", "mac", "macs", "hmac", "digest", "digests", "hexdigest", "commitment"}
CLOCKS = {
    ("datetime", "now"),
    ("datetime", "utcnow"),
    ("datetime", "today"),
    ("date", "today"),
    ("time", "time"),
    ("time", "time_ns"),
}
QUOTING = {"format_exc", "print_exc", "format_exception", "format_exception_only", "print_exception"}
TEMPLATES = {"safe": slice(0, 1), "plural": slice(1, 3)}


rule(formatted_phi)
rule(asked_access)


@rule
def literal_templates(source: Source) -> Iterator[ast.AST]:
    """A template that is not a literal may hold what a person typed; safe() could not know."""
    if source.path == PurePosixPath("privacy/safetext.py"):
        return
    for call in source.calls():
        place = TEMPLATES.get(last_name(call))
        if place is None:
            continue
        named = [keyword.value for keyword in call.keywords if keyword.arg in {"template", "one", "many"}]
        for template in [*call.args[place], *named]:
            if not (isinstance(template, ast.Constant) and isinstance(template.value, str)):
                yield template


@rule
def safe_parts(source: Source) -> Iterator[ast.AST]:
    """Text made on the way into safe() has lost its type, and with it the reason why it may stand in a message."""
    for call in source.calls():
        if last_name(call) in TEMPLATES:
            yield from (node for value in given(call) for node in ast.walk(value) if makes_text(node))


@rule
def logged_values(source: Source) -> Iterator[ast.AST]:
    """What a person typed must not reach a log, whole or inside other text."""
    for call in filter(is_logging, source.calls()):
        yield from (keyword.value for keyword in call.keywords if keyword.arg in TYPED_BY_PEOPLE)
        for node in (node for value in given(call) for node in ast.walk(value)):
            is_name = isinstance(node, (ast.Name, ast.Attribute))
            if makes_text(node) or (is_name and last_name(node) in TYPED_BY_PEOPLE):
                yield node


@rule
def no_code_in_data(source: Source) -> Iterator[ast.AST]:
    """Whoever can write such data runs code in this process when it is loaded."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Import) and any(name.name.partition(".")[0] in CODE_CARRIERS for name in node.names):
            yield node
        if isinstance(node, ast.ImportFrom) and (node.module or "").partition(".")[0] in CODE_CARRIERS:
            yield node


@rule
def caller_commits(source: Source) -> Iterator[ast.AST]:
    """The door owns the transaction: a commit inside it would store half of the work, without its audit event."""
    if source.package in {"services", "models", "views", "handlers", "reminders"}:
        yield from (
            call
            for call in source.calls()
            if isinstance(call.func, ast.Attribute) and call.func.attr in {"commit", "rollback"}
        )


@rule
def audited_grants(source: Source) -> Iterator[ast.AST]:
    """A grant is issued together with its audit event, in services/audit.py; elsewhere nobody would know of the reading."""
    if source.path in {PurePosixPath("services/audit.py"), PurePosixPath("privacy/grants.py")}:
        return
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module == "privacy.grants"
            and any(name.name in {"issue", "*"} for name in node.names)
        ):
            yield node
        if isinstance(node, ast.Attribute) and node.attr == "issue" and last_name(node.value) == "grants":
            yield node


@rule
def listed_grants(source: Source) -> Iterator[ast.AST]:
    """A system grant reveals without an audit event, so each use stands in the table "System grants" of docs/security.md."""
    if source.path == PurePosixPath("privacy/grants.py"):
        return
    allowed = source.granted.get(str(source.path), frozenset())
    for call in source.calls():
        if last_name(call) == "system_grant":
            asked = [last_name(value) for value in given(call)]
            if not asked or not allowed.issuperset(asked):
                yield call
    if not allowed:
        yield from (
            node for node in ast.walk(source.tree) if isinstance(node, ast.alias) and node.name == "system_grant"
        )


@rule
def no_evaluation(source: Source) -> Iterator[ast.AST]:
    """Text that becomes code is a way in; local variables in a traceback are a way out."""
    for node in ast.walk(source.tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in {"eval", "exec"}:
            yield node
        if isinstance(node, ast.Attribute) and (last_name(node.value), node.attr) in {
            ("yaml", "load"),
            ("yaml", "unsafe_load"),
        }:
            yield node
        if (
            isinstance(node, ast.keyword)
            and (node.arg or "").endswith(("capture_locals", "show_locals"))
            and not is_false(node.value)
        ):
            yield node.value


@rule
def constant_time(source: Source) -> Iterator[ast.AST]:
    """== stops at the first difference and so tells an attacker how much was right; use hmac.compare_digest."""
    if source.package not in {"bot", "privacy", "services"}:
        return
    for node in (node for node in ast.walk(source.tree) if isinstance(node, ast.Compare)):
        names = [last_name(side) for side in (node.left, *node.comparators)]
        # A name in capitals is a constant, for example a length.
        is_code = any(CODES & set(name.lower().split("_")) for name in names if not name.isupper())
        if is_code and any(isinstance(each, (ast.Eq, ast.NotEq)) for each in node.ops):
            yield node


@rule
def time_is_passed_in(source: Source) -> Iterator[ast.AST]:
    """A rule that reads the clock itself cannot be tested, previewed or run for another moment."""
    if source.package not in {"services", "views", "models"}:
        return
    exempt = {
        id(node) for function in functions(source) if is_id_maker(source, function) for node in ast.walk(function)
    }
    for node in ast.walk(source.tree):
        if (
            isinstance(node, ast.ImportFrom)
            and node.module == "time"
            and {name.name for name in node.names} & {"time", "time_ns"}
        ):
            yield node
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and id(node) not in exempt:
            owner = last_name(node.func.value)
            if (owner, node.func.attr) in CLOCKS or node.func.attr == "utcnow":
                yield node


@rule
def no_print(source: Source) -> Iterator[ast.AST]:
    """Only the command line talks to a terminal; elsewhere a print goes round the log and all that guards it."""
    if not source.is_command_line:
        yield from (
            call for call in source.calls() if isinstance(call.func, ast.Name) and call.func.id in {"print", "pprint"}
        )


@rule
def errors_without_input(source: Source) -> Iterator[ast.AST]:
    """pydantic's errors() repeats what was typed unless include_input=False says otherwise."""
    for call in source.calls():
        if isinstance(call.func, ast.Attribute) and call.func.attr == "errors":
            # pydantic's takes keywords only; one with positional arguments is another.
            told = {keyword.arg: keyword.value for keyword in call.keywords}.get("include_input")
            if not call.args and not is_false(told):
                yield call


@rule
def exceptions_without_text(source: Source) -> Iterator[ast.AST]:
    """The text of an exception may quote a value: drivers, Slack and pydantic do. Say its type, or a sentence of ours."""
    if source.is_command_line:
        return
    for node in ast.walk(source.tree):
        if isinstance(node, ast.ExceptHandler) and node.name:
            yield from (each for each in ast.walk(node) if node.name in quoted_names(each))
        if isinstance(node, (ast.Attribute, ast.alias)) and {last_name(node), getattr(node, "name", "")} & QUOTING:
            yield node


def quoted_names(node: ast.AST) -> set[str]:
    """The names that this expression turns into text: by an f-string, %, str() and its like, or .args."""
    quoted: list[ast.expr] = []
    if isinstance(node, ast.FormattedValue) or (isinstance(node, ast.Attribute) and node.attr == "args"):
        quoted = [node.value]
    elif isinstance(node, ast.BinOp) and makes_text(node):
        quoted = node.right.elts if isinstance(node.right, ast.Tuple) else [node.right]
    elif isinstance(node, ast.Call) and makes_text(node):
        quoted = list(given(node))
    return {each.id for each in quoted if isinstance(each, ast.Name)}


@rule
def short_files(source: Source) -> Iterator[int]:
    """A file that needs scrolling holds more than one thing; split it by what it does."""
    lines = source.text.count("\n")
    if lines > LONGEST_FILE:
        yield lines


@rule
def short_functions(source: Source) -> Iterator[ast.AST]:
    """A function that does not fit on a screen does more than one thing; name its parts."""
    yield from (each for each in functions(source) if (each.end_lineno or 0) - each.lineno + 1 > LONGEST_FUNCTION)


def functions(source: Source) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    """Every function of the file."""
    return (node for node in ast.walk(source.tree) if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)))


def is_id_maker(source: Source, function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    """Whether this is models.base.new_id, which stamps the time into an id that never leaves the database."""
    return source.path == PurePosixPath("models/base.py") and function.name == "new_id"


def findings(source: Source) -> list[Finding]:
    """What breaks a rule in one file."""
    found: set[Finding] = set()
    for check in RULES:
        for place in check(source):
            line = place if isinstance(place, int) else getattr(place, "lineno", 1)
            found.add(Finding(source.path, line, check.__name__, (check.__doc__ or "").strip()))
    return sorted(found)


def system_grants(security: str) -> dict[str, frozenset[str]]:
    """The table under "System grants" of docs/security.md: purposes by module."""
    _, _, section = security.partition("## System grants\n")
    rows = [line.strip("| ").split("|") for line in section.partition("\n## ")[0].splitlines() if line.startswith("|")]
    table = {row[0].strip(" `"): frozenset(re.findall(r"[A-Z]+", row[1])) for row in rows if len(row) >= 2}
    return {module: purposes for module, purposes in table.items() if module.endswith(".py")}


def house(root: Path) -> list[Finding]:
    """What breaks a rule anywhere in our source, the page's scripts included."""
    security = root / "docs" / "security.md"
    granted = system_grants(security.read_text()) if security.exists() else {}
    found: list[Finding] = []
    for package in PACKAGES:
        for file in sorted((root / package).rglob("*.py")):
            found += findings(Source.parse(file.relative_to(root).as_posix(), file.read_text(), granted))
        for script in sorted((root / package).rglob("*.js")):
            if script.read_text().count("\n") > LONGEST_FILE:
                found.append(
                    Finding(
                        PurePosixPath(script.relative_to(root)), 1, "short_files", (short_files.__doc__ or "").strip()
                    )
                )
    return found


def main() -> int:
    """Print every finding; the exit code is 1 where there is one."""
    found = house(Path(__file__).parent.parent)
    sys.stdout.writelines(f"{finding}\n" for finding in found)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
