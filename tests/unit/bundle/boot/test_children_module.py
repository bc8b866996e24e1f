"""Only what `multiprocessing` itself starts is run instead of the program."""

from __future__ import annotations

import sys
from multiprocessing import spawn, util

import pytest

from ferrule.bundle.boot.children_module import MARK, find_call, run


def test_the_processes_of_spawn():
    words = spawn.get_command_line(tracker_fd=5, pipe_handle=7)
    assert find_call(["app", *words[1:]]) == (
        *("spawn", "spawn_main", []),
        {"tracker_fd": 5, "pipe_handle": 7},
    )


def test_the_processes_of_a_frozen_program(monkeypatch):
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    words = spawn.get_command_line(tracker_fd=5, pipe_handle=None)
    assert find_call(words) == (
        *("spawn", "spawn_main", []),
        {"tracker_fd": 5, "pipe_handle": None},
    )


def test_the_tracker_of_resources():
    flags = util._args_from_interpreter_flags()
    code = "from multiprocessing.resource_tracker import main;main(5)"
    found = find_call(["app", *flags, "-I", "-X", "dev", "-c", code])
    assert found == ("resource_tracker", "main", [5], {})


def test_the_server_of_forkserver():
    code = (
        "from multiprocessing.forkserver import main; "
        "main(6, 7, ['a', 'b'], **{'sys_path': ['/x'], 'main_path': None})"
    )
    found = find_call(["app", "-B", "-c", code])
    assert found == (
        *("forkserver", "main", [6, 7, ["a", "b"]]),
        {"sys_path": ["/x"], "main_path": None},
    )


def test_the_server_of_newer_pythons_gets_the_words_of_the_program():
    code = (
        "import sys; from multiprocessing.forkserver import main; "
        "main(6, 7, ['__main__'], sys_argv=sys.argv[1:], **{'authkey_r': 9})"
    )
    for words in ([], ["/app", "-c", "text"]):
        assert find_call(["app", "-I", "-S", "-c", code, *words]) == (
            *("forkserver", "main", [6, 7, ["__main__"]]),
            {"sys_argv": words, "authkey_r": 9},
        )
    assert find_call(["app", "-c", code.replace("[1:]", "[2:]")]) is None
    assert find_call(["app", "-c", code.replace("sys.argv[1:]", "f()")]) is None


SPAWN = "from multiprocessing.spawn import spawn_main; spawn_main(pipe_handle=7)"


@pytest.mark.parametrize(
    "words",
    [
        [],
        ["app"],
        ["app", "-c"],
        ["app", "-c", "print(1)"],
        ["app", "input", "-c", SPAWN],
        ["app", "--verbose", "-c", SPAWN],
        ["app", "-c", SPAWN, "more"],
        ["app", "-c", SPAWN + "; print(1)"],
        ["app", "-c", SPAWN.replace("7", "open('x')")],
        ["app", "-c", SPAWN.replace("7", "7), print(1")],
        ["app", "-c", SPAWN.replace("spawn_main", "main")],
        ["app", "-c", SPAWN.replace(".spawn", ".pool")],
        ["app", "-c", SPAWN.replace("pipe_handle=7", "**7")],
        ["app", MARK, "pipe_handle=x"],
        ["app", MARK, "other=1"],
        ["app", "x", MARK],
    ],
)
def test_everything_else_belongs_to_the_program(words):
    assert find_call(words) is None
    run(words)


def test_a_child_ends_with_the_status_of_its_function(monkeypatch):
    seen = []

    def main(file):
        seen.append((file, sys.argv))
        return 3

    monkeypatch.setattr("multiprocessing.resource_tracker.main", main)
    monkeypatch.setattr(sys, "argv", ["app"])
    code = "from multiprocessing.resource_tracker import main;main(9)"
    with pytest.raises(SystemExit) as caught:
        run(["app", "-c", code])
    assert caught.value.code == 3
    assert seen == [(9, ["-c"])]
