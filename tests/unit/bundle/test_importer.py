"""The importer of a single file, in a plain Python whose program is a payload.

`STAND_IN` offers what the program's own module offers (rust/payload.rs); the tests
with real programs are in tests/build/bundle.
"""

from __future__ import annotations

import importlib.util
import json
import marshal
import os
import shutil
import subprocess
import sys
import sysconfig
from dataclasses import dataclass
from importlib.machinery import EXTENSION_SUFFIXES
from pathlib import Path

import pytest

from ferrule.bundle import frozen
from ferrule.bundle.frozen import IMPORTER_MODULES
from ferrule.bundle.members import make_payload
from ferrule.bundle.payload import PayloadFacts

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or sys.implementation.name != "cpython",
    reason="single files are made for Linux and CPython",
)
FOLDER = Path(frozen.__file__).with_name("importer")
STAND_IN = """
import ctypes, hashlib, os, sys, types
program, core = sys.argv[1:3]
data = open(program, "rb").read()
members, index = (int.from_bytes(data[at:at + 8], "little") for at in (-56, -48))
start = len(data) - 64 - index - members
native = types.ModuleType("_ferrule")
native.index = lambda: data[start + members : -64]
def read(entry):
    offset, size = (int.from_bytes(entry[at:at + 8], "little") for at in (0, 8))
    content = memoryview(data)[start + offset : start + offset + size]
    if hashlib.sha256(content).digest() != entry[24:56]:
        raise ImportError("this program is damaged")
    return content
native.read = read
native.hash = lambda content: hashlib.sha256(content).digest()
def memory_file(name, content):
    if os.environ.get("FORBID"):
        raise PermissionError(1, "Operation not permitted")
    file = os.memfd_create(name)
    os.write(file, content)
    return file
native.memory_file = memory_file
native.load = ctypes.CDLL
native.is_privileged = lambda: bool(os.environ.get("PRIVILEGED"))
sys.modules["_ferrule"] = native
sys.executable = program
import importlib.machinery, importlib.util
place = importlib.util.spec_from_file_location("_ferrule_importer", core)
importer = importlib.util.module_from_spec(place)
sys.modules["_ferrule_importer"] = importer
place.loader.exec_module(importer)
sys.path[:0] = [program + "/" + root for root in importer.meta["roots"]]
spec = importlib.machinery.ModuleSpec("encodings", None, is_package=True)
names = {}
importer.start(spec, names)
assert names["STARTED"]
assert names["__file__"].startswith(program + "/std/encodings/__init__.py")
import io, builtins
builtins.open = __import__("_io").open
io.open = builtins.open
for name in ("stat", "lstat", "listdir", "scandir", "open", "access"):
    setattr(os, name, getattr(__import__("posix"), name))
"""
PACKAGE = {
    "site/pkg/__init__.py": "from . import inner\nVALUE = inner.VALUE",
    "site/pkg/inner.py": "VALUE = 7\ndef fail():\n    raise ValueError('inner')\n",
    "site/pkg/data/text.txt": "tëxt",
    "site/pkg/py.typed": "",
    "site/space/part.py": "HERE = True",
    "site/pkg/vendor/hidden.py": "FOUND = True",
    "site/Some_Pkg-1.5.dist-info/METADATA": "Metadata-Version: 2.1\nName: Some-Pkg\n"
    "Version: 1.5\n",
    "site/Some_Pkg-1.5.dist-info/entry_points.txt": "[group]\nname = pkg:VALUE\n",
    "std/encodings/__init__.py": "STARTED = True",
}


def compiled(text: str, path: str) -> bytes:
    return bytes(16) + marshal.dumps(compile(text, path, "exec"))


def own_modules() -> dict[str, bytes]:
    return {
        name: compiled((FOLDER / f"{file}.py").read_text(), name)[16:]
        for name, file in IMPORTER_MODULES.items()
    }


@dataclass
class Program:
    """A file that ends with a payload."""

    path: Path

    def run(self, code: str, env: dict[str, str] | None = None, *, prelude: str = ""):
        words = [sys.executable, "-I", "-S", "-B", "-c", prelude + STAND_IN + code]
        words += [str(self.path), str(FOLDER / "core.py")]
        return subprocess.run(
            words, env=env or {}, capture_output=True, text=True, check=False
        )

    def ask(self, code: str, env: dict[str, str] | None = None, *, prelude: str = ""):
        code += "\nimport json\nprint(json.dumps(answer))"
        done = self.run(code, env, prelude=prelude)
        assert done.returncode == 0, done.stderr
        return json.loads(done.stdout)


