"""Which modes other systems have, and what is said of the others."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.dynamic.linux import DynamicMode
from ferrule.bundle.dynamic.macos import MacMode
from ferrule.bundle.dynamic.windows import WindowsMode
from ferrule.bundle.modes import Case, choose_mode
from ferrule.bundle.selection import select_modules, select_standard_library
from ferrule.errors import foreign_bundle as errors
from ferrule.errors.bundle import BundleTargetError
from ferrule.python.distribution import Distribution
from ferrule.settings.model import BundleSettings
from ferrule.target.triple import parse_triple

WINDOWS = "x86_64-pc-windows-gnu"
MAC = "aarch64-apple-darwin"
ARM = "aarch64-unknown-linux-gnu"


@pytest.fixture
def case_for(make_interpreter):
    """Give a function that describes a bundle for another machine."""

    def make(target: str, mode: str = "auto") -> Case:
        settings = BundleSettings(mode=mode)
        interpreter = make_interpreter(executable="")
        return Case("app", interpreter, parse_triple(target), settings, None)

    return make


@pytest.mark.parametrize("mode", ["auto", "dynamic"])
@pytest.mark.parametrize(
    ("target", "kind"), [(WINDOWS, WindowsMode), (MAC, MacMode), (ARM, DynamicMode)]
)
def test_a_folder_is_made_for_every_system(case_for, target, kind, mode) -> None:
    assert type(choose_mode(case_for(target, mode))) is kind


@pytest.mark.parametrize(
    ("target", "mode", "reason"),
    [
        (WINDOWS, "static", "no CPython for Windows is published"),
        (WINDOWS, "onefile", "unpack itself at every start"),
        (MAC, "static", "folders with a shared libpython"),
        (MAC, "onefile", "macOS loads libraries from files only"),
        (ARM, "static", "does not run here"),
    ],
)
def test_others_are_refused_with_the_reason(case_for, target, mode, reason) -> None:
    with pytest.raises(BundleTargetError, match=reason) as caught:
        choose_mode(case_for(target, mode))
    assert "choose --mode dynamic" in str(caught.value)


def test_where_a_foreign_system_begins(case_for) -> None:
    assert case_for(ARM).sysroots == ()
    for home, root in (("/arm/usr", "/arm"), ("/arm/python", "/arm/python")):
        given = Distribution(Path(home), Path(home), None)
        case = Case(**{**vars(case_for(ARM)), "distribution": given})
        assert case.sysroots == (Path(root),)
        assert case.bytecode_python is None


def test_modules_without_sources_are_taken(tmp_path) -> None:
    for name in ("a.pyc", "b.py", "b.pyc", "libssl-3.dll", "test/x.pyc", "pip/x.pyc"):
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(b"")
    found = select_standard_library(tmp_path)
    assert [item.path for item in found.files] == ["a.pyc", "b.py"]
    assert [item.module for item in found.files] == ["a", "b"]
    assert {"test", "pip"} <= {*dict(found.left_out)}


def test_extension_modules_beside_the_library(tmp_path) -> None:
    for name in ("_ssl.pyd", "_testcapi.pyd", "_tkinter.pyd", "libssl-3.dll", "py.ico"):
        (tmp_path / name).write_bytes(b"")
    found = select_modules(tmp_path, include=("_tkinter",))
    assert [item.path for item in found.files] == ["_ssl.pyd", "_tkinter.pyd"]
    assert "_testcapi" in dict(found.left_out)
    assert select_modules(tmp_path, exclude=("_*",)).files == ()


@pytest.mark.parametrize(
    ("error", "parts"),
    [
        (
            errors.DistributionError("CPython 3.12", "/d", ["/d/a", "/d/a", "/d/b"]),
            ("/d does not hold the standard library", "looked for /d/b"),
        ),
        (
            errors.ForeignPythonNeededError(WINDOWS, "CPython 3.12", ["where"]),
            (f"a bundle for {WINDOWS}", "where", "ferrule python add-target"),
        ),
        (errors.SeveralTargetsError([ARM, MAC]), ("2 are wanted", f"--target {ARM}")),
        (
            errors.ForeignEnvironmentError(".venv", ARM),
            ("the packages of .venv cannot join", "--lock"),
        ),
        (errors.InittabTargetError(MAC), ("--inittab auto", "append_to_inittab!")),
        (errors.ContainerBundleError(ARM), ("cross cannot link", "--linker zig")),
    ],
    ids=lambda value: type(value).__name__,
)
def test_texts(error, parts) -> None:
    for part in parts:
        assert part in str(error)
    assert error.exit_code in (2, 4)
