"""The importer of a single file: libraries from memory and from the cache."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
import time
from pathlib import Path

import pytest

from tests.unit.bundle.onefile.payload_programs import FOLDER, STAND_IN

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or sys.implementation.name != "cpython",
    reason="single files are made for Linux and CPython",
)


# --- extension modules


def find_extension() -> Path:
    folder = Path(sysconfig.get_config_var("DESTSHARED") or "/absent")
    for name in ("_bisect", "_heapq", "_lsprof", "_queue", "_contextvars"):
        found = sorted(folder.glob(f"{name}.*so"))
        if found:
            return found[0]
    pytest.skip("every module is built in")


@pytest.fixture
def native(make):
    """Return a program with the package `nat` that holds an extension module."""
    source = find_extension()
    files = {
        "site/nat/__init__.py": "",
        f"site/nat/{source.name}": source.read_bytes(),
        "site/nat/libplain.so": source.read_bytes() + b" ",
    }
    name = source.name.partition(".")[0]

    def native(**given):
        return make(files, **given), f"import nat.{name} as module\n"

    return native


def test_a_package_that_begins_with_a_library(make):
    """As compilers of Python make one of `__init__.py`; Python takes the library."""
    source = find_extension()
    name, _, ending = source.name.partition(".")
    program = make(
        {
            f"site/nat/{name}/__init__.py": "1 / 0",
            f"site/nat/{name}/__init__.{ending}": source.read_bytes(),
            f"site/nat/{name}/part.py": "FOUND = True",
            f"site/nat/{name}/data.txt": "text",
        }
    )
    answer = program.ask(
        f"import nat.{name}.part as part, nat.{name} as module\n"
        "import importlib.resources as resources, os, pkgutil\n"
        f"folder = resources.files('nat.{name}')\n"
        "answer = [part.FOUND, list(module.__path__), str(folder),\n"
        "    folder.joinpath('data.txt').read_text(),\n"
        "    [item.name for item in pkgutil.iter_modules(module.__path__)],\n"
        "    [item.ispkg for item in pkgutil.iter_modules(\n"
        "        [os.path.dirname(module.__path__[0])])]]"
    )
    place = f"{program.path}/site/nat/{name}"
    assert answer == [True, [place], place, "text", ["part"], [True]]


def private(path: Path) -> dict[str, str]:
    path.mkdir(mode=0o700, exist_ok=True)
    return {"XDG_CACHE_HOME": str(path)}


def cached(path: Path) -> list[Path]:
    """Return the files below a folder, but the locks of the cache."""
    found = (item for item in path.rglob("*") if item.is_file())
    return sorted(item for item in found if item.name != "lock")


FACTS = (
    "maps = open('/proc/self/maps').read()\n"
    "answer = [module.__file__, module.__spec__.origin, 'memfd:' in maps]"
)


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "compressed"])
def test_an_extension_module_comes_from_memory(native, tmp_path, compress):
    program, importing = native(compress=compress)
    env = private(tmp_path / "cache")
    answer = program.ask(importing + FACTS, env)
    assert answer[0] == answer[1]
    assert answer[0].startswith(f"{program.path}/site/nat/_")
    assert answer[2]
    assert cached(tmp_path) == [program.path]


def test_ctypes_opens_libraries_by_their_path(native):
    program, _ = native()
    done = program.run(
        "import nat, os\n"
        "importer._wrap_loading(__import__('_ctypes'))\n"
        "place = os.path.join(os.path.dirname(nat.__file__), 'libplain.so')\n"
        "import _ctypes\nprint(_ctypes.dlopen(place, 2) != 0)"
    )
    assert done.stdout == "True\n", done.stderr


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "compressed"])
def test_the_cache_holds_a_verified_copy(native, tmp_path, compress):
    program, importing = native(policy="cache", compress=compress)
    env = private(tmp_path / "cache")
    for _ in range(2):
        assert program.ask(importing + FACTS, env)[2] is False
        files = cached(tmp_path / "cache")
        assert [item.suffix for item in files] == [".so", ".ok"]
        assert [item.stat().st_mode & 0o777 for item in files] == [0o500, 0o400]
    folder = files[0].parent
    assert folder.stat().st_mode & 0o777 == 0o700
    assert folder.parent == tmp_path / "cache" / "ferrule-programs" / "program"


def test_auto_takes_the_cache_where_memory_is_forbidden(native, tmp_path):
    program, importing = native()
    env = {**private(tmp_path / "cache"), "FORBID": "1"}
    assert program.ask(importing + FACTS, env)[2] is False
    assert len(cached(tmp_path / "cache")) == 2


def test_memory_alone_fails_where_it_is_forbidden(native, tmp_path):
    program, importing = native(policy="memory")
    env = {**private(tmp_path / "cache"), "FORBID": "1"}
    done = program.run(importing, env)
    assert "PermissionError" in done.stderr
    assert cached(tmp_path / "cache") == []


@pytest.mark.parametrize("paranoid", [False, True])
def test_a_changed_file_of_the_cache_is_written_again(native, tmp_path, paranoid):
    program, importing = native(policy="cache", paranoid=paranoid)
    env = private(tmp_path / "cache")
    program.ask(importing + FACTS, env)
    library = cached(tmp_path / "cache")[0]
    content, times = library.read_bytes(), library.stat()
    library.chmod(0o700)
    changed = bytearray(content)
    changed[len(content) // 2] ^= 0xFF
    library.write_bytes(changed)
    os.utime(library, ns=(times.st_atime_ns, times.st_mtime_ns))
    library.chmod(0o500)
    program.ask(importing + FACTS, env)
    assert cached(tmp_path / "cache")[0].read_bytes() == content


def replace_with_link(path: Path) -> None:
    other = path.with_name("other")
    path.rename(other)
    path.symlink_to(other)


@pytest.mark.parametrize("below", ["", "ferrule-programs", "name", "identity"])
@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.chmod(0o777), "is writable for others (0o777)"),
        (lambda path: path.chmod(0o770), "is writable for others (0o770)"),
        (replace_with_link, "the cache folder"),
        (lambda path: os.chown(path, 1234, -1), "belongs to user 1234"),
    ],
    ids=["world", "group", "link", "foreign"],
)
def test_a_cache_of_others_is_refused(native, tmp_path, below, change, words):
    if words.startswith("belongs") and os.geteuid() != 0:
        pytest.skip("only root gives files away")
    program, importing = native(policy="cache")
    cache = tmp_path / "cache"
    env = private(cache)
    program.ask(importing + FACTS, env)
    folder = cached(cache)[0].parent
    places = {"": cache, "name": folder.parent, "identity": folder}
    change({**places, "ferrule-programs": folder.parents[1]}[below])
    done = program.run(importing, env)
    assert done.returncode == 1
    assert "ImportError" in done.stderr
    assert words in done.stderr


def test_a_link_in_the_cache_is_not_followed(native, tmp_path):
    program, importing = native(policy="cache")
    env = private(tmp_path / "cache")
    program.ask(importing + FACTS, env)
    library = cached(tmp_path / "cache")[0]
    evil = tmp_path / "evil.so"
    shutil.copy(library, evil)
    library.unlink()
    library.symlink_to(evil)
    program.ask(importing + FACTS, env)
    assert library.is_file()
    assert not library.is_symlink()


def test_without_a_home_there_is_no_cache(native):
    program, importing = native(policy="cache")
    done = program.run(importing, {"HOME": "/absent"})
    assert "the user has no home folder for it: set XDG_CACHE_HOME" in done.stderr
    assert not Path("/absent").exists()


def test_more_rights_than_the_user_forbid_the_cache(native, tmp_path):
    program, importing = native(policy="cache")
    env = {**private(tmp_path / "cache"), "PRIVILEGED": "1"}
    done = program.run(importing, env)
    assert "a program with more rights than its user has no cache" in done.stderr
    assert cached(tmp_path / "cache") == []


def test_a_full_disk_leaves_nothing_behind(native, tmp_path):
    program, importing = native(policy="cache")
    env = private(tmp_path / "cache")
    limit = "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (4000, 4000))\n"
    done = program.run(importing, env, prelude=limit)
    assert "cannot be written to" in done.stderr
    assert "File too large" in done.stderr
    assert cached(tmp_path / "cache") == []
    assert program.ask(importing + FACTS, env)[2] is False


def test_a_killed_writer_harms_nobody(native, tmp_path):
    program, importing = native(policy="cache")
    env = private(tmp_path / "cache")
    done = program.run(
        "import os, signal\nplain = os.fsync\n"
        "os.fsync = lambda file: os.kill(os.getpid(), signal.SIGKILL)\n" + importing,
        env,
    )
    assert done.returncode == -9
    left = cached(tmp_path / "cache")
    assert [item.suffix for item in left] == [".tmp"]
    assert program.ask(importing + FACTS, env)[2] is False


def test_twelve_cold_starts_at_once(native, tmp_path):
    program, importing = native(policy="cache")
    env = private(tmp_path / "cache")
    words = [sys.executable, "-I", "-S", "-B", "-c", STAND_IN + importing]
    words += [str(program.path), str(FOLDER / "core.py")]
    running = [
        subprocess.Popen(words, env=env, stderr=subprocess.PIPE) for _ in range(12)
    ]
    ends = [(process.communicate()[1], process.returncode) for process in running]
    assert ends == [(b"", 0)] * 12
    assert [item.suffix for item in cached(tmp_path / "cache")] == [".so", ".ok"]


def test_a_closed_descriptor_of_the_cache_is_noticed(native, tmp_path):
    # What a daemon does; the number belongs to another folder afterwards.
    program, importing = native(policy="cache")
    env = private(tmp_path / "cache")
    code = (
        "import os\nimport _ferrule_cache as cache\n"
        "entry = next(v for v in importer.modules.values() if v[56] in b'x')\n"
        "cache._open_folder()\n"
        f"os.dup2(os.open({str(tmp_path)!r}, os.O_RDONLY), cache.Folder.number)\n"
    )
    assert program.ask(code + importing + FACTS, env)[2] is False
    assert {item.name for item in tmp_path.iterdir()} == {"app", "cache"}


def test_a_cache_that_vanishes_is_made_again(native, tmp_path):
    program, importing = native(policy="cache")
    env = private(tmp_path / "cache")
    code = (
        "import _ferrule_cache as cache, shutil\ncache._open_folder()\n"
        f"shutil.rmtree({str(tmp_path / 'cache' / 'ferrule-programs')!r})\n"
    )
    assert program.ask(code + importing + FACTS, env)[2] is False
    assert len(cached(tmp_path / "cache")) == 2


# --- removal of old versions

MONTH_S = 31 * 24 * 3600


def aged(folder: Path, seconds: float) -> Path:
    """Make a version of a program that was used some time ago."""
    folder.mkdir(mode=0o700, parents=True)
    (folder / "lib.so").write_bytes(b"old")
    (folder / "lock").write_text("used\n")
    then = time.time() - seconds
    os.utime(folder / "lock", (then, then))
    return folder


@pytest.fixture
def versions(tmp_path):
    folder = tmp_path / "cache" / "ferrule-programs" / "program"
    private(tmp_path / "cache")
    folder.parent.mkdir(mode=0o700)
    folder.mkdir(mode=0o700)
    return folder


def test_old_versions_are_removed(native, tmp_path, versions):
    program, importing = native(policy="cache")
    aged(versions / ("a" * 64), MONTH_S)
    aged(versions / ".gone-1234", 60)
    kept = aged(versions / ("b" * 64), MONTH_S / 2)
    other = aged(versions.parent / "other" / ("c" * 64), MONTH_S)
    program.ask(importing + FACTS, private(tmp_path / "cache"))
    (own,) = set(versions.iterdir()) - {kept}
    assert any(item.suffix == ".ok" for item in own.iterdir())
    assert kept.exists()
    assert other.exists()


def test_a_version_in_use_is_kept(native, tmp_path, versions):
    fcntl = pytest.importorskip("fcntl")
    program, importing = native(policy="cache")
    used = aged(versions / ("a" * 64), MONTH_S)
    with (used / "lock").open() as lock:
        fcntl.flock(lock, fcntl.LOCK_SH)
        program.ask(importing + FACTS, private(tmp_path / "cache"))
    assert used.exists()


def test_versions_that_are_too_large_are_removed(native, tmp_path, versions):
    program, importing = native(policy="cache")
    longest, next_one, young = (
        aged(versions / (letter * 64), days * 24 * 3600)
        for letter, days in (("a", 9), ("b", 8), ("c", 0.5))
    )
    for folder in (longest, next_one, young):
        with (folder / "lib.so").open("r+b") as stream:
            stream.truncate(300 * 1024 * 1024)
    program.ask(importing + FACTS, private(tmp_path / "cache"))
    assert [item.exists() for item in (longest, next_one, young)] == [
        False,
        False,
        True,
    ]


def test_links_and_foreign_versions_are_left_alone(native, tmp_path, versions):
    program, importing = native(policy="cache")
    target = aged(tmp_path / "precious", MONTH_S)
    (versions / ("a" * 64)).symlink_to(target)
    loose = aged(versions / ("b" * 64), MONTH_S)
    loose.chmod(0o777)
    program.ask(importing + FACTS, private(tmp_path / "cache"))
    assert (target / "lib.so").exists()
    assert (loose / "lib.so").exists()


def test_what_a_killed_writer_left_goes_later(native, tmp_path):
    program, importing = native(policy="cache")
    env = private(tmp_path / "cache")
    program.ask(importing + FACTS, env)
    folder = cached(tmp_path / "cache")[0].parent
    old, new = folder / "x.so.1.tmp", folder / "x.so.2.tmp"
    for path, age in ((old, 7200), (new, 60)):
        path.write_bytes(b"half")
        os.utime(path, (time.time() - age,) * 2)
    program.ask(importing + FACTS, env)
    assert old.exists()  # it was looked at less than a day ago
    os.utime(folder / "lock", (time.time() - 2 * 24 * 3600,) * 2)
    program.ask(importing + FACTS, env)
    assert (old.exists(), new.exists()) == (False, True)


# --- the folder beside the program


def test_libraries_beside_the_program(native, tmp_path):
    program, importing = native(policy="beside", beside="app.lib")
    files = cached(tmp_path / "app.lib")
    assert [item.suffix for item in files] == [".so", ".so"]
    read = "\nanswer.append(len(open(module.__file__, 'rb').read()))"
    answer = program.ask(importing + FACTS + read)
    assert answer[0].startswith(f"{program.path}/site/nat/_")
    module = next(item for item in files if item.name.startswith("_"))
    assert answer[2:] == [False, module.stat().st_size]


def spoil(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (spoil, "it was changed or replaced"),
        (lambda path: path.chmod(0o666), "is writable for others (0o666)"),
        (lambda path: path.parent.chmod(0o777), "is writable for others (0o777)"),
        (Path.unlink, "belongs beside it"),
        (replace_with_link, "belongs beside it"),
        (lambda path: os.chown(path, 1234, -1), "belongs to user 1234"),
        (lambda path: (path.unlink(), os.mkfifo(path, 0o600)), "changed or replaced"),
    ],
    ids=["changed", "world", "folder", "missing", "link", "foreign", "fifo"],
)
def test_what_lies_beside_is_verified(native, tmp_path, change, words):
    if words.startswith("belongs to") and os.geteuid() != 0:
        pytest.skip("only root gives files away")
    program, importing = native(policy="beside", beside="app.lib")
    files = cached(tmp_path / "app.lib")
    change(next(item for item in files if item.name.startswith("_")))
    done = program.run(importing)
    assert done.returncode == 1
    assert "ImportError" in done.stderr
    assert words in done.stderr


# --- the variable


def test_the_variable_means_nothing_unless_allowed(native, tmp_path):
    program, importing = native()
    env = {**private(tmp_path / "cache"), "FERRULE_EXT_LOAD": "cache"}
    assert program.ask(importing + FACTS, env)[2]
    assert cached(tmp_path / "cache") == []


def test_the_variable_chooses_where_the_bundle_allows_it(native, tmp_path):
    program, importing = native(may_override=True)
    env = {**private(tmp_path / "cache"), "FERRULE_EXT_LOAD": "cache"}
    assert program.ask(importing + FACTS, env)[2] is False
    done = program.run(importing, {**env, "FERRULE_EXT_LOAD": "/evil"})
    assert "FERRULE_EXT_LOAD is '/evil'; it can be auto, memory, cache" in done.stderr
    assert program.ask(importing + FACTS, {**env, "PRIVILEGED": "1"})[2]
