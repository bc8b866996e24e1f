from __future__ import annotations

import hashlib
import json

import pytest

from ferrule import log
from ferrule.sdist.vendoring import Vendoring, needed_packages, vendored, write_stub


def metadata(edges, macros=()):
    """Return an answer of `cargo metadata`; an edge `a>b` may end with `/kind`."""
    nodes: dict[str, list] = {}
    names = set()
    for edge in edges.split():
        start, _, rest = edge.partition(">")
        end, _, kind = rest.partition("/")
        names |= {start, end}
        dependency = {"pkg": end, "dep_kinds": [{"kind": kind or None}]}
        nodes.setdefault(start, []).append(dependency)
    return {
        "workspace_members": ["root"],
        "packages": [
            {
                "id": name,
                "targets": [{"kind": ["proc-macro" if name in macros else "lib"]}],
            }
            for name in sorted(names)
        ],
        "resolve": {"nodes": [{"id": k, "deps": v} for k, v in nodes.items()]},
    }


EVERY = "root>a a>win a>unix root>gen/build gen>hostwin gen>hostunix root>mac mac>tool"


def test_crates_of_other_targets_are_not_needed():
    every = metadata(EVERY)
    wanted = metadata("root>a a>unix root>gen/build gen>hostunix")
    assert needed_packages(every, wanted, wanted) == {
        "root", "a", "unix", "gen", "hostunix",
    }  # fmt: skip


def test_what_builds_runs_on_this_machine_too():
    every = metadata(EVERY, macros=["mac"])
    wanted = metadata("root>a a>win root>gen/build gen>hostwin root>mac")
    host = metadata("root>a a>unix root>gen/build gen>hostunix root>mac mac>tool")
    needed = needed_packages(every, wanted, host)
    assert needed == {"root", "a", "win", "gen", "hostwin", "hostunix", "mac", "tool"}


def test_a_host_without_build_scripts_adds_nothing():
    every = metadata("root>a a>win a>unix")
    wanted, host = metadata("root>a a>win"), metadata("root>a a>unix")
    assert needed_packages(every, wanted, host) == {"root", "a", "win"}


MANIFEST = """\
[package]
name = "x"
version = "1.0.0"
build = {build}
[lib]
path = "source/x.rs"
[[bench]]
name = "speed"
path = "perf/speed.rs"
"""


@pytest.mark.parametrize(
    ("build", "more"),
    [
        ('"make.rs"', ["make.rs"]),
        ('["make.rs", "other.rs"]', ["make.rs", "other.rs"]),
        ("false", []),
        ('"../away.rs"', []),
    ],
)
def test_a_stub_keeps_the_manifest_and_the_names_of_sources(tmp_path, build, more):
    folder = tmp_path / "x-1.0.0"
    sources = ["source/x.rs", "perf/speed.rs", "make.rs", "other.rs"]
    sources += ["src/bin/tool.rs", "tests/t.rs", "src/inner.rs", "data.bin"]
    for name in sources:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("large")
    manifest = MANIFEST.format(build=build)
    (folder / "Cargo.toml").write_text(manifest)
    (folder / ".cargo-checksum.json").write_text('{"files":{"a":"b"},"package":"c"}')
    write_stub(folder, lambda crate: f"no {crate}\n")
    found = [p for p in folder.rglob("*") if p.is_file() and p.name[0] != "."]
    names = sorted(path.relative_to(folder).as_posix() for path in found)
    kept = ["source/x.rs", "perf/speed.rs", "src/bin/tool.rs", "tests/t.rs", *more]
    assert names == sorted(["Cargo.toml", *kept])
    assert (folder / "Cargo.toml").read_text() == manifest
    assert (folder / "source/x.rs").read_text() == "no x-1.0.0\n"
    checksum = json.loads((folder / ".cargo-checksum.json").read_text())
    assert checksum["package"] == "c"
    assert list(checksum["files"]) == names
    digest = hashlib.sha256(manifest.encode()).hexdigest()
    assert checksum["files"]["Cargo.toml"] == digest


def test_nothing_is_done_unasked_or_twice():
    config = b'[source.own]\ndirectory = "third"\n'
    members = {".cargo/config.toml": config, "third/x/Cargo.toml": b""}
    told = []
    with log.sink_to(lambda kind, message: told.append((kind, message))):
        with vendored(None, members, None, "x", None) as folder:
            assert folder is None
        with vendored(None, members, None, "x", Vendoring()) as folder:
            assert folder is None
    assert told == [("info", "the crates are in third already")]
