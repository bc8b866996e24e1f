"""Which libraries join a bundle, and which search paths change."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.closure.linux import Closed, close_over
from ferrule.bundle.model import BundleFile
from ferrule.errors.bundle import BundleLibrariesError
from ferrule.formats.elf import ElfFile, read_elf
from ferrule.settings.model import BundleSettings
from ferrule.wheel.content import whole

C = "libc.so.6"
SEARCH = "$ORIGIN/../lib"


class Place:
    """Files of a machine, and the bundle that is made of them."""

    def __init__(self, folder: Path, elf_image) -> None:
        self.folder = folder
        self.elf_image = elf_image
        self.files: list[BundleFile] = []
        (folder / "syslib").mkdir()

    def write(self, name: str, **content) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        content["needed"] = [*content.get("needed", ()), C]
        path.write_bytes(self.elf_image(**content))
        return path

    def add(self, path: str, part: str, **content) -> None:
        source = self.write(f"origin/{path}", **content)
        self.files.append(
            BundleFile(path, source, part, "", executable=part == "program")
        )

    def close(self, **settings) -> Closed:
        settings.setdefault("lib_paths", (str(self.folder / "syslib"),))
        return close_over(
            self.files,
            libraries="lib",
            program="bin/app",
            settings=BundleSettings(**settings),
        )


@pytest.fixture
def place(tmp_path: Path, elf_image) -> Place:
    made = Place(tmp_path, elf_image)
    made.add(
        "bin/app", "program", needed=["libpython3.12.so.1.0"], rpath="/home/me/lib"
    )
    made.add("lib/libpython3.12.so.1.0", "python", soname="libpython3.12.so.1.0")
    return made


def image(closed: Closed, path: str) -> ElfFile:
    item = next(item for item in closed.files if item.path == path)
    return read_elf(whole(item.content), path)


def test_the_program_searches_beside_itself_only(place) -> None:
    closed = place.close()
    app = image(closed, "bin/app")
    assert (app.rpath, app.runpath) == ((SEARCH,), ())
    assert [item.path for item in closed.files] == [
        "bin/app",
        "lib/libpython3.12.so.1.0",
    ]


def test_what_modules_need_joins_with_what_that_needs(place) -> None:
    place.write("syslib/libssl.so.3", needed=["libcrypto.so.3"], soname="libssl.so.3")
    place.write("syslib/libcrypto.so.3", runpath="/syslib", soname="libcrypto.so.3")
    modules = "lib/python3.12/lib-dynload"
    place.add(
        f"{modules}/_ssl.so",
        "standard library",
        needed=["libssl.so.3"],
        runpath="/build/lib",
    )
    closed = place.close()
    files = {item.path: item for item in closed.files}
    assert {"lib/libssl.so.3", "lib/libcrypto.so.3"} <= {*files}
    assert files["lib/libssl.so.3"].reason == f"{modules}/_ssl.so needs it"
    # A DT_RUNPATH of its own would hide the program's DT_RPATH.
    module = image(closed, f"{modules}/_ssl.so")
    assert (module.rpath, module.runpath) == (("$ORIGIN/../..",), ())
    assert image(closed, "lib/libcrypto.so.3").rpath == ("$ORIGIN",)
    assert image(closed, "lib/libssl.so.3").rpath == ()


def test_files_of_packages_stay_as_they_are(place) -> None:
    site = "lib/python3.12/site-packages"
    place.add(
        f"{site}/n/core.so", "package", needed=["libgf.so"], runpath="$ORIGIN/../n.libs"
    )
    place.add(f"{site}/n.libs/libgf.so", "package", soname="libgf.so")
    closed = place.close()
    origin = {item.path: item.content for item in place.files}
    for item in closed.files:
        if item.part == "package":
            assert item.content is origin[item.path]
    assert not closed.notes


def test_a_library_that_a_package_hides_serves_nobody_else(place) -> None:
    site = "lib/python3.12/site-packages"
    place.add(f"{site}/pil.libs/liblzma.so.5", "package", soname="liblzma.so.5")
    place.add("lib/python3.12/_lzma.so", "standard library", needed=["liblzma.so.5"])
    place.write("syslib/liblzma.so.5", soname="liblzma.so.5")
    assert "lib/liblzma.so.5" in {item.path for item in place.close().files}


def test_drivers_stay_with_the_machine(place) -> None:
    place.write("syslib/libGL.so.1", soname="libGL.so.1")
    place.write("syslib/libown.so.1", soname="libown.so.1")
    needed = ["libGL.so.1", "libown.so.1"]
    place.add("lib/python3.12/gl.so", "standard library", needed=needed)
    closed = place.close(system_libraries=("libown.so",))
    assert dict(closed.left_out) == {
        "libGL.so.1": "it belongs to the machine's drivers",
        "libown.so.1": "excluded by libown.so",
    }
    assert len(closed.files) == 3


def test_the_oldest_c_library_is_known(place) -> None:
    for number, version in enumerate(("2.9", "2.34", "2.17")):
        place.add(
            f"lib/python3.12/m{number}.so",
            "standard library",
            versions={C: [f"GLIBC_{version}", "GLIBC_PRIVATE"]},
        )
    assert place.close().oldest_system == "glibc 2.34"


def test_a_module_without_its_library_is_told(place) -> None:
    place.add("lib/python3.12/odd.so", "standard library", needed=["libodd.so.7"])
    (note,) = place.close().notes
    assert note.startswith("libodd.so.7, needed by lib/python3.12/odd.so")


def test_a_program_without_its_library_is_an_error(place) -> None:
    place.write("syslib/libmid.so", needed=["libfar.so"], soname="libmid.so")
    place.files[1] = BundleFile(
        "lib/libpython3.12.so.1.0",
        place.write("p.so", needed=["libmid.so"], soname="libpython3.12.so.1.0"),
        "python",
        "",
    )
    with pytest.raises(BundleLibrariesError) as caught:
        place.close()
    text = str(caught.value)
    assert "missing that the program cannot start without: libfar.so" in text
    assert "libfar.so, needed by libmid.so; looked for it in:" in text
    assert "--lib-path" in text
    assert caught.value.details()["libraries"][0]["neededBy"] == ["libmid.so"]
