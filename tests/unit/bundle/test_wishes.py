"""Everything that is wrong with what a bundle should be, told together."""

from __future__ import annotations

import pytest

from ferrule.bundle.wishes import check_wishes, unmatched_notes
from ferrule.errors.bundle_wishes import BundleWishesError
from ferrule.settings.model import BundleSettings


def problems(tmp_path, format_="dir", **settings) -> str:
    with pytest.raises(BundleWishesError) as caught:
        check_wishes(BundleSettings(**settings), format_, tmp_path)
    assert caught.value.exit_code == 2
    return str(caught.value)


@pytest.mark.parametrize(
    ("settings", "text"),
    [
        ({"mode": "statik"}, 'no bundle of mode statik (did you mean "static"?)'),
        ({"optimize": 3}, "optimize is 3"),
        ({"name": "a/b"}, 'name is "a/b"'),
        ({"name": ".."}, 'name is ".."'),
        ({"name": "a\nb"}, r'name is "a\nb"'),
        ({"lib_paths": ("none",)}, "lib-paths has no folder none"),
        ({"keep": ("a/b",)}, 'keep has "a/b"'),
        ({"exclude": ("",)}, 'exclude has ""'),
        ({"exclude": ("encodings",)}, "Python does not start without encodings"),
        ({"exclude": ("o?",)}, "Python does not start without os"),
        ({"exclude": ("x",), "include": ("x",)}, "`include` and `exclude` exclude"),
        ({"exclude": ("x",), "keep": ("x",)}, "`keep` and `exclude` exclude each"),
        ({"requirements": ("none.txt",)}, "requirements has no file none.txt"),
        ({"lock": "none.lock"}, "lock is none.lock, no file"),
        ({"environment": "none"}, "environment is none, no folder"),
        ({"packages": ("a b c",)}, 'packages has "a b c", which is no requirement'),
        ({"packages": (">=2",)}, 'packages has ">=2", which is no requirement'),
        ({"mode": "dynamic", "ld": "mold"}, "`ld` and mode dynamic exclude"),
        (
            {"mode": "dynamic", "static_libs": "require"},
            "`static-libs` and mode dynamic exclude each other",
        ),
        ({"mode": "static", "compress": True}, "`compress` and mode static exclude"),
        ({"ext_load": "cache"}, "`ext-load` and mode auto exclude each other"),
    ],
)
def test_one_problem(tmp_path, settings, text):
    found = problems(tmp_path, **settings)
    assert text in found
    assert "has 1 problem:" in found


def test_several_problems_at_once(tmp_path):
    found = problems(tmp_path, "file", mode="static", optimize=9, lock="x.toml")
    assert "has 3 problems:" in found
    assert "optimize is 9" in found
    assert "lock is x.toml, no file" in found
    assert "--format file and mode static exclude each other" in found


def test_a_lock_of_another_tool(tmp_path):
    (tmp_path / "poetry.lock").write_text("")
    assert "name a pylock.toml" in problems(tmp_path, lock="poetry.lock")


def test_a_lock_is_read_before_anything_is_compiled(tmp_path):
    text = 'lock-version = "1.0"\n[[packages]]\nname = "x"\nversion = "1"\n'
    (tmp_path / "pylock.toml").write_text(text)
    found = problems(tmp_path, lock="pylock.toml")
    assert "x lacks a version, or files with hashes" in found


def test_one_file_with_libraries_beside_it(tmp_path):
    found = problems(tmp_path, "file", mode="onefile", ext_load="beside")
    assert "--format file and `ext-load` beside" in found


def test_what_is_right(tmp_path):
    lock = 'lock-version = "1.0"\npackages = []'
    (tmp_path / "pylock.app.toml").write_text(lock)
    settings = BundleSettings(
        mode="onefile",
        packages=("requests>=2", "./x.whl", "a @ git+https://b", "numpy[x]; os_name"),
        lock="pylock.app.toml",
        keep=("encodings.*",),
        exclude=("numpy.tests", "*.conftest"),
        compress=True,
        ext_load="memory",
    )
    settings = BundleSettings(**{**vars(settings), "packages": settings.packages[:3]})
    check_wishes(settings, "file", tmp_path)
    check_wishes(BundleSettings(), "dir", tmp_path)


def test_globs_that_mean_nothing():
    settings = BundleSettings(include=("tkinter", "idlelb"), exclude=("a.b", "a.c.*"))
    known = ["a", "a.b", "a.c", "idlelib", "tkinter"]
    assert list(unmatched_notes(settings, known)) == [
        '`include` has idlelb, and there is no such module (did you mean "idlelib"?)',
        '`exclude` has a.c.*, and there is no such module (did you mean "a.c"?)',
    ]
