"""Whole projects of setuptools in ferrule's words."""

from __future__ import annotations

import pytest

from ferrule.errors.settings import InvalidSettingsError
from ferrule.errors.setuptools_project import PluginVersionError, SetupCodeError
from ferrule.project.location import locate_project
from ferrule.project.setuptools.adoption import adopt_setuptools, is_adoptable
from ferrule.toml import parse_toml

EXTENSION = '[[tool.setuptools-rust.ext-modules]]\ntarget = "pkg._lib"\n'
PROJECT = '[project]\nname = "pkg"\nversion = "1"\n'


@pytest.fixture
def project(tmp_path):
    def make(pyproject="", **files):
        files.setdefault("pkg/__init__.py", "")
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        (tmp_path / "pyproject.toml").write_text(pyproject)
        return tmp_path

    return make


def adopt(root, env=None):
    pyproject = parse_toml((root / "pyproject.toml").read_text())
    return adopt_setuptools(root, pyproject, env=env)


def test_the_smallest_project(project):
    found = adopt(project(PROJECT + EXTENSION))

    assert found.pyproject == {
        "project": {"name": "pkg", "version": "1"},
        "tool": {
            "ferrule": {
                "module-name": "pkg._lib",
                "bindings": "pyo3",
                "python-files": "explicit",
                "python-packages": ["pkg"],
            }
        },
    }
    assert found.warnings == ()
    assert found.inputs == ()


@pytest.mark.parametrize(
    ("pyproject", "files", "answer"),
    [
        ("[tool.setuptools]\n", {}, True),
        ("[tool.setuptools-rust]\n", {}, True),
        (EXTENSION + "[tool.maturin]\n", {}, False),
        (EXTENSION + "[tool.ferrule]\n", {}, False),
        ("", {"setup.py": "setup(rust_extensions=x)"}, True),
        (PROJECT, {"setup.py": "setup()"}, False),
        ("", {"setup.cfg": "[metadata]\nname = x\n"}, True),
        (PROJECT, {"setup.cfg": "[metadata]\nname = x\n"}, False),
        ("", {"setup.cfg": "[flake8]\nx = y\n"}, False),
    ],
)
def test_what_is_described_in_setuptools_words(project, pyproject, files, answer):
    root = project(pyproject, **files)

    assert is_adoptable(root, parse_toml(pyproject)) is answer
    assert answer or adopt(root) is None


def test_dynamic_fields_are_filled_in(project):
    found = adopt(
        project(
            '[project]\nname = "pkg"\ndynamic = ["version", "dependencies", '
            '"optional-dependencies", "scripts", "entry-points", "readme", '
            '"classifiers", "keywords", "urls"]\n[tool.setuptools.dynamic]\n'
            'version = {file = ["VERSION"]}\n'
            'dependencies = {file = ["one.txt", "two.txt"]}\n'
            'optional-dependencies.dev = {file = "two.txt"}\n'
            'entry-points = {file = "points.txt"}\n'
            'readme = {file = ["R.md", "C.md"], content-type = "text/markdown"}\n'
            'classifiers = {file = "classes.txt"}\n',
            **{
                "VERSION": "2.0\n",
                "one.txt": "a>=1\n# no\n",
                "two.txt": "b",
                "points.txt": "[console_scripts]\nrun = pkg:main\n[g]\nx = pkg\n",
                "R.md": "read\n",
                "C.md": "changes\n",
                "classes.txt": "A\nB\n",
                "setup.cfg": "[metadata]\nkeywords = k\n",
            },
        )
    )

    assert found.pyproject["project"] == {
        "name": "pkg",
        "version": "2.0",
        "dependencies": ["a>=1", "b"],
        "optional-dependencies": {"dev": ["b"]},
        "scripts": {"run": "pkg:main"},
        "entry-points": {"g": {"x": "pkg"}},
        "readme": {"text": "read\n\nchanges\n", "content-type": "text/markdown"},
        "classifiers": ["A", "B"],
        "keywords": ["k"],
    }
    assert found.warnings == (
        'project.dynamic has "urls", but nothing gives it: the field stays empty',
    )
    assert set(found.inputs) >= {"setup.cfg", "VERSION", "one.txt", "points.txt"}


