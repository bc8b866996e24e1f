"""The platform judgement against auditwheel, delocate and delvewheel."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import platformdirs
import pytest
from published_wheels import read_table

from ferrule.audit.platform_claims import verdict_on_wheel
from ferrule.wheel.reading import open_wheel

pytestmark = [pytest.mark.build, pytest.mark.network]

PEERS = ("auditwheel==6.8.2", "delocate==0.13.0", "delvewheel==1.13.2")
ROWS = read_table()
FALSE_CLAIMS = {
    "cryptography-45.0.7-cp311-abi3-macosx_10_9_universal2.whl": (
        "the tag macosx_10_9_universal2 is not true: its x86_64 code needs macOS 10.13"
    ),
}


def rows_for(*words):
    chosen = [row for row in ROWS if any(word in row.tags[2] for word in words)]
    return [pytest.param(row, id=row.short_name) for row in chosen]


@pytest.fixture(scope="session")
def peers(user_env) -> Path:
    """Return the folder with the programs of the peers."""
    if sys.version_info < (3, 10):
        pytest.skip("auditwheel needs Python 3.10")
    name = "platform-" + "-".join(re.sub("[^0-9.]", "", item) for item in PEERS)
    home = platformdirs.user_cache_path("ferrule-tests") / "tools"
    folder = home / f"{name}-py{sys.version_info[1]}"
    done = folder / "done"
    if not done.is_file():
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, *PEERS], check=True, env=user_env)
        done.touch()
    return folder / "bin"


@pytest.fixture(scope="session")
def ask(peers, user_env):
    """Return a function that runs a program of the peers and gives its output."""

    def call(program, *args, check=True):
        done = subprocess.run(
            [peers / program, *args],
            env=user_env,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0 or not check, done.stderr
        return done.stdout

    return call


@pytest.fixture(scope="session")
def verdict(fetch_wheel):
    """Return a function that gives ferrule's verdict on a row of the table."""

    def call(row):
        with open_wheel(fetch_wheel(row)) as opened:
            return verdict_on_wheel(opened), dict(opened.binaries())

    return call


def without_aliases(tags):
    return {tag for tag in tags if not re.match(r"manylinux\d", tag)}


@pytest.mark.parametrize("row", [pytest.param(row, id=row.short_name) for row in ROWS])
def test_what_the_tags_claim(row, verdict):
    found, _ = verdict(row)
    broken = [item.what for item in found.findings if item.rule == "platform-claim"]
    expected = FALSE_CLAIMS.get(row.file)
    assert broken == ([expected] if expected else [])
    assert found.report.external == ()
    assert found.report.is_portable
    assert json.loads(json.dumps(found.to_json())) == found.to_json()


@pytest.mark.parametrize("row", rows_for("linux"))
def test_auditwheel(row, verdict, ask, fetch_wheel):
    # Without folders of this machine: its libc.so may be a script of the linker.
    options = ["--json", "--ldpaths", ""]
    theirs = json.loads(ask("auditwheel", "show", *options, fetch_wheel(row)))
    found, images = verdict(row)
    ours = without_aliases(found.computed)
    is_same = {theirs["overall_tag"]} == ours and theirs["external_libs"] == {}
    assert is_same is ("auditwheel" not in row.differences), theirs
    versions: dict[str, set[str]] = {}
    for image in images.values():
        for need in image.version_needs:
            if not need.library.startswith(("ld-linux", "ld64")):
                versions.setdefault(need.library, set()).update(need.versions)
    assert {name: set(item) for name, item in theirs["versioned_symbols"].items()} == (
        versions
    )


@pytest.fixture(scope="session")
def delocate_answers(ask, fetch_wheel):
    """Return what delocate says about all wheels for macOS."""
    paths = [fetch_wheel(item.values[0]) for item in rows_for("macosx")]
    script = Path(__file__).with_name("delocate_answers.py")
    return json.loads(ask("python", script, *paths))


@pytest.mark.parametrize("row", rows_for("macosx"))
def test_delocate(row, verdict, delocate_answers):
    theirs = delocate_answers[row.file]
    found, _ = verdict(row)
    is_same = theirs["platforms"] == sorted(found.computed)
    assert is_same is ("delocate" not in row.differences), theirs["platforms"]
    needed = {name for name, group, _ in found.report.imports if group != "system"}
    assert set(theirs["libraries"]) == needed


@pytest.mark.parametrize("row", rows_for("win32", "win_"))
def test_delvewheel(row, verdict, ask, fetch_wheel, tmp_path):
    # It looks at no wheel that it repaired, which it knows by a file.
    wheel = tmp_path / row.file
    with zipfile.ZipFile(fetch_wheel(row)) as old, zipfile.ZipFile(wheel, "w") as new:
        for name in old.namelist():
            if not name.endswith(".dist-info/DELVEWHEEL"):
                new.writestr(name, old.read(name))
    options = ["--analyze-existing", "--analyze-existing-exes", "--ignore-existing"]
    text = ask("delvewheel", "show", *options, wheel)
    copied, in_wheel, present = map(dlls, text.split("The following DLLs")[1:4])
    found, _ = verdict(row)
    groups = {name: group for name, group, _ in found.report.imports}
    own = {name for name, group in groups.items() if group == "wheel"}
    external = {item.name for item in found.report.external}
    is_same = (copied, in_wheel, present) == (
        external,
        own,
        groups.keys() - external - own,
    )
    assert is_same is ("delvewheel" not in row.differences), (text, groups)


def dlls(text):
    return set(re.findall(r"^    (\S+\.(?:dll|drv))", text, re.MULTILINE))


def test_the_table_has_all_kinds():
    names = [row.file for row in ROWS]
    assert len(names) >= 24
    for word in (
        *("manylinux", "musllinux", "macosx", "universal2", "win32", "win_amd64"),
        *("win_arm64", "aarch64", "armv7l", "ppc64le", "s390x", "riscv64", "i686"),
        *("abi3", "cp313t", "pypy", "py3-none"),
    ):
        assert any(word in name for name in names), word
