"""Tests of pipeline.build.stubs: what is written over, and what is out of date."""

import pytest

from ferrule.errors.stubs import (
    HandWrittenStubError,
    NoIntrospectionError,
    NoModuleError,
    NoStubTargetError,
    OldStubsError,
)
from ferrule.pipeline.build.stubs import StubFile, check_stubs, write_stubs
from ferrule.stubs.writer import MARK

TEXT = f"{MARK}; do not edit.\n\nA: int\n"


def test_stubs_are_written_once(tmp_path):
    file = StubFile(tmp_path / "pkg" / "core.pyi", TEXT)

    assert write_stubs([file]) == [file.path]
    assert file.path.read_text() == TEXT
    assert write_stubs([file]) == []
    check_stubs([file])


def test_stubs_written_by_hand_stay(tmp_path):
    first = StubFile(tmp_path / "a.pyi", TEXT)
    file = StubFile(tmp_path / "core.pyi", TEXT)
    file.path.write_text("A: str\n")

    with pytest.raises(HandWrittenStubError) as caught:
        write_stubs([first, file])

    assert str(caught.value) == (
        f"{file.path} was not made by `ferrule stubs`\n"
        "  its first line lacks the mark of a generated stub\n"
        "  fix: write elsewhere with --out, or replace it with --force"
    )
    assert not first.path.exists()
    assert write_stubs([file], force=True) == [file.path]


def test_stubs_that_differ_are_shown(tmp_path):
    file = StubFile(tmp_path / "core.pyi", TEXT)
    file.path.write_text(TEXT.replace("int", "str"))

    with pytest.raises(OldStubsError) as caught:
        check_stubs([file])

    text = str(caught.value)
    assert text.startswith(f"out of date: {file.path}\n")
    assert "  -A: str\n  +A: int\n" in text
    assert text.endswith("fix: run `ferrule stubs`")


def test_missing_stubs_are_out_of_date(tmp_path):
    with pytest.raises(OldStubsError):
        check_stubs([StubFile(tmp_path / "core.pyi", TEXT)])


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            NoIntrospectionError("a._b", "0.30.1", is_recording=True),
            (
                "a._b says nothing about its types\n"
                "  it uses PyO3 0.30.1, which records them with the feature "
                "experimental-inspect only\n"
                "  fix: run `ferrule stubs -F pyo3/experimental-inspect`, or add "
                '`features = ["experimental-inspect"]` to pyo3 in Cargo.toml; or '
                "import the module instead with --runtime"
            ),
        ),
        (
            NoIntrospectionError("a._b", "0.22.6", is_recording=False),
            (
                "a._b says nothing about its types\n"
                "  it uses PyO3 0.22.6; PyO3 records them since 0.25\n"
                "  fix: import the module instead: ferrule stubs --runtime (names, "
                "signatures and docstrings, but no types)"
            ),
        ),
        (
            NoModuleError("a._b", ["c"]),
            (
                "PyO3's introspection data do not describe a._b\n"
                "  they describe c\n"
                "  fix: give the #[pymodule] the name of the library, or use --runtime"
            ),
        ),
        (
            NoStubTargetError("tool"),
            (
                "tool has no PyO3 module\n"
                "  stubs are made of extension modules only\n"
                "  fix: run it for the package that has the module: --package NAME"
            ),
        ),
    ],
    ids=["feature", "release", "name", "program"],
)
def test_errors_say_what_to_do(error, text):
    assert str(error) == text
