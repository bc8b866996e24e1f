"""Which libraries join bundles for Windows and macOS, and how they are named."""

from __future__ import annotations

import posixpath
import runpy
from dataclasses import replace
from pathlib import Path

import pytest

from ferrule.bundle.dynamic.macos import MacMode
from ferrule.bundle.dynamic.windows import WindowsMode
from ferrule.bundle.model import BundleFile
from ferrule.bundle.modes import Case, Contents
from ferrule.errors.bundle import BundleLibrariesError, SharedLibraryError
from ferrule.errors.foreign_bundle import UnwrappedCallError
from ferrule.formats.macho import read_macho
from ferrule.python.distribution import Distribution
from ferrule.settings.model import BundleSettings
from ferrule.target.triple import parse_triple
from ferrule.wheel.content import chunks

_FORMATS = runpy.run_path(str(Path(__file__).parents[2] / "formats" / "conftest.py"))
macho_image, pe_image = _FORMATS["macho_image"], _FORMATS["pe_image"]

KERNEL = ("KERNEL32.dll", ("Sleep",))
SYSTEM = ("/usr/lib/libSystem.B.dylib", 0xC)


def write(path: Path, content: bytes) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


@pytest.fixture
def windows(tmp_path, pe_image, make_interpreter):
    """Give a function that arranges a bundle for Windows of named images."""

    def image(*names):
        rows = [item if isinstance(item, tuple) else (item, "f") for item in names]
        return pe_image(imports=(KERNEL, *((name, (used,)) for name, used in rows)))

    home = tmp_path / "python"
    library = write(home / "python312.dll", image("VCRUNTIME140.dll"))
    write(home / "python3.dll", image())
    write(home / "vcruntime140.dll", image("api-ms-win-crt-heap-l1-1-0.dll"))
    write(home / "DLLs/libssl-3.dll", image("ucrtbase.dll"))
    distribution = Distribution(
        home, home / "Lib", library, home / "DLLs", (home / "DLLs", home)
    )
    interpreter = make_interpreter(executable="", system="Windows")

    def arrange(program=("python312.dll",), modules=(), packages=(), **settings):
        files = [
            BundleFile(
                path,
                write(tmp_path / "files" / path, image(*names)),
                part,
                "",
                executable=True,
            )
            for part, rows in (("standard library", modules), ("package", packages))
            for path, *names in rows
        ]
        case = Case(
            "app",
            interpreter,
            parse_triple("x86_64-pc-windows-gnu"),
            BundleSettings(**settings),
            library,
            distribution=distribution,
        )
        linked = write(tmp_path / "target/app.exe", image(*program))
        contents = Contents(linked, tuple(files), (), ())
        return WindowsMode().arrange(case, contents)

    return arrange


def paths(bundle) -> list[str]:
    return [item.path for item in bundle.files]


def test_dlls_lie_beside_the_program(windows) -> None:
    bundle = windows(modules=[("DLLs/_ssl.pyd", "libssl-3.dll", "python312.dll")])
    # As the file that needs it spells it: Windows does not tell capitals apart.
    assert paths(bundle) == [
        "DLLs/_ssl.pyd",
        "VCRUNTIME140.dll",
        "app.exe",
        "libssl-3.dll",
        "python3.dll",
        "python312.dll",
    ]
    assert bundle.notes == ()


def test_packages_keep_what_they_bring(windows) -> None:
    bundle = windows(
        packages=[
            ("Lib/site-packages/a/_core.pyd", "own-1.dll", "python3.dll"),
            ("Lib/site-packages/a.libs/own-1.dll",),
        ]
    )
    assert "own-1.dll" not in paths(bundle)
    assert bundle.notes == ()


def test_what_a_module_lacks_is_told(windows) -> None:
    bundle = windows(modules=[("DLLs/_odd.pyd", "nowhere.dll")])
    (note,) = bundle.notes
    assert note.startswith("nowhere.dll, needed by DLLs/_odd.pyd, was not found in")


def test_a_program_without_its_dlls_is_refused(windows) -> None:
    with pytest.raises(BundleLibrariesError, match=r"nowhere\.dll"):
        windows(("python312.dll", "nowhere.dll"))
    assert windows(("python312.dll", "cuda.dll"), system_libraries=("cuda*",))


def test_a_program_that_the_hook_does_not_start_is_refused(windows) -> None:
    with pytest.raises(UnwrappedCallError, match="this linker cannot link app"):
        windows((("python312.dll", "Py_InitializeEx"),))


def test_a_program_for_another_python_is_refused(windows) -> None:
    with pytest.raises(BundleLibrariesError, match=r"python311\.dll"):
        windows(("python311.dll",))


