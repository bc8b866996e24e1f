"""What a noted run depends on, and when it is planned again."""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import pytest

from ferrule.cli.replaying import replay_name
from ferrule.editable.freshness import find_change, read_inputs, write_record
from ferrule.errors.cargo import CompileError
from ferrule.identity import file_identity
from ferrule.pipeline.development.noticing import noticing
from ferrule.pipeline.development.replay import (
    NotReplayedError,
    folder_names,
    question,
    read_replay,
    replay,
)

CARGO = """\
import json, os, sys
from pathlib import Path
source, library = map(Path, sys.argv[1:3])
text = source.read_bytes()
if b"error" in text:
    sys.exit("error[E0425]: cannot find value `error` in this scope")
fresh = library.exists() and library.read_bytes() == text
if not fresh:
    library.unlink(missing_ok=True)
    library.write_bytes(text)
if "OTHER" in os.environ:
    library = library.with_name("other.so")
print(json.dumps({
    "reason": "compiler-artifact", "package_id": "path+file:///x#demo@0.1.0",
    "target": {"name": "demo"}, "filenames": [str(library)], "fresh": fresh,
}, separators=(",", ":")))
"""


class Noted:
    """A noted run with a cargo that copies."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.manifest = folder / "Cargo.toml"
        self.source = folder / "src" / "lib.rs"
        self.library = folder / "target" / "libdemo.so"
        self.target = folder / "place" / "modules" / "demo.so"
        self.record = folder / "place" / "freshness"
        self.installed = folder / "RECORD"
        for path in (self.source, self.library, self.target):
            path.parent.mkdir(parents=True)
        self.manifest.write_text("[package]\n")
        self.source.write_text("PyInit_demo\0 1")
        self.installed.write_text("")
        self.library.write_bytes(self.source.read_bytes())
        os.link(self.library, self.target)
        self.library.with_suffix(".d").write_text(f"{self.library}: {self.source}\n")
        cargo = folder / "cargo.py"
        cargo.write_text(CARGO)
        for path in (self.manifest, self.source):
            os.utime(path, ns=(10**9, 10**9))
        write_record(
            self.record,
            {"demo": self.target},
            [self.manifest, self.source, folder / "build.rs"],
            products=[self.target],
            started_ns=time.time_ns(),
        )
        self.data = self._data(cargo)

    def _data(self, cargo: Path) -> dict:
        absent, folder = self.folder / "pyproject.toml", self.folder
        return {
            "files": {
                str(path): file_identity(path) for path in (self.installed, absent)
            },
            "folders": {str(self.source.parent): folder_names(self.source.parent)},
            "needed": [str(self.installed)],
            "place": str(self.record.parent),
            "record": str(self.record),
            "lock": str(folder / "lock"),
            "edits": True,
            "always": True,
            "told": "building demo",
            "what": "demo 0.1.0",
            "runs": [
                {
                    "argv": [
                        sys.executable,
                        str(cargo),
                        str(self.source),
                        str(self.library),
                    ],
                    "cwd": str(folder),
                    "added": {},
                    "artifacts": [str(self.library)],
                    "context": {"tool": "ferrule", "features": []},
                }
            ],
            "modules": [
                {
                    "artifact": str(self.library),
                    "free": "",
                    "target": str(self.target),
                    "inits": ["PyInit_demo"],
                    "outputs": [os.path.join(str(folder / "target"), "")],
                }
            ],
        }

    def run(self, **env: str):
        data = json.loads(json.dumps(self.data))
        return replay(data, {**os.environ, **env})

    def edit(self, text: str = "PyInit_demo\0 22") -> None:
        self.source.write_text(text)


@pytest.fixture
def noted(tmp_path: Path) -> Noted:
    return Noted(tmp_path)


def refusal(noted: Noted, **env: str) -> str:
    with pytest.raises(NotReplayedError) as raised:
        noted.run(**env)
    return str(raised.value)


def test_nothing_changed(noted: Noted) -> None:
    before = noted.record.stat()
    done = noted.run()
    assert (done.compiled, done.fresh) == ([], 1)
    assert noted.record.stat() == before


def test_an_edit_is_compiled_placed_and_recorded(noted: Noted) -> None:
    noted.edit()
    done = noted.run()
    assert (done.compiled, done.fresh) == (["demo:demo"], 0)
    assert noted.target.read_bytes() == noted.source.read_bytes()
    assert read_inputs(noted.record).count(str(noted.source)) == 1
    assert find_change(str(noted.record)) is None
    again = noted.run()
    assert (again.compiled, again.fresh) == ([], 1)


def test_a_source_that_is_new_is_an_input(noted: Noted) -> None:
    other = noted.folder / "src" / "a b.rs"
    noted.edit()
    noted.library.with_suffix(".d").write_text(
        f"{noted.library}: {noted.source} {str(other).replace(' ', chr(92) + ' ')}\n"
    )
    other.write_text("")
    noted.data["folders"] = {}
    noted.run()
    assert str(other) in read_inputs(noted.record)
    package = noted.folder / "further"
    package.mkdir()
    (package / "Cargo.toml").write_text("")
    (package / "lib.rs").write_text("")
    noted.library.with_suffix(".d").write_text(
        f"{noted.library}: {noted.source} {package / 'lib.rs'}\n"
    )
    noted.edit("PyInit_demo\0 333")
    assert refusal(noted) == "a package is new"


def test_nothing_runs_where_a_fresh_module_is_enough(noted: Noted) -> None:
    noted.data["always"] = False
    assert noted.run().fresh == 0
    noted.edit()
    assert noted.run().compiled == ["demo:demo"]


def test_changes_that_only_planning_understands(noted: Noted) -> None:
    noted.manifest.write_text("[package]\n# another\n")
    assert refusal(noted) == f"{noted.manifest} changed"


def test_files_that_appear_and_disappear(noted: Noted) -> None:
    (noted.folder / "pyproject.toml").write_text("")
    assert "pyproject.toml changed" in refusal(noted)
    (noted.folder / "pyproject.toml").unlink()
    (noted.source.parent / "main.rs").write_text("")
    assert refusal(noted) == f"{noted.source.parent} changed"
    (noted.source.parent / "main.rs").rename(noted.source.parent / ".main.rs.swp")
    noted.run()
    noted.target.unlink()
    assert "demo.so changed" in refusal(noted)
    noted.record.unlink()
    assert "is absent or of another release" in refusal(noted)
    noted.data["needed"].append(str(noted.record))
    assert refusal(noted) == f"{noted.record} changed"
    noted.installed.unlink()
    assert "RECORD changed" in refusal(noted)


def test_files_that_were_installed(noted: Noted) -> None:
    noted.data["files"] = {}
    noted.installed.unlink()
    assert refusal(noted) == f"{noted.installed} changed"


def test_sources_that_are_linted_are_planned(noted: Noted) -> None:
    noted.data["edits"] = False
    noted.run()
    noted.edit()
    assert refusal(noted) == f"{noted.source} changed"


def test_other_products(noted: Noted) -> None:
    noted.edit()
    with pytest.raises(NotReplayedError, match="other files") as raised:
        noted.run(OTHER="1")
    assert raised.value.compiled == ("demo:demo",)


def test_another_name_is_left_to_the_full_way(noted: Noted) -> None:
    noted.edit("PyInit_demonstration\0")
    assert refusal(noted) == "the module's name changed"
    assert noted.target.read_bytes() == b"PyInit_demo\0 1"


def test_a_failed_compilation(noted: Noted) -> None:
    noted.edit("error")
    with pytest.raises(CompileError):
        noted.run()
    assert noted.target.read_bytes() == b"PyInit_demo\0 1"


def test_the_question(tmp_path: Path) -> None:
    env = {"PATH": "/bin", "TERM": "dumb", "SHLVL": "1"}
    folder = str(tmp_path)
    asked = question(["develop"], folder, env)
    assert asked == question(["develop"], folder, {**env, "TERM": "x", "SHLVL": "2"})
    others = [
        question(["develop", "-r"], folder, env),
        question(["develop"], "/", env),
        question(["develop"], folder, {**env, "RUSTFLAGS": "-g"}),
        question(["develop"], folder, {**env, "ANYTHING": ""}),
    ]
    assert len({asked, *others}) == 5
    assert question(["develop"], None, env) is None
    assert "hunter2" not in str(question(["develop"], folder, {"TOKEN": "hunter2"}))
    assert read_replay(str(asked), {"FERRULE_CACHE_DIR": str(tmp_path / "c")}) is None


def test_commands_that_are_never_replayed() -> None:
    assert replay_name(["develop"])
    for word in ("--help", "--uninstall", "--only-deps"):
        assert replay_name(["develop", word]) is None


def test_noticing(tmp_path: Path) -> None:
    seen, asked = tmp_path / "seen", tmp_path / "asked"
    absent, before = tmp_path / "absent", tmp_path / "before"
    for path in (seen, asked, before):
        path.write_text("1")
    before.read_text()
    with noticing() as noticed:
        seen.read_text()
        file_identity(asked)
        os.listdir(tmp_path)
        with pytest.raises(OSError, match="absent"):
            absent.read_text()
    before.read_text()
    ours = {
        path: identity
        for path, identity in noticed.items()
        if path.startswith(str(tmp_path))
    }
    assert ours == {
        str(path): file_identity(path) for path in (seen, asked, tmp_path, absent)
    }
