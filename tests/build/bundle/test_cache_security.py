"""What others, a full disk or a sudden end do to a single file: nothing wrong loads."""

from __future__ import annotations

import hashlib
import os
import random
import shutil
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ferrule.bundle.onefile.stored import read_payload
from tests.build.bundle.onefiles import CALCULATOR, QUICK, changed, flip, run
from tests.build.bundle.restrictions import forbid_memory_files, run_mounted

pytestmark = [
    pytest.mark.build,
    pytest.mark.skipif(not sys.platform.startswith("linux"), reason="Linux only"),
]

CODE = "__import__('sqlite3').__name__ + __import__('_ctypes').__name__"
ANSWER = "sqlite3_ctypes\n"
MARKED = "this program is damaged: "
NOBODY = 65534


@pytest.fixture
def cache(tmp_path) -> Path:
    """Return a private folder for the cache."""
    path = tmp_path / "cache"
    path.mkdir(mode=0o700)
    return path


def answers(program: Path, cache: Path, **more) -> None:
    """Check that a program works, and that what it cached is what it holds."""
    done = run(program, CODE, env={"XDG_CACHE_HOME": str(cache)}, **more)
    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr
    for path in libraries(cache):
        assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
        assert stat.S_IMODE(path.lstat().st_mode) == 0o500


def libraries(cache: Path) -> list[Path]:
    return sorted(cache.glob("ferrule-programs/*/*/*.so"))


def refused(program: Path, env: dict[str, str], words: str, **more) -> None:
    """Check that a program ends with a message and no answer."""
    done = run(program, CODE, env=env, **more)
    assert (done.returncode, done.stdout) == (1, ""), done.stdout
    assert words in done.stderr


# --- the cache of one user


def test_twelve_cold_starts_at_once(cached_calculator, cache):
    env = {"XDG_CACHE_HOME": str(cache)}
    running = [
        subprocess.Popen([cached_calculator, CODE], env=env, stdout=subprocess.PIPE)
        for _ in range(12)
    ]
    ends = [(process.communicate()[0], process.returncode) for process in running]
    assert ends == [(ANSWER.encode(), 0)] * 12
    answers(cached_calculator, cache)
    names = {path.suffix for path in libraries(cache)[0].parent.iterdir()}
    assert names == {".so", ".ok", ""}


def same_size_and_time(path: Path) -> None:
    status, content = path.stat(), bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.chmod(0o700)
    path.write_bytes(content)
    os.utime(path, ns=(status.st_atime_ns, status.st_mtime_ns))
    path.chmod(0o500)


def replaced_by_rename(path: Path) -> None:
    status, other = path.stat(), path.with_name("other")
    other.write_bytes(b"\x7fELF" + bytes(status.st_size - 4))
    os.utime(other, ns=(status.st_atime_ns, status.st_mtime_ns))
    other.chmod(0o500)
    other.rename(path)


def link_to_another(path: Path) -> None:
    other = path.with_name("other")
    path.rename(other)
    same_size_and_time(other)
    path.symlink_to(other)


def folder_instead(path: Path) -> None:
    path.unlink()
    path.mkdir()


def pipe_instead(path: Path) -> None:
    path.unlink()
    os.mkfifo(path, 0o500)


def writable_by_all(path: Path) -> None:
    same_size_and_time(path)
    path.chmod(0o777)


def cut(path: Path) -> None:
    path.chmod(0o700)
    os.truncate(path, 100)


@pytest.mark.parametrize(
    "change",
    [
        *(same_size_and_time, replaced_by_rename, link_to_another, folder_instead),
        *(pipe_instead, writable_by_all, cut, Path.unlink),
    ],
)
def test_a_changed_file_is_not_loaded(cached_calculator, cache, change):
    answers(cached_calculator, cache)
    for path in libraries(cache):
        change(path)
    answers(cached_calculator, cache)


