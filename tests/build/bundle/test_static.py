"""Static bundles: Python's code in the program, modules of every kind beside it."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

import pytest

from ferrule.bundle.static.linkers import RustLinker
from ferrule.bundle.static.plan import StaticWish, plan_link
from ferrule.formats.elf import read_elf
from ferrule.target.triple import guess_host
from tests.build.static_pythons import DEBIAN, archive_of, ask, link_embedding

pytestmark = pytest.mark.build

HERE = Path(__file__).parent
CALCULATOR = HERE.parents[2] / "examples" / "embedding-program"
QUICK = ("--mode", "static", "--profile", "dev")
EVERYTHING = """
import bz2, ctypes, decimal, hashlib, host, lzma, math, sqlite3, ssl, sys, zlib
import plainthing
assert host.double(21) == plainthing.VALUE
assert sqlite3.connect(":memory:").execute("select 1 + 1").fetchone() == (2,)
assert ssl.create_default_context().check_hostname
assert ctypes.pythonapi.Py_GetVersion and math.sqrt(16) == 4
assert "libpython" not in open("/proc/self/maps").read()
print(sys.executable, sys.prefix)
"""


@pytest.fixture(scope="session")
def debian() -> dict[str, str]:
    """Return the facts of Debian's Python, which keeps both kinds of archives."""
    if not DEBIAN.exists() or not Path("/etc/debian_version").exists():
        pytest.skip("this is not Debian")
    facts = ask(DEBIAN)
    if archive_of(facts) is None:
        pytest.skip("libpython3-dev is not installed")
    return facts


@pytest.fixture
def old_program(tmp_path) -> Path:
    """Return the program for PyO3 0.22 without the feature that forbids it."""
    folder = tmp_path / "old-program"
    shutil.copytree(HERE / "old-program", folder, ignore=shutil.ignore_patterns("t*"))
    manifest = folder / "Cargo.toml"
    text = manifest.read_text()
    assert '"auto-initialize"' in text
    manifest.write_text(text.replace('"auto-initialize"', ""))
    return folder


def exported(program: Path) -> set[str]:
    return set(read_elf(program).defined)