@pytest.fixture
def macos(tmp_path, macho_image, make_interpreter):
    """Give a function that arranges a bundle for macOS of named images."""

    def image(*names, file_type=6, name="", **content):
        libraries = [SYSTEM, *((item, 0xC) for item in names)]
        return macho_image(
            file_type=file_type, name=name, libraries=libraries, **content
        )

    home = tmp_path / "python"
    own = "/Library/Frameworks/Python.framework/Versions/3.12/Python"
    library = write(home / "lib/libpython3.12.dylib", image(name=own))
    write(home / "opt/lib/libssl.3.dylib", image(name="/opt/lib/libssl.3.dylib"))
    distribution = Distribution(home, home / "lib/python3.12", library)
    interpreter = make_interpreter(executable="", system="Darwin")

    def arrange(program=(own,), modules=(), **content):
        files = [
            BundleFile(
                path,
                write(tmp_path / "files" / path, image(*names, file_type=8)),
                "standard library",
                "",
                executable=True,
            )
            for path, *names in modules
        ]
        case = Case(
            "app",
            interpreter,
            parse_triple("aarch64-apple-darwin"),
            BundleSettings(),
            library,
            distribution=distribution,
        )
        linked = write(tmp_path / "target/app", image(*program, file_type=2, **content))
        bundle = MacMode().arrange(case, Contents(linked, tuple(files), (), ()))
        return {item.path: read_macho(_bytes(item.content)) for item in bundle.files}

    return arrange


def _bytes(content) -> bytes:
    return b"".join(map(bytes, chunks(content)))


def test_every_name_leads_into_the_bundle(macos) -> None:
    module = "lib/python3.12/lib-dynload/_ssl.so"
    found = macos(
        modules=[(module, "/opt/lib/libssl.3.dylib", "@rpath/libpython3.12.dylib")],
        rpaths=("/Users/me/lib", "@executable_path/../lib"),
    )
    (program,) = found["bin/app"].slices
    assert program.needed[1:] == ("@executable_path/../lib/libpython3.12.dylib",)
    assert program.rpaths == ("@executable_path/../lib",)
    (inner,) = found[module].slices
    assert inner.needed[1:] == (
        "@loader_path/../../libssl.3.dylib",
        "@loader_path/../../libpython3.12.dylib",
    )
    (library,) = found["lib/libpython3.12.dylib"].slices
    assert library.install_name == "@loader_path/libpython3.12.dylib"
    for path, image in found.items():
        for name in image.slices[0].needed[1:]:
            head, _, rest = name.partition("/")
            folder = {"@executable_path": "bin"}.get(head, posixpath.dirname(path))
            assert posixpath.normpath(posixpath.join(folder, rest)) in found
        # Apple's processors run nothing that is not signed.
        assert image.slices[0].signature is not None


def test_a_mac_program_without_its_libraries_is_refused(macos) -> None:
    with pytest.raises(BundleLibrariesError, match="libnowhere"):
        macos(("/opt/lib/libnowhere.dylib",))


def test_the_oldest_macos_is_told(macho_image, tmp_path, make_interpreter) -> None:
    home = tmp_path
    content = macho_image(libraries=[SYSTEM], minimum=(13, 2), name="@rpath/p.dylib")
    library = write(home / "Python", content)
    program = write(home / "app", macho_image(libraries=[SYSTEM], file_type=2, name=""))
    case = Case(
        "app",
        make_interpreter(executable="", system="Darwin"),
        parse_triple("aarch64-apple-darwin"),
        BundleSettings(),
        library,
        distribution=Distribution(home, home / "lib/python3.12", library),
    )
    bundle = MacMode().arrange(case, Contents(program, (), (), ()))
    assert bundle.c_library == "macOS 13.2"
    # The file of a framework has no ending.
    assert paths(bundle) == ["bin/app", "lib/libpython3.12.dylib"]


@pytest.mark.parametrize("mode", [WindowsMode, MacMode])
def test_a_python_without_its_library(mode, make_interpreter) -> None:
    case = Case(
        "app",
        make_interpreter(executable="", base_prefix="/there"),
        parse_triple("x86_64-pc-windows-gnu"),
        BundleSettings(),
        None,
    )
    with pytest.raises(SharedLibraryError, match="/there"):
        mode().check(case)


def test_how_the_programs_are_linked(make_interpreter) -> None:
    interpreter = make_interpreter("3.13", executable="", system="Windows")
    case = Case(
        "app",
        interpreter,
        parse_triple("x86_64-pc-windows-gnu"),
        BundleSettings(),
        Path("/p/python313.dll"),
    )
    hook = WindowsMode().hook(case)
    assert (hook.levels, hook.library, hook.wrapping) == (1, "python313.dll", "gnu")
    for executable, wrapping in (("", "lld-link"), ("C:\\python.exe", "")):
        msvc = replace(
            case,
            interpreter=replace(interpreter, executable=executable),
            target=parse_triple("x86_64-pc-windows-msvc"),
        )
        assert WindowsMode().hook(msvc).wrapping == wrapping
    assert [flag.words for flag in WindowsMode().flags(case)] == [
        ("-C", "strip=symbols")
    ]
    assert WindowsMode().probe_flags(case) == ()
    mac = replace(
        case,
        interpreter=replace(interpreter, system="Darwin"),
        target=parse_triple("aarch64-apple-darwin"),
        libpython=Path("/p/libpython3.13.dylib"),
    )
    assert MacMode().hook(mac).catching == "symbol"
    assert MacMode().linked(mac).lib_dir == "/p"
    assert MacMode().probe_flags(mac)[-1] == "dylib=python3.13"