def test_several_mistakes_are_reported_together(project):
    root = project(
        PROJECT + EXTENSION + 'binding = "pyo4"\nfeature = ["x"]\n'
        '[tool.setuptools]\npackage = ["a"]\npackages.find.wher = ["x"]\n'
        "[tool.setuptools-rust.bin]\nx = 1\n[tool.distutils.bdist_wheel]\n"
        'py_limited_api = "cp2"\n'
    )

    with pytest.raises(InvalidSettingsError) as caught:
        adopt(root)

    text = str(caught.value)
    assert "have 6 problems" in text
    for part in (
        'tool.setuptools-rust.ext-modules[0].binding is "pyo4" (did you mean "PyO3"?)',
        (
            "tool.setuptools-rust.ext-modules[0].feature is not a setting "
            '(did you mean "features"?)'
        ),
        'tool.setuptools.package is not a setting (did you mean "packages"?)',
        'tool.setuptools.packages.find.wher is not a setting (did you mean "where"?)',
        'tool.setuptools-rust.bin is not a setting (did you mean "bins"?)',
        'bdist_wheel.py_limited_api is "cp2", which is no tag of the stable ABI',
    ):
        assert part in text


@pytest.mark.parametrize(
    ("files", "env"),
    [
        ({"setup.cfg": "[bdist_wheel]\npy-limited-api = cp39\n"}, {}),
        ({"extra.cfg": "[bdist_wheel]\npy_limited_api=cp39"}, "extra.cfg"),
        (
            {"setup.py": "setup(options={'bdist_wheel': {'py_limited_api': 'cp39'}})"},
            {},
        ),
    ],
    ids=["setup.cfg", "DIST_EXTRA_CONFIG", "setup.py"],
)
def test_the_stable_abi_is_asked_for_in_several_places(project, files, env):
    variables = {"DIST_EXTRA_CONFIG": env} if env else {}

    found = adopt(project(PROJECT + EXTENSION, **files), env=variables)

    assert found.pyproject["tool"]["ferrule"]["abi3"] == "3.9"


SETUP = "from setuptools import setup\nfrom setuptools_rust import RustExtension\n"
RUST = "name='a', rust_extensions=[RustExtension('a.b')]"


def test_a_literal_setup_py_is_adopted_with_a_hint(project):
    root = project(
        "",
        **{
            "setup.py": SETUP
            + "setup(name='pkg', version='1', packages=['pkg'],"
            + " rust_extensions=[RustExtension('pkg._lib')])\n"
        },
    )

    found = adopt(root)

    assert found.pyproject["project"] == {"name": "pkg", "version": "1"}
    assert found.pyproject["tool"]["ferrule"]["module-name"] == "pkg._lib"
    assert found.warnings == (
        (
            "setup.py was read and not run: `ferrule migrate` writes what it says into "
            "pyproject.toml"
        ),
    )
    assert found.inputs == ("setup.py",)


def test_the_readme_is_named_and_not_repeated(project):
    text = (
        f"{SETUP}setup(name='pkg', version='1', long_description=open('R.md').read(),"
        " long_description_content_type='text/markdown', rust_extensions=[])\n"
    )
    root = project("", **{"setup.py": text, "R.md": "read\n"})

    assert adopt(root).pyproject["project"]["readme"] == {
        "file": "R.md",
        "content-type": "text/markdown",
    }


@pytest.mark.parametrize(
    ("files", "readme"),
    [
        ("GONE.md", None),
        ("GONE.md, R.md", {"file": "R.md", "content-type": "text/markdown"}),
    ],
)
def test_a_readme_that_does_not_exist_is_left_out(project, files, readme):
    config = (
        "[metadata]\nname = a\nversion = 1\n"
        f"long_description = file: {files}\n"
        "long_description_content_type = text/markdown\n"
    )
    text = f"{SETUP}setup({RUST.partition(', ')[2]})\n"
    root = project("", **{"setup.py": text, "setup.cfg": config, "R.md": "read\n"})

    adopted = adopt(root)

    assert adopted.pyproject["project"].get("readme") == readme
    assert "names GONE.md, which does not exist" in adopted.warnings[-1]


