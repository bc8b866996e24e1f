"""Which sources stay because a package reads them."""

from __future__ import annotations

import pytest

from ferrule.bundle.read_sources import find_read_sources


def write(folder, texts):
    """Return the files of a package with these texts."""
    sources = []
    for path, text in texts.items():
        file = folder / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        sources.append((path, file))
    return sources


@pytest.mark.parametrize(
    ("code", "wanted"),
    [
        ("run('config.py')", ["p/config.py"]),
        ("run('config-{}.py'.format(3))", ["p/config-3.py"]),
        ("run('config-%d.%d.py' % (3, 9))", []),
        ("run(f'{name}.py')", []),
        ("run('setup.py'); run('__init__.py')", []),
        ("x = name.endswith('.py')", []),
        ("for n in os.listdir(HERE): n.endswith('.py')", []),
    ],
)
def test_names_in_a_module(tmp_path, code, wanted) -> None:
    near = ("config.py", "config-3.py", "setup.py", "__init__.py", "other.py")
    texts = {"p/main.py": code, **{f"p/{name}": "" for name in near}}
    assert find_read_sources(write(tmp_path, texts)) == wanted


@pytest.mark.parametrize(
    ("path", "code"),
    [
        ("p/__init__.py", "H = dirname(__file__)\nglob.glob(join(H, '*.py'))"),
        ("p/__init__.py", "for n in listdir(__path__[0]):\n  n.endswith('.py')"),
        ("p/all.py", "glob.glob(join(dirname(__file__), '*.py'))"),
        ("p/all.py", "for n in Path(__file__).parent.glob('**/*.py'): ..."),
        ("p/all.py", "for n in os.listdir(dirname(__file__)):\n  n[-3:] == '.py'"),
    ],
)
def test_a_folder_that_is_listed(tmp_path, path, code) -> None:
    sources = write(
        tmp_path, {path: code, "p/one.py": "", "p/data.txt": "", "q/a.py": ""}
    )
    assert find_read_sources(sources) == sorted([path, "p/one.py"])


def test_the_folder_of_all_packages_is_nobodys(tmp_path) -> None:
    sources = write(tmp_path, {"six.py": "run('py.py')", "py.py": ""})
    assert find_read_sources(sources) == []