def test_a_killed_process_leaves_nothing_wrong(cached_calculator, cache):
    env = {"XDG_CACHE_HOME": str(cache)}
    chance = random.Random(20)
    for _ in range(25):
        shutil.rmtree(cache / "ferrule-programs", ignore_errors=True)
        process = subprocess.Popen(
            [cached_calculator, CODE], env=env, stdout=subprocess.DEVNULL
        )
        time.sleep(chance.uniform(0, 0.09))
        process.send_signal(signal.SIGKILL)
        process.wait()
        for path in libraries(cache):
            assert hashlib.sha256(path.read_bytes()).hexdigest() == path.stem
    answers(cached_calculator, cache)


def age(folder: Path, days: int) -> None:
    """Let a version look as if it was last used some days ago."""
    then = time.time() - days * 24 * 3600
    os.utime(folder / "lock", (then, then))


def test_an_old_version_goes_when_nobody_uses_it(cached_calculator, calculator, cache):
    env = {"XDG_CACHE_HOME": str(cache)}
    words = f"{CODE}, print('ready', flush=True), input()"
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    process = subprocess.Popen([cached_calculator, words], env=env, **pipes)
    assert process.stdout.readline() == b"ready\n"
    (old,) = {path.parent for path in libraries(cache)}
    age(old, 40)
    # Another version of the same program: one that may not use memory.
    answers(calculator, cache, preexec_fn=forbid_memory_files)
    (new,) = {path.parent for path in libraries(cache)} - {old}
    process.communicate(b"\n")
    answers(calculator, cache, preexec_fn=forbid_memory_files)
    assert old.exists()  # it was looked at less than a day ago
    age(new, 2)
    age(old, 40)
    answers(calculator, cache, preexec_fn=forbid_memory_files)
    assert [*new.parent.iterdir()] == [new]


# --- folders of others


def link_folder(path: Path) -> None:
    other = path.with_name("elsewhere")
    path.rename(other)
    path.symlink_to(other)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda path: path.chmod(0o777), "is writable for others (0o777)"),
        (lambda path: path.chmod(0o730), "is writable for others (0o730)"),
        (lambda path: os.chown(path, NOBODY, NOBODY), f"belongs to user {NOBODY}"),
        (link_folder, "the cache folder"),
    ],
    ids=["world", "group", "foreign", "link"],
)
@pytest.mark.parametrize("depth", range(4))
def test_a_folder_of_others_is_refused(cached_calculator, cache, change, words, depth):
    if "user" in words and os.geteuid() != 0:
        pytest.skip("only root gives files away")
    answers(cached_calculator, cache)
    folder = libraries(cache)[0].parent
    change([cache, folder.parents[1], folder.parent, folder][depth])
    refused(cached_calculator, {"XDG_CACHE_HOME": str(cache)}, words)


def test_a_folder_that_another_user_prepared(cached_calculator, cache):
    if os.geteuid() != 0:
        pytest.skip("only root becomes another user")
    place = Path("/var/tmp") / f"ferrule-shared-{os.getpid()}"
    place.mkdir()
    try:
        place.chmod(0o1777)
        program = shutil.copy(cached_calculator, place / "app")
        words = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups"]
        env = {"XDG_CACHE_HOME": str(place)}
        done = subprocess.run(
            [*words, str(program), CODE],
            env={**os.environ, "XDG_CACHE_HOME": str(place / "nobody")},
            capture_output=True,
            text=True,
            check=False,
        )
        assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr
        refused(program, {"XDG_CACHE_HOME": str(place / "nobody")}, "belongs to user")
        refused(program, env, "is writable for others")
    finally:
        shutil.rmtree(place)


# --- no place for a cache


def test_a_full_disk(cached_calculator, cache):
    words, env = [str(cached_calculator), CODE], {"XDG_CACHE_HOME": str(cache)}
    done = run_mounted(cache, "size=256k", words, env)
    assert (done.returncode, done.stdout) == (1, "")
    assert "No space left on device" in done.stderr
    assert ".tmp" not in done.stderr
    done = run_mounted(cache, "size=64m", words, env)
    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr


