from __future__ import annotations

import os
import sys

import pytest

from ferrule.cargo.process import run_for_messages
from ferrule.diagnosis import Context
from ferrule.errors.cargo import CargoMetadataError, CompileError


def fail(text: str, tmp_path, context=None) -> CompileError:
    code = f"import sys; sys.stderr.write({text!r}); sys.exit(101)"
    with pytest.raises(CompileError) as caught:
        run_for_messages(
            [sys.executable, "-c", code],
            env=dict(os.environ),
            cwd=tmp_path,
            shown={},
            context=context,
        )
    return caught.value


def test_a_known_failure_is_explained(tmp_path, capfd):
    error = fail("error: linker `cc` not found\n", tmp_path)
    text = str(error)
    assert text.startswith("the Rust code does not compile\n")
    assert "  The linker is not installed\n" in text
    assert "    seen: error: linker `cc` not found\n" in text
    assert "    fix: apt install gcc libc6-dev  (" in text
    assert "see cargo's messages above" not in text
    assert error.details()["diagnoses"][0]["id"] == "linker-not-found"
    # What cargo wrote was shown as well.
    assert capfd.readouterr().err == "error: linker `cc` not found\n"


def test_several_known_failures_are_numbered(tmp_path):
    error = fail(
        "error: linker `cc` not found\n"
        "error: no library targets found in package `x`\n",
        tmp_path,
    )
    assert "  1. The linker is not installed\n" in str(error)
    assert "  2. The package has no library\n" in str(error)


def test_an_unknown_failure_points_to_cargo(tmp_path):
    error = fail("error[E0308]: mismatched types\n", tmp_path)
    assert error.fix == "see cargo's messages above"
    assert error.details() == {"diagnoses": []}


def test_what_is_known_about_the_build_is_used(tmp_path):
    context = Context(features=frozenset({"extension-module"}))
    error = fail(
        "rust-lld: error: undefined symbol: PyList_New\n", tmp_path, lambda: context
    )
    meaning = error.diagnoses[0].meaning
    assert "The feature `extension-module` of pyo3 is on" in meaning


def test_the_context_is_asked_after_a_failure_only(tmp_path):
    def ask() -> Context:
        raise AssertionError

    run = run_for_messages(
        [sys.executable, "-c", ""],
        env=dict(os.environ),
        cwd=tmp_path,
        shown={},
        context=ask,
    )
    assert run.artifacts == []


def test_a_manifest_that_cargo_refuses_is_explained(tmp_path):
    from ferrule.diagnosis import diagnose

    text = "feature `edition2024` is required"
    error = CargoMetadataError(tmp_path, text, diagnose(text))
    assert "asks for edition 2024, which came with Rust 1.85" in str(error)
    assert error.details()["diagnoses"][0]["id"] == "edition-unsupported"
