"""Failures of static Pythons: archives of real compilers, and a real libpython.a.

The archives of another GCC and of clang need these compilers; without them their
tests are skipped.
"""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.bundle.static.archive import examine_archive
from ferrule.bundle.static.linkers import choose_linker
from ferrule.cargo.toolchain import identify_toolchain
from ferrule.errors.static_link import NamedLinkerError
from ferrule.pipeline.bundling.static_linking import describe_linking
from ferrule.target.triple import guess_host
from tests.build.static_pythons import (
    PRETENDED,
    USER,
    link_embedding,
    links,
    plan_own_link,
)

pytestmark = pytest.mark.build


@pytest.fixture
def program(tmp_path) -> Path:
    path = tmp_path / "app.rs"
    path.write_text(USER)
    return path


@pytest.fixture
def make_archive(tmp_path):
    """Return a function that makes a libpython.a with a compiler."""

    def call(
        compiler: str, *options: str, ar: str = "ar", name: str = "object"
    ) -> Path:
        source = tmp_path / f"{name}.c"
        source.write_text(PRETENDED)
        made = source.with_suffix(".o")
        words = [compiler, *options, "-O1", "-w", "-c", source, "-o", made]
        subprocess.run(words, check=True)
        path = tmp_path / "libpython3.77.a"
        path.unlink(missing_ok=True)
        subprocess.run([ar, "rcs", path, made], check=True, capture_output=True)
        return path

    return call


@pytest.fixture
def other_gcc() -> str:
    """Return a GCC of another release than that which links."""
    version = subprocess.run(
        ["gcc", "-dumpversion"], capture_output=True, text=True, check=True
    ).stdout.partition(".")[0]
    for release in range(9, 30):
        name = f"gcc-{release}"
        if release != int(version) and shutil.which(name):
            return name
    return pytest.skip("there is only one release of GCC")


@pytest.fixture
def clang() -> str:
    """Return a clang."""
    names = ["clang", *(f"clang-{release}" for release in range(30, 11, -1))]
    found = next((name for name in names if shutil.which(name)), None)
    return found or pytest.skip("clang is not installed")


def gcc_ar(compiler: str) -> str:
    return compiler.replace("gcc", "gcc-ar")


def by_name(linkers: dict[str, list[str]], name: str) -> list[str]:
    if name not in linkers:
        pytest.skip(f"{name} is not installed")
    return linkers[name]


@pytest.mark.parametrize("name", ["bfd", "gold", "mold"])
@pytest.mark.parametrize("fat", [False, True], ids=["slim", "fat"])
def test_code_of_another_gcc(
    failing, program, linkers, make_archive, other_gcc, tmp_path, name, fat
):
    words = by_name(linkers, name)
    kind = ["-ffat-lto-objects"] if fat else []
    path = make_archive(other_gcc, "-flto", "-fPIC", *kind, ar=gcc_ar(other_gcc))
    release = other_gcc.partition("-")[2]
    facts = examine_archive(path)
    assert facts.lto_majors == (int(release),)
    assert facts.codes == {"gcc-fat" if fat else "gcc-slim"}
    command = ["rustc", *words, f"-Clink-arg={path}", program]
    diagnosis = failing(*command, cwd=tmp_path).only("lto-version-mismatch")
    assert f"by GCC with LTO format {release}." in diagnosis.meaning
    fixes = str(diagnosis.fixes)
    assert f'linker = "gcc-{release}"' in fixes
    # Both ways out are true.
    assert links(f"-Clinker={other_gcc}", *words, *command[-2:], cwd=tmp_path)
    plain = links("-Clink-arg=-fno-use-linker-plugin", *command[1:], cwd=tmp_path)
    assert plain is fat


def test_the_compiler_of_cargos_configuration_decides(
    program, make_archive, clang, other_gcc, user_env, tmp_path
):
    path = make_archive(other_gcc, "-flto", "-fPIC", ar=gcc_ar(other_gcc))
    facts = examine_archive(path)
    host = guess_host()
    configuration = tmp_path / ".cargo" / "config.toml"
    configuration.parent.mkdir()
    opened = SimpleNamespace(
        toolchain=identify_toolchain(user_env, tmp_path),
        request=SimpleNamespace(env=user_env),
        location=SimpleNamespace(root=tmp_path),
    )

    def chosen(driver: str) -> list[str]:
        text = f'[target.{host.text}]\nlinker = "{driver}"\n'
        configuration.write_text(text)
        linking = choose_linker(facts, describe_linking(opened, host))
        return [word for flag in linking.flags for word in flag.words]

    archive = f"-Clink-arg={path}"
    for driver in (other_gcc, "gcc", clang):
        words = chosen(driver)
        assert (f"linker={other_gcc}" in words) is (driver != other_gcc)
        # cargo names its own linker before these flags.
        command = [f"-Clinker={driver}", *words, archive, program]
        assert links(*command, cwd=tmp_path), driver
    configuration.write_text(
        f'[target.{host.text}]\nrustflags = ["-Clinker={clang}"]\n'
    )
    with pytest.raises(NamedLinkerError, match=f"name `linker={clang}`"):
        choose_linker(facts, describe_linking(opened, host))


