"""Bundles as they are used: packages, extension modules, processes, in every mode.

Each Python is there, each mode with both generations of PyO3; each bundle runs
where nothing but the C library is, on a file system that is read-only, by a user
without a home folder.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
from debian_packages import CACHE, locked

pytestmark = [pytest.mark.build, pytest.mark.network]

HERE = Path(__file__).parent
EXAMPLES = HERE.parents[2] / "examples"
PACKAGES = ("numpy", "requests", "tzdata")
IMPORTED = """
import certifi, datetime, editdistance, host, importlib.metadata as metadata
import importlib.resources, inspect, json, logging.config, numpy, os, pickle, pkgutil
import requests, sqlite3, ssl, sys, traceback, urllib.request, zoneinfo
"""
EVERYTHING = f"""
{IMPORTED}
assert host.double(21) == 42
assert sqlite3.connect(":memory:").execute("select 1 + 1").fetchone() == (2,)
assert editdistance.distance("kitten", "sitting") == 3

assert (numpy.ones((50, 50)) @ numpy.ones((50, 50))).sum() == 125000
assert numpy.linalg.inv(numpy.eye(3)).sum() == 3
assert (pickle.loads(pickle.dumps(numpy.arange(3))) == numpy.arange(3)).all()

def certificates(path):
    return ssl.create_default_context(cafile=path).get_ca_certs()

assert certificates(certifi.where()) and ssl.create_default_context().check_hostname
# OpenSSL opens it itself, also if it seems to lie in the program.
folder = os.path.dirname(certifi.__file__)
assert certificates(os.path.join(folder, "cacert.pem"))
try:
    requests.get("https://127.0.0.1:1/", timeout=5)
except requests.ConnectionError as error:
    assert "refused" in str(error), error

summer = datetime.datetime(2024, 7, 1, tzinfo=zoneinfo.ZoneInfo("Europe/Berlin"))
assert summer.utcoffset() == datetime.timedelta(hours=2)
assert metadata.version("numpy") == numpy.__version__
assert any(str(path).endswith("METADATA") for path in metadata.files("requests"))
assert "adapters" in {{item.name for item in pkgutil.iter_modules(requests.__path__)}}
assert {{"numpy", "json"}} <= {{item.name for item in pkgutil.iter_modules()}}
with importlib.resources.path("certifi", "cacert.pem") as path:
    assert path.read_bytes()
assert os.stat(os.path.join(folder, "cacert.pem")).st_mtime_ns

assert sys.prefix.startswith("/moved/to") and sys.prefix == sys.base_prefix
assert inspect.getfile(requests.get).startswith(sys.prefix)
assert numpy.__file__.startswith(sys.prefix)
try:
    json.loads("{{")
except ValueError:
    assert f'File "{{sys.prefix}}/lib/python3' in traceback.format_exc()
assert sys.flags.isolated and sys.flags.utf8_mode and help and exit
assert sys.argv[3:] == ["a", "b c"], sys.argv
print(sys.executable, os.environ["HOME"], "€")
"""
PROCESSES = """
import multiprocessing, sys
from multiprocessing import shared_memory
for method in sys.argv[3:]:
    context = multiprocessing.get_context(method)
    with context.Pool(1) as pool:
        assert pool.map(abs, [-3]) == [3]
    with context.Manager() as manager:
        assert list(manager.list([1])) == [1]
