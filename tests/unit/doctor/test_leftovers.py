from __future__ import annotations

import json
import os
import shutil
import sys
import time
from pathlib import Path

import pytest

from ferrule.doctor.leftovers import check_leftovers
from ferrule.editable.environment import Environment
from ferrule.editable.finder import Finder, pth_source
from ferrule.editable.freshness import write_record


@pytest.fixture
def environment(tmp_path, make_interpreter):
    site = tmp_path / "venv" / "site"
    site.mkdir(parents=True)
    keys = ("purelib", "platlib", "scripts", "data")
    python = make_interpreter(
        prefix=str(tmp_path / "venv"),
        executable=sys.executable,
        site_packages=(str(site),),
        install_paths=tuple((key, str(site)) for key in keys),
    )
    return Environment(python, "a test")


@pytest.fixture
def install(tmp_path, environment):
    """Return a function that writes an editable install as ferrule does."""

    def call(name="my-demo"):
        label = name.replace("-", "_")
        root = tmp_path / name
        module = root / "target" / "my_demo.so"
        module.parent.mkdir(parents=True)
        module.touch()
        finder = f"_ferrule_editable_{label}"
        record = root / "target" / "freshness"
        texts = Finder(name, {label: module}, record).sources(finder)
        files = {f"{key}.py": text for key, text in texts.items()}
        files[f"{finder}.pth"] = pth_source(finder, [root])
        info = f"{label}-1.0.dist-info"
        origin = {"dir_info": {"editable": True}, "url": root.as_uri()}
        files[f"{info}/direct_url.json"] = json.dumps(origin)
        files[f"{info}/METADATA"] = f"Name: {name}\n"
        files[f"{info}/RECORD"] = "".join(f"{path},,\n" for path in files)
        site = Path(environment.site_packages)
        for path, text in files.items():
            (site / path).parent.mkdir(exist_ok=True)
            (site / path).write_text(text, "utf-8")
        return root

    return call


def test_what_is_used_is_no_leftover(environment, install):
    install()
    assert check_leftovers(environment, "other") == []


def test_an_install_whose_folder_is_gone_is_told_and_removed(environment, install):
    shutil.rmtree(install())
    (environment.site_packages / "mine.py").touch()
    [found] = check_leftovers(environment, "other")
    assert (found.id, found.severity) == ("installed-leftovers", "warning")
    assert "my-demo is an editable install of a folder that is gone" in found.what
    assert "pip uninstall -y my-demo" in found.remedy[0]
    found.fix.apply()
    assert [path.name for path in environment.site_packages.iterdir()] == ["mine.py"]
    assert check_leftovers(environment, "other") == []


def test_a_finder_without_its_install_is_told_and_removed(environment, install):
    install()
    shutil.rmtree(environment.site_packages / "my_demo-1.0.dist-info")
    [found] = check_leftovers(environment, "other")
    assert "files of an editable install of my_demo are left" in found.what
    assert len(found.details) == 3
    found.fix.apply()
    assert list(environment.site_packages.iterdir()) == []


def test_a_finder_of_a_copy_that_was_installed_since_is_told(environment, install):
    install()
    record = environment.site_packages / "my_demo-1.0.dist-info" / "RECORD"
    record.write_text("my_demo/__init__.py,,\n", "utf-8")
    [found] = check_leftovers(environment, "other")
    assert "without the install" in found.what


def test_modules_that_are_gone_are_told_with_the_remedy(environment, install):
    root = install()
    shutil.rmtree(root / "target")
    [found] = check_leftovers(environment, "other")
    assert found.what == "the modules of the editable install of my-demo are gone"
    assert found.remedy == (f"cd {root}", "ferrule develop")
    assert found.fix is None


def test_the_folder_of_the_project_itself_is_left_to_its_own_check(
    environment, install
):
    shutil.rmtree(install())
    assert check_leftovers(environment, "My.Demo") == []


def test_the_modules_of_the_project_itself_are_looked_for(environment, install):
    root = install()
    assert check_leftovers(environment, "My.Demo") == []
    shutil.rmtree(root / "target")
    [found] = check_leftovers(environment, "My.Demo")
    assert found.what == "the modules of the editable install of my-demo are gone"


def test_a_finder_of_the_project_itself_without_its_install_is_told(
    environment, install
):
    install()
    shutil.rmtree(environment.site_packages / "my_demo-1.0.dist-info")
    [found] = check_leftovers(environment, "My.Demo")
    assert "files of an editable install of my_demo are left" in found.what


def test_modules_of_the_project_that_are_older_than_a_file_are_told(
    environment, install
):
    root = install()
    source = root / "lib.rs"
    source.write_text("fn a() {}", "utf-8")
    os.utime(source, (1_000_000_000, 1_000_000_000))
    write_record(
        root / "target" / "freshness",
        {"my_demo": root / "target" / "my_demo.so"},
        [source],
        products=[],
        started_ns=time.time_ns(),
    )
    assert check_leftovers(environment, "my-demo") == []
    source.write_text("fn ab() {}", "utf-8")
    [found] = check_leftovers(environment, "my-demo")
    assert (found.id, found.severity) == ("installed-older", "note")
    assert found.what == "the modules of my-demo are older than lib.rs"
    assert found.remedy[0] == "ferrule develop"
    assert check_leftovers(environment, "other") == []


def test_a_finder_that_cannot_be_read_is_passed_over(environment, install):
    install()
    finder = environment.site_packages / "_ferrule_editable_my_demo.py"
    finder.write_text("MODULES = [broken", "utf-8")
    assert check_leftovers(environment, "other") == []