def test_a_disk_that_runs_nothing(cached_calculator, cache):
    words, env = [str(cached_calculator), CODE], {"XDG_CACHE_HOME": str(cache)}
    done = run_mounted(cache, "size=64m,noexec", words, env)
    assert (done.returncode, done.stdout) == (1, "")
    assert "this system lets no library be opened in" in done.stderr
    assert "(noexec?)" in done.stderr


def test_homes_that_are_none(cached_calculator, tmp_path):
    words = "set XDG_CACHE_HOME to a private folder"
    refused(cached_calculator, {"HOME": "/nonexistent"}, words)
    refused(cached_calculator, {"HOME": "/dev/null"}, words)
    if os.geteuid() == 0:
        place = Path("/var/tmp") / f"ferrule-homeless-{os.getpid()}"
        shutil.copy(cached_calculator, place)
        try:
            ids = {"user": 54321, "group": 54321, "extra_groups": []}
            refused(place, {}, words, cwd="/", **ids)
        finally:
            place.unlink()
    assert not Path("/nonexistent").exists()
    assert not list(tmp_path.iterdir())


def test_paths_that_mean_nothing(cached_calculator, tmp_path):
    home, work = tmp_path / "home", tmp_path / "work"
    for folder in (home, work):
        folder.mkdir(mode=0o700)
    trap = tmp_path / "trap"
    trap.symlink_to("/etc")
    hostile = dict.fromkeys(("TMPDIR", "TEMP", "TMP"), str(trap))
    env = {**hostile, "HOME": str(home), "XDG_CACHE_HOME": "relative"}
    done = run(cached_calculator, CODE, env=env, cwd=work)
    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr
    assert not list(work.iterdir())
    assert libraries(home / ".cache")


# --- auto, where a system allows no files of memory


def test_the_cache_comes_second(calculator, cache):
    answers(calculator, cache)
    assert not libraries(cache)
    answers(calculator, cache, preexec_fn=forbid_memory_files)
    assert libraries(cache)
    refused(
        calculator,
        {"HOME": "/nonexistent"},
        "this system does not let them be opened from memory",
        preexec_fn=forbid_memory_files,
    )


# --- the program itself


def test_no_flipped_byte_is_believed(calculator, tmp_path):
    content = calculator.read_bytes()
    start = read_payload(content, "calculator").start
    chance = random.Random(8)
    places = [chance.randrange(start, len(content)) for _ in range(12)]
    index_bytes = int.from_bytes(content[-48:-40], "little")
    behind = len(content) - 64
    places += [chance.randrange(behind - index_bytes, behind) for _ in range(6)]
    places += [chance.randrange(behind, behind + 24) for _ in range(4)]
    for place in places:
        done = run(changed(calculator, tmp_path / "app", flip(place)), CODE)
        good = (done.returncode, done.stdout) == (0, ANSWER) and place < behind
        told = (done.returncode, done.stdout) == (1, "") and MARKED in done.stderr
        assert good or told, (place, done)


@pytest.mark.parametrize("share", [0.99, 0.5])
def test_a_file_that_was_cut_short(calculator, tmp_path, share):
    def halve(content: bytearray) -> None:
        payload = read_payload(bytes(content), "calculator")
        size = payload.start + int((len(content) - payload.start) * share)
        del content[size:]

    done = run(changed(calculator, tmp_path / "app", halve), CODE)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith(MARKED)


@pytest.mark.parametrize("tool", ["strip", "objcopy"])
@pytest.mark.parametrize("kind", ["calculator", "shared_calculator"])
def test_tools_that_drop_what_was_appended(request, tmp_path, tool, kind):
    if shutil.which(tool) is None:
        pytest.skip(f"no {tool}")
    copied = tmp_path / "app"
    shutil.copy(request.getfixturevalue(kind), copied)
    subprocess.run([tool, copied], check=True)
    done = run(copied, CODE)
    assert (done.returncode, done.stdout) == (1, "")
    assert "it was stripped, cut short or edited" in done.stderr


