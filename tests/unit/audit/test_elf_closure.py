from __future__ import annotations

import pytest

from ferrule.audit.elf_closure import resolve
from ferrule.formats.elf import read_elf


@pytest.fixture
def closure(elf_image):
    """Resolve files given as keyword arguments of `elf_image`."""

    def call(**files):
        images = {
            name.replace("__", "/"): read_elf(elf_image(**content))
            for name, content in files.items()
        }
        return resolve(images)

    return call


CORE = "pkg/core"
LIB = "pkg.libs/libfoo"


@pytest.mark.parametrize("kind", ["rpath", "runpath"])
def test_the_files_own_path(closure, elf_image, kind):
    core = read_elf(elf_image(needed=["libfoo"], **{kind: "$ORIGIN/../pkg.libs"}))
    found = resolve({CORE: core, LIB: read_elf(elf_image())})
    assert found.found == {(CORE, "libfoo"): LIB}
    assert (found.missing, found.own) == ({}, (LIB,))


@pytest.mark.parametrize(
    "path", ["/opt/lib", "pkg.libs", "$ORIGIN/../../..", "$ORIGIN/.", "$LIB"]
)
def test_paths_that_do_not_lead_there(elf_image, path):
    core = read_elf(elf_image(needed=["libfoo"], rpath=path))
    found = resolve({CORE: core, LIB: read_elf(elf_image())})
    assert found.missing == {CORE: ("libfoo",)}
    assert found.hidden == {(CORE, "libfoo"): LIB}


def test_an_rpath_is_inherited_and_a_runpath_is_not(elf_image):
    lib = read_elf(elf_image(needed=["libbar"]))
    bar = read_elf(elf_image())
    for kind, missing in (("rpath", {}), ("runpath", {LIB: ("libbar",)})):
        core = elf_image(needed=["libfoo"], **{kind: "${ORIGIN}/../pkg.libs"})
        files = {CORE: read_elf(core), LIB: lib, "pkg.libs/libbar": bar}
        assert resolve(files).missing == missing


def test_a_library_that_is_loaded_already_is_found_by_name(elf_image):
    core = elf_image(needed=["libbar", "libfoo"], runpath="$ORIGIN/../pkg.libs")
    files = {
        CORE: read_elf(core),
        LIB: read_elf(elf_image(needed=["libbar"])),
        "pkg.libs/libbar": read_elf(elf_image()),
    }
    assert resolve(files).missing == {}
    # What another module needs it must find by itself.
    files["pkg/other"] = read_elf(elf_image(needed=["libfoo"]))
    assert resolve(files).missing == {"pkg/other": ("libfoo",)}


def test_libraries_in_a_circle(elf_image):
    files = {
        "a": read_elf(elf_image(needed=["b"], runpath="$ORIGIN")),
        "b": read_elf(elf_image(needed=["a"], runpath="$ORIGIN")),
    }
    assert resolve(files).found == {("a", "b"): "b", ("b", "a"): "a"}


def test_moved_folders(elf_image):
    core = read_elf(elf_image(needed=["libfoo"], runpath="$ORIGIN/../pkg.libs"))
    moved = f"pkg-1.0.data/platlib/{CORE}"
    assert resolve({moved: core, LIB: read_elf(elf_image())}).missing == {}


def test_the_loader_is_no_library(closure):
    assert closure(core={"needed": ["ld-linux-x86-64.so.2"]}).missing == {}
