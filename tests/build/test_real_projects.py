"""Projects from PyPI: the same wheel as the project's own backend makes.

The sdists are fetched at run time and built in the release profile, as users
do, once by maturin and once by ferrule, on the same machine.

Differences that are meant, and left out of the comparison: the `Generator` line
of WHEEL, RECORD (it has the digests of what differs), the bytes of compiled
files, the SBOM below `*.dist-info/sboms/`, and the text of the `__init__.py`
that each tool generates for a module without Python code. `Home-Page` too:
maturin takes it from Cargo.toml although `[project]` does not call it dynamic,
which PEP 621 forbids.
"""

from __future__ import annotations

import email
import os
import re
import sys
import tarfile
from dataclasses import dataclass
from pathlib import Path

import pytest
from packaging.specifiers import SpecifierSet

pytestmark = [pytest.mark.build, pytest.mark.network]

VERSIONS = ("3.9", "3.10", "3.11", "3.12", "3.13")
COMPILED = (".so", ".pyd")


@dataclass(frozen=True)
class RealProject:
    """A project on PyPI, and a line of Python that uses its compiled code."""

    name: str
    use: str
    answer: str
    found_only_by_ferrule: frozenset[str] = frozenset()


PROJECTS = (
    RealProject(
        "rpds-py", "import rpds; print(len(rpds.HashTrieMap({1: 2})))", answer="1"
    ),
    RealProject(
        "watchfiles",
        "import watchfiles; print(watchfiles.Change.added.raw_str())",
        answer="added",
    ),
    RealProject(
        "jiter",
        "import jiter; print(jiter.from_json(b'[1]'))",
        answer="[1]",
        # The sdist has the stub beside the crate, where maturin does not look.
        found_only_by_ferrule=frozenset({"jiter/__init__.pyi", "jiter/py.typed"}),
    ),
    RealProject("nh3", "import nh3; print(nh3.clean('<b><script>x</b>'))", "<b></b>"),
)


@dataclass(frozen=True)
class Workbench:
    """One project: its unpacked sources, and a virtual environment with maturin."""

    project: RealProject
    maturin_sources: Path
    ferrule_sources: Path
    maturin_python: Path


@pytest.fixture(scope="session")
def maturin_python(tmp_path_factory, user_env, run_command) -> Path:
    """Return the interpreter of a virtual environment that holds maturin."""
    folder = tmp_path_factory.mktemp("maturin") / "venv"
    run_command(sys.executable, "-m", "venv", folder, cwd=folder.parent, env=user_env)
    python = folder / "bin" / "python"
    pip = [python, "-m", "pip", "install", "--quiet", "maturin>=1.9.4,<2"]
    run_command(*pip, cwd=folder, env=user_env)
    return python


@pytest.fixture(scope="module", params=PROJECTS, ids=lambda project: project.name)
def bench(request, tmp_path_factory, maturin_python, user_env, run_command):
    """Fetch a project's sdist and unpack it twice."""
    project = request.param
    folder = tmp_path_factory.mktemp(project.name)
    # pip asks the backend for metadata of what it downloads, hence maturin.
    path = os.pathsep.join([str(maturin_python.parent), user_env["PATH"]])
    pip = [maturin_python, "-m", "pip", "download", "--quiet", "--no-deps"]
    options = ["--no-binary", ":all:", "--no-build-isolation", "--dest", folder]
    env = {**user_env, "PATH": path}
    run_command(*pip, *options, project.name, cwd=folder, env=env)
    (sdist,) = folder.glob("*.tar.gz")
    sources = [_unpack(sdist, folder / tool) for tool in ("maturin", "ferrule")]
    return Workbench(project, *sources, maturin_python)


def _unpack(sdist: Path, folder: Path) -> Path:
    folder.mkdir()
    # PEP 706: newer Pythons insist on the filter, the oldest do not know it.
    safe = {"filter": "data"} if hasattr(tarfile, "data_filter") else {}
    with tarfile.open(sdist) as archive:
        archive.extractall(folder, **safe)
    (root,) = folder.iterdir()
    return root


