"""Files of a crate, and everything together."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from ferrule.cargo.graph import OwnCrate
from ferrule.lint.check import Question, lint_sources
from ferrule.lint.finding import Finding
from ferrule.lint.stable_abi import StableAbi
from ferrule.project.crate import Crate, CrateTarget

BAD = "#[pyclass(dict)] struct A;"


def ask(root: Path, files: dict[str, str], *, kind: str = "cdylib", abi: bool = True):
    """Write a crate and return where something was found, and what was read."""
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    name = next(name for name in files if name.endswith((".rs",)))
    targets = [CrateTarget("a", (kind,), root / name)]
    if "build.rs" in files:
        targets.append(CrateTarget("b", ("custom-build",), root / "build.rs"))
    crate = Crate("id", "a", "1.0.0", root / "Cargo.toml", tuple(targets), ())
    question = Question(
        crates=(OwnCrate(crate, frozenset({"on"}), "pyo3"),),
        main="id",
        targets=(str(root / name),),
        python=(3, 12),
        host="x86_64-unknown-linux-gnu",
        stable=StableAbi("0.22.6", (3, 8), 12, "a test") if abi else None,
        auto_initialize=True,
    )
    findings, inputs = lint_sources(question)
    return [str(Path(item.path).relative_to(root)) for item in findings], inputs


@pytest.mark.parametrize(
    ("files", "expected"),
    [
        ({"src/lib.rs": BAD}, ["src/lib.rs"]),
        ({"src/lib.rs": "mod a;", "src/a.rs": BAD}, ["src/a.rs"]),
        ({"src/lib.rs": "mod a;", "src/a/mod.rs": BAD}, ["src/a/mod.rs"]),
        (
            {"src/lib.rs": "mod a;", "src/a.rs": "mod b;", "src/a/b.rs": BAD},
            ["src/a/b.rs"],
        ),
        (
            {"src/lib.rs": "mod a;", "src/a/mod.rs": "mod b;", "src/a/b.rs": BAD},
            ["src/a/b.rs"],
        ),
        ({"src/lib.rs": "mod a { mod b; }", "src/a/b.rs": BAD}, ["src/a/b.rs"]),
        (
            {"src/lib.rs": '#[path = "x/y.rs"] mod a;', "src/x/y.rs": BAD},
            ["src/x/y.rs"],
        ),
        ({"src/lib.rs": '#[path = "../up.rs"] mod a;', "up.rs": BAD}, ["up.rs"]),
        (
            {"src/lib.rs": '#[cfg_attr(unix, path = "x.rs")] mod a;', "src/x.rs": BAD},
            ["src/x.rs"],
        ),
        ({"src/lib.rs": 'include!("in.rs");', "src/in.rs": BAD}, ["src/in.rs"]),
        ({"src/lib.rs": "mod r#type;", "src/type.rs": BAD}, ["src/type.rs"]),
        ({"src/lib.rs": "mod a; mod a;", "src/a.rs": BAD}, ["src/a.rs"]),
        ({"src/lib.rs": "", "src/a.rs": BAD}, []),
        ({"src/lib.rs": "// mod a;", "src/a.rs": BAD}, []),
        ({"src/lib.rs": "#[cfg(test)] mod a;", "src/a.rs": BAD}, []),
        ({"src/lib.rs": '#[cfg(feature = "off")] mod a;', "src/a.rs": BAD}, []),
        (
            {"src/lib.rs": '#[cfg(feature = "on")] mod a;', "src/a.rs": BAD},
            ["src/a.rs"],
        ),
        ({"src/lib.rs": "#[cfg(own)] mod a;", "src/a.rs": BAD}, []),
        ({"src/lib.rs": "#[cfg(own)] mod a { mod b; }", "src/a/b.rs": BAD}, []),
        ({"src/lib.rs": "mod a;", "src/a.rs": "#![cfg(windows)]" + BAD}, []),
        ({"src/lib.rs": "mod missing;" + BAD}, ["src/lib.rs"]),
        ({"src/lib.rs": "mod lib;" + BAD}, ["src/lib.rs"]),
    ],
)
def test_files_of_a_crate(files, expected, tmp_path):
    assert ask(tmp_path, files)[0] == expected


GUARDED = "#[cfg(not(Py_LIMITED_API))] use pyo3::types::PyFrame;"


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        (None, ["src/lib.rs"]),
        ("fn main() {}", ["src/lib.rs"]),
        ("fn main() { pyo3_build_config::use_pyo3_cfgs(); }", []),
        ('fn main() { println!("cargo:rustc-cfg=x"); }', []),
    ],
)
def test_guards_work_where_the_build_script_passes_them_on(script, expected, tmp_path):
    files = {"src/lib.rs": GUARDED}
    if script is not None:
        files["build.rs"] = script
    assert ask(tmp_path, files)[0] == expected


def test_programs_are_looked_at_without_a_stable_abi(tmp_path):
    text = "fn main() { Python::initialize(); append_to_inittab!(m); }"
    assert ask(tmp_path, {"src/main.rs": text}, kind="bin", abi=False)[0]
    assert ask(tmp_path, {"src/main.rs": text}, abi=False)[0] == []


def test_every_file_and_folder_that_was_read_is_told(tmp_path):
    files = {"src/lib.rs": "mod a;", "src/a.rs": BAD, "src/b/c.rs": ""}
    inputs = ask(tmp_path, files)[1]
    wanted = ["src", "src/a.rs", "src/b", "src/b/c.rs", "src/lib.rs"]
    assert inputs == sorted(str(tmp_path / name) for name in wanted)


def test_other_packages_below_the_sources_are_left_alone(tmp_path):
    files = {"src/lib.rs": "", "src/other/Cargo.toml": "", "src/other/lib.rs": BAD}
    assert str(tmp_path / "src/other/lib.rs") not in ask(tmp_path, files)[1]


def test_a_hundred_files_with_nothing_cost_next_to_nothing(tmp_path):
    line = b"fn f() -> Result<u8, Error> { let value = compute(1, 2)?; Ok(value) }\n"
    files = {"src/lib.rs": "".join(f"mod m{number};\n" for number in range(100))}
    for number in range(100):
        files[f"src/m{number}.rs"] = (line * 100).decode()
    ask(tmp_path, files)
    started = time.process_time()
    assert ask(tmp_path, dict(list(files.items())[:1]))[0] == []
    assert time.process_time() - started < 0.1


def test_findings_survive_json():
    found = Finding("dict", "a.rs", 1, 2, "what", ("this", "or that"), "3.9")
    assert Finding.from_json(found.to_json()) == found
    assert found.located("b.rs") == "b.rs:1:2: dict: what. Fix: this, or that."


def test_a_mistyped_allowance_is_told_beside_what_it_does_not_allow(tmp_path):
    text = BAD.replace("#[pyclass", "// ferrule: allow(dictt)\n#[pyclass", 1)
    found, _ = ask(tmp_path, {"src/lib.rs": text})
    assert found == ["src/lib.rs", "src/lib.rs"]
