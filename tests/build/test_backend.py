"""The PEP 517 and PEP 660 hooks, called as front ends call them.

The front ends themselves are in `peers/test_front_ends.py`.
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path

import pytest

pytestmark = pytest.mark.build

HOOK = """
import sys
import {backend} as backend
print(getattr(backend, {hook!r})(*{args!r}, **{kwargs!r}))
"""


@pytest.fixture
def call_hook(user_env, tmp_path):
    """Return a function that calls a hook in a process of its own."""

    def call(project: Path, hook: str, *args, backend="ferrule", env=None, **kwargs):
        code = HOOK.format(backend=backend, hook=hook, args=args, kwargs=kwargs)
        done = subprocess.run(
            [sys.executable, "-c", code],
            cwd=project,
            env={k: v for k, v in {**user_env, **(env or {})}.items() if v is not None},
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout.splitlines()[-1], done.stderr

    return call


@pytest.fixture
def own_cache(tmp_path) -> dict[str, str]:
    """Return variables for a cache that no other test fills."""
    return {"FERRULE_CACHE_DIR": str(tmp_path / "cache")}


def unpack(sdist: Path, folder: Path) -> Path:
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, filter="data")
    return next(folder.iterdir())


@pytest.mark.parametrize("backend", ["ferrule", "ferrule.backend"])
def test_metadata_without_compiling(backend, copy_project, call_hook, tmp_path) -> None:
    project = copy_project("examples/pure-module")
    out = tmp_path / "metadata"
    out.mkdir()
    name, _ = call_hook(
        project, "prepare_metadata_for_build_wheel", str(out), backend=backend
    )
    assert name == "wordcount-0.1.0.dist-info"
    text = (out / name / "METADATA").read_text()
    assert "Name: wordcount\nVersion: 0.1.0\n" in text
    version = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert f"Tag: {version}-{version}-linux_" in (out / name / "WHEEL").read_text()


def test_requirements_are_none(copy_project, call_hook) -> None:
    project = copy_project("examples/pure-module")
    for kind in ("wheel", "sdist", "editable"):
        assert call_hook(project, f"get_requires_for_build_{kind}")[0] == "[]"


def test_config_settings_and_their_mistakes(
    copy_project, call_hook, tmp_path, user_env
) -> None:
    project = copy_project("examples/pure-module")
    name, log = call_hook(
        project, "build_wheel", str(tmp_path), {"profile": "dev", "strip": "true"}
    )
    assert "dev profile" in log
    assert (tmp_path / name).is_file()
    code = HOOK.format(
        backend="ferrule",
        hook="build_wheel",
        args=(str(tmp_path / "none"), {"proflie": "dev"}),
        kwargs={},
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=project,
        env=user_env,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 2
    assert 'did you mean "profile"' in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "none").exists()


def test_temporary_builds_compile_once(
    copy_project, run_ferrule, call_hook, tmp_path, own_cache
) -> None:
    project = copy_project("examples/pure-module")
    run_ferrule("sdist", "--out", tmp_path, cwd=project).check()
    sdist = next(tmp_path.glob("*.tar.gz"))
    logs = []
    for number in ("first", "second", "edited"):
        # As pip does: a new folder below the temporary folder, each time.
        root = unpack(sdist, tmp_path / number)
        if number == "edited":
            source = root / "src" / "lib.rs"
            source.write_text(source.read_text() + "// edited\n")
        env = {**own_cache, "TMPDIR": str(tmp_path), "CARGO_TARGET_DIR": None}
        name, log = call_hook(root, "build_wheel", str(tmp_path / number), env=env)
        assert name.endswith(".whl")
        logs.append(re.search(r"\((\d+) compiled", log).group(1))
        assert not (root / "target").exists()
    assert int(logs[0]) > 3
    assert logs[1:] == ["0", "1"]


def test_build_cache_can_be_switched_off(
    copy_project, call_hook, tmp_path, own_cache
) -> None:
    project = copy_project("examples/pure-module")
    env = {**own_cache, "TMPDIR": str(tmp_path), "FERRULE_BUILD_CACHE": "never"}
    call_hook(project, "build_wheel", str(tmp_path / "out"), env=env)
    assert not (tmp_path / "cache" / "builds").exists()


def test_editable_install(copy_project, call_hook, make_venv, tmp_path) -> None:
    project = copy_project("examples/mixed-package")
    name, log = call_hook(project, "build_editable", str(tmp_path))
    assert "dev profile" in log
    venv = make_venv()
    venv.install(tmp_path / name)
    before = venv.ask("import geometry; print(geometry.__file__)")
    assert before == str(project / "python" / "geometry" / "__init__.py")
    assert (
        venv.ask("import geometry._areas as m; print(m.__name__)") == "geometry._areas"
    )
    assert not list(project.glob("python/**/*.so"))
    package = project / "python" / "geometry" / "__init__.py"
    package.write_text(package.read_text() + "\nEDITED = 1\n")
    assert venv.ask("import geometry; print(geometry.EDITED)") == "1"


def test_version_specific_for_users_who_compile(
    copy_project, run_ferrule, call_hook, tmp_path, own_cache
) -> None:
    """The guide: abi3 wheels for release, full API for those who build it."""
    project = copy_project("examples/pure-module")
    pyproject = project / "pyproject.toml"
    pyproject.write_text(
        pyproject.read_text()
        + '\n[tool.ferrule]\nfeatures = ["pyo3/abi3-py39"]\n'
        + "\n[[tool.ferrule.overrides]]\nif.from-sdist = true\nfeatures = []\n"
    )
    released = run_ferrule("build", "--json", "-o", tmp_path, cwd=project).check()
    assert released.json()["wheels"][0]["tag"].startswith("cp39-abi3-")
    run_ferrule("sdist", "--out", tmp_path, cwd=project).check()
    root = unpack(next(tmp_path.glob("*.tar.gz")), tmp_path / "unpacked")
    name, _ = call_hook(root, "build_wheel", str(tmp_path / "out"), env=own_cache)
    version = f"cp{sys.version_info[0]}{sys.version_info[1]}"
    assert f"-{version}-{version}-linux_" in name


def test_interpreter_is_the_one_that_runs_the_hook(
    copy_project, call_hook, tmp_path
) -> None:
    project = copy_project("examples/pure-module")
    # Whatever the shell says: the hook runs in the target interpreter.
    env = {"PYO3_PYTHON": shutil.which("false") or "/bin/false"}
    name, _ = call_hook(project, "build_wheel", str(tmp_path), env=env)
    assert f"cp{sys.version_info[0]}{sys.version_info[1]}" in name
