import json

import pytest

from ferrule.cli import doctor, main
from ferrule.doctor.finding import Finding, Fix
from ferrule.pipeline.machine import checkup
from ferrule.pipeline.machine.checkup import Checkup


@pytest.fixture
def examined(monkeypatch):
    """Return a function that decides what is found, before and after fixes."""

    def make(*findings, after=None):
        answers = [findings, findings if after is None else after]

        def examine(request):
            del request
            found = answers.pop(0) if len(answers) > 1 else answers[0]
            return Checkup(None, tuple(found))

        monkeypatch.setattr(checkup, "examine", examine)

    return make


ERROR = Finding(
    "linker-missing", "error", "no cc", ("seen here",), "it fails", ("sudo apt", "x")
)
GOOD = Finding("cache", "ok", "small", ("folder",))


def test_problems_come_with_reason_and_remedy(examined, capsys):
    examined(ERROR, GOOD)
    assert main(["doctor"]) == 1
    assert capsys.readouterr().out == (
        "this machine: 1 error\n\n"
        "error   no cc\n"
        "        seen here\n"
        "        it fails\n"
        "            sudo apt\n"
        "            x\n"
        "        [linker-missing]\n\n"
        "ok caches  small\n"
        "             folder\n"
    )


def test_without_problems_the_exit_code_is_zero(examined, capsys):
    examined(GOOD)
    assert main(["doctor", "-q"]) == 0
    assert capsys.readouterr().out == "this machine: nothing to complain about\n\n"


def test_colour_is_used_where_it_is_wanted(examined, capsys, monkeypatch):
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("FORCE_COLOR", "1")
    examined(ERROR)
    main(["doctor"])
    assert "\033[1;31merror  \033[0m \033[1mno cc\033[0m" in capsys.readouterr().out


def test_json(examined, capsys):
    examined(ERROR, GOOD)
    assert main(["doctor", "--json"]) == 1
    data = json.loads(capsys.readouterr().out)
    assert data["version"] == 1
    assert data["project"] is None
    assert data["counts"] == {"error": 1, "warning": 0, "note": 0, "ok": 1}
    assert data["changes"] == []
    assert data["findings"][0] == {
        "id": "linker-missing",
        "section": "linker",
        "severity": "error",
        "what": "no cc",
        "details": ["seen here"],
        "why": "it fails",
        "remedy": ["sudo apt", "x"],
        "fix": [],
    }


def _fixable(calls, *steps):
    return Finding("cache", "note", "old", fix=Fix(steps, lambda: calls.append(steps)))


def test_fixes_are_shown_made_and_examined_again(examined, capsys):
    calls = []
    examined(_fixable(calls, "remove a"), _fixable(calls, "remove a"), after=[GOOD])
    assert main(["doctor", "--fix"]) == 0
    assert calls == [("remove a",)]
    out = capsys.readouterr().out
    assert out.startswith("done: remove a\nthis machine: nothing to complain about\n")


def test_dry_run_changes_nothing(examined, capsys):
    calls = []
    examined(_fixable(calls, "remove a"))
    main(["doctor", "--fix", "--dry-run"])
    assert calls == []
    out = capsys.readouterr().out
    assert out.startswith("would: remove a\nthis machine: 1 note\n")
    assert out.endswith("\nferrule doctor --fix mends 1 of them\n")


def test_dry_run_alone_is_a_mistake(examined, capsys):
    examined()
    assert main(["doctor", "--dry-run"]) == 2
    assert "--dry-run changes nothing without --fix" in capsys.readouterr().err


def test_nothing_to_fix(examined, capsys):
    examined(ERROR)
    assert main(["doctor", "--fix"]) == 1
    assert capsys.readouterr().out.startswith("nothing can be changed safely\n")


def test_fix_that_fails_is_a_warning(examined, capsys):
    def fail():
        raise PermissionError(13, "Permission denied")

    examined(Finding("cache", "note", "old", fix=Fix(("remove a",), fail)))
    assert main(["doctor", "--fix"]) == 0
    captured = capsys.readouterr()
    assert "cache was not fixed: [Errno 13] Permission denied" in captured.err
    assert "done:" not in captured.out


def test_words_stand_for_symbols_where_they_cannot_be_shown(monkeypatch):
    class Terminal:
        encoding = "ascii"

        def isatty(self):
            return True

    monkeypatch.setattr(doctor.sys, "stdout", Terminal())
    assert doctor._marks()["error"] == "error"
    Terminal.encoding = "utf-8"
    assert doctor._marks()["error"] == "✗"
