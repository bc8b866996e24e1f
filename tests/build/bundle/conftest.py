"""Bundles of small programs, and places without anything to run them in."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.build.bundle.onefiles import CALCULATOR, QUICK
from tests.build.static_pythons import has_archive

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
C_LIBRARY = ("c.so.6", "m.so.6", "dl.so.2", "pthread.so.0", "rt.so.1", "util.so.1")


@dataclass(frozen=True)
class BuiltBundle:
    """A finished bundle."""

    folder: Path
    program: str

    def run(self, *words: str, env: dict[str, str] | None = None, **more):
        """Run the program with nothing but `env` in its environment."""
        return subprocess.run(
            [self.folder / "bin" / self.program, *words],
            env=env or {},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            **more,
        )


@pytest.fixture(scope="session")
def bundling_python(interpreters) -> Path:
    """Return a Python with a shared library that programs can be linked to."""
    own = "{}.{}".format(*sys.version_info[:2])
    for name in (own, "3.11", "3.12", "3.13"):
        if name in interpreters:
            code = "import sysconfig; print(sysconfig.get_config_var('LIBDIR'))"
            done = subprocess.run(
                [interpreters[name], "-c", code],
                capture_output=True,
                text=True,
                check=True,
            )
            folders = [Path(done.stdout.strip()), *Path("/usr/lib").glob("*-linux-*")]
            if any((folder / f"libpython{name}.so").exists() for folder in folders):
                return interpreters[name]
    return pytest.skip("no Python with a shared library")


@pytest.fixture(scope="session")
def plain_wheel(tmp_path_factory) -> Path:
    """Return a wheel with a package, its data, a single module and a path file."""
    path = tmp_path_factory.mktemp("wheel") / "plainthing-1.0-py3-none-any.whl"
    info = "plainthing-1.0.dist-info"
    files = {
        "plainthing/__init__.py": "from plainthing import part\nVALUE = part.VALUE\n",
        "plainthing/part.py": "VALUE = 42\n",
        "plainthing/data/text.txt": "text of a package",
        "plainsingle.py": "NAME = __name__\n",
        "plainthing.pth": "import sys; sys.plainthing_path_file_ran = True\n",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: plainthing\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nGenerator: tests\n"
        "Root-Is-Purelib: true\nTag: py3-none-any\n",
    }
    record = "".join(f"{name},,\n" for name in [*files, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w") as archive:
        for name, text in {**files, f"{info}/RECORD": record}.items():
            archive.writestr(name, text)
    return path


@pytest.fixture(scope="session")
def make_bundle(tmp_path_factory, run_ferrule):
    """Return a function that copies a project and bundles its program."""

    def make(project: Path, program: str, *words: str | Path) -> BuiltBundle:
        folder = tmp_path_factory.mktemp("bundle")
        copied = folder / project.name
        ignored = shutil.ignore_patterns("target", "dist")
        shutil.copytree(project, copied, ignore=ignored)
        out = folder / "made" / "app"
        run_ferrule("bundle", "-o", out, *words, cwd=copied).check()
        return BuiltBundle(out, program)

    return make


@pytest.fixture(scope="session")
def old_bundle(make_bundle, bundling_python, plain_wheel) -> BuiltBundle:
    """Return the bundle of the program that uses PyO3 0.22."""
    words = ["--python", bundling_python, "--packages", plain_wheel]
    return make_bundle(HERE / "old-program", "old-program", *words)


@pytest.fixture(scope="session")
def new_bundle(make_bundle, bundling_python) -> BuiltBundle:
    """Return the bundle of the example for current releases of PyO3."""
    project = REPOSITORY / "examples" / "embedding-program"
    return make_bundle(project, "calculator", "--python", bundling_python)


@pytest.fixture
def run_in_empty_root(tmp_path: Path):
    """Return a function that runs a bundle where only the C library is."""
    if shutil.which("unshare") is None:
        pytest.skip("needs unshare")
    own = ["unshare", "--user", "--map-root-user", "--mount"]
    allowed = subprocess.run([*own, "true"], capture_output=True, check=False)
    if allowed.returncode != 0:
        pytest.skip("this system allows no user namespaces")

    def run(
        bundle: BuiltBundle,
        words: Sequence[str],
        *,
        has_proc: bool,
        as_nobody: bool = False,
        has_memory: bool = False,
        c_library: Path | None = None,
    ):
        """Run it; `as_nobody` is another user if root asks, and nothing is writable.

        `has_memory` adds folders for shared memory and temporary files;
        `c_library` is a folder with another one than this system's.
        """
        root = tmp_path / "root"
        root.mkdir(exist_ok=True)
        program = bundle.folder / "bin" / bundle.program
        asked = program if c_library is None else Path("/bin/sh")
        needed = _loader_files(asked, bundle.folder)
        lines = [f"mount -t tmpfs none {root}", f"mkdir -p {root}/moved/to {root}/proc"]
        for path in needed:
            place = f"{root}{path}"
            source = path if c_library is None else c_library / Path(path).name
            lines += [f"mkdir -p {os.path.dirname(place)}", f"touch {place}"]
            lines.append(f"mount --bind {os.path.realpath(source)} {place}")
        lines.append(f"mount --bind {bundle.folder} {root}/moved/to")
        lines.append(f"mount -o remount,bind,ro {root}/moved/to")
        if has_proc:
            lines.append(f"mount --rbind /proc {root}/proc")
        for folder in (f"{root}/dev/shm", f"{root}/tmp") if has_memory else ():
            lines += [f"mkdir -p {folder}", f"mount -t tmpfs none {folder}"]
        argv = [shutil.which("chroot") or "/usr/sbin/chroot"]
        space = own
        if as_nobody:
            lines.append(f"mount -o remount,ro {root}")
            if os.geteuid() == 0:
                space = ["unshare", "--mount"]
                argv.append("--userspec=65534:65534")
        argv += [str(root), f"/moved/to/bin/{bundle.program}", *words]
        lines.append(f"exec env -i HOME=/nonexistent {shlex.join(argv)}")
        script = "\n".join(["set -e", *lines])
        return subprocess.run(
            [*space, "sh", "-c", script],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
        )

    return run


def _loader_files(program: Path, own: Path) -> list[str]:
    """Return the loader and the C library as this system has them, and no own file."""
    done = subprocess.run(["ldd", program], capture_output=True, text=True, check=True)
    found = [word for word in done.stdout.split() if word.startswith("/")]
    found = [path for path in found if not path.startswith(f"{own}/")]
    libc = next(path for path in found if "/libc.so" in path)
    for name in C_LIBRARY:
        path = os.path.join(os.path.dirname(libc), f"lib{name}")
        if os.path.exists(path):
            found.append(path)
    return list(dict.fromkeys(found))


@pytest.fixture(scope="session")
def static_python(interpreters) -> Path:
    """Return a Python with a static library that programs can be linked to."""
    own = "{}.{}".format(*sys.version_info[:2])
    for name in (own, "3.11", "3.12", "3.13"):
        if name in interpreters and has_archive(interpreters[name]):
            return interpreters[name]
    return pytest.skip("no Python with a libpython.a")


@pytest.fixture(scope="session")
def calculator(make_bundle, static_python) -> Path:
    bundle = make_bundle(CALCULATOR, "calculator", *QUICK, "--python", static_python)
    return bundle.folder / "calculator"


@pytest.fixture(scope="session")
def cached_calculator(make_bundle, static_python) -> Path:
    """Return a single file that opens its libraries from the cache."""
    words = [*QUICK, "--python", static_python, "--ext-load", "cache"]
    bundle = make_bundle(CALCULATOR, "calculator", *words)
    return bundle.folder / "calculator"


@pytest.fixture(scope="session")
def shared_python(interpreters, tmp_path_factory) -> Path:
    """Return a Python that has a shared library alone, as many distributions do."""
    for name in ("3.12", "3.13", "3.11"):
        python = interpreters.get(name)
        prefix = python and _prefix_with_library(python)
        if prefix is not None:
            break
    else:
        return pytest.skip("no Python of its own folder with a shared library")
    place = tmp_path_factory.mktemp("shared") / "python"
    (place / "lib").mkdir(parents=True)
    shutil.copytree(prefix / "bin", place / "bin", symlinks=True)
    for path in (prefix / "lib").glob("libpython*.so*"):
        shutil.copy(path, place / "lib", follow_symlinks=False)
    names = ("config-*", "test", "tests", "site-packages", "idlelib", "__pycache__")
    below = f"lib/python{name}"
    ignored = shutil.ignore_patterns(*names)
    shutil.copytree(prefix / below, place / below, ignore=ignored)
    for path in (place / below).glob("_sysconfigdata*.py"):
        path.write_text(path.read_text().replace(str(prefix), str(place)))
    copied = place / "bin" / f"python{name}"
    assert not has_archive(copied)
    return copied


def _prefix_with_library(python: Path) -> Path | None:
    code = "import sys; print(sys.base_prefix, *sys.version_info[:2])"
    done = subprocess.run(
        [python, "-c", code], capture_output=True, text=True, check=True
    )
    prefix, major, minor = done.stdout.split()
    library = Path(prefix, "lib", f"libpython{major}.{minor}.so")
    return Path(prefix) if library.exists() and prefix != "/usr" else None


@pytest.fixture(scope="session")
def shared_calculator(make_bundle, shared_python) -> Path:
    """Return a single file with a shared libpython in it."""
    bundle = make_bundle(CALCULATOR, "calculator", *QUICK, "--python", shared_python)
    return bundle.folder / "calculator"
