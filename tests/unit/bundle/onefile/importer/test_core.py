"""The importer of a single file: modules, data files and metadata."""

from __future__ import annotations

import importlib.util
import shutil
import ssl
import subprocess
import sys

import pytest

from tests.unit.bundle.onefile.payload_programs import FOLDER, PACKAGE

pytestmark = pytest.mark.skipif(
    not sys.platform.startswith("linux") or sys.implementation.name != "cpython",
    reason="single files are made for Linux and CPython",
)


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
    assert answer == [
        7,
        path,
        [f"{at}/site/pkg"],
        True,
        [f"{at}/site/space"],
        199,
        path,
    ]


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


def test_the_first_folder_on_the_path_wins(make, tmp_path):
    """Also where the program holds a module of that name."""
    (tmp_path / "pkg.py").write_text("VALUE = 'plug-in'")
    (tmp_path / "space").mkdir()  # no module: what is in the program comes first
    program = make({"site/own/__init__.py": "HERE = __file__", "site/own/own.py": ""})
    answer = program.ask(
        "import sys, os\n"
        f"sys.path.insert(0, {str(tmp_path)!r})\n"
        "import pkg, space.part\n"
        "answer = [pkg.VALUE, space.part.HERE]\n"
        "del sys.path[0], sys.modules['pkg']\n"
        f"sys.path.append({str(tmp_path)!r})\n"
        "import pkg, own\n"
        "answer.append(pkg.VALUE)\n"
        "sys.path.insert(1, os.path.dirname(own.HERE))\n"
        "del sys.modules['own']\n"
        "import own\n"
        "answer.append(own.__file__)\n"
    )
    assert answer == ["plug-in", True, 7, f"{program.path}/site/own/own.pyc"]


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
        "with r.as_file(text) as path:\n"
        "    given = [str(path)[:14], path.read_text('utf-8')]\n"
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
        "with open(path, 'rb') as stream:\n"
        "    size = len(stream.read()), stream.name == path\n"
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


def test_files_can_be_copied_with_what_is_known_about_them(make, tmp_path):
    program = make({"site/pkg/data/a.txt": "text"})
    answer = program.ask(
        "import os, shutil, sys, pkg\nfolder = os.path.dirname(pkg.__file__)\n"
        f"shutil.copytree(folder + '/data', {str(tmp_path / 'copied')!r})\n"
        "found = os.stat(folder + '/data/a.txt')\n"
        "names = {'site', 'std'} <= set(os.listdir(sys.executable))\n"
        "answer = [found.st_mtime_ns, found.st_size, names]"
    )
    assert answer == [program.path.stat().st_mtime_ns, 4, True]
    assert (tmp_path / "copied" / "a.txt").read_text() == "text"


def test_certificates_are_read_from_the_program(make):
    certificates = ssl.create_default_context().get_ca_certs(binary_form=True)
    if not certificates:
        pytest.skip("no certificates on this machine")
    text = ssl.DER_cert_to_PEM_cert(certificates[0])
    answer = make({"site/pkg/ca.pem": text}).ask(
        "import os, ssl, pkg, _ferrule_resources\n"
        "_ferrule_resources.offer_certificates(ssl)\n"
        "folder = os.path.dirname(pkg.__file__)\n"
        "context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)\n"
        "context.load_verify_locations(folder + '/ca.pem')\n"
        "answer = [len(context.get_ca_certs())]\n"
        "try: context.load_verify_locations(cafile=folder + '/no.pem')\n"
        "except FileNotFoundError: answer.append('missing')"
    )
    assert answer == [1, "missing"]


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


def test_the_importer_is_python_that_3_9_reads():
    for path in sorted(FOLDER.glob("*.py")):
        source = importlib.util.decode_source(path.read_bytes())
        compile(source, path.name, "exec", dont_inherit=True)
        assert "from __future__" not in source


