import json
import os

import pytest

from ferrule.doctor.installed import (
    check_copies,
    check_installed,
    find_copies,
    is_found_by_finder,
)


@pytest.fixture
def python(tmp_path, make_interpreter):
    site = tmp_path / "site"
    site.mkdir()
    return make_interpreter(prefix=str(tmp_path), site_packages=(str(site),))


def _install(tmp_path, write, version="1.0", url=None, *, editable=True):
    name = f"site/my_demo-{version}.dist-info"
    write(f"{name}/METADATA", "Name: My.demo\n")
    write(f"{name}/RECORD", "")
    if url is not None:
        data = {"url": url, "dir_info": {"editable": editable}}
        write(f"{name}/direct_url.json", json.dumps(data))
    return tmp_path / name


def test_not_installed(tmp_path, python):
    (found,) = check_installed("my-demo", tmp_path, python, [])
    assert (found.id, found.severity) == ("installed", "ok")


def test_editable_install_of_this_folder(tmp_path, write, python):
    root = tmp_path / "a b"
    root.mkdir()
    _install(tmp_path, write, url=root.as_uri())
    (found,) = check_installed("My_Demo", root, python, [])
    assert found.what == f"editable install in {tmp_path}"


def test_editable_install_of_a_folder_that_is_gone(tmp_path, write, python):
    _install(tmp_path, write, url=(tmp_path / "gone").as_uri())
    (found,) = check_installed("my-demo", tmp_path, python, [])
    assert (found.id, found.severity) == ("installed-elsewhere", "error")
    assert str(tmp_path / "gone") in found.what


def test_editable_install_of_another_folder(tmp_path, write, python):
    write("site/my-demo.egg-link", f"{tmp_path}\n.\n")
    (found,) = check_installed("my-demo", tmp_path / "site", python, [])
    assert (found.id, found.severity) == ("installed-elsewhere", "warning")


def test_installed_twice(tmp_path, write, python):
    _install(tmp_path, write, "1.0")
    _install(tmp_path, write, "1.1")
    found = check_installed("my-demo", tmp_path, python, [])[0]
    assert found.id == "installed-twice"
    assert len(found.details) == 2


def test_copy_that_is_older_than_the_source(tmp_path, write, python):
    folder = _install(tmp_path, write, url="https://x/y", editable=False)
    source = write("src/lib.rs", "")
    os.utime(folder / "RECORD", (1000, 1000))
    os.utime(source, (900, 900))
    (found,) = check_installed("my-demo", tmp_path, python, [source])
    assert found.severity == "ok"
    os.utime(source, (1100, 1100))
    (found,) = check_installed("my-demo", tmp_path, python, [source])
    assert (found.id, found.severity) == ("installed-older", "warning")
    assert found.details == (str(folder), f"changed since: {source}")


def test_finder_of_an_editable_install(tmp_path, write, python):
    assert not is_found_by_finder("my-demo", python)
    write("site/_ferrule_editable_my_demo.py", "")
    assert is_found_by_finder("my-demo", python)


# --- copies -----------------------------------------------------------------------


@pytest.fixture
def copies(tmp_path, write):
    paths = [
        write("python/pkg/_core.abi3.so", ""),
        write("_core.pyd", ""),
        write("python/pkg/_core.py", ""),
        write("python/pkg/_core_other.so", ""),
    ]
    for path in paths:
        os.utime(path, (1000, 1000))
    bases = [tmp_path / "src", tmp_path / "python"]
    return find_copies(tmp_path, bases, ["pkg._core", "_core"])


def _check(copies, **changes):
    values = {
        "ignored": frozenset(copies[:1]),
        "builds_with_ferrule": True,
        "has_finder": False,
        "newest_source_s": 500.0,
        **changes,
    }
    ignored = values.pop("ignored")
    return check_copies(copies, ignored, **values)


def test_copies_are_found_by_the_modules_name(tmp_path, copies):
    assert copies == [tmp_path / "python/pkg/_core.abi3.so", tmp_path / "_core.pyd"]


def test_only_what_git_ignores_is_removed(copies):
    (found,) = _check(copies)
    assert found.severity == "warning"
    assert found.fix.steps == (f"remove {copies[0]}",)
    found.fix.apply()
    assert [path.exists() for path in copies] == [False, True]


def test_nothing_is_removed_where_git_says_nothing(copies):
    assert _check(copies, ignored=None)[0].fix is None


def test_finder_wins_over_copies(copies):
    (found,) = _check(copies, has_finder=True)
    assert found.severity == "note"
    assert found.why.startswith("the module of the editable install is imported")


def test_copies_of_another_backend_matter_when_they_are_old(copies):
    assert _check(copies, builds_with_ferrule=False) == []
    (found,) = _check(copies, builds_with_ferrule=False, newest_source_s=2000.0)
    assert found.severity == "warning"
    assert found.fix is None
    assert found.details[0].endswith("(older than the sources)")
