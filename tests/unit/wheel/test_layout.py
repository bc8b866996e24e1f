from __future__ import annotations

import subprocess
import sys
import types

import pytest

from ferrule.errors import SeveralError
from ferrule.errors.wheel import (
    DataFolderError,
    MissingPackageError,
    OutDirError,
    PythonSourceError,
)
from ferrule.settings.model import FilePattern, Settings
from ferrule.wheel.layout import plan_layout


def plan(root, *names, settings=None, **options):
    options = {"distribution": "dist", "manifest_dir": root, **options}
    return plan_layout(root, settings or Settings(), names, **options)


def paths(members):
    return [item.path for item in members]


@pytest.mark.parametrize(
    ("files", "name", "extension", "python"),
    [
        pytest.param(["m/__init__.py"], "m", "m/m.so", ["m/__init__.py"], id="mixed"),
        pytest.param(
            ["a/__init__.py", "a/b/__init__.py"],
            "a.b._c",
            "a/b/_c.so",
            ["a/__init__.py", "a/b/__init__.py"],
            id="mixed-dotted",
        ),
        pytest.param(
            ["ns/pkg/__init__.py"],
            "ns.pkg._c",
            "ns/pkg/_c.so",
            ["ns/pkg/__init__.py"],
            id="namespace",
        ),
        pytest.param([], "m", "m/m.so", ["m/__init__.py"], id="pure"),
        pytest.param([], "a.b", "a/b/b.so", ["a/b/__init__.py"], id="pure-dotted"),
        pytest.param(
            ["m.pyi"],
            "m",
            "m/m.so",
            ["m/__init__.py", "m/__init__.pyi", "m/py.typed"],
            id="pure-stub",
        ),
        pytest.param(
            ["python/m/__init__.py", "tests/a.py"],
            "m._c",
            "m/_c.so",
            ["m/__init__.py"],
            id="python-folder",
        ),
        pytest.param(
            ["src/m/__init__.py", "src/lib.rs"],
            "m._c",
            "m/_c.so",
            ["m/__init__.py"],
            id="src-folder",
        ),
        pytest.param(
            ["m/Cargo.toml", "m/tool.py"],
            "m",
            "m/m.so",
            ["m/__init__.py"],
            id="crate-folder",
        ),
        pytest.param(
            ["m/notes.txt"], "m", "m/m.so", ["m/__init__.py"], id="other-folder"
        ),
    ],
)
def test_layouts(project, files, name, extension, python):
    layout = plan(project(*files), name)
    assert layout.extension_path(name, ".so") == extension
    assert paths(layout.python_members()) == python


def test_the_root_comes_before_python_and_src(project):
    root = project("m/__init__.py", "python/m/__init__.py", "src/m/__init__.py")
    assert plan(root, "m").python_dir == root