def test_a_program_of_an_old_pyo3_where_only_the_c_library_is(
    make_bundle, old_program, static_python, plain_wheel, run_in_empty_root
):
    words = [*QUICK, "--python", static_python, "--packages", plain_wheel]
    bundle = make_bundle(old_program, "old-program", *words)
    assert not list(bundle.folder.rglob("libpython*"))
    done = run_in_empty_root(bundle, ["prepared", EVERYTHING], has_proc=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "/moved/to/bin/old-program /moved/to\n"


def test_what_is_printed_reaches_a_pipe(make_bundle, static_python):
    bundle = make_bundle(
        CALCULATOR, "calculator", *QUICK, "--python", static_python, "--no-verify"
    )
    done = bundle.run('print("written", end="") or 1')
    assert (done.returncode, done.stdout) == (0, "1\nwritten")


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
def test_every_python(make_bundle, interpreter, version):
    python = interpreter(version)
    facts = ask(python)
    if archive_of(facts) is None:
        pytest.skip(f"Python {version} has no libpython.a")
    bundle = make_bundle(CALCULATOR, "calculator", *QUICK, "--python", python)
    done = bundle.run("sum(range(10))")
    assert (done.returncode, done.stdout) == (0, "45\n"), done.stderr
    names = exported(bundle.folder / "bin" / "calculator")
    assert all(name.startswith(("Py", "_Py")) for name in names)
    shared = Path(facts["LIBDIR"], f"libpython{facts['LDVERSION']}.so")
    if shared.exists():
        # Every function that an extension module may ask for.
        wanted = {name for name in exported(shared) if name.startswith(("Py", "_Py"))}
        assert wanted <= names


@pytest.mark.parametrize("linker", ["lld", "bfd", "gold", "mold"])
def test_every_linker(make_bundle, run_ferrule, static_python, linker, tmp_path):
    if shutil.which(f"ld.{linker}") is None:
        pytest.skip(f"{linker} is not installed")
    words = [*QUICK, "--python", static_python, "--ld", linker, "--no-verify"]
    bundle = make_bundle(CALCULATOR, "calculator", *words)
    done = bundle.run("__import__('ssl').OPENSSL_VERSION")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("OpenSSL")


def test_every_flag_has_its_reason(run_ferrule, static_python, tmp_path):
    project = tmp_path / "calculator"
    shutil.copytree(CALCULATOR, project, ignore=shutil.ignore_patterns("dist"))
    words = ["--python", static_python, "--json", "--no-verify", "-o", tmp_path / "app"]
    made = run_ferrule("bundle", *QUICK, *words, cwd=project).check().json()
    assert made["mode"] == "static"
    reasons = {
        flag["arguments"][-1].partition("=")[2]: flag["reason"]
        for flag in made["flags"]
    }
    assert all(reasons.values())
    [exports] = [word for word in reasons if "--dynamic-list=" in word]
    assert reasons[exports].startswith("extension modules find Python's symbols")
    assert any(word.endswith(".a") for word in reasons)


def test_auto_initialize_is_refused_before_cargo_runs(
    run_ferrule, static_python, tmp_path
):
    project = tmp_path / "old-program"
    shutil.copytree(HERE / "old-program", project)
    env = {"CARGO_TARGET_DIR": str(tmp_path / "target")}
    words = ["--python", static_python]
    done = run_ferrule("bundle", *QUICK, *words, cwd=project, env=env)
    assert done.returncode == 3
    assert "`auto-initialize` and a static Python exclude each other" in done.stderr
    assert "write `pyo3::prepare_freethreaded_python();` as the first" in done.stderr
    assert not (tmp_path / "target").exists()


def test_built_in_modules_are_a_choice(make_bundle, debian):
    words = [*QUICK, "--python", DEBIAN, "--builtins", "minimal,_socket,_struct,math"]
    words += ["--static-libs", "never"]
    bundle = make_bundle(CALCULATOR, "calculator", *words, "--no-verify")
    code = "sorted(__import__('sys').builtin_module_names)"
    chosen = bundle.run(code).stdout
    assert "'math'" in chosen
    assert "'_socket'" in chosen
    assert "'zlib'" not in chosen
    assert "'pyexpat'" not in chosen
    program = read_elf(bundle.folder / "bin" / "calculator")
    assert not [name for name in program.needed if "libz" in name or "expat" in name]


def test_libraries_are_linked_as_wanted(make_bundle, debian):
    words = [*QUICK, "--python", DEBIAN, "--no-verify", "--static-libs"]
    shared = make_bundle(CALCULATOR, "calculator", *words, "never")
    needed = read_elf(shared.folder / "bin" / "calculator").needed
    assert {"libz.so.1", "libexpat.so.1"} <= set(needed)
    assert (shared.folder / "lib" / "libz.so.1").is_file()
    static = Path("/usr/lib", f"{os.uname().machine}-linux-gnu", "libexpat.a")
    if static.exists() and static.with_name("libz.a").exists():
        bundle = make_bundle(CALCULATOR, "calculator", *words, "require")
        needed = read_elf(bundle.folder / "bin" / "calculator").needed
        assert not [name for name in needed if "libz" in name or "expat" in name]
        assert all(
            name.startswith(("Py", "_Py"))
            for name in exported(bundle.folder / "bin" / "calculator")
        )


@pytest.fixture
def linked(tmp_path):
    """Return a function that links a small program as a plan says, and runs it."""

    def call(archive: Path, facts, code: str, *, linker: str = "auto") -> Path:
        host = guess_host()
        rust = RustLinker(host.text, (1, 90), 0, None, find_program=shutil.which)
        plan = plan_link(archive, facts, host, rust, StaticWish(linker=linker))
        program = link_embedding(tmp_path, plan.flags())
        env = {"PYTHONHOME": facts["home"]}
        subprocess.run([program, code], check=True, env=env, cwd=tmp_path)
        return program

    return call


def test_debian_has_a_position_independent_archive(debian, linked):
    archive = archive_of(debian)
    assert archive is not None
    program = linked(archive, debian, "import _json, zlib, math")
    assert read_elf(program).kind == 3


@pytest.mark.parametrize("linker", ["auto", "lld", "bfd", "gold", "mold"])
def test_a_fixed_archive_makes_a_program_at_a_fixed_address(
    debian, linked, linker, tmp_path
):
    if linker != "auto" and shutil.which(f"ld.{linker}") is None:
        pytest.skip(f"{linker} is not installed")
    archive = archive_of(debian)
    assert archive is not None
    alone = tmp_path / "python" / "libpython.a"
    alone.parent.mkdir()
    shutil.copyfile(archive, alone)
    program = linked(alone, debian, "import _json, zlib, math", linker=linker)
    assert read_elf(program).kind == 2


def test_a_module_that_names_libpython_does_not_bring_another(
    make_bundle, make_venv, static_python, tmp_path
):
    facts = ask(static_python)
    library = Path(facts["LIBDIR"], f"libpython{facts['LDVERSION']}.so")
    if not library.exists():
        pytest.skip("this Python has no shared library to be linked to")
    environment = make_venv(static_python)
    packages = Path(
        environment.ask("import sysconfig; print(sysconfig.get_path('platlib'))")
    )
    (tmp_path / "linked.c").write_text(
        "void *PyModule_Create2(void *, int);\n"
        "static struct { long base[5]; const char *name; void *rest[8]; } def\n"
        '    = {{1}, "linked"};\n'
        "void *PyInit_linked(void) { return PyModule_Create2(&def, 1013); }\n"
    )
    command = ["gcc", "-shared", "-fPIC", "linked.c", "-o", packages / "linked.so"]
    subprocess.run([*command, "-Wl,--no-as-needed", library], check=True, cwd=tmp_path)
    assert any("libpython" in name for name in read_elf(packages / "linked.so").needed)
    info = packages / "linked-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(
        "Metadata-Version: 2.1\nName: linked\nVersion: 1.0\n"
    )
    (info / "RECORD").write_text(
        "linked.so,,\nlinked-1.0.dist-info/METADATA,,\nlinked-1.0.dist-info/RECORD,,\n"
    )
    words = ["--python", static_python, "--environment", environment.folder]
    bundle = make_bundle(CALCULATOR, "calculator", *QUICK, *words)
    assert not list(bundle.folder.rglob("libpython*"))
    done = bundle.run("__import__('linked').__name__")
    assert (done.returncode, done.stdout) == (0, "linked\n"), done.stderr