def test_the_line_of_what_must_run_is_shown(project):
    text = f"{SETUP}class B:\n    pass\nsetup(\n    cmdclass={{'build': B}},\n)\n"

    with pytest.raises(SetupCodeError) as caught:
        adopt(project("", **{"setup.py": text}))

    assert "setup.py, line 6: `cmdclass` cannot be known" in str(caught.value)
    assert "   6 | {'build': B}" in str(caught.value)


@pytest.mark.parametrize("commands", ["{'test': B, 'docs': B}", "dict(test=B)"])
def test_commands_that_no_build_runs_do_not_matter(project, commands):
    text = f"{SETUP}class B:\n    pass\nsetup(cmdclass={commands}, {RUST})\n"

    table = adopt(project("", **{"setup.py": text})).pyproject["tool"]["ferrule"]

    assert table["module-name"] == "a.b"


@pytest.mark.parametrize("commands", ["dict(test=B, sdist=B)", "{**C}", "C"])
def test_one_command_of_a_build_must_run(project, commands):
    text = f"{SETUP}class B:\n    pass\nsetup(cmdclass={commands}, {RUST})\n"

    with pytest.raises(SetupCodeError, match="`cmdclass` cannot be known"):
        adopt(project("", **{"setup.py": text}))


@pytest.mark.parametrize(
    ("arguments", "subject", "reason"),
    [
        ("rust_extensions=make()", "`rust_extensions`", "it is a call of make()"),
        (
            "rust_extensions=[RustExtension('a', debug=X)]",
            "`rust_extensions`",
            "no plain value is bound to this name",
        ),
        ("cmdclass={'build': B}", "`cmdclass`", "run code during the build"),
        ("ext_modules=cythonize([])", "`ext_modules`", "compiled by setuptools"),
        ("cffi_modules=['b.py:f']", "`cffi_modules`", "compiled by setuptools"),
        ("**keywords", "what `setup()` gets", "no plain value"),
        ("packages=list_them()", "`packages`", "it is a call of list_them()"),
        ("name='x', version=find()", "`version`", "it is a call of find()"),
    ],
)
def test_a_setup_py_that_must_run_is_an_error(project, arguments, subject, reason):
    root = project("", **{"setup.py": f"{SETUP}setup({arguments})\n"})

    with pytest.raises(SetupCodeError) as caught:
        adopt(root)

    text = str(caught.value)
    assert f"setup.py, line 3: {subject} cannot be known" in text
    assert reason in text
    assert 'requires = ["ferrule[setuptools]"]' in text


def test_static_metadata_hides_what_setup_py_computes(project):
    root = project(
        PROJECT + EXTENSION,
        **{"setup.py": f"{SETUP}setup(version=find(), long_description=read())\n"},
    )

    assert adopt(root).pyproject["project"]["version"] == "1"


PLUGIN = '[build-system]\nrequires = ["setuptools_scm[toml]>=8"]\n'


@pytest.mark.parametrize(
    "pyproject",
    [
        PLUGIN + '[project]\nname = "pkg"\ndynamic = ["version"]\n' + EXTENSION,
        '[project]\nname = "pkg"\ndynamic = ["version"]\n'
        "[tool.setuptools_scm]\n" + EXTENSION,
    ],
)
def test_a_version_of_a_plugin(project, pyproject):
    root = project(pyproject)

    with pytest.raises(PluginVersionError) as caught:
        adopt(root)

    assert "comes from setuptools-scm, a plugin of setuptools" in str(caught.value)
    assert (
        'build-backend = "ferrule.setuptools" and requires = ["ferrule[setuptools]", '
        '"setuptools-scm"]' in str(caught.value)
    )
    (root / "PKG-INFO").write_text("Metadata-Version: 2.4\nVersion: 4.2\n\nVersion: 1")
    assert adopt(root).pyproject["project"]["version"] == "4.2"


def test_no_version_at_all_is_that_of_the_crate(project):
    found = adopt(project(EXTENSION, **{"setup.cfg": "[metadata]\nname = pkg\n"}))

    assert found.pyproject["project"] == {"name": "pkg", "dynamic": ["version"]}
    assert "that of Cargo.toml is used" in found.warnings[0]