def test_data_of_a_package_that_lies_in_another(make):
    files = {
        "site/pkg/vendor/deep/__init__.py": "",
        "site/pkg/vendor/deep/text.txt": "inside",
    }
    answer = make(files).ask(
        "import importlib.resources, pkg, pkgutil, sys\n"
        "sys.path.append(pkg.__path__[0] + '/vendor')\n"
        "import deep\n"
        "loader = deep.__spec__.loader\n"
        "with loader.get_resource_reader('deep').open_resource('text.txt') as stream:\n"
        "    text = stream.read().decode()\n"
        "answer = [text, pkgutil.get_data('deep', 'text.txt').decode(),\n"
        "    loader.is_package('deep'), loader.get_filename('deep')]"
    )
    assert answer[:3] == ["inside", "inside", True]
    assert answer[3].endswith("/site/pkg/vendor/deep/__init__.pyc")


def test_a_path_finder_finds_what_lies_in_a_folder(make):
    # As the `.pth` files of old namespace packages do.
    answer = make().ask(
        "from importlib.machinery import PathFinder\n"
        "site = sys.path[1]\n"
        "found = [PathFinder.find_spec(name, [site]) for name in ('space', 'pkg')]\n"
        "answer = [[item.name, list(item.submodule_search_locations)]\n"
        "    for item in found]\n"
        "answer.append(PathFinder.find_spec('encodings', [site]) is None)"
    )
    names = [item[0] for item in answer[:2]]
    assert names == ["space", "pkg"]
    assert all(item[1][0].endswith(f"/site/{item[0]}") for item in answer[:2])
    assert answer[2]


KINDS = """
found = []
class DefaultProvider: pass
def find_on_path(*words): pass
def file_ns_handler(*words): pass
def register_finder(kind, finder): found.append(kind.__name__)
def register_namespace_handler(kind, handler): found.append(kind.__name__)
def register_loader_type(kind, provider): found.append(kind.__name__)
def find_distributions(folder, only): return [folder.rpartition('/')[2]]
class working_set:
    added = []
    @classmethod
    def add(cls, *words): cls.added.append(words[0])
"""


def test_pkg_resources_is_told_of_finders_and_loaders(make):
    answer = make({"site/pkg_resources.py": KINDS}).ask(
        "import pkg_resources as it\nanswer = [it.found, it.working_set.added]"
    )
    assert answer == [
        ["Entries", "Entries", "Loader", "ExtensionLoader"],
        ["std", "site"],
    ]


@pytest.fixture(scope="module")
def circle(tmp_path_factory):
    """Two libraries that need each other, by their names."""
    compiler = shutil.which("cc")
    if compiler is None:
        pytest.skip("no C compiler")
    folder = tmp_path_factory.mktemp("circle")
    (folder / "one.c").write_text(
        "int two(int); int one(int x) { return x ? two(x - 1) + 1 : 100; }"
    )
    (folder / "two.c").write_text(
        "int one(int); int two(int x) { return x ? one(x - 1) + 1 : 200; }"
    )
    for name, other in (("two", ""), ("one", "two"), ("two", "one")):
        words = [f"{name}.c", "-o", f"lib{name}.so", f"-Wl,-soname,lib{name}.so"]
        words += ["-Wl,--no-as-needed", "-L.", f"-l{other}"] if other else []
        command = [compiler, "-shared", "-fPIC", "-Wl,-z,now", *words]
        subprocess.run(command, cwd=folder, check=True)
    names = ("one", "two")
    return {f"site/l/{n}.so.1": (folder / f"lib{n}.so").read_bytes() for n in names}


ASK_CIRCLE = """
import ctypes, os
import _ferrule_natives as natives
def call(place):
    library = ctypes.CDLL(place)
    return [library.one(3) if 'one' in name else library.two(4)]
answer = []
for name in ("site/l/one.so.1", "site/l/two.so.1"):
    answer += natives.open_library(name, importer.libraries[name], call)
answer += [sorted(set(os.listdir("/proc/self/fd")) & {"640", "641"})]
"""


@pytest.mark.parametrize("policy", ["memory", "cache"])
def test_libraries_that_need_each_other_are_opened(make, circle, tmp_path, policy):
    program = make(circle, policy=policy)
    answer = program.ask(ASK_CIRCLE, {"XDG_CACHE_HOME": str(tmp_path / "cache")})
    assert answer == [203, 204, []]


def test_a_descriptor_of_a_circle_that_is_in_use(make, circle):
    done = make(circle, policy="memory").run("os.dup2(1, 640)\n" + ASK_CIRCLE)
    assert done.returncode == 1
    assert "one.so.1 is opened by the descriptor 640, which is in use" in done.stderr