@pytest.fixture
def make(tmp_path):
    def make(
        files=None, *, policy="auto", sources=False, compress=False, paranoid=False
    ):
        contents = {}
        for path, text in {**PACKAGE, **(files or {})}.items():
            if not path.endswith(".py"):
                contents[path] = text if isinstance(text, bytes) else text.encode()
                continue
            code = compiled(text, path)
            if sources:
                folder, _, base = path.rpartition("/")
                contents[path] = text.encode()
                contents[f"{folder}/__pycache__/{base[:-3]}.cpython-3.pyc"] = code
            else:
                contents[path + "c"] = code
        payload = make_payload(
            contents,
            PayloadFacts(("std", "site"), policy, paranoid),
            suffixes=sorted(EXTENSION_SUFFIXES, key=len, reverse=True),
            own=own_modules(),
            builtins=("zlib",),
            compress=compress,
        )
        path = tmp_path / "app"
        path.write_bytes(b"program" + b"".join(payload.chunks()))
        return Program(path)

    return make


@pytest.mark.parametrize("compress", [False, True], ids=["plain", "compressed"])
def test_modules_are_imported(make, compress):
    filler = "\n".join(f"NAME_{number} = {number}" for number in range(200))
    program = make({"site/long.py": filler}, compress=compress)
    answer = program.ask(
        "import pkg, pkg.inner, space.part, long\n"
        "answer = [pkg.VALUE, pkg.__file__, pkg.__path__, space.part.HERE,\n"
        "    list(space.__path__), long.NAME_199, pkg.__spec__.origin]"
    )
    at = str(program.path)
    path = f"{at}/site/pkg/__init__.pyc"
    assert answer == [7, path, [f"{at}/site/pkg"], True, [f"{at}/site/space"], 199, path]


def test_what_is_missing_is_missing(make):
    answer = make().ask(
        "answer = []\n"
        "for name in ('absent', 'pkg.absent', 'space.absent'):\n"
        "    try: __import__(name)\n"
        "    except ModuleNotFoundError as error: answer.append(str(error))"
    )
    assert answer == [
        "No module named 'absent'",
        "No module named 'pkg.absent'",
        "No module named 'space.absent'",
    ]


def test_a_changed_path_is_searched(make):
    answer = make().ask(
        "import pkg, os\n"
        "pkg.__path__.append(os.path.join(os.path.dirname(pkg.__file__), 'vendor'))\n"
        "import pkg.hidden\n"
        "answer = pkg.hidden.FOUND"
    )
    assert answer is True


def test_folders_of_the_machine_still_work(make, tmp_path):
    (tmp_path / "plugins").mkdir()
    (tmp_path / "plugins" / "plugin.py").write_text("NAME = 'plugin'")
    answer = make().ask(
        f"import sys; sys.path.append({str(tmp_path / 'plugins')!r})\n"
        "import plugin; answer = plugin.NAME"
    )
    assert answer == "plugin"


def test_tracebacks_show_lines_where_the_source_is_packed(make):
    code = (
        "import pkg, traceback, inspect\n"
        "try: pkg.inner.fail()\n"
        "except ValueError: answer = [traceback.format_exc(),\n"
        "    pkg.__loader__.get_source('pkg.inner')]"
    )
    plain = make().ask(code)
    assert 'app/site/pkg/inner.py", line 3, in fail' in plain[0]
    assert plain[1] is None
    shown = make(sources=True).ask(code)
    assert "raise ValueError('inner')" in shown[0]
    assert shown[1] == PACKAGE["site/pkg/inner.py"]


def test_import_errors_do_not_show_the_importer(make):
    done = make({"site/broken.py": "1 / 0"}).run("import broken")
    assert "ZeroDivisionError" in done.stderr
    assert "exec_module" not in done.stderr or "core.py" in done.stderr


def test_resources(make):
    answer = make().ask(
        "import importlib.resources as r, pkgutil, pkg\n"
        "for name in ('importlib.resources._common', 'importlib._common'):\n"
        "    if name in sys.modules: importer._offer_files(sys.modules[name])\n"
        "folder = r.files('pkg')\n"
        "text = folder.joinpath('data', 'text.txt')\n"
        "with r.as_file(text) as path: given = [str(path)[:14], path.read_text('utf-8')]\n"
        "answer = [text.read_text('utf-8'), (folder / 'data/text.txt').is_file(),\n"
        "    folder.is_dir(), folder.joinpath('data').is_dir(), text.is_dir(),\n"
        "    sorted(item.name for item in folder.iterdir()), given,\n"
        "    pkgutil.get_data('pkg', 'data/text.txt').decode(),\n"
        "    [item.name for item in pkgutil.iter_modules(pkg.__path__)],\n"
        "    sorted(item.name for item in pkgutil.walk_packages(pkg.__path__, 'pkg.'))]"
    )
    assert answer == [
        *("tëxt", True, True, True, False),
        ["__init__.pyc", "data", "inner.pyc", "py.typed", "vendor"],
        ["/proc/self/fd/", "tëxt"],
        "tëxt",
        ["inner"],
        ["pkg.inner"],
    ]