# --- the folder beside the program


def test_libraries_beside_the_program(make_bundle, static_python, tmp_path):
    words = [*QUICK, "--python", static_python, "--ext-load", "beside"]
    made = make_bundle(CALCULATOR, "calculator", *words)
    moved = tmp_path / "moved"
    shutil.copytree(made.folder, moved)
    program = moved / "calculator"
    done = run(program, CODE, preexec_fn=forbid_memory_files)
    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr
    library = next((moved / "calculator.lib").rglob("_sqlite3*.so"))
    same_size_and_time(library)
    refused(program, {}, "it was changed or replaced")
    shutil.copy(made.folder / library.relative_to(moved), library)
    library.chmod(0o666)
    refused(program, {}, "is writable for others (0o666)")
    shutil.rmtree(moved / "calculator.lib")
    refused(program, {}, "belongs beside it")


# --- what the bundle allows


def test_what_a_bundle_allows(make_bundle, static_python, cache, tmp_path):
    project = tmp_path / "embedding-program"
    shutil.copytree(CALCULATOR, project, ignore=shutil.ignore_patterns("target"))
    with (project / "pyproject.toml").open("a") as stream:
        stream.write("\n[tool.ferrule.bundle]\nisolated = false\n")
        stream.write("ext-load-override = true\next-load-verify = true\n")
    words = [*QUICK, "--python", static_python, "--no-verify"]
    program = make_bundle(project, "calculator", *words).folder / "calculator"
    env = {"XDG_CACHE_HOME": str(cache), "PYTHONPATH": str(tmp_path)}
    (tmp_path / "ours.py").write_text("VALUE = 42")
    done = run(program, "__import__('ours').VALUE", env=env)
    assert (done.returncode, done.stdout) == (0, "42\n"), done.stderr
    assert not libraries(cache)
    done = run(program, CODE, env={**env, "FERRULE_EXT_LOAD": "cache"})
    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr
    assert libraries(cache)
    forged(libraries(cache))
    done = run(program, CODE, env={**env, "FERRULE_EXT_LOAD": "cache"})
    assert (done.returncode, done.stdout) == (0, ANSWER), done.stderr
    refused(program, {**env, "FERRULE_EXT_LOAD": "beside"}, "it can be auto, memory")
    privileged(program, {**env, "FERRULE_EXT_LOAD": "cache"})


def privileged(program: Path, env: dict[str, str]) -> None:
    """Check that a setuid program heeds nothing of what is allowed to others."""
    if os.geteuid() != 0:
        return
    place = Path("/var/tmp") / f"ferrule-setuid-{os.getpid()}"
    shutil.copy(program, place)
    try:
        place.chmod(0o4755)
        code = f"{CODE}, __import__('os').geteuid(), [*__import__('sys').path]"
        words = ["setpriv", f"--reuid={NOBODY}", "--clear-groups", str(place), code]
        done = subprocess.run(
            words, env=env, cwd="/", capture_output=True, text=True, check=False
        )
    finally:
        place.unlink()
    assert done.returncode == 0, done.stderr
    assert "'sqlite3_ctypes', 0, [" in done.stdout
    assert env["PYTHONPATH"] not in done.stdout


def forged(paths: list[Path]) -> None:
    """Change libraries and what was noted about them, as their owner can."""
    for path in paths:
        same_size_and_time(path)
        found, note = path.stat(), path.with_name(f"{path.name}.ok")
        facts = (found.st_size, found.st_mtime_ns, found.st_ctime_ns, found.st_ino)
        note.chmod(0o600)
        note.write_text(" ".join(map(str, facts)))
        note.chmod(0o400)
