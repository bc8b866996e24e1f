"""setup.py, read and never run."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.errors.files import ReadError
from ferrule.errors.setuptools_project import SetupCodeError, SetupConfigError
from ferrule.project.setuptools.setup_py import defines_extensions, read_setup_py
from ferrule.project.setuptools.values import Find, RustCall, Unknown, known

HEAD = (
    "import os, sys\nfrom pathlib import Path\n"
    "from setuptools import setup, find_packages, find_namespace_packages\n"
    "from setuptools_rust import RustExtension, RustBin, Binding, Strip\n"
)


@pytest.fixture
def read(tmp_path):
    def call(text, **files):
        for name, content in files.items():
            (tmp_path / name).write_text(content)
        path = tmp_path / "setup.py"
        path.write_text(HEAD + text)
        return read_setup_py(path)

    return call


VALUES = [
    ("'a'", "a"),
    ("['a', *('b', 'c')]", ["a", "b", "c"]),
    ("{'a': 1, **{'b': 2}}", {"a": 1, "b": 2}),
    ("'a' + 'b' 'c'", "abc"),
    ("'%s-%s' % ('a', 1)", "a-1"),
    ("'{}.{}'.format('a', 'b')", "a.b"),
    ("f'{1}.{\"x\"}'", "1.x"),
    ("', '.join(['a', 'b'])", "a, b"),
    ("'a b'.split()", ["a", "b"]),
    ("dict(a='b')", {"a": "b"}),
    ("{'a': ['x']}['a'][0]", "x"),
    ("not True", False),
    ("open('readme').read()", "text\n"),
    ("Path('readme').read_text(encoding='utf-8').strip()", "text"),
    ("(Path(__file__).parent / 'readme').read_text()", "text\n"),
    ("open(os.path.join(os.path.dirname(__file__), 'readme')).read()", "text\n"),
    ("find_packages()", Find()),
    (
        "find_packages('src', exclude=['t'])",
        Find(where=("src",), exclude=("t",)),
    ),
    (
        "find_namespace_packages(where='x', include=['a*'])",
        Find(where=("x",), include=("a*",), namespaces=True),
    ),
    ("str(Path('a/b/c').parents[1])", "a"),
    ("Binding.NoBinding", "NoBinding"),
    ("Strip.All", "All"),
]


@pytest.mark.parametrize(("expression", "value"), VALUES)
def test_values_that_are_known(read, expression, value):
    call = read(f"setup(value={expression})\n", readme="text\n")

    assert known(call.keywords, "value") == value


def test_items_set_one_by_one_are_known(read):
    lines = "a = {'x': [1]}\na['y'] = ['p', 'q']\nb = a\nb['z'] = a['y']\n"

    call = read(f"{lines}setup(value=a)\n")

    value = {"x": [1], "y": ["p", "q"], "z": ["p", "q"]}
    assert known(call.keywords, "value") == value


@pytest.mark.parametrize("line", ["a[X] = 1", "a['y'] = make()", "a.x['y'] = 1"])
def test_items_that_are_computed_are_unknown(read, line):
    call = read(f"a = {{}}\n{line}\nsetup(value=a)\n")

    with pytest.raises(SetupCodeError, match="line 6: `value` cannot be known"):
        known(call.keywords, "value")


UNKNOWN = [
    ("os.environ.get('X')", "it depends on environment variables"),
    ("os.environ['X']", "it depends on environment variables"),
    ("os.getenv('X')", "it depends on environment variables"),
    ("sys.platform", "it depends on sys.platform, that is on the Python that"),
    ("1 if X else 2", "it depends on a condition"),
    ("compute()", "it is a call of compute()"),
    ("[x for x in y]", "it is computed when setup.py runs"),
    ("open('absent').read()", "cannot be read"),
    ("{'a': [nothing]}", "no plain value is bound to this name"),
    ("'a' + compute()", "it is a call of compute()"),
]


@pytest.mark.parametrize(("expression", "reason"), UNKNOWN)
def test_values_that_only_running_it_would_tell(read, expression, reason):
    call = read(f"setup(\n    value={expression},\n)\n")

    with pytest.raises(SetupCodeError) as caught:
        known(call.keywords, "value")

    text = str(caught.value)
    assert "line 6: `value` cannot be known without running setup.py" in text
    assert reason in text
    assert 'build-backend = "ferrule.setuptools"' in text


FUNCTIONS = [
    (
        "def f():\n    'Doc.'\n    with open('readme') as g:\n        return g.read()",
        "",
    ),
    ("def f(name='readme'):\n    path = Path(name)\n    return path.read_text()", ""),
    ("def f(a, b):\n    return open(os.path.join(a, b)).read()", "'.', b='readme'"),
]


@pytest.mark.parametrize(("function", "arguments"), FUNCTIONS)
def test_small_functions_have_a_value(read, function, arguments):
    call = read(f"{function}\nsetup(value=f({arguments}))\n", readme="text")

    assert call.keywords == {"value": "text"}
    assert [path.name for path in call.inputs] == ["readme"]


@pytest.mark.parametrize(
    ("function", "arguments"),
    [
        ("def f():\n    return f()", ""),
        ("def f():\n    if X:\n        return 1\n    return 2", ""),
        ("def f(*a):\n    return 1", "1"),
        ("def f(a):\n    return a", ""),
        ("@cached\ndef f():\n    return 1", ""),
        ("def f():\n    x, y = 1, 2\n    return x", ""),
        ("def f():\n    print()", ""),
    ],
)
def test_other_functions_have_none(read, function, arguments):
    call = read(f"{function}\nsetup(value=f({arguments}))\n")

    assert isinstance(call.keywords["value"], Unknown)


def test_names_follow_the_statements(read):
    call = read(
        "VERSION = '1'\nNAME: str = 'n'\nwith open('readme') as f:\n"
        "    LONG = f.read()\nif __name__ == '__main__':\n"
        "    setup(name=NAME, version=VERSION, long_description=LONG)\n",
        readme="text",
    )

    assert call.keywords == {"name": "n", "version": "1", "long_description": "text"}
    assert [path.name for path in call.inputs] == ["readme"]


@pytest.mark.parametrize(
    "change",
    [
        "if X:\n    names = ['b']\n",
        "names.append('b')\n",
        "names += ['b']\n",
        "names[0] = 'b'\n",
        "for names in []:\n    pass\n",
        "try:\n    names = ['b']\nexcept E:\n    pass\n",
        "if X:\n    names.append('b')\n",
        "change(names)\n",
    ],
)
def test_what_is_changed_is_unknown(read, change):
    call = read(f"names = ['a']\n{change}setup(packages=names)\n")

    assert isinstance(call.keywords["packages"], Unknown)


def test_extensions_are_read_with_positional_arguments(read):
    call = read(
        "setup(rust_extensions=[RustExtension('a.b', 'x/Cargo.toml', debug=False,"
        " binding=Binding.Exec), RustBin('tool')])\n"
    )

    first, second = call.keywords["rust_extensions"]
    assert first == RustCall(
        5,
        is_bin=False,
        values={
            "target": "a.b",
            "path": "x/Cargo.toml",
            "debug": False,
            "binding": "Exec",
        },
    )
    assert second.is_bin
    assert second.values == {"target": "tool"}


def test_imports_in_a_try_statement_count(tmp_path):
    path = tmp_path / "setup.py"
    path.write_text(
        "import setuptools\ntry:\n    from setuptools_rust import RustExtension\n"
        "except ImportError:\n    raise\n"
        "setuptools.setup(rust_extensions=[RustExtension('a')])\n"
    )

    (found,) = read_setup_py(path).keywords["rust_extensions"]

    assert found.values == {"target": "a"}


def test_keywords_in_a_table(read):
    call = read("kw = dict(name='a')\nkw2 = compute()\nsetup(**kw, **kw2)\n")

    assert call.keywords["name"] == "a"
    assert isinstance(call.keywords["**"], Unknown)


def test_setup_in_a_function_is_unknown(read):
    call = read("def main():\n    setup(name='a')\nmain()\n")

    assert call.keywords["**"].reason.startswith("setup() is called inside a function")


def test_a_file_without_setup_says_nothing(read):
    assert read("x = 1\n") is None


def test_a_file_that_is_no_python_is_an_error(read, tmp_path):
    with pytest.raises(SetupConfigError, match="it is no Python"):
        read("print 'old'\n")
    with pytest.raises(ReadError):
        read_setup_py(tmp_path / "absent.py")


def test_nothing_is_executed(read, tmp_path):
    read(f"open({str(tmp_path / 'made')!r}, 'w')\nsetup()\n")

    assert not Path(tmp_path, "made").exists()


def test_speaking_of_rust_is_seen_without_parsing(tmp_path):
    path = tmp_path / "setup.py"

    assert not defines_extensions(path)
    path.write_text("setup(rust_extensions=[")
    assert defines_extensions(path)