def test_the_generated_package_exports_the_module(project, tmp_path):
    root = project("m.pyi", **{"m.pyi": "x: int"})
    layout = plan(root, "m")
    for member in layout.python_members():
        target = tmp_path / "site" / member.path
        target.parent.mkdir(parents=True, exist_ok=True)
        source = member.source
        target.write_bytes(source if isinstance(source, bytes) else source.read_bytes())
    module = "'''Doc.'''\n__all__ = ['x', 'm', '_y']\nx = 1\n_y = 2\ndef m(): pass\n"
    (tmp_path / "site" / "m" / "m.py").write_text(module)
    code = (
        "import m; print(m.x, m._y, m.__doc__, m.__all__, callable(m.m), dir(m)[-3:])"
    )
    done = subprocess.run(
        [sys.executable, "-S", "-c", code],
        env={"PYTHONPATH": str(tmp_path / "site")},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout == "1 2 Doc. ['x', 'm', '_y'] True ['_y', 'm', 'x']\n"
    assert (tmp_path / "site/m/__init__.pyi").read_text() == "x: int"


def test_a_stub_beside_the_manifest(project):
    root = project("crates/c/m.pyi")
    layout = plan(root, "m", manifest_dir=root / "crates" / "c")
    assert "m/__init__.pyi" in paths(layout.python_members())


def test_several_modules(project):
    root = project("pkg/__init__.py")
    layout = plan(root, "pkg._a", "pkg._b", "alone")
    assert layout.extension_path("pkg._b", ".so") == "pkg/_b.so"
    assert layout.extension_path("alone", ".so") == "alone/alone.so"
    assert paths(layout.python_members()) == ["alone/__init__.py", "pkg/__init__.py"]
    with pytest.raises(KeyError):
        layout.extension_path("other", ".so")


def test_a_project_of_programs(project):
    assert plan(project(), distribution="dist").members("1.0") == []
    root = project("dist/__init__.py")
    layout = plan(root)
    assert (layout.is_mixed, paths(layout.members("1.0"))) == (
        True,
        ["dist/__init__.py"],
    )


def test_the_package_beside_programs_may_have_another_name(project):
    root = project("pkg_x/__init__.py", "dist/__init__.py", "pkg-x.data/data/a.txt")
    layout = plan(root, settings=Settings(module_name="pkg-x"), distribution="dist")
    assert paths(layout.members("1.0")) == [
        "pkg_x/__init__.py",
        "dist-1.0.data/data/a.txt",
    ]
    with pytest.raises(PythonSourceError, match="holds no package named dist"):
        plan(root, settings=Settings(python_source="pkg_x"), distribution="dist")


def test_python_source(project, tmp_path):
    root = project("lib/m/__init__.py", "m/__init__.py")
    layout = plan(root, "m", settings=Settings(python_source="lib"))
    assert layout.python_dir == root / "lib"
    outside = tmp_path / "outside" / "m"
    outside.mkdir(parents=True)
    (outside / "__init__.py").write_text("")
    layout = plan(root, "m", settings=Settings(python_source="../outside"))
    assert layout.python_dir == tmp_path / "outside"
    assert [item.source for item in layout.python_members()] == [
        outside / "__init__.py"
    ]


def test_python_source_that_does_not_fit(project):
    root = project("python/other/__init__.py")
    with pytest.raises(PythonSourceError) as caught:
        plan(root, "m", settings=Settings(python_source="pyhton"))
    assert str(caught.value) == (
        'python-source = "pyhton" does not fit the project\n'
        f"  {root / 'pyhton'} is no folder\n"
        "  fix: set `python-source` to the folder that holds the Python packages, "
        "or remove it for a project without Python files"
    )
    with pytest.raises(PythonSourceError, match="holds no package named m"):
        plan(root, "m", settings=Settings(python_source="python"))


def test_python_packages(project):
    root = project("lib/m/__init__.py", "lib/more/a.py", "lib/one.py", "lib/one.pyi")
    settings = Settings(python_source="lib", python_packages=("more", "one", "m"))
    assert paths(plan(root, "m._c", settings=settings).python_members()) == [
        "m/__init__.py",
        "more/a.py",
        "one.py",
        "one.pyi",
    ]


def test_missing_python_packages(project):
    root = project("m/__init__.py", "extras/a.py")
    with pytest.raises(MissingPackageError) as caught:
        plan(root, "m", settings=Settings(python_packages=("extra",)))
    assert "python-packages: 'extra' was not found (did you mean \"extras\"?)" in str(
        caught.value
    )
    with pytest.raises(SeveralError, match=r"(?s)1. .*'a'.*2. .*'b'"):
        plan(root, "m", settings=Settings(python_packages=("a", "b")))


def test_a_forgotten_package_is_told(project, warnings):
    root = project(
        "python/m/__init__.py", "python/extra/__init__.py", "python/tests/__init__.py"
    )
    plan(root, "m._c")
    assert warnings == [
        (
            f"the package extra in {root / 'python'} is not packed: "
            "name it in `python-packages` if it belongs to the wheel"
        )
    ]


def test_exclude(project):
    root = project(
        "python/m/__init__.py", "python/m/a.c", "python/m/t/x.py", "python/m/b.c"
    )
    settings = Settings(
        exclude=(
            FilePattern("*.c"),
            FilePattern("!b.c"),
            FilePattern("m/t/", format=("wheel",)),
            FilePattern("__init__.py", format=("sdist",)),
        )
    )
    layout = plan(root, "m._c", settings=settings)
    assert paths(layout.python_members()) == ["m/__init__.py", "m/b.c"]


def test_include(project):
    root = project("m/__init__.py", "gen.txt", "sdist.txt", "out/a.py")
    (root / ".gitignore").write_text("gen.txt\n")
    settings = Settings(
        include=(
            FilePattern("gen.txt"),
            FilePattern("sdist.txt", format=("sdist",)),
            FilePattern("a.py", source="out-dir", to="m"),
        )
    )
    layout = plan(root, "m._c", settings=settings)
    found = layout.include_members({None: root / "out"}.get)
    assert paths(found) == ["gen.txt", "m/a.py"]
    with pytest.raises(OutDirError):
        layout.include_members()


def test_editable_leaves_python_files_where_they_are(project):
    root = project("m/__init__.py", "gen.txt", "m._c.data/scripts/run")
    settings = Settings(include=(FilePattern("gen.txt"),))
    layout = plan(root, "m._c", settings=settings, editable=True)
    assert paths(layout.members("1.0")) == ["dist-1.0.data/scripts/run"]
    assert paths(plan(root, "pure", editable=True).python_members()) == [
        "pure/__init__.py"
    ]


def test_data_folders(project):
    root = project("m.data/data/share/a", "m.data/scripts/run", "m.data/data/x.pyc")
    (root / ".gitignore").write_text("*\n")
    (root / "m.data/scripts/run").chmod(0o755)
    found = plan(root, "m").data_members("1.0-1")
    assert {item.path: item.executable for item in found} == {
        "dist-1.0_1.data/data/share/a": False,
        "dist-1.0_1.data/data/x.pyc": False,
        "dist-1.0_1.data/scripts/run": True,
    }
    named = plan(root, "m", settings=Settings(data="m.data"))
    assert named.data_members("1.0-1") == found


def test_wrong_data_folders(project):
    root = project("m.data/script/run", "other.data/file")
    with pytest.raises(DataFolderError) as caught:
        plan(root, "m").data_members("1")
    assert str(caught.value) == (
        f"the data folder {root / 'm.data'} cannot be packed\n"
        "  it holds 'script' (did you mean \"scripts\"?)\n"
        "  fix: it may hold the folders data, scripts, headers, purelib and "
        "platlib, and nothing else"
    )
    with pytest.raises(DataFolderError, match="it holds 'file'"):
        plan(root, "other").data_members("1")
    with pytest.raises(DataFolderError, match="there is no such folder"):
        plan(root, "m", settings=Settings(data="nowhere"))


def test_planning_reads_no_package(project, monkeypatch):
    root = project("m/__init__.py")
    monkeypatch.setitem(sys.modules, "pathspec", types.ModuleType("pathspec"))
    assert paths(plan(root, "m").members("1")) == ["m/__init__.py"]


@pytest.mark.parametrize(
    ("files", "name", "folder"),
    [
        ([], "m", "m"),
        ([], "a.m", "a/m"),
        (["m/__init__.py"], "m", "m/m"),
        (["a/__init__.py"], "a.b", "a/b"),
    ],
)
def test_generated_packages(files, name, folder, tmp_path):
    for file in files:
        path = tmp_path / file
        path.parent.mkdir(parents=True)
        path.write_text("")
    layout = plan(tmp_path, name).with_packages({name})
    assert layout.package_path(name) == folder
    assert paths(layout.python_members()) == files


def test_stub_of_a_generated_package(tmp_path):
    (tmp_path / "m.pyi").write_text("lib: object\n")
    layout = plan(tmp_path, "m").with_packages({"m"})
    assert paths(layout.python_members()) == ["m/__init__.pyi", "m/py.typed"]
