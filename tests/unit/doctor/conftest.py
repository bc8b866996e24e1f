"""What the checks are asked about."""

from pathlib import Path

import pytest

from ferrule.cargo.survey import Pyo3Declaration, RustNeed, Survey
from ferrule.cargo.toolchain import Toolchain
from ferrule.project.crate import Crate, CrateTarget


@pytest.fixture
def toolchain():
    return Toolchain("rustc 1.95.0\n", "x86_64-unknown-linux-gnu", (1, 95))


@pytest.fixture
def make_crate(tmp_path):
    """Return a function that describes a crate by its targets."""

    def make(*targets: tuple[str, ...], rust_version=None):
        (tmp_path / "src").mkdir(exist_ok=True)
        source = tmp_path / "src" / "lib.rs"
        items = tuple(
            CrateTarget(
                "demo", kind, tmp_path / "build.rs" if "custom" in kind[0] else source
            )
            for kind in targets
        )
        return Crate(
            id="demo",
            name="demo",
            version="1.0.0",
            manifest_path=tmp_path / "Cargo.toml",
            targets=items,
            features=(),
            rust_version=rust_version,
        )

    return make


@pytest.fixture
def make_survey(tmp_path, make_crate):
    """Return a function that makes a survey of a module with PyO3."""

    def make(**changes):
        declared = changes.pop("declared", ())
        needs = changes.pop("needs", ())
        values = {
            "root": make_crate(("cdylib",)),
            "workspace_root": tmp_path,
            "target_directory": tmp_path / "target",
            "needs": tuple(RustNeed(*item) for item in needs),
            "declarations": (
                Pyo3Declaration("pyo3", "pyo3", tuple(declared), False, "normal"),
            ),
            "features": {},
            "enabled": frozenset(),
            "pyo3_version": "0.30.1",
            "pyo3_features": frozenset({"macros"}),
            "folders": (tmp_path,),
            "build_config_is_script": False,
            **changes,
        }
        return Survey(**values)

    return make


@pytest.fixture
def write(tmp_path):
    """Return a function that writes a file below the test's folder."""

    def make(name: str, text: str, mode: int = 0o644) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        path.chmod(mode)
        return path

    return make


@pytest.fixture
def tools(tmp_path):
    """Return an environment whose PATH holds the named programs only."""

    def make(*names: str, **env: str) -> dict[str, str]:
        folder = tmp_path / "bin"
        folder.mkdir(exist_ok=True)
        for name in names:
            (folder / name).write_text("#!/bin/sh\n")
            (folder / name).chmod(0o755)
        return {"PATH": str(folder), "HOME": str(tmp_path / "home"), **env}

    return make