memory = shared_memory.SharedMemory(create=True, size=10)
memory.close()
memory.unlink()
print("processed")
"""


@dataclass(frozen=True)
class Placed:
    """A bundle where `run_in_empty_root` wants it."""

    folder: Path
    program: str


def placed(made: Path, program: str, mode: str) -> Placed:
    """Return a bundle; a single file gets a folder like that of others."""
    if mode != "onefile":
        return Placed(made, program)
    folder = made.with_name("alone")
    (folder / "bin").mkdir(parents=True)
    os.link(made / program, folder / "bin" / program)
    return Placed(folder, program)


@pytest.fixture(scope="module")
def published(user_env):
    """Return a function that gives a folder of published wheels for one Python."""

    def get(version: str) -> Path:
        folder = CACHE / "wheels" / f"acceptance-{version}"
        if not folder.is_dir():
            part = folder.with_name(f".{folder.name}.{os.getpid()}")
            words = [f"--python-version={version}", "--only-binary=:all:"]
            argv = [sys.executable, "-m", "pip", "download", "-q", "-d", part, *words]
            subprocess.run([*argv, *PACKAGES], env=user_env, check=True)
            part.rename(folder)
        return folder

    return get


@pytest.fixture(scope="module")
def extension(tmp_path_factory, run_ferrule) -> Path:
    """Return a wheel with an extension module for every Python, made by ferrule."""
    folder = tmp_path_factory.mktemp("extension")
    ignored = shutil.ignore_patterns("target", "dist")
    shutil.copytree(EXAMPLES / "abi3-module", folder / "project", ignore=ignored)
    words = ["--profile", "dev", "--out", folder / "dist"]
    run_ferrule("build", *words, cwd=folder / "project").check()
    return next((folder / "dist").glob("*.whl"))


@pytest.fixture
def arrange(tmp_path, extension, published, user_env):
    """Return a function that gives command, folder and environment of a bundle."""

    def get(name: str, mode: str, version: str, python: Path):
        project = tmp_path / name
        shutil.copytree(HERE / name, project, ignore=shutil.ignore_patterns("target"))
        manifest = project / "Cargo.toml"
        if mode != "dynamic":
            text = manifest.read_text(encoding="utf-8")
            manifest.write_text(text.replace('"auto-initialize"', ""), encoding="utf-8")
        # The profiles that the tests of each mode have compiled PyO3 with.
        profile = () if mode == "dynamic" else ("--profile", "dev")
        wheels = published(version)
        words = ["bundle", "--mode", mode, *profile, "--python", python, "-o"]
        words += [tmp_path / "made", "--packages", *PACKAGES, extension]
        env = {**user_env, "PIP_NO_INDEX": "1", "PIP_FIND_LINKS": str(wheels)}
        return [sys.executable, "-m", "ferrule", *words], project, env

    yield get
    for name in ("made", "alone"):
        shutil.rmtree(tmp_path / name, ignore_errors=True)


@pytest.fixture
def check(run_in_empty_root):
    """Return a function that tries everything in a bundle."""

    def call(bundle: Placed, c_library: Path | None = None) -> None:
        options = {"has_proc": True, "as_nobody": True, "c_library": c_library}
        words = ["prepared", EVERYTHING, "a", "b c"]
        done = run_in_empty_root(bundle, words, **options)
        assert done.returncode == 0, done.stderr
        program = f"/moved/to/bin/{bundle.program}"
        assert done.stdout == f"{program} /nonexistent €\n", done.stderr
        words = ["prepared", PROCESSES, "fork", "forkserver", "spawn"]
        done = run_in_empty_root(bundle, words, **options, has_memory=True)
        assert (done.returncode, done.stdout) == (0, "processed\n"), done.stderr

    return call


@pytest.mark.parametrize(
    ("version", "name", "mode"),
    [
        ("3.9", "old-program", "onefile"),
        ("3.10", "new-program", "static"),
        ("3.11", "old-program", "static"),
        ("3.11", "new-program", "dynamic"),
        ("3.12", "old-program", "dynamic"),
        ("3.13", "new-program", "onefile"),
    ],
)
def test_a_bundle(arrange, check, run_command, interpreter, version, name, mode):
    command, project, env = arrange(name, mode, version, interpreter(version))
    run_command(*command, cwd=project, env=env)
    check(placed(project.parent / "made", name, mode))
    program = project.parent / "made"
    program /= name if mode == "onefile" else f"bin/{name}"
    check_ends(program)


def check_ends(program: Path) -> None:
    """Check what a process leaves: its status, and what it wrote."""

    def run(code: str, stdout=subprocess.PIPE, way: str = "prepared"):
        return subprocess.run(
            [program, way, code],
            env={},
            input="first\nsecond",
            stdout=stdout,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
            timeout=60,
        )

    left_open = program.parent / "left-open"
    if os.access(program.parent, os.W_OK):
        code = f"import builtins; builtins.it = open({str(left_open)!r}, 'w')"
        run(f"{code}\nit.write('x')")
        assert left_open.read_text(encoding="utf-8") == "x"
        left_open.unlink()
    code = "import threading, time\nprint(input())\nthreading.Thread("
    done = run(f"{code}target=time.sleep, args=(999,), daemon=True).start()")
    assert (done.returncode, done.stdout) == (0, "first\n"), done.stderr
    done = run("import atexit; atexit.register(lambda: 1 / 0); print('printed')")
    assert (done.returncode, done.stdout) == (0, "printed\n"), done.stderr
    assert "ZeroDivisionError" in done.stderr
    # Python may end and start again.
    done = run("import json, zlib, editdistance; print(1)", way="embedded")
    assert (done.returncode, done.stdout) == (0, "1\n1\n"), done.stderr
    with open("/dev/full", "w", encoding="utf-8") as full:
        done = run("print(1)", stdout=full)
    assert done.returncode == 120
    assert "No space left on device" in done.stderr


SOURCE_OF_DEBIAN = re.compile(
    r"^(?:URIs:|deb(?: \[.*\])?) +(\S+/debian/?)(?: |$)", re.MULTILINE
)
DEBIAN_PACKAGES = (
    *("python3.14", "python3.14-minimal", "libpython3.14", "libpython3.14-dev"),
    *("libpython3.14-minimal", "libpython3.14-stdlib", "libc6", "libc6-dev"),
    *("libc-dev-bin", "libcrypt1", "libexpat1", "libexpat1-dev", "zlib1g"),
    *("zlib1g-dev", "libssl3t64", "libsqlite3-0", "libffi8", "libuuid1", "libzstd1"),
    *("libbz2-1.0", "liblzma5", "libncursesw6", "libtinfo6", "libreadline8t64"),
    "libgcc-s1",
)
# Debian's archive has these modules, and not the library that they use.
NO_HASHES = "--builtins=-_blake2,-_md5,-_sha1,-_sha2,-_sha3"
OVERLAY = """
mount -t overlay overlay -o "lowerdir=$1:/usr" /usr
empty=/usr/lib/python3/dist-packages
[ ! -d $empty ] || mount -t tmpfs none $empty
shift
exec "$@"
"""


def fetch_debian(place: Path) -> None:
    """Unpack Debian's newest Python and the C library that it was made for."""
    texts = [Path("/etc/apt/sources.list"), *Path("/etc/apt/sources.list.d").glob("*")]
    found = [
        match[1]
        for path in texts
        if path.is_file()
        for match in SOURCE_OF_DEBIAN.finditer(path.read_text(encoding="utf-8"))
    ]
    if not found:
        pytest.skip("no source of Debian's packages")
    state = place.with_name(".apt")
    for name in ("lists/partial", "cache/archives/partial", "debs"):
        (state / name).mkdir(parents=True, exist_ok=True)
    (state / "status").touch()
    key = "/usr/share/keyrings/debian-archive-keyring.gpg"
    line = f"deb [signed-by={key}] {found[0]} sid main\n"
    (state / "sources.list").write_text(line, encoding="utf-8")
    settings = {
        "APT::Sandbox::User": os.environ.get("USER", "root"),
        "Acquire::Languages": "none",
        "Dir::Cache": state / "cache",
        "Dir::Etc::sourcelist": state / "sources.list",
        "Dir::Etc::sourceparts": "/dev/null",
        "Dir::State::lists": state / "lists",
        "Dir::State::status": state / "status",
    }
    apt = ["apt-get", "-qq", *(f"-o{name}={value}" for name, value in settings.items())]
    for words in (["update"], ["download", *DEBIAN_PACKAGES]):
        done = subprocess.run(
            [*apt, *words], cwd=state / "debs", capture_output=True, check=False
        )
        if done.returncode != 0:
            pytest.skip(f"Debian's Python 3.14: {done.stderr.decode()[-300:]}")
    for path in sorted((state / "debs").glob("*.deb")):
        unpack = ["dpkg-deb", "-x", path, state / "root"]
        subprocess.run(unpack, check=True, capture_output=True)
    (state / "root").rename(place)
    shutil.rmtree(state)


