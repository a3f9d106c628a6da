"""Each house rule refuses bad code, lets good code pass, and has its reason; the tree itself keeps them all."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.house import PACKAGES, RULES, Source, findings, house, main, system_grants
from tests.house_access import READERS, guarded_queries
from tests.house_phi import ROOT

LONG = "x = 1\n"
CASES: dict[str, tuple[str, list[str], list[str]]] = {
    "literal_templates": (
        "views/messages.py",
        [
            "safe(TEXT)",
            "safe(f'{n} notes')",
            "safe('a' + b)",
            "safetext.safe(x)",
            "plural(n, 'one', many)",
            "plural(n, one=x, many='y')",
        ],
        ["safe('{n} notes', n=n)", "safe('a' 'b')", "plural(len(rows), '{n} note', '{n} notes')", "join(x, y)"],
    ),
    "asked_access": (
        "services/notes.py",
        [
            "select(Client).where(Client.ref == ref)",
            "select(*(Client.id, Client.ref))",
            "select(func.count(Assignment.id))",
            "session.get(Client, key)",
            "select(Note).join(Assignment, Assignment.client_id == Note.client_id)",
            "other = aliased(Client)",
        ],
        [
            "access.client_by_ref(work, actor, ref)",
            "access.clients(work, actor, deed).where(Client.id.in_(ids))",
            "select(Note)",
        ],
    ),
    "formatted_phi": (
        "services/clients.py",
        [
            "def f(name: Phi[str]): return f'{name}'",
            "def f(name: Phi[str] | None): return str(name)",
            "name = Phi('x'); print('%s' % name)",
            "name: Annotated[Phi[str], 1]; ', '.join([name])",
            "f'{profile.last_name}'",
            "'{}'.format(client.medicaid_id)",
        ],
        [
            "def f(name: Phi[str], grant): return f'{name.reveal(grant)}'",
            "f'{staff.name}'",
            "def f(name: str): return f'{name}'",
            "rows = [name]; len(rows) % 2",
        ],
    ),
    "safe_parts": (
        "views/messages.py",
        [
            "safe('{n}', n=f'{x}')",
            "safe('{n}', n=str(x))",
            "safe('{n}', n='%s' % x)",
            "safe('{n}', n=name.reveal(grant))",
        ],
        ["safe('{n}', n=n)", "safe('{who}', who=Mention(staff.slack_id))", "plural(n % 2, 'a', 'b')"],
    ),
    "logged_values": (
        "services/notes.py",
        [
            "log.info('x', note=f'{name}')",
            "logger.warning(body)",
            "logging.info('x', body['view'])",
            "log.info('x', size=len(payload))",
            "log.bind(actor=1).info('x', text=1)",
            "log.error('x %s' % name)",
            "log.error('{}'.format(name))",
            "log.error('x', who=str(name))",
            "log.error('x', who=name.reveal(grant))",
            "self.info('x'); log.exception('x', kind=view.state)",
        ],
        [
            "log.info('note.signed', note=note.id, version=3)",
            "draw(body, state, view)",
            "dialog.info(text)",
            "log.info('x', left=n % 10)",
        ],
    ),
    "no_code_in_data": (
        "reminders/tick.py",
        [
            "import pickle",
            "import marshal as m",
            "from shelve import open",
            "import dill.source",
            "import json, pickle",
        ],
        ["import json", "from privacy import pickled", "pickle = 1"],
    ),
    "caller_commits": (
        "services/notes.py",
        ["work.session.commit()", "session.rollback()"],
        ["work.session.flush()", "commit()", "commit = session.commit"],
    ),
    "audited_grants": (
        "services/notes.py",
        [
            "from privacy.grants import issue",
            "from privacy.grants import *",
            "from privacy import grants\ngrants.issue()",
        ],
        ["from privacy.grants import Grant", "from tracker import issue", "book.issue()"],
    ),
    "listed_grants": (
        "services/listed.py",
        [
            "system_grant(Purpose.SEAL)",
            "system_grant()",
            "grants.system_grant(purpose)",
            "system_grant(Purpose.SEAL, Purpose.MATCH)",
        ],
        ["from privacy.grants import system_grant\nsystem_grant(Purpose.MATCH)", "grants.system_grant(Purpose.MATCH)"],
    ),
    "no_evaluation": (
        "bot/cli.py",
        [
            "eval(x)",
            "exec(x)",
            "yaml.load(x)",
            "Typer(pretty_exceptions_show_locals=True)",
            "TracebackException(e, capture_locals=x)",
        ],
        ["yaml.safe_load(x)", "session.exec(x)", "Typer(pretty_exceptions_show_locals=False)", "model.eval"],
    ),
    "constant_time": (
        "privacy/keys.py",
        [
            "mac == other",
            "row.digest != x",
            "x == sealed.digest()",
            "expected_signature == x",
            "h.hexdigest() == x",
            "commitment == x",
        ],
        ["compare_digest(mac, other)", "len(mac) == 32", "machine == other", "size != MAC", "mac is None", "a.mac < b"],
    ),
    "time_is_passed_in": (
        "services/notes.py",
        [
            "dt.datetime.now(dt.UTC)",
            "datetime.utcnow()",
            "date.today()",
            "time.time()",
            "time.time_ns()",
            "from time import time",
        ],
        ["work.now", "clock.now()", "dt.datetime.fromisoformat(x)", "time.monotonic()"],
    ),
    "no_print": ("services/notes.py", ["print(x)", "pprint(x)"], ["printer.print(x)", "blueprint(x)"]),
    "errors_without_input": (
        "views/form.py",
        [
            "error.errors()",
            "error.errors(include_context=False)",
            "error.errors(include_input=True)",
            "e.errors(include_input=x)",
        ],
        ["error.errors(include_input=False)", "reply.errors(by_field)", "error.errors"],
    ),
    "exceptions_without_text": (
        "desk/doors.py",
        [
            "try: f()\nexcept E as error: g(str(error))",
            "try: f()\nexcept E as error: g(repr(error))",
            "try: f()\nexcept E as error: g(f'failed: {error}')",
            "try: f()\nexcept E as error: g(f'failed: {error!r}')",
            "try: f()\nexcept E as error: g('failed: %s' % error)",
            "try: f()\nexcept E as error: g('failed: %s %s' % (x, error))",
            "try: f()\nexcept E as error: g('{}'.format(error))",
            "try: f()\nexcept E as error: g(error.args[0])",
            "traceback.print_exc()",
            "from traceback import format_exc",
        ],
        [
            "try: f()\nexcept E as error: raise Ours('It failed.') from error",
            "try: f()\nexcept E as error: g(type(error).__name__, error.orig)",
            "try: f()\nexcept E as error: g(f'{type(error).__name__}')",
            "call.args",
        ],
    ),
    "short_files": ("views/notes.py", [LONG * 401], [LONG * 400]),
    "short_functions": (
        "views/notes.py",
        [
            "def f():\n" + "    x = 1\n" * 45,
            "async def f():\n" + "    x = 1\n" * 45,
            "class C:\n    def f(self):\n" + "        x = 1\n" * 45,
        ],
        ["def f():\n" + "    x = 1\n" * 44],
    ),
}
GRANTED = {"services/listed.py": frozenset({"MATCH"})}


def broken(path: str, code: str) -> set[str]:
    return {finding.rule for finding in findings(Source.parse(path, code, GRANTED))}


def cases(kind: int) -> list[tuple[str, str, str]]:
    return [(name, case[0], code) for name, case in CASES.items() for code in case[kind]]


@pytest.mark.parametrize(("name", "path", "code"), cases(1))
def test_bad_code_is_found(name: str, path: str, code: str) -> None:
    assert name in broken(path, code)


@pytest.mark.parametrize(("name", "path", "code"), cases(2))
def test_good_code_passes(name: str, path: str, code: str) -> None:
    assert name not in broken(path, code)


def test_every_rule_has_its_reason_and_its_test() -> None:
    assert {check.__name__ for check in RULES} == set(CASES)
    for check in RULES:
        assert check.__doc__
        assert "\n" not in check.__doc__.strip()


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("services/audit.py", "from privacy.grants import issue"),
        ("bot/cli_keys.py", "print(1)"),
        ("bot/cli.py", "try: f()\nexcept E as error: print(str(error))"),
        ("desk/doors.py", "connection.commit()"),
        ("desk/clock.py", "dt.datetime.now(dt.UTC)"),
        ("sandbox/views.py", "digest == other"),
        ("models/base.py", "def new_id():\n    return time.time_ns()"),
        ("privacy/safetext.py", "safe(one, **parts)"),
    ],
)
def test_a_rule_stops_where_its_reason_stops(path: str, code: str) -> None:
    assert broken(path, code) == set()


def test_the_exception_for_row_ids_is_one_function_only() -> None:
    assert broken("models/base.py", "def other():\n    return time.time_ns()") == {"time_is_passed_in"}


def test_a_module_that_is_not_listed_may_not_even_import_a_system_grant() -> None:
    assert broken("views/notes.py", "from privacy.grants import system_grant") == {"listed_grants"}


def test_a_finding_says_where_and_why() -> None:
    [finding] = findings(Source.parse("views/notes.py", "x = 1\nprint(x)\n"))
    assert str(finding).startswith("views/notes.py:2: no_print: Only the command line talks to a terminal")


def test_the_table_of_system_grants_is_read_to_its_end_and_no_further() -> None:
    page = (
        "# Security\n\n## System grants\n\nWords.\n\n| module | purposes | why |\n|---|---|---|\n"
        "| `services/a.py` | MATCH, SEAL | because IT is so |\n| `views/b.py` | VALIDATE | x |\n\n"
        "## Clear columns\n\n| `services/c.py` | SEAL | no |\n"
    )
    assert system_grants(page) == {"services/a.py": {"MATCH", "SEAL"}, "views/b.py": {"VALIDATE"}}
    assert system_grants("# Security\n") == {}


def test_a_house_is_searched_whole(tmp_path: Path) -> None:
    for package in PACKAGES:
        (tmp_path / package / "page").mkdir(parents=True)
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "security.md").write_text("## System grants\n\n| `views/a.py` | MATCH | x |\n")
    (tmp_path / "views" / "a.py").write_text("system_grant(Purpose.MATCH)\n")
    (tmp_path / "sandbox" / "page" / "app.js").write_text("// a\n" * 401)
    (tmp_path / "bot" / "page" / "deep.py").write_text("import pickle\n")
    assert [(str(found.path), found.rule) for found in house(tmp_path)] == [
        ("bot/page/deep.py", "no_code_in_data"),
        ("sandbox/page/app.js", "short_files"),
    ]


def test_whoever_may_read_clients_past_the_rule_still_does() -> None:
    for path in READERS:
        assert list(guarded_queries(Source.parse(path, (ROOT / path).read_text()))), path


def test_our_own_house_keeps_its_rules(capsys: pytest.CaptureFixture[str]) -> None:
    assert main() == 0, capsys.readouterr().out
