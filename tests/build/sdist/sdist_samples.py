"""Sample projects of test_sdist.py: written as text, opened, packed, unpacked."""

from __future__ import annotations

import json
import os
import subprocess
import tarfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ferrule.errors import FerruleError
from ferrule.project.crate import Crate
from ferrule.project.metadata import read_core_metadata
from ferrule.project.model import Project
from ferrule.sdist.writer import build_sdist
from ferrule.settings.model import FilePattern, ModuleSettings, Settings
from ferrule.toml_text import parse

PYPROJECT = """\
[build-system]
requires = ["ferrule"]
build-backend = "ferrule"

[project]
name = "{name}"
version = "1.0"
"""


def write_tree(root: Path, files: dict[str, str]) -> None:
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")


def crate(name: str, more: str = "") -> str:
    return f'[package]\nname = "{name}"\nversion = "1.0.0"\nedition = "2021"\n{more}'


def git(root: Path) -> None:
    for argv in (["init", "-q"], ["add", "-A"]):
        subprocess.run(["git", *argv], cwd=root, check=True)


def run_cargo(arguments: Sequence[str], folder: Path) -> str:
    argv = ["cargo", *arguments]
    done = subprocess.run(argv, cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise FerruleError("cargo failed", why=done.stderr.splitlines())
    return done.stdout


def _patterns(values: list[Any]) -> tuple[FilePattern, ...]:
    patterns = []
    for value in values:
        item = {"path": value} if isinstance(value, str) else dict(value)
        wanted = item.get("format", ("wheel", "sdist"))
        item["format"] = (wanted,) if isinstance(wanted, str) else tuple(wanted)
        patterns.append(FilePattern(item["path"], item["format"]))
    return tuple(patterns)


def read_settings(table: dict[str, Any], **more: Any) -> Settings:
    """Read the keys that sdists know; the settings layer has its own tests."""
    values: dict[str, Any] = {
        key: table[name]
        for key in ("manifest_path", "python_source", "module_name", "data")
        for name in [key.replace("_", "-")]
        if name in table
    }
    if "sdist-generator" in table:
        values["sdist_generator"] = table["sdist-generator"]
    values["python_packages"] = tuple(table.get("python-packages", ()))
    values["include"] = _patterns(table.get("include", []))
    values["exclude"] = _patterns(table.get("exclude", []))
    values["modules"] = tuple(
        ModuleSettings(item["name"], item.get("manifest-path"), item.get("package"))
        for item in table.get("modules", ())
    )
    return Settings(**{**values, **more})


def open_project(root: Path, **more: Any) -> tuple[Project, dict[str, Any]]:
    pyproject = parse((root / "pyproject.toml").read_text(encoding="utf-8"))
    tool = pyproject.get("tool", {})
    settings = read_settings(tool.get("ferrule", tool.get("maturin", {})), **more)
    manifest = root / (settings.manifest_path or "Cargo.toml")
    argv = ["metadata", "--format-version", "1", "--all-features"]
    text = run_cargo([*argv, "--manifest-path", str(manifest)], manifest.parent)
    metadata = json.loads(text)
    package = next(
        item
        for item in metadata["packages"]
        if os.path.realpath(item["manifest_path"]) == os.path.realpath(manifest)
    )
    core, _ = read_core_metadata(pyproject, root, Crate.from_metadata(package))
    library = package["name"].replace("-", "_")
    project = Project(root, pyproject, manifest, settings, core, library_name=library)
    return project, metadata


def pack(root: Path, out_dir: Path, **more: Any) -> Path:
    project, metadata = open_project(root, **more)
    return build_sdist(
        project,
        metadata,
        out_dir,
        metadata_text=project.metadata.to_metadata_text(),
        distribution=project.metadata.distribution_name,
        version=project.metadata.file_version,
        run_cargo=run_cargo,
    )


def unpack(archive: Path, folder: Path) -> Path:
    with tarfile.open(archive) as stream:
        stream.extractall(folder)
    (root,) = folder.iterdir()
    return root


def names(archive: Path) -> list[str]:
    with tarfile.open(archive) as stream:
        return [item.name.split("/", 1)[1] for item in stream]


LIB = "pub fn answer() -> u8 { 42 }\n"


def check(root: Path, tmp_path: Path) -> Path:
    """Pack, unpack, compile with --locked, pack again: the same bytes."""
    archive = pack(root, tmp_path / "out")
    inner = unpack(archive, tmp_path / "unpacked")
    again = pack(inner, tmp_path / "again")
    assert again.read_bytes() == archive.read_bytes()
    tool = parse((inner / "pyproject.toml").read_text()).get("tool", {})
    manifest = tool.get("ferrule", {}).get("manifest-path", "Cargo.toml")
    run_cargo(["check", "--locked", "--offline", "--manifest-path", manifest], inner)
    return inner


def single(tmp_path: Path, more: str = "") -> Path:
    root = tmp_path / "p"
    write_tree(
        root,
        {
            "pyproject.toml": PYPROJECT.format(name="single") + more,
            "Cargo.toml": crate("single"),
            "src/lib.rs": LIB,
            ".gitignore": "/target\n*.log\n",
            "noise.log": "",
            "README.md": "# single\n",
            "LICENSE": "free\n",
            "single/__init__.py": "",
            "single/.hidden": "",
            "single/_single.cpython-39-x86_64-linux-gnu.so": "",
        },
    )
    return root
