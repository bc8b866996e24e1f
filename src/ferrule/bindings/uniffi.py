"""The package of a UniFFI module: what uniffi-bindgen writes, and the library."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import __version__, cache, log
from ferrule.bindings.package import BoundPackage, library_file_name, scratch_folder
from ferrule.cargo.toolchain import find_cargo
from ferrule.errors.bindings import (
    BindgenError,
    BindgenMissingError,
    BindgenVersionError,
)
from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey

__all__ = ["find_program", "init_text", "uniffi_package"]


def uniffi_package(
    library: Path,
    key: CompileKey,
    program: Callable[[], Path],
    *,
    config_files: Sequence[Path],
    env: Mapping[str, str],
) -> BoundPackage:
    """Return the package of a UniFFI library.

    `program` gives the uniffi-bindgen to run, and is called only when the
    library or one of `config_files` changed. Raises `BindgenError`, what
    `program` raises, and `ReadError`.
    """
    question = repr((__version__, "uniffi", str(key.crate.manifest_path), str(library)))
    texts = cache.read_tracked(env, "answers", question)
    settings = _python_settings(key.crate.folder / "uniffi.toml")
    if not isinstance(texts, dict):
        texts = _generate(library, key, program(), env)
        inputs = [library, *config_files]
        cache.write_tracked(env, "answers", question, texts, inputs=inputs)
    # Modules of other distributions, which this one only imports.
    foreign = settings.get("external_packages", {})
    texts = {name: text for name, text in texts.items() if name[:-3] not in foreign}
    library_name = library.name
    if isinstance(settings.get("cdylib_name"), str):
        library_name = library_file_name(settings["cdylib_name"], library)
    return BoundPackage(
        {"__init__.py": init_text(sorted(texts)), **texts}, library_name, library
    )


def init_text(file_names: Sequence[str]) -> str:
    """Return `__init__.py`: it exports what the generated modules export."""
    return "".join(f"from .{name[:-3]} import *\n" for name in file_names)


def find_program(crate: str, version: str, *, env: Mapping[str, str]) -> Path:
    """Return the uniffi-bindgen on PATH, for crates without one of their own.

    Raises `BindgenMissingError`, and `BindgenVersionError` where it belongs to
    another minor release than `version`, that of the crate's uniffi.
    """
    import re
    import subprocess

    found = find_command("uniffi-bindgen", env)
    if found is None:
        raise BindgenMissingError(crate, version)
    done = subprocess.run(
        [found, "--version"], env=dict(env), capture_output=True, check=False
    )
    match = re.search(rb"\b(\d+\.\d+)\.\d+", done.stdout)
    if match and match[1].decode() != ".".join(version.split(".")[:2]):
        raise BindgenVersionError(found, match[0].decode(), version)
    return Path(found)


def _python_settings(path: Path) -> Mapping[str, Any]:
    """Return `[bindings.python]` of the crate's uniffi.toml."""
    if not path.is_file():
        return {}
    from ferrule.project.pyproject import read_toml

    found: Any = read_toml(path)
    for name in ("bindings", "python"):
        found = found.get(name, {}) if isinstance(found, dict) else {}
    return found if isinstance(found, dict) else {}


def _generate(
    library: Path, key: CompileKey, program: Path, env: Mapping[str, str]
) -> dict[str, str]:
    import subprocess
    import tempfile

    full = {**env, **key.env, "CARGO": find_cargo(env)}
    if {"--offline", "--frozen"}.intersection(key.arguments):
        full["CARGO_NET_OFFLINE"] = "true"
    with tempfile.TemporaryDirectory(dir=scratch_folder(key)) as folder:
        # Options and values as words of their own: a project's uniffi-bindgen may
        # read its arguments by hand, and know no other form.
        argv = [str(program), "generate", "--no-format", "--language", "python"]
        argv += ["--out-dir", folder, "--library", str(library)]
        log.command(argv)
        # uniffi-bindgen asks cargo there for the crates' folders, in which it
        # reads uniffi.toml and .udl files.
        done = subprocess.run(
            argv,
            env=full,
            cwd=key.crate.folder,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            check=False,
        )
        messages = (done.stderr + done.stdout).decode("utf-8", "replace").strip()
        if done.returncode != 0:
            raise BindgenError(" ".join(argv), messages.splitlines())
        texts = {
            path.name: path.read_text(encoding="utf-8")
            for path in sorted(Path(folder).glob("*.py"))
        }
        if not texts:
            reasons = [*messages.splitlines(), f"{library} holds no UniFFI metadata"]
            raise BindgenError(" ".join(argv), reasons)
    for line in messages.splitlines():
        log.info(f"uniffi-bindgen: {line}")
    return texts