@pytest.mark.parametrize("name", ["default", "lld"])
def test_lld_passes_over_slim_objects(
    failing, program, linkers, make_archive, tmp_path, name
):
    words = by_name(linkers, name)
    path = make_archive("gcc", "-flto", "-fPIC", ar="gcc-ar")
    command = ["rustc", *words, f"-Clink-arg={path}", program]
    if links(*command[1:], cwd=tmp_path):
        pytest.skip("rustc's default linker here is not lld")
    diagnosis = failing(*command, cwd=tmp_path).only("undefined-python-symbols")
    assert "its objects are LTO code of another compiler" in diagnosis.meaning
    assert diagnosis.fix.startswith("ferrule bundle --mode static")
    assert links(*by_name(linkers, "bfd"), *command[-2:], cwd=tmp_path)


@pytest.mark.parametrize("name", ["bfd", "gold", "mold"])
def test_slim_objects_without_the_plugin(
    failing, program, linkers, make_archive, tmp_path, name
):
    words = [*by_name(linkers, name), "-Clink-arg=-fno-use-linker-plugin"]
    path = make_archive("gcc", "-flto", "-fPIC", ar="gcc-ar")
    command = ["rustc", *words, f"-Clink-arg={path}", program]
    diagnosis = failing(*command, cwd=tmp_path).only("bitcode-libpython")
    assert "this link runs without it" in diagnosis.meaning


@pytest.mark.parametrize("name", ["bfd", "gold", "mold"])
@pytest.mark.parametrize("kind", ["full", "thin"])
def test_code_of_clang(
    failing, program, linkers, make_archive, clang, tmp_path, name, kind
):
    words = by_name(linkers, name)
    path = make_archive(clang, f"-flto={kind}", "-fPIC", ar=llvm_ar(clang))
    facts = examine_archive(path)
    assert facts.codes == {"llvm"}
    assert re.fullmatch(r"LLVM\d+\.\d+\.\d+\S*", facts.producers[0])
    command = ["rustc", *words, f"-Clink-arg={path}", program]
    failing(*command, cwd=tmp_path).only("bitcode-libpython")
    lld = own_lld()
    if lld is not None:
        words = [f"-Clink-arg=-B{lld}", "-Clink-arg=-fuse-ld=lld"]
        assert links(*words, *command[-2:], cwd=tmp_path)


def own_lld() -> Path | None:
    """Return the folder of the lld that rustc brings."""
    sysroot = subprocess.run(
        ["rustc", "--print=sysroot"], capture_output=True, text=True, check=True
    ).stdout.strip()
    found = Path(sysroot).glob("lib/rustlib/*/bin/gcc-ld/ld.lld")
    return next((path.parent for path in found), None)


def llvm_ar(clang: str) -> str:
    name = clang.replace("clang", "llvm-ar")
    return name if shutil.which(name) else "ar"


def test_gold_without_a_plugin_names_the_member(
    failing, program, linkers, make_archive, clang, tmp_path
):
    words = [*by_name(linkers, "gold"), "-Clink-arg=-fno-use-linker-plugin"]
    path = make_archive(clang, "-flto", "-fPIC", ar=llvm_ar(clang))
    command = ["rustc", *words, f"-Clink-arg={path}", program]
    failing(*command, cwd=tmp_path).only("bitcode-libpython")


def test_bitcode_of_a_newer_llvm(failing, program, linkers, tmp_path):
    words = by_name(linkers, "lld")
    source = tmp_path / "python.rs"
    source.write_text(
        "#![no_std]\n"
        "#[panic_handler] fn panic(_: &core::panic::PanicInfo) -> ! { loop {} }\n"
        '#[no_mangle] pub extern "C" fn PyList_New() {}\n'
        "#[no_mangle] pub static PyExc_ValueError: i32 = 3;\n"
    )
    library = tmp_path / "libpython3.77.a"
    command = ["rustc", "--crate-type=staticlib", "-Cpanic=abort", "-o", library]
    subprocess.run([*command, "-Clinker-plugin-lto", source], check=True)
    command = ["rustc", *words, f"-Clink-arg={library}", program]
    if links(*command[1:], cwd=tmp_path):
        pytest.skip("the installed lld is as new as rustc's LLVM")
    diagnosis = failing(*command, cwd=tmp_path).only("bitcode-libpython")
    assert "the lld in use is that of LLVM" in diagnosis.meaning
    assert diagnosis.title.startswith("An archive is bitcode of a newer LLVM")


