"""Single files: started from other places, by other users, damaged, in parallel."""

from __future__ import annotations

import os
import shutil
import stat
import subprocess
from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.bundle.onefile.stored import read_payload
from ferrule.formats.elf import read_elf
from tests.build.bundle.onefiles import (
    CALCULATOR,
    QUICK,
    changed,
    flip,
    run,
)
from tests.build.static_pythons import has_archive

pytestmark = pytest.mark.build

HERE = Path(__file__).parent
EVERYTHING = """
import bz2, ctypes, decimal, hashlib, host, lzma, math, sqlite3, ssl, sys, zlib, os
import importlib.metadata, importlib.resources, pkgutil
import plainthing
assert host.double(21) == plainthing.VALUE
assert sqlite3.connect(":memory:").execute("select 1 + 1").fetchone() == (2,)
assert ssl.create_default_context().check_hostname
assert ctypes.pythonapi.Py_GetVersion and math.sqrt(16) == 4
text = importlib.resources.files("plainthing").joinpath("data", "text.txt")
assert text.read_text() == "text of a package"
assert open(os.path.join(os.path.dirname(plainthing.__file__), "data/text.txt")).read()
assert importlib.metadata.version("plainthing") == "1.0"
assert sys.plainthing_path_file_ran
print(sys.executable, sys.prefix)
"""
POOL = (
    "__import__('multiprocessing').get_context({!r}).Pool(2).map(abs, [-3, -4])",
    (
        "__import__('concurrent.futures').futures.ProcessPoolExecutor(1, "
        "__import__('multiprocessing').get_context({!r})).submit(abs, -5).result()"
    ),
)


@pytest.fixture(scope="session")
def old_program(make_bundle, static_python, plain_wheel, tmp_path_factory) -> Path:
    """Return a program of PyO3 0.22 with a module of its own and a package."""
    folder = tmp_path_factory.mktemp("old") / "old-program"
    shutil.copytree(HERE / "old-program", folder, ignore=shutil.ignore_patterns("t*"))
    manifest = folder / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace('"auto-initialize"', ""))
    words = [*QUICK, "--python", static_python, "--packages", plain_wheel]
    return make_bundle(folder, "old-program", *words).folder / "old-program"


def placed(program: Path, folder: Path):
    """Return a bundle that is the program alone, where `run_in_empty_root` wants it."""
    (folder / "app" / "bin").mkdir(parents=True)
    shutil.copy(program, folder / "app" / "bin")
    return SimpleNamespace(folder=folder / "app", program=program.name)


@pytest.mark.parametrize("version", ["3.9", "3.10", "3.11", "3.12", "3.13"])
def test_every_python(make_bundle, interpreter, version):
    python = interpreter(version)
    if not has_archive(python):
        pytest.skip(f"Python {version} has no libpython.a")
    bundle = make_bundle(CALCULATOR, "calculator", *QUICK, "--python", python)
    program = bundle.folder / "calculator"
    done = run(program, "sum(range(10))")
    assert (done.returncode, done.stdout) == (0, "45\n"), done.stderr
    done = run(program, POOL[0].format("spawn"))
    assert (done.returncode, done.stdout) == (0, "[3, 4]\n"), done.stderr
    payload = read_payload(program.read_bytes(), "calculator")
    assert payload.facts["policy"] == "auto"
    elf = read_elf(program)
    assert not elf.rpath
    assert not elf.runpath


def test_where_only_the_c_library_is(old_program, tmp_path, run_in_empty_root):
    bundle = placed(old_program, tmp_path)
    done = run_in_empty_root(bundle, ["prepared", EVERYTHING], has_proc=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout == "/moved/to/bin/old-program /moved/to/bin/old-program\n"


def test_python_may_be_started_twice(old_program):
    # Python itself forgets the program's own modules when it ends.
    code = "import plainthing, zlib; print(plainthing.VALUE, flush=True)"
    done = run(old_program, "embedded", code)
    assert (done.returncode, done.stdout) == (0, "42\n42\n"), done.stderr


def test_another_user_without_a_home(calculator, tmp_path):
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    place = Path("/var/tmp") / f"ferrule-onefile-{os.getpid()}"
    shutil.copy(calculator, place)
    try:
        place.chmod(0o555)
        done = run(
            place,
            "__import__('ctypes').__name__ + str(__import__('os').getuid())",
            env={"HOME": "/nonexistent"},
            user=65534,
            group=65534,
            extra_groups=[],
            cwd="/",
        )
    finally:
        place.unlink()
    assert (done.returncode, done.stdout) == (0, "ctypes65534\n"), done.stderr


@pytest.mark.parametrize("method", ["fork", "forkserver", "spawn"])
def test_processes(calculator, method):
    for code, answer in zip(POOL, ("[3, 4]\n", "5\n")):
        done = run(calculator, code.format(method))
        assert (done.returncode, done.stdout) == (0, answer), done.stderr


def test_the_program_decides_about_its_own_arguments(calculator):
    done = run(calculator, "-c", "[1]")
    assert "calculator:" in done.stderr or done.stdout


def test_what_is_printed_reaches_a_pipe(calculator):
    done = run(calculator, 'print("written", end="") or 1')
    assert (done.returncode, done.stdout) == (0, "1\nwritten")


def test_variables_of_python_mean_nothing(calculator, tmp_path):
    (tmp_path / "json.py").write_text("raise SystemExit('foreign')")
    env = {"PYTHONPATH": str(tmp_path), "PYTHONHOME": str(tmp_path)}
    env["PYTHONEXECUTABLE"] = "/other/app"  # where the importer would look
    done = run(calculator, "__import__('json').dumps([1])", env=env, cwd=tmp_path)
    assert (done.returncode, done.stdout) == (0, "[1]\n"), done.stderr


def test_the_same_bytes_again(make_bundle, static_python, calculator):
    again = make_bundle(CALCULATOR, "calculator", *QUICK, "--python", static_python)
    assert (again.folder / "calculator").read_bytes() == calculator.read_bytes()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(flip(-65), id="index"),
        pytest.param(flip(-1), id="digest"),
        pytest.param(flip(-64), id="magic"),
        pytest.param(flip(-51), id="size of the members"),
        pytest.param(flip(-43), id="size of the index"),
        pytest.param(lambda content: content.__delitem__(slice(-1, None)), id="cut"),
        pytest.param(lambda content: content.extend(b"more"), id="longer"),
    ],
)
def test_a_damaged_file_does_not_start(calculator, tmp_path, change):
    done = run(changed(calculator, tmp_path / "app", change), "1 + 1")
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("this program is damaged: what was appended to it")


