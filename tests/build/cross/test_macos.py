"""Modules for macOS, linked by zig on Linux: nothing here runs them.

What macOS looks at is checked in the files instead. The toolchain compiles the
standard library for both processors first: minutes, the first time.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from packaging.tags import mac_platforms

from ferrule.formats.macho import read_macho
from ferrule.formats.macho_signature import read_signature, verify_signature

pytestmark = [pytest.mark.build, pytest.mark.network]

ANYWHERE = -2
"""A symbol that is looked up in all libraries: that of the running Python."""
OF_THE_LINKER = {"_mh_dylib_header", "__dso_handle"}
FRAMEWORK = """
#[link(name = "CoreFoundation", kind = "framework")]
unsafe extern "C" {
    fn CFAbsoluteTimeGetCurrent() -> f64;
}
#[unsafe(no_mangle)]
pub extern "C" fn apple_time() -> f64 {
    unsafe { CFAbsoluteTimeGetCurrent() }
}
"""


@pytest.fixture
def build_for(zig, debian_rust, copy_project, run_ferrule, read_wheel, tmp_path):
    """Return a function that builds an example for macOS."""

    def build(project, target, *arguments, **env):
        words = ("build", "--zig", "--target", target, "--out", tmp_path / "dist")
        variables = {**debian_rust(has_source=True), "FERRULE_ZIG": zig, **env}
        words += ("--profile", "dev", "--json", *arguments)
        done = run_ferrule(*words, cwd=project, env=variables).check()
        (built,) = done.json()["wheels"]
        return read_wheel(Path(built["path"])), built["compiled"]

    return build


def slices_of(wheel, name, folder):
    """Return the parts of a module by processor."""
    path = folder / Path(name).name
    path.write_bytes(wheel.read(name))
    return {part.arch: part for part in read_macho(path).slices}


def check_module(part, *, name, oldest, exports):
    """Check what macOS and Python look at when they load a module."""
    assert part.file_type in (6, 8)
    assert (part.platform, part.minimum_os) == ("macos", oldest)
    assert part.install_name == f"@rpath/{name}"
    assert set(part.exports) - OF_THE_LINKER == exports
    python = {item.ordinal for item in part.imports if item.name.startswith("Py")}
    assert python == {ANYWHERE}
    assert "/usr/lib/libSystem.B.dylib" in part.needed
    assert not any("python" in path.lower() for path in part.needed)


def test_universal2(build_for, copy_project, run_ferrule, tmp_path):
    project = copy_project("examples/abi3-module")
    with (project / "src" / "lib.rs").open("a") as stream:
        stream.write(FRAMEWORK)
    target = "universal2-apple-darwin"
    wheel, _ = build_for(project, target, PYO3_NO_PYTHON="1")
    assert wheel.tags == ("cp39", "abi3", "macosx_10_12_universal2")
    for machine in ("arm64", "x86_64"):
        assert wheel.tags[2] in mac_platforms((14, 0), machine)
    assert wheel.find_record_problems() == []
    run_ferrule("check", wheel.path, cwd=tmp_path).check()

    name = "editdistance/editdistance.abi3.so"
    parts = slices_of(wheel, name, tmp_path)
    assert set(parts) == {"arm64", "x86_64"}
    exports = {"PyInit_editdistance", "apple_time"}
    for machine, oldest in (("arm64", "11.0"), ("x86_64", "10.12")):
        part = parts[machine]
        check_module(part, name=Path(name).name, oldest=oldest, exports=exports)
        assert any(path.endswith("/A/CoreFoundation") for path in part.needed)
    # Apple's processors run nothing that is not signed.
    signature = read_signature(parts["arm64"].image)
    assert signature is not None
    assert signature.is_adhoc
    assert verify_signature(parts["arm64"].image)

    _, compiled = build_for(project, target, PYO3_NO_PYTHON="1")
    assert compiled == []


def test_one_python(build_for, copy_project, tmp_path):
    # PyO3 0.22, for a newer macOS than rustc's own.
    project = copy_project("examples/old-api-module")
    target = "x86_64-apple-darwin"
    env = {"MACOSX_DEPLOYMENT_TARGET": "12.3"}
    wheel, _ = build_for(project, target, "-i", "3.11", **env)
    assert wheel.tags == ("cp311", "cp311", "macosx_12_0_x86_64")
    name = "roman/roman.cpython-311-darwin.so"
    (part,) = slices_of(wheel, name, tmp_path).values()
    exports = {"PyInit_roman"}
    check_module(part, name=Path(name).name, oldest="12.3", exports=exports)