TABLE = "struct row { char *name; void *make; } _PyImport_Inittab[] = {{0, 0}};\n"


def test_two_tables_of_built_in_modules(failing, program, linker, tmp_path):
    for name, code in (("config", TABLE + PRETENDED), ("table", TABLE)):
        (tmp_path / f"{name}.c").write_text(code)
        words = ["gcc", "-fPIC", "-w", "-c", f"{name}.c"]
        subprocess.run(words, check=True, cwd=tmp_path)
    library = tmp_path / "libpython3.77.a"
    subprocess.run(["ar", "rcs", library, "config.o"], check=True, cwd=tmp_path)
    words = ["-L", str(tmp_path), "-lstatic=python3.77", "-Clink-arg=table.o"]
    command = ["rustc", *linker, *words, program]
    if links(*command[1:], cwd=tmp_path):
        pytest.skip("this linker accepts it")
    diagnosis = failing(*command, cwd=tmp_path).only("libpython-twice")
    assert diagnosis.title == "Two tables of built-in modules are linked"


def test_two_pythons(failing, program, linker, make_archive, tmp_path):
    first = make_archive("gcc", "-fPIC")
    second = first.rename(tmp_path / "object.a")
    words = [f"-Clink-arg=-Wl,--whole-archive,{second},{tmp_path / 'object.o'}"]
    command = ["rustc", *linker, *words, program]
    if links(*command[1:], cwd=tmp_path):
        pytest.skip("this linker accepts it")
    diagnosis = failing(*command, cwd=tmp_path).only("libpython-twice")
    assert "PyList_New" in diagnosis.meaning


@pytest.fixture(scope="module")
def static_python(tmp_path_factory):
    """Return how a program is linked to the static libpython of this machine.

    A list of rustc's arguments, and Python's home.
    """
    found, plan = plan_own_link()
    folder = tmp_path_factory.mktemp("embedding")
    return folder, plan, found


def test_symbols_that_are_not_exported(failing, static_python):
    folder, plan, found = static_python
    exports = "--dynamic-list="
    hidden = [flag for flag in plan.flags() if exports not in " ".join(flag.words)]
    module = first_module(found)
    home = {"PYTHONHOME": found.base_prefix}
    app = link_embedding(folder, hidden)
    failure = failing(app, f"import {module}", cwd=folder, **home)
    diagnosis = failure.only("undefined-symbol-import")
    assert diagnosis.title == "A static Python does not show its symbols to a module"
    app = link_embedding(folder, plan.flags())
    subprocess.run([app, f"import {module}"], check=True, env=home, cwd=folder)


def first_module(found) -> str:
    """Return a module of the standard library that is a file and needs no other."""
    folder = Path(dict(found.install_paths)["stdlib"], "lib-dynload")
    for name in ("_json", "_queue", "_lsprof"):
        if list(folder.glob(f"{name}.*.so")):
            return name
    return pytest.skip("every module is built in")


def test_a_static_program_without_its_home(failing, static_python):
    folder, plan, _ = static_python
    app = link_embedding(folder, plan.flags())
    failure = failing(app, "", cwd=folder, PYTHONHOME="/nonexistent")
    diagnosis = failure.only("standard-library-not-found")
    assert "ferrule bundle" in str(diagnosis.fixes)


def test_a_program_for_a_newer_system(failing, static_python):
    folder, plan, _ = static_python
    app = link_embedding(folder, plan.flags())
    content = app.read_bytes()
    versions = sorted(set(re.findall(rb"GLIBC_(2\.\d+)\0", content)))
    newest = max(versions, key=lambda item: int(item.partition(b".")[2]))
    changed = newest[:2] + b"9" * (len(newest) - 2)
    app.write_bytes(with_version(content, newest, changed))
    failure = failing(app, "", cwd=folder)
    diagnosis = failure.only("system-library-too-old")
    assert f"GLIBC {changed.decode()}" in diagnosis.meaning


def with_version(content: bytes, old: bytes, new: bytes) -> bytes:
    """Rename a version of glibc, and change the hash that the loader compares."""
    import struct

    def digest(name: bytes) -> bytes:
        value = 0
        for byte in name:
            value = (value << 4) + byte
            high = value & 0xF0000000
            value = (value ^ high >> 24) & ~high & 0xFFFFFFFF
        return struct.pack("<I", value)

    before, after = b"GLIBC_" + old, b"GLIBC_" + new
    content = content.replace(before + b"\0", after + b"\0")
    return content.replace(digest(before), digest(after))