@pytest.fixture(scope="module")
def debian() -> Path:
    """Return the root folder of a Debian with Python 3.14."""
    if not all(map(shutil.which, ("apt-get", "dpkg-deb", "unshare"))):
        pytest.skip("needs a Debian")
    with locked("debian-python-3.14") as folder:
        place = folder / "root"
        if not place.is_dir():
            fetch_debian(place)
    return place


@pytest.fixture(scope="module")
def in_debian(debian) -> list[str | Path]:
    """Return what runs a command with that Debian laid over this system."""
    space = ["--mount"] if os.geteuid() == 0 else ["--user", "-r", "--mount"]
    script = ["sh", "-ec", OVERLAY, "sh"]
    command = ["unshare", *space, *script, debian / "usr"]
    python = [*command, "/usr/bin/python3.14", "-c", "import ssl, zlib"]
    done = subprocess.run(python, capture_output=True, check=False)
    if done.returncode != 0:
        pytest.skip(f"no overlay here: {done.stderr.decode()[-300:]}")
    return command


@pytest.mark.parametrize("mode", ["static", "onefile"])
def test_a_python_of_debian(arrange, check, run_command, debian, in_debian, mode):
    name, python = "new-program", Path("/usr/bin/python3.14")
    command, project, env = arrange(name, mode, "3.14", python)
    run_command(*in_debian, *command, NO_HASHES, cwd=project, env=env)
    [libc] = (debian / "usr" / "lib").glob("*-linux-gnu/libc.so.6")
    check(placed(project.parent / "made", name, mode), libc.parent)
