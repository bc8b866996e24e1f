"""ABI and configuration of a module, computed once and refused early."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule import log
from ferrule.errors.configuration import ConfigurationError
from ferrule.python.module_facts import module_facts

TARGET = "x86_64-unknown-linux-gnu"


@pytest.fixture
def facts_of(tmp_path: Path):
    env = {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}

    def compute(interpreter, *features: str, release="0.30.1", user_text=None, env=env):
        return module_facts(
            release,
            frozenset(features),
            interpreter,
            target=TARGET,
            executable=None,
            user_text=user_text,
            env=env,
        )

    return compute


def test_text_holds_no_path_of_the_machine(facts_of, make_interpreter) -> None:
    first = facts_of(make_interpreter(executable="/a/python", lib_dir="/a/lib"))
    second = facts_of(make_interpreter(executable="/b/python", lib_dir="/b/lib"))
    assert first == second
    assert "/" not in first.config_text
    assert first.abi.kind == "version"


def test_answer_is_remembered(facts_of, make_interpreter, monkeypatch) -> None:
    first = facts_of(make_interpreter(), "abi3", "abi3-py39")

    def fail(*args: object) -> None:
        raise AssertionError

    monkeypatch.setattr("ferrule.python.module_facts._compute", fail)
    assert facts_of(make_interpreter(), "abi3", "abi3-py39") == first
    assert first.abi.abi_tag == "abi3"
    assert first.abi.version == (3, 9)


def test_answer_with_a_warning_warns_again(facts_of) -> None:
    for _ in range(2):
        heard: list[str] = []
        with log.also_to(heard):
            facts_of(None, "abi3", "abi3-py39")
        assert heard == ["Compiling without a working Python interpreter."]


def test_unsupported_python_is_refused_unless_the_user_insists(
    facts_of, make_interpreter, tmp_path
) -> None:
    old = make_interpreter("3.8")
    with pytest.raises(ConfigurationError, match="minimum supported version"):
        facts_of(old)
    env = {
        "FERRULE_CACHE_DIR": str(tmp_path / "cache"),
        "UNSAFE_PYO3_SKIP_VERSION_CHECK": "1",
    }
    assert facts_of(old, env=env).abi.python_tag == "cp38"


def test_the_users_configuration_decides_about_the_tag(
    facts_of, make_interpreter
) -> None:
    text = "implementation=CPython\nversion=3.13\nshared=true\nbuild_flags=\n"
    facts = facts_of(make_interpreter("3.11"), user_text=text)
    assert facts.abi.python_tag == "cp313"
    assert facts.abi.extension_suffix == ".cpython-313-x86_64-linux-gnu.so"
    assert facts.config_text == text
    stable = facts_of(None, "abi3", "abi3-py310", user_text=text)
    assert stable.abi.abi_tag == "abi3"