def test_scripts_and_data_files_go_into_the_data_folder(project):
    root = project(
        PROJECT
        + EXTENSION
        + '[tool.setuptools]\npackages = ["pkg"]\nscript-files = ["bin/run"]\n'
        'data-files = {"share/x" = ["more/*.txt"]}\n',
        **{"bin/run": "", "more/a.txt": "", "more/b.txt": ""},
    )

    assert adopt(root).pyproject["tool"]["ferrule"]["include"] == [
        {"path": "bin/run", "to": ".data/scripts"},
        {"path": "more/a.txt", "to": ".data/data/share/x"},
        {"path": "more/b.txt", "to": ".data/data/share/x"},
    ]


def test_packages_of_several_folders(project):
    root = project(
        PROJECT + EXTENSION + '[tool.setuptools.packages.find]\nwhere = ["x", "y"]\n',
        **{"x/one/__init__.py": "", "y/two/__init__.py": "", "y/two/t.rs": ""},
    )

    assert adopt(root).pyproject["tool"]["ferrule"]["include"] == [
        {"path": "x/one/*.py", "to": "one"},
        {"path": "y/two/*.py", "to": "two"},
    ]


def test_manifest_in_speaks_about_the_sdist_too(project):
    root = project(
        PROJECT + EXTENSION + '[tool.setuptools]\npackages = ["pkg"]\n',
        **{
            "MANIFEST.in": "graft extra\ninclude src/lib.rs\nprune docs\n",
            "extra/a.txt": "",
            "extra/b.txt": "",
            "src/lib.rs": "",
            "docs/x.rst": "",
        },
    )

    found = adopt(root)

    table = found.pyproject["tool"]["ferrule"]
    assert table["include"] == [{"path": "extra/*.txt", "format": "sdist"}]
    assert table["exclude"] == [{"path": "/docs/", "format": "sdist"}]
    assert found.inputs == ("MANIFEST.in",)
    read = found.for_reading()["tool"]["ferrule"]["include"]
    assert read[-1] == {"path": "MANIFEST.in", "format": "sdist"}


def test_a_project_that_runs_its_setup_py_is_found_all_the_same(project):
    text = '[build-system]\nbuild-backend = "ferrule.setuptools"\n'
    files = {"setup.py": f"{SETUP}setup(rust_extensions=make())\n", "Cargo.toml": ""}
    root = project(text, **files)
    (root / "Cargo.toml").write_text('[package]\nname = "x"\n')

    found = locate_project(root, manifest_path=None)

    assert found.pyproject == parse_toml(text)

    with pytest.raises(SetupCodeError):
        locate_project(project(text.replace(".setuptools", "")), manifest_path=None)


def test_other_tables_stay(project):
    found = adopt(
        project(PROJECT + EXTENSION + "[tool.black]\nx = 1\n[other]\ny = 2\n")
    )

    assert found.pyproject["tool"]["black"] == {"x": 1}
    assert found.pyproject["other"] == {"y": 2}
    assert "setuptools-rust" not in found.pyproject["tool"]


def test_the_project_is_found_by_the_path_of_its_extension(project):
    root = project(
        PROJECT
        + EXTENSION
        + 'path = "native/core/Cargo.toml"\n[tool.setuptools]\npackages = ["pkg"]\n',
        **{"native/core/Cargo.toml": '[package]\nname = "core"\n'},
    )

    found = locate_project(root / "pkg", manifest_path=None)

    assert found.root == root
    assert found.manifest_path == root / "native/core/Cargo.toml"
    assert found.pyproject["tool"]["ferrule"]["module-name"] == "pkg._lib"


def test_the_crates_of_generated_files_are_named(project):
    more = EXTENSION.replace("_lib", "_two") + 'path = "two/Cargo.toml"\n'
    root = project(
        PROJECT + EXTENSION + more + 'generated-files = {"x/y.txt" = "pkg.made"}\n',
        **{"two/Cargo.toml": '[package]\nname = "second"\n'},
    )

    assert adopt(root).pyproject["tool"]["ferrule"]["include"] == [
        {"path": "x/./y.txt", "from": "out-dir", "to": "pkg/made", "crate": "second"}
    ]
