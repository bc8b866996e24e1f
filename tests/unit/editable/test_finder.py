"""The finder of an editable install, run for real in processes of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import sysconfig
import textwrap
import time
from pathlib import Path

import pytest

import ferrule
from ferrule.editable.finder import Finder, pth_source
from ferrule.editable.freshness import write_record


def _install(site: Path, modules: dict[str, Path], **more: object) -> Path:
    """Write a finder into a folder; return its freshness record."""
    record = site / "place" / "freshness"
    finder = Finder("demo", modules, record, **more)  # type: ignore[arg-type]
    site.mkdir(exist_ok=True)
    for name, text in finder.sources("_finder").items():
        (site / f"{name}.py").write_text(text)
    return record


def _run(site: Path, code: str, **env: str) -> subprocess.CompletedProcess[str]:
    start = f"import sys; sys.path.insert(0, {str(site)!r}); import _finder\n"
    return subprocess.run(
        [sys.executable, "-I", "-S", "-c", start + textwrap.dedent(code)],
        cwd=site,
        env={**os.environ, "PATH": "/nonexistent", **env},
        capture_output=True,
        text=True,
        check=False,
    )


def _extension(folder: Path) -> Path:
    dynload = Path(sysconfig.get_path("stdlib")) / "lib-dynload"
    source = next(dynload.glob("_bisect.*.so"), None)
    if source is None:
        pytest.skip("this Python has no _bisect of its own file")
    folder.mkdir(parents=True)
    (folder / source.name).write_bytes(source.read_bytes())
    return folder / source.name


@pytest.fixture
def package(tmp_path: Path) -> tuple[Path, dict[str, Path]]:
    """Return a folder of generated packages, recorded as fresh, and its table."""
    init = tmp_path / "place" / "packages" / "pkg" / "__init__.py"
    init.parent.mkdir(parents=True)
    init.write_text("value = 1\n")
    modules = {"pkg": init}
    (tmp_path / "a.rs").write_text("x")
    time.sleep(0.02)
    write_record(
        tmp_path / "place" / "freshness",
        modules,
        [tmp_path / "a.rs"],
        products=[],
        started_ns=time.time_ns(),
    )
    return tmp_path, modules


def test_pth_names_the_sources_and_the_finder() -> None:
    assert pth_source("_finder", [Path("/src")]) == "/src\nimport _finder\n"
    assert pth_source("_finder", []) == "import _finder\n"


def test_finder_imports_a_module_from_elsewhere(tmp_path: Path) -> None:
    module = _extension(tmp_path / "elsewhere")
    _install(tmp_path, {"_bisect": module})
    done = _run(tmp_path, "import _bisect; print(_bisect.__file__)")
    assert done.stdout.strip() == str(module), done.stderr


def test_finder_imports_a_generated_package(tmp_path: Path) -> None:
    (tmp_path / "pkg").mkdir()
    (tmp_path / "pkg" / "__init__.py").write_text("from ._native import lib\n")
    generated = tmp_path / "elsewhere" / "pkg" / "_native"
    generated.mkdir(parents=True)
    (generated / "__init__.py").write_text("from .ffi import lib\n")
    (generated / "ffi.py").write_text("lib = __file__\n")
    _install(tmp_path, {"pkg._native": generated / "__init__.py"})
    done = _run(tmp_path, "import pkg, pkg._native.ffi; print(pkg.lib)")
    assert done.stdout.strip() == str(generated / "ffi.py"), done.stderr


def test_a_fresh_import_needs_few_modules(package) -> None:
    site, modules = package
    _install(site, modules, rebuilds=True)
    code = """
        import pkg
        heavy = {"json", "subprocess", "re", "ferrule", "_finder_rebuilder"}
        print(pkg.value, sorted(heavy & set(sys.modules)))
    """
    done = _run(site, code)
    assert done.stdout == "1 []\n", done.stderr


def test_a_removed_module_says_what_to_do(tmp_path: Path) -> None:
    _install(tmp_path, {"core": tmp_path / "core.so"})
    done = _run(tmp_path, "import core")
    assert "does not exist (removed by `cargo clean`?)" in done.stderr
    assert "run `ferrule develop` again" in done.stderr


def test_a_package_whose_files_are_gone_says_what_to_do(tmp_path: Path) -> None:
    _install(tmp_path, {"demo._core": tmp_path / "core.so"})
    install = "_finder.install()\n"
    done = _run(tmp_path, f"{install}import demo")
    last = done.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: No module named 'demo': the Python")
    assert "`ferrule develop` in the new one" in last
    other = _run(tmp_path, f"{install}import demonstration")
    assert other.stderr.endswith("No module named 'demonstration'\n")


def test_files_of_a_package_elsewhere_are_found_before(tmp_path: Path) -> None:
    _install(tmp_path, {"demo._core": tmp_path / "core.so"})
    (tmp_path / "demo").mkdir()
    (tmp_path / "demo" / "__init__.py").write_text("value = 1\n")
    done = _run(tmp_path, "_finder.install()\nimport demo\nprint(demo.value)")
    assert (done.stdout, done.stderr) == ("1\n", "")


def test_a_stale_import_without_any_ferrule_says_how_to_get_it(package) -> None:
    site, modules = package
    _install(site, modules, rebuilds=True)
    (site / "a.rs").write_text("changed")
    done = _run(site, "import pkg")
    assert "ferrule: a.rs changed: rebuilding demo" in done.stderr
    assert "ImportError: demo changed and could not be rebuilt" in done.stderr
    assert "no ferrule was found" in done.stderr
    assert "uv tool install ferrule" in done.stderr
    assert "FERRULE_REBUILD_ON_IMPORT=false imports what was built last" in done.stderr


def test_the_old_module_is_kept_where_that_is_wanted(package) -> None:
    site, modules = package
    _install(site, modules, rebuilds=True, keeps=True)
    (site / "a.rs").write_text("changed")
    done = _run(site, "import pkg; print(pkg.value)")
    assert done.stdout == "1\n", done.stderr
    assert "RuntimeWarning: demo changed and could not be rebuilt" in done.stderr
    assert "The modules of the last build are used" in done.stderr


@pytest.mark.parametrize(
    ("rebuilds", "env", "fails"),
    [
        pytest.param(False, {}, False, id="not-wanted"),
        pytest.param(True, {"FERRULE_REBUILD_ON_IMPORT": "0"}, False, id="off"),
        pytest.param(True, {"FERRULE_REBUILDING": "1"}, False, id="inside-a-rebuild"),
        pytest.param(False, {"FERRULE_REBUILD_ON_IMPORT": "1"}, True, id="on"),
    ],
)
def test_who_rebuilds(package, rebuilds, env, fails) -> None:
    site, modules = package
    _install(site, modules, rebuilds=rebuilds)
    (site / "a.rs").write_text("changed")
    done = _run(site, "import pkg; print(pkg.value)", **env)
    assert ("could not be rebuilt" in done.stderr) == fails
    assert done.stdout == ("" if fails else "1\n")


def test_workers_of_multiprocessing_do_not_rebuild(package) -> None:
    site, modules = package
    _install(site, modules, rebuilds=True)
    (site / "work.py").write_text(
        "import _finder, pkg\ndef value(): return pkg.value\n"
    )
    (site / "main.py").write_text(
        textwrap.dedent("""
        import multiprocessing, pathlib, sys
        import work
        if __name__ == "__main__":
            pathlib.Path("a.rs").write_text("changed")
            with multiprocessing.get_context("spawn").Pool(1) as pool:
                print(pool.apply(work.value))
        """)
    )
    done = subprocess.run(
        [sys.executable, "main.py"],
        cwd=site,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "1\n", done.stderr


def test_reload_takes_a_changed_package_from_a_new_place(package) -> None:
    site, modules = package
    _install(site, modules)
    code = """
        import importlib, pathlib, pkg
        init = pathlib.Path(pkg.__file__)
        init.write_text("value = 22\\n")
        again = importlib.reload(pkg)
        print(pkg.value, again is pkg, pkg.__file__ != str(init))
        print(importlib.reload(pkg).value)
    """
    done = _run(site, code)
    assert done.stdout == "22 True True\n22\n", done.stderr


def test_reload_of_a_module_that_did_not_change(tmp_path: Path) -> None:
    module = _extension(tmp_path / "elsewhere")
    _install(tmp_path, {"_bisect": module})
    code = """
        import importlib, _bisect
        before = _bisect.bisect_left
        again = importlib.reload(_bisect)
        print(again is _bisect, _bisect.bisect_left is before, _bisect.__file__)
    """
    done = _run(tmp_path, code)
    assert done.stdout.strip() == f"True True {module}", done.stderr


def test_reload_of_a_changed_module_opens_a_new_file(tmp_path: Path) -> None:
    module = _extension(tmp_path / "place" / "modules")
    _install(tmp_path, {"_bisect": module})
    code = f"""
        import importlib, os, _bisect
        before = _bisect.bisect_left
        os.utime({str(module)!r}, ns=(1, 1))
        again = importlib.reload(_bisect)
        print(again is _bisect, _bisect.bisect_left is before)
        print(os.path.basename(_bisect.__file__))
    """
    done = _run(tmp_path, code)
    size = f"{module.stat().st_size:x}"
    name = module.name.replace("_bisect.", f"_bisect.1-{size}.")
    assert done.stdout.splitlines() == ["True False", name], done.stderr


def _asks_this_ferrule(tmp_path: Path) -> Path:
    """Install a module that is another one than its name says."""
    library = _extension(tmp_path / "place")
    packages = str(Path(ferrule.__file__).parent)
    request = json.dumps({"ferrule": [sys.executable, packages]})
    record = _install(tmp_path / "site", {"other": library}, request=request)
    record.parent.mkdir()
    return tmp_path / "site"


def test_a_library_that_cannot_be_loaded_is_explained(tmp_path: Path) -> None:
    done = _run(_asks_this_ferrule(tmp_path), "import other")
    assert "does not define module export function (PyInit_other)" in done.stderr
    assert "The module does not export the function that Python calls" in done.stderr
    assert "more: ferrule explain pyinit-mismatch" in done.stderr
    assert "During handling" not in done.stderr


def test_a_build_asks_for_no_explanation(tmp_path: Path) -> None:
    site = _asks_this_ferrule(tmp_path)
    done = _run(site, "import other", FERRULE_REBUILDING="1")
    assert "PyInit_other" in done.stderr
    assert "ferrule explain" not in done.stderr


def test_the_plain_error_without_a_ferrule(tmp_path: Path) -> None:
    library = _extension(tmp_path / "place")
    _install(tmp_path / "site", {"other": library})
    code = """
    try:
        import other
    except ImportError as error:
        print(error.name, error)
    """
    done = _run(tmp_path / "site", code)
    assert done.stdout.startswith("other dynamic module does not define")
    assert "ferrule explain" not in done.stdout
