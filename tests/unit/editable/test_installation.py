"""Writing a distribution into an environment, and taking it out again."""

from __future__ import annotations

import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from ferrule.editable.environment import Environment
from ferrule.editable.installation import (
    Installation,
    find_installed,
    install,
    uninstall,
)
from ferrule.errors.editable import ForeignInstallError
from ferrule.wheel.member import Member
from tests.unit.conftest import INTERPRETER


@pytest.fixture
def environment(tmp_path) -> Environment:
    prefix = tmp_path / "env"
    site = prefix / "lib" / "python3.12" / "site-packages"
    site.mkdir(parents=True)
    (prefix / "bin").mkdir()
    paths = {
        "purelib": site,
        "platlib": site,
        "scripts": prefix / "bin",
        "data": prefix,
        "stdlib": tmp_path / "stdlib",
    }
    facts = replace(
        INTERPRETER,
        executable=sys.executable,
        prefix=str(prefix),
        install_paths=tuple((key, str(path)) for key, path in paths.items()),
        site_packages=(str(site),),
    )
    return Environment(facts, "test")


def item(*members: Member, version="1.0", scripts=(), name="My.Pkg") -> Installation:
    folder = f"my_pkg-{version}.dist-info"
    metadata = f"Name: {name}\nVersion: {version}\n".encode()
    return Installation(
        name=name,
        dist_info=folder,
        members=[*members, Member(f"{folder}/METADATA", metadata)],
        scripts=scripts,
        direct_url="{}",
    )


def tree(environment: Environment) -> set[str]:
    root = environment.prefix
    return {
        path.relative_to(root).as_posix() for path in root.rglob("*") if path.is_file()
    }


SITE = "lib/python3.12/site-packages"


def test_every_kind_of_file_finds_its_place(environment, tmp_path) -> None:
    program = tmp_path / "tool"
    program.write_bytes(b"\x7fELF")
    program.chmod(0o755)
    changed = install(
        item(
            Member("pkg.pth", b"/src"),
            Member("my_pkg-1.0.data/scripts/tool", program, executable=True),
            Member("my_pkg-1.0.data/data/share/a.txt", b"a"),
            Member("my_pkg-1.0.data/headers/a.h", b"h"),
            Member("my_pkg-1.0.data/purelib/more.py", b"x = 1"),
        ),
        environment,
    )
    assert changed
    assert tree(environment) == {
        f"{SITE}/pkg.pth",
        f"{SITE}/more.py",
        "bin/tool",
        "share/a.txt",
        "include/site/python3.12/My.Pkg/a.h",
        *(
            f"{SITE}/my_pkg-1.0.dist-info/{name}"
            for name in (
                "METADATA",
                "RECORD",
                "INSTALLER",
                "REQUESTED",
                "direct_url.json",
            )
        ),
    }
    assert os.access(environment.prefix / "bin" / "tool", os.X_OK)
    assert os.path.samefile(environment.prefix / "bin" / "tool", program)


def test_what_is_right_is_left_alone(environment) -> None:
    assert install(item(Member("a.py", b"1")), environment)
    path = environment.site_packages / "a.py"
    before = path.stat().st_mtime_ns
    assert not install(item(Member("a.py", b"1")), environment)
    assert path.stat().st_mtime_ns == before
    path.unlink()
    assert install(item(Member("a.py", b"1")), environment)
    assert path.is_file()


def test_files_of_an_earlier_version_go(environment) -> None:
    install(item(Member("pkg/old.py", b"1"), Member("a.py", b"1")), environment)
    cached = environment.site_packages / "pkg" / "__pycache__"
    cached.mkdir()
    (cached / "old.cpython-312.pyc").touch()
    assert install(item(Member("a.py", b"2"), version="2.0"), environment)
    assert not (environment.site_packages / "pkg").exists()
    assert (environment.site_packages / "a.py").read_text() == "2"
    assert [found.version for found in find_installed("my-pkg", environment)] == ["2.0"]


def test_uninstalling_leaves_nothing_and_touches_nothing_else(environment) -> None:
    site = environment.site_packages
    (site / "other.py").touch()
    install(
        item(
            Member("pkg/a.py", b"1"),
            Member("my_pkg-1.0.data/data/share/a.txt", b"a"),
            scripts=(("hello", "pkg.a:main"),),
        ),
        environment,
    )
    removed = uninstall(find_installed("MY_PKG", environment), environment)
    assert str(site / "pkg" / "a.py") in removed
    assert tree(environment) == {f"{SITE}/other.py"}
    assert not (environment.prefix / "share").exists()
    assert (environment.prefix / "bin").is_dir()


def test_a_record_that_points_outside_removes_nothing_there(
    environment, tmp_path
) -> None:
    precious = tmp_path / "precious.txt"
    precious.touch()
    install(item(Member("a.py", b"1")), environment)
    record = environment.site_packages / "my_pkg-1.0.dist-info" / "RECORD"
    record.write_text(f"{record.read_text()}../../../../precious.txt,,\n{precious},,\n")
    uninstall(find_installed("my-pkg", environment), environment)
    assert precious.exists()


@pytest.mark.parametrize("entry", ["my_pkg-0.9-py3.12.egg-info", "my-pkg.egg-link"])
def test_an_installation_without_a_list_of_files_is_refused(environment, entry) -> None:
    (environment.site_packages / entry).touch()
    with pytest.raises(ForeignInstallError) as caught:
        install(item(Member("a.py", b"1")), environment)
    assert "in a way that lists no files" in str(caught.value)
    assert "-m pip uninstall my-pkg" in str(caught.value)
    assert not (environment.site_packages / "a.py").exists()


@pytest.mark.parametrize("folder", ["env", "a folder with blanks", "long" * 60])
def test_a_script_runs(environment, tmp_path, folder) -> None:
    binaries = tmp_path / folder
    binaries.mkdir(exist_ok=True)
    python = binaries / "python"
    python.symlink_to(sys.executable)
    facts = replace(environment.interpreter, executable=str(python))
    place = Environment(facts, "test")
    (tmp_path / "greeting.py").write_text(
        "class Hello:\n    @staticmethod\n    def main():\n        return 7\n"
    )
    install(item(scripts=(("hello", "greeting:Hello.main"),)), place)
    path = Path(place.interpreter.install_path("scripts"), "hello")
    env = {**os.environ, "PYTHONPATH": str(tmp_path)}
    assert subprocess.run([path], env=env, check=False).returncode == 7