def test_a_stripped_file_tells_what_happened(calculator, tmp_path):
    tool = shutil.which("strip")
    if tool is None:
        pytest.skip("no strip")
    copied = tmp_path / "app"
    shutil.copy(calculator, copied)
    subprocess.run([tool, copied], check=True)
    done = run(copied, "1 + 1")
    assert done.returncode == 1
    assert "it was stripped, cut short or edited" in done.stderr


def test_changed_code_is_not_run(calculator, tmp_path):
    content = calculator.read_bytes()
    payload = read_payload(content, "calculator")
    entry = payload.modules["colorsys"]
    offset = int.from_bytes(entry[:8], "little")
    program = changed(calculator, tmp_path / "app", flip(payload.start + offset + 99))
    done = run(program, "__import__('colorsys')")
    assert done.returncode == 1
    assert "a part of it has changed since it was built" in done.stderr
    assert run(program, "1 + 1").stdout == "2\n"


@pytest.mark.parametrize("share", [0, 0.5, 1])
def test_a_changed_library_is_not_opened(calculator, tmp_path, share):
    payload = read_payload(calculator.read_bytes(), "calculator")
    name = "sqlite3" if "_sqlite3" in payload.modules else "decimal"
    entry = payload.modules[f"_{name}"]
    offset, size = (int.from_bytes(entry[at : at + 8], "little") for at in (0, 8))
    place = payload.start + offset + int((size - 1) * share)
    program = changed(calculator, tmp_path / "app", flip(place))
    done = run(program, f"__import__('{name}')")
    assert (done.returncode, done.stdout) == (1, "")
    assert "a part of it has changed since it was built" in done.stderr
    assert run(calculator, f"__import__('{name}').__name__").stdout == f"{name}\n"


def test_compressed_and_cached(make_bundle, static_python, calculator, tmp_path):
    words = [*QUICK, "--python", static_python, "--compress", "--ext-load", "cache"]
    program = make_bundle(CALCULATOR, "calculator", *words, "--no-verify").folder
    program /= "calculator"
    assert program.stat().st_size < calculator.stat().st_size * 0.7
    cache = tmp_path / "cache"
    cache.mkdir(mode=0o700)
    env = {"XDG_CACHE_HOME": str(cache)}
    code = "__import__('ctypes').__name__ + __import__('sqlite3').__name__"
    running = [
        subprocess.Popen([program, code], env=env, stdout=subprocess.PIPE)
        for _ in range(12)
    ]
    ends = [(process.communicate()[0], process.returncode) for process in running]
    assert ends == [(b"ctypessqlite3\n", 0)] * 12
    files = [path for path in cache.rglob("*") if path.is_file()]
    assert {path.suffix for path in files} == {".so", ".ok", ""}  # and the lock
    folders = {path.parent for path in files}
    assert {stat.S_IMODE(path.stat().st_mode) for path in folders} == {0o700}
    done = run(program, code, env={"HOME": str(tmp_path / "nobody")})
    assert done.returncode == 1
    assert "set XDG_CACHE_HOME to a private folder" in done.stderr


NUMPY = """
import certifi, numpy, numpy.linalg, numpy.random, os, requests, ssl
assert numpy.linalg.inv(numpy.eye(3)).sum() == 3
assert (numpy.ones((50, 50)) @ numpy.ones((50, 50))).sum() == 125000
place = certifi.where()
assert ssl.create_default_context(cafile=place).get_ca_certs()
requests.Session()
maps = open("/proc/self/maps").read()
assert "memfd:" in maps and "openblas" in maps
print(numpy.__file__)
"""


@pytest.mark.network
def test_unmodified_wheels(make_bundle, static_python, tmp_path, run_in_empty_root):
    folder = tmp_path / "old-program"
    shutil.copytree(HERE / "old-program", folder, ignore=shutil.ignore_patterns("t*"))
    manifest = folder / "Cargo.toml"
    manifest.write_text(manifest.read_text().replace('"auto-initialize"', ""))
    words = [*QUICK, "--python", static_python, "--packages", "numpy", "requests"]
    made = make_bundle(folder, "old-program", *words)
    bundle = placed(made.folder / "old-program", tmp_path)
    done = run_in_empty_root(bundle, ["prepared", NUMPY], has_proc=True)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("/moved/to/bin/old-program/lib/python3.")