def test_metadata(make):
    answer = make().ask(
        "import importlib.metadata as m\n"
        "points = m.distribution('some.pkg').entry_points\n"
        "answer = [m.version('some-pkg'), m.metadata('some_pkg')['Name'],\n"
        "    [item.value for item in points],\n"
        "    [item.metadata['Name'] for item in m.distributions()\n"
        "     if 'app' in str(item._path)]]\n"
    )
    assert answer == ["1.5", "Some-Pkg", ["pkg:VALUE"], ["Some-Pkg"]]


def test_files_beside_modules_are_read_like_files(make):
    answer = make().ask(
        "import os, pkg, glob, pathlib\n"
        "folder = os.path.dirname(pkg.__file__)\n"
        "path = folder + '/data/text.txt'\n"
        "with open(path, encoding='utf-8') as stream: text = stream.read()\n"
        "with open(path, 'rb') as stream: size = len(stream.read()), stream.name == path\n"
        "file = os.open(path, os.O_RDONLY); head = os.read(file, 1).decode()\n"
        "answer = [text, size, head, os.path.getsize(path), os.path.isfile(path),\n"
        "    os.path.isdir(folder), os.path.exists(folder + '/absent'),\n"
        "    sorted(os.listdir(folder)), os.access(path, os.R_OK),\n"
        "    os.access(path, os.W_OK), os.path.realpath(path) == path,\n"
        "    [item[len(folder):] for item in sorted(glob.glob(folder + '/**/*.txt',\n"
        "        recursive=True))],\n"
        "    sorted(item.name for item in pathlib.Path(folder).iterdir()),\n"
        "    sorted(name for _, _, names in os.walk(folder) for name in names)]"
    )
    names = ["__init__.pyc", "data", "inner.pyc", "py.typed", "vendor"]
    assert answer == [
        *("tëxt", [5, True], "t", 5, True, True, False),
        names,
        *(True, False, True),
        ["/data/text.txt"],
        names,
        ["__init__.pyc", "hidden.pyc", "inner.pyc", "py.typed", "text.txt"],
    ]


REFUSED = {
    "open(folder + '/absent')": "FileNotFoundError",
    "open(folder)": "IsADirectoryError",
    "open(folder + '/new', 'w')": "OSError",
    "open(folder + '/py.typed', 'r+')": "OSError",
    "os.open(folder + '/py.typed', os.O_RDWR)": "OSError",
    "os.stat(folder + '/absent')": "FileNotFoundError",
    "os.listdir(folder + '/absent')": "FileNotFoundError",
    "os.listdir(folder + '/py.typed')": "NotADirectoryError",
    "open('/dev/null/below')": "NotADirectoryError",
    "open('/absent')": "FileNotFoundError",
}


def test_files_that_cannot_be_opened(make):
    answer = make().ask(
        "import os, pkg\nfolder = os.path.dirname(pkg.__file__)\nanswer = {}\n"
        f"for call in {list(REFUSED)!r}:\n"
        "    try: eval(call)\n"
        "    except OSError as error: answer[call] = type(error).__name__"
    )
    assert answer == REFUSED


def test_wrappers_may_be_attributes_of_classes(make):
    answer = make().ask(
        "import os\nclass Accessor:\n    stat = os.stat\n    open = open\n"
        "Accessor().stat('/')\nwith Accessor().open('/dev/null') as stream: pass\n"
        "answer = os.stat in os.supports_fd or True"
    )
    assert answer is True


@pytest.mark.parametrize("place", [30, 200, -200])
def test_a_changed_member_is_not_run(make, place):
    program = make({"site/big.py": f"TEXT = {'x' * 5000!r}"})
    content = program.path.read_bytes()
    middle = content.index(b"x" * 5000) + 2500
    changed = bytearray(content)
    changed[middle + place] ^= 1
    program.path.write_bytes(changed)
    done = program.run("import pkg\nprint('pkg')\nimport big")
    assert done.stdout == "pkg\n"
    assert "ImportError: this program is damaged" in done.stderr


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


def private(path: Path) -> dict[str, str]:
    path.mkdir(mode=0o700, exist_ok=True)
    return {"XDG_CACHE_HOME": str(path)}


def cached(path: Path) -> list[Path]:
    return sorted(item for item in path.rglob("*") if item.is_file())


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
    assert folder.parent == tmp_path / "cache" / "ferrule-programs"


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


@pytest.mark.parametrize("below", ["", "ferrule-programs", "identity"])
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
    change({"": cache, "ferrule-programs": folder.parent, "identity": folder}[below])
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
    assert "has no home folder for a cache: set XDG_CACHE_HOME" in done.stderr
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


def test_the_importer_is_python_that_3_9_reads():
    for path in sorted(FOLDER.glob("*.py")):
        source = importlib.util.decode_source(path.read_bytes())
        compile(source, path.name, "exec", dont_inherit=True)
        assert "from __future__" not in source
