"""Where the parts of a Python lie, whoever packed it."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.errors.foreign_bundle import DistributionError
from ferrule.python.distribution import find_distribution, read_release

WINDOWS = {"system": "Windows", "lib_dir": "", "ld_version": ""}


def tree(folder: Path, *names: str) -> Path:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    return folder


@pytest.fixture
def windows(make_interpreter):
    return make_interpreter("3.13", **WINDOWS)


def below(folder: Path, path: Path | None) -> str:
    assert path is not None
    return path.relative_to(folder).as_posix()


@pytest.mark.parametrize(
    ("names", "home", "library", "modules"),
    [
        (
            ("python313.dll", "Lib/os.py", "DLLs/_ssl.pyd", "DLLs/libssl-3.dll"),
            ".",
            "Lib",
            "DLLs",
        ),
        (
            ("tools/python313.dll", "tools/Lib/os.py", "tools/DLLs/_ssl.pyd"),
            "tools",
            "tools/Lib",
            "tools/DLLs",
        ),
        (("python313.dll", "python313.zip", "_ssl.pyd"), ".", "python313.zip", "."),
        (("python313.dll", "lib/os.py", "lib/_ssl.pyd"), ".", "lib", None),
        (("bin/python313.dll", "Lib/os.py", "DLLs/_ssl.pyd"), ".", "Lib", "DLLs"),
    ],
    ids=["installer", "nuget", "embeddable", "one folder", "dll in bin"],
)
def test_windows(tmp_path, windows, names, home, library, modules) -> None:
    tree(tmp_path, *names)
    found = find_distribution(tmp_path, windows)
    assert below(tmp_path, found.home) == home
    assert below(tmp_path, found.standard_library) == library
    assert found.is_compiled == library.endswith(".zip")
    assert below(tmp_path, found.library).endswith("python313.dll")
    if modules is None:
        assert found.modules is None
    else:
        assert below(tmp_path, found.modules) == modules


def test_a_folder_below_the_installation_may_be_named(tmp_path, windows) -> None:
    tree(tmp_path, "python313.dll", "Lib/os.py", "libs/python313.lib")
    assert find_distribution(tmp_path / "libs", windows).home == tmp_path


@pytest.mark.parametrize(
    ("names", "named", "home"),
    [
        (("lib/python3.12/os.py", "lib/libpython3.12.so"), ".", "."),
        (("usr/lib/python3.12/os.py", "usr/lib/m/libpython3.12.so"), ".", "usr"),
        (("lib/python3.12/os.py", "lib/libpython3.12.so"), "lib", "."),
        (("lib/python3.12/os.py", "lib/libpython3.12.so"), "lib/python3.12", "."),
    ],
)
def test_linux(tmp_path, make_interpreter, names, named, home) -> None:
    tree(tmp_path, *names)
    lib_dir = str((tmp_path / names[1]).parent)
    found = find_distribution(tmp_path / named, make_interpreter(lib_dir=lib_dir))
    assert found.home == tmp_path / home
    assert found.library == tmp_path / names[1]


def test_a_free_threaded_python(tmp_path, make_interpreter) -> None:
    tree(tmp_path, "lib/python3.13t/os.py", "lib/libpython3.13t.so")
    found = find_distribution(tmp_path, make_interpreter("3.13t", lib_dir=""))
    assert found.standard_library.name == "python3.13t"
    assert found.library == tmp_path / "lib/libpython3.13t.so"


@pytest.mark.parametrize(
    ("names", "library"),
    [
        (
            ("lib/python3.12/os.py", "lib/libpython3.12.dylib"),
            "lib/libpython3.12.dylib",
        ),
        (
            ("Versions/3.12/lib/python3.12/os.py", "Versions/3.12/Python"),
            "Versions/3.12/Python",
        ),
    ],
    ids=["prefix", "framework"],
)
def test_macos(tmp_path, make_interpreter, names, library) -> None:
    tree(tmp_path, *names)
    found = find_distribution(tmp_path, make_interpreter(system="Darwin", lib_dir=""))
    assert below(tmp_path, found.library) == library


def test_no_standard_library(tmp_path, windows, make_interpreter) -> None:
    tree(tmp_path, "python313.dll")
    with pytest.raises(DistributionError, match=r"python313\.zip") as caught:
        find_distribution(tmp_path, windows)
    assert "--python DIR" in str(caught.value)
    with pytest.raises(DistributionError, match=r"python3\.12"):
        find_distribution(tmp_path, make_interpreter())


def test_the_release_is_read_from_the_library(tmp_path, windows) -> None:
    tree(tmp_path, "Lib/os.py")
    library = tmp_path / "python313.dll"
    library.write_bytes(b"\0003.13\0 3.13.9 \0003.1.7\0003.13.5\0rest")
    assert read_release(library, (3, 13)) == (3, 13, 5)
    assert read_release(library, (3, 12)) is None
    assert read_release(None, (3, 13)) is None
    found = find_distribution(tmp_path, windows)
    described = found.described(windows)
    assert described.version_text == "3.13.5"
    assert described.install_path("stdlib") == str(tmp_path / "Lib")
    assert described.base_prefix == str(tmp_path)
    library.write_bytes(b"")
    assert read_release(library, (3, 13)) is None
