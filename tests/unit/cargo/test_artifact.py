"""Reading cargo's JSON messages."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from ferrule.cargo.artifact import package_name, read_messages


def message(**values: object) -> bytes:
    base = {
        "reason": "compiler-artifact",
        "package_id": "path+file:///p/root#0.1.0",
        "target": {"kind": ["cdylib", "rlib"], "name": "root"},
        "filenames": ["/t/libroot.so", "/t/libroot.rlib"],
        "executable": None,
        "fresh": False,
    }
    return json.dumps({**base, **values}).encode() + b"\n"


def test_library_is_the_dynamic_file_only() -> None:
    run = read_messages([message()])
    assert [item.path for item in run.artifacts] == [Path("/t/libroot.so")]
    assert run.compiled == ["root:root"]


def test_procedural_macros_and_build_scripts_are_no_artifacts() -> None:
    run = read_messages(
        [
            message(target={"kind": ["proc-macro"], "name": "m"}, fresh=True),
            message(target={"kind": ["custom-build"], "name": "b"}),
        ]
    )
    assert run.artifacts == []
    assert run.fresh == 1


def test_programs_out_dirs_and_other_lines() -> None:
    run = read_messages(
        [
            b"   Compiling something\n",
            message(
                target={"kind": ["bin"], "name": "tool"},
                executable="/t/tool",
                filenames=["/t/tool"],
            ),
            json.dumps(
                {
                    "reason": "build-script-executed",
                    "package_id": "registry+https://x#gen@1.0.0",
                    "out_dir": "/t/out",
                    "linked_paths": [
                        "native=/t/lib",
                        "/t/plain",
                        "framework=/t/Frameworks",
                        "dependency=/t/deps",
                        "native=/t/lib",
                        "/t/odd=name",
                    ],
                }
            ).encode(),
        ]
    )
    assert [(item.target, item.is_library) for item in run.artifacts] == [
        ("tool", False)
    ]
    assert run.out_dirs == {"gen": Path("/t/out")}
    names = ["/t/lib", "/t/plain", "/t/Frameworks", "/t/odd=name"]
    assert run.link_paths == [Path(name) for name in names]


@pytest.mark.parametrize(
    ("package_id", "name"),
    [
        ("path+file:///src/tool#0.1.0", "tool"),
        ("path+file:///src/dir#tool@0.1.0", "tool"),
        ("registry+https://x/y#pyo3-ffi@0.30.1", "pyo3-ffi"),
        ("git+https://x/y/repo?branch=a#0.1.0", "repo?branch=a"),
    ],
)
def test_package_name(package_id: str, name: str) -> None:
    assert package_name(package_id) == name


@pytest.mark.parametrize(
    ("names", "expected"),
    [
        (["/t/a.dll", "/t/a.dll.lib", "/t/a.pdb"], ["/t/a.dll.lib"]),
        (["/t/a.dll", "/t/liba.dll.a"], ["/t/liba.dll.a"]),
        (["/t/liba.so"], []),
    ],
    ids=["msvc", "gnu", "linux"],
)
def test_import_libraries(names: list[str], expected: list[str]) -> None:
    (artifact,) = read_messages([message(filenames=names)]).artifacts
    assert artifact.path == Path(names[0])
    assert artifact.import_libraries == tuple(map(Path, expected))