@pytest.fixture(scope="module")
def maturin_wheel(
    bench, tmp_path_factory, target_dir, user_env, run_command, read_wheel
):
    """Build with maturin, through the hook of its backend (as pip does)."""
    out = tmp_path_factory.mktemp("maturin-out")
    env = {**user_env, "CARGO_TARGET_DIR": str(target_dir / "maturin")}
    env["PATH"] = os.pathsep.join([str(bench.maturin_python.parent), env["PATH"]])
    pip = [bench.maturin_python, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    options = ["--no-build-isolation", "--wheel-dir", out]
    run_command(*pip, *options, bench.maturin_sources, cwd=out, env=env)
    return read_wheel(next(out.glob("*.whl")))


@pytest.fixture(scope="module")
def ferrule_wheels(bench, tmp_path_factory, interpreters, run_ferrule, read_wheel):
    """Build with `ferrule build`, for every interpreter that the project supports."""
    out = tmp_path_factory.mktemp("ferrule-out")
    options = []
    for name, path in _supported(bench.ferrule_sources, interpreters).items():
        options += ["-i", path] if name in VERSIONS else []
    command = ["build", "--release", "--compatibility", "linux", *options]
    run_ferrule(*command, "--out", out, cwd=bench.ferrule_sources).check()
    return [read_wheel(path) for path in sorted(out.glob("*.whl"))]


def _supported(sources: Path, interpreters: dict[str, Path]) -> dict[str, Path]:
    text = (sources / "PKG-INFO").read_text(encoding="utf-8")
    wanted = SpecifierSet(email.message_from_string(text)["Requires-Python"] or "")
    return {
        name: path
        for name, path in interpreters.items()
        if name in VERSIONS and wanted.contains(f"{name}.99")
    }


def _find_generated(bench: Workbench, wheel) -> frozenset[str]:
    """Return each `__init__.py` of the wheel that the sources do not have."""
    return frozenset(
        name
        for name in wheel.names()
        if name.endswith("/__init__.py") and not any(bench.maturin_sources.rglob(name))
    )


def _find_wheel(wheels, version: tuple[int, int]):
    """Return the wheel that a CPython of this version would install."""
    tag = "cp{}{}".format(*version)
    for wheel in wheels:
        if wheel.tags[0] == tag or wheel.tags[1] == "abi3":
            return wheel
    return pytest.fail(f"no wheel for {tag} in {[wheel.path.name for wheel in wheels]}")


def assert_same_wheel(
    ours, theirs, *, generated: frozenset[str], additional: frozenset[str]
) -> None:
    """Compare file list, metadata, entry points, tags and plain files."""
    ours_names, theirs_names = (
        {name for name in wheel.names() if "/sboms/" not in name}
        for wheel in (ours, theirs)
    )
    assert ours_names == theirs_names | additional
    assert ours.tags == theirs.tags
    assert ours.find_record_problems() == []
    for name in sorted(theirs_names):
        if name in generated or name.endswith((*COMPILED, ".dist-info/RECORD")):
            continue
        ours_text, theirs_text = ours.read(name), theirs.read(name)
        if name.endswith(".dist-info/METADATA"):
            assert _read_fields(ours_text, "Home-Page") == _read_fields(
                theirs_text, "Home-Page"
            )
        elif name.endswith(".dist-info/WHEEL"):
            assert _read_fields(ours_text, "Generator") == _read_fields(
                theirs_text, "Generator"
            )
        elif name.endswith(".dist-info/entry_points.txt"):
            assert ours_text.split() == theirs_text.split()
        else:
            assert ours_text == theirs_text, name


def _read_fields(text: bytes, *ignored: str) -> tuple[list[tuple[str, str]], str]:
    message = email.message_from_bytes(text)
    fields = sorted(item for item in message.items() if item[0] not in ignored)
    return fields, message.get_payload().strip()


def test_wheel_equals_that_of_the_own_backend(bench, ferrule_wheels, maturin_wheel):
    ours = _find_wheel(ferrule_wheels, sys.version_info[:2])

    generated = _find_generated(bench, ours)
    additional = bench.project.found_only_by_ferrule
    assert_same_wheel(ours, maturin_wheel, generated=generated, additional=additional)


@pytest.mark.parametrize("version", VERSIONS)
def test_wheel_installs_and_imports(
    version, bench, ferrule_wheels, interpreter, interpreters, make_venv
):
    python = interpreter(version)
    if version not in _supported(bench.ferrule_sources, interpreters):
        pytest.skip(f"{bench.project.name} does not support Python {version}")
    wheel = _find_wheel(ferrule_wheels, tuple(map(int, version.split("."))))

    venv = make_venv(python)
    venv.install_with_dependencies(wheel.path)

    assert venv.ask(bench.project.use) == bench.project.answer


def test_pip_builds_the_same_wheel_after_one_changed_line(
    bench, ferrule_wheels, ferrule_wheel, tmp_path, user_env, run_command, read_wheel
):
    change_backend(bench.ferrule_sources / "pyproject.toml")
    links = f"{ferrule_wheel.parent} {user_env.get('PIP_FIND_LINKS', '')}"
    env = {**user_env, "PIP_FIND_LINKS": links.strip()}

    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps"]
    run_command(
        *pip, "--wheel-dir", tmp_path, bench.ferrule_sources, cwd=tmp_path, env=env
    )

    (wheel,) = map(read_wheel, tmp_path.glob("*.whl"))
    ours = _find_wheel(ferrule_wheels, sys.version_info[:2])
    assert_same_wheel(wheel, ours, generated=frozenset(), additional=frozenset())


def change_backend(pyproject: Path) -> None:
    """Change what a user changes to try ferrule: the backend, and what it needs."""
    text = pyproject.read_text(encoding="utf-8")
    text, backends = re.subn(
        r'(?m)^build-backend\s*=\s*["\']maturin["\']', 'build-backend = "ferrule"', text
    )
    text, requirements = re.subn(
        r"(?m)^requires\s*=\s*\[[^\]]*\]", 'requires = ["ferrule"]', text, count=1
    )
    assert (backends, requirements) == (1, 1), text
    pyproject.write_text(text, encoding="utf-8")
