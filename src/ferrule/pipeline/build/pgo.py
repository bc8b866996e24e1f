"""Profile-guided optimisation: an instrumented wheel, a training run, a profile.

Everything of it lives below `<target>/ferrule/pgo`, so that ordinary builds of
the same project stay as they are. The profile's file name is its content's
hash: cargo sees that another profile is another input.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import atomic, log
from ferrule.cargo.profdata import find_profdata, merge_profiles
from ferrule.cargo.rustflags import added_rustflags
from ferrule.errors.configuration import InterpreterNeededError
from ferrule.errors.pgo import NoPgoCommandError, NoProfileError, TrainingError
from ferrule.pipeline.build.packing import assemble, write_product
from ferrule.pipeline.compiling import compile_build
from ferrule.project.dependency_groups import group_requirements
from ferrule.python.search import find_command

if TYPE_CHECKING:
    from ferrule.cargo.compile import CompileKey
    from ferrule.pipeline.opening import OpenProject
    from ferrule.plan.build import Build

__all__ = ["with_profile"]

_STANDARD_ERROR = 2


def with_profile(opened: OpenProject, build: Build) -> Build:
    """Train a build and return it with the arguments that use the profile.

    Raises the errors of `ferrule.errors.pgo` and what building a wheel raises.
    """
    settings = build.project.settings
    if not settings.pgo_command:
        raise NoPgoCommandError
    if build.interpreter is None:
        raise opened.missing_interpreter or InterpreterNeededError(
            "a training run needs a Python interpreter", fix="name one with -i"
        )
    env = opened.request.env
    tool = find_profdata(opened.toolchain, folder=build.project.root, env=env)
    place = _place(build)
    place.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix="ferrule-pgo-") as scratch:
        raw = Path(scratch) / "raw"
        # Build scripts are instrumented too; what they record is not training.
        flag = f"-Cprofile-generate={Path(scratch) / 'unused'}"
        instrumented = _with_flags(opened, build, [flag], place / "train")
        log.step("building the instrumented wheel")
        compiled = compile_build(opened, instrumented)
        members, tag, _ = assemble(compiled)
        wheel = write_product(
            instrumented, members, tag, Path(scratch), epoch=opened.request.epoch
        )
        python = _environment(opened, build, wheel, Path(scratch) / "venv")
        _train(build, settings.pgo_command, python, raw, env)
        profiles = sorted(raw.glob("*.profraw"))
        if not profiles:
            raise NoProfileError(settings.pgo_command)
        merged = Path(scratch) / "merged.profdata"
        merge_profiles(tool, profiles, merged, opened.toolchain)
        content = merged.read_bytes()
    profile = place / f"{hashlib.sha256(content).hexdigest()[:16]}.profdata"
    if not profile.is_file():
        atomic.write_bytes(profile, content)
    log.step(f"recorded {len(profiles)} profiles, {len(content)} bytes merged")
    return _with_flags(opened, build, [f"-Cprofile-use={profile}"], place / "use")


def _place(build: Build) -> Path:
    return build.keys[0].target_directory / "ferrule" / "pgo"


def _with_flags(
    opened: OpenProject, build: Build, flags: Sequence[str], folder: Path
) -> Build:
    def changed(key: CompileKey) -> CompileKey:
        variables, arguments = added_rustflags(
            flags,
            folder=key.crate.folder,
            host=opened.toolchain.host,
            env={**opened.request.env, **key.env},
        )
        return replace(
            key,
            env={**key.env, **variables},
            arguments=(*key.arguments, *arguments),
            build_directory=folder,
            target_directory=folder,
            plain=False,
        )

    return replace(
        build,
        modules=tuple(replace(item, key=changed(item.key)) for item in build.modules),
        programs=tuple(replace(item, key=changed(item.key)) for item in build.programs),
    )


def _environment(opened: OpenProject, build: Build, wheel: Path, folder: Path) -> str:
    """Create the training environment and return its interpreter."""
    settings = build.project.settings
    interpreter = build.interpreter
    executable = interpreter.executable if interpreter else ""
    groups = (opened.pyproject or {}).get("dependency-groups", {})
    name = settings.pgo_dependency_group
    if name is None and "dev" in groups:
        name = "dev"
    further = group_requirements(opened.pyproject, name) if name else []
    log.step("installing the instrumented wheel and what pgo-command needs")
    env = opened.request.env
    scripts = folder / ("Scripts" if os.name == "nt" else "bin")
    python = scripts / ("python.exe" if os.name == "nt" else "python")
    uv = find_command("uv", env)
    if uv:
        create = [uv, "venv", "--quiet", f"--python={executable}", str(folder)]
        install = [uv, "pip", "install", "--quiet", f"--python={python}"]
    else:
        create = [executable, "-m", "venv", str(folder)]
        install = [str(python), "-m", "pip", "install", "--quiet"]
        install.append("--disable-pip-version-check")
    _run(create, build.project.root, env, "creating the training environment")
    _run(
        [*install, str(wheel), *further],
        build.project.root,
        env,
        "installing into the training environment",
    )
    return str(python)


def _train(
    build: Build, command: str, python: str, raw: Path, env: Mapping[str, str]
) -> None:
    raw.mkdir()
    scripts = os.path.dirname(python)
    changed = {
        **env,
        "LLVM_PROFILE_FILE": str(raw / "%m_%p.profraw"),
        "VIRTUAL_ENV": os.path.dirname(scripts),
        "PATH": os.pathsep.join([scripts, env.get("PATH", os.defpath)]),
    }
    changed.pop("PYTHONHOME", None)
    log.step(f"training: {command}")
    # The setting is a line for the shell, as maturin reads it.
    shell = shutil.which("sh", path=env.get("PATH")) or "/bin/sh"
    argv = ["cmd", "/C", command] if os.name == "nt" else [shell, "-c", command]
    _run(argv, build.project.root, changed, "the training run", shown=command)


def _run(
    argv: Sequence[str],
    folder: Path,
    env: Mapping[str, str],
    step: str,
    *,
    shown: str = "",
) -> None:
    log.command(argv)
    # Standard output belongs to the paths that `ferrule build` prints.
    result = subprocess.run(
        list(argv), cwd=folder, env=dict(env), stdout=_STANDARD_ERROR, check=False
    )
    if result.returncode != 0:
        raise TrainingError(shown or " ".join(argv), result.returncode, step)
