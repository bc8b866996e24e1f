from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from ferrule import cache, log
from ferrule.cache_entries import entries
from ferrule.python import probe as probing
from ferrule.python import probe_script
from ferrule.python.interpreter import Interpreter
from ferrule.python.probe import ProbeFailure, probe, running_interpreter
from tests.unit.python.real_pythons import VERSIONS, installed, make_venv


@pytest.fixture
def env(tmp_path):
    return {
        "FERRULE_CACHE_DIR": str(tmp_path / "cache"),
        "HOME": str(tmp_path),
        "PATH": os.defpath,
    }


@pytest.fixture
def commands():
    """Collect the commands that are run."""
    seen = []

    def sink(kind, message):
        if kind == "command":
            seen.append(message)

    with log.sink_to(sink):
        yield seen


def script(path, text):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return str(path)


@pytest.mark.parametrize("minor", range(7, 15))
def test_real_interpreters_answer(env, minor):
    path = installed(f"3.{minor}")
    (found,) = probe([path], env)
    assert isinstance(found, Interpreter)
    ask = (
        "import sys, sysconfig as s, struct;"
        "print(*map(repr, [sys.executable, sys.version_info[:3],"
        " s.get_config_var('EXT_SUFFIX'), s.get_config_var('SOABI'),"
        " s.get_config_var('LDVERSION'), s.get_config_var('LIBDIR'),"
        " bool(s.get_config_var('Py_ENABLE_SHARED')), sys.base_prefix,"
        " s.get_platform(), sys.implementation.cache_tag]), sep='|')"
    )
    text = subprocess.check_output([path, "-c", ask], env=env, text=True)
    seen = [
        found.executable,
        found.version,
        found.ext_suffix,
        found.soabi,
        found.ld_version,
        found.lib_dir,
        found.shared,
        found.base_prefix,
        found.platform,
        found.cache_tag,
    ]
    assert "|".join(map(repr, seen)) == text.strip()
    assert found.implementation == "CPython"
    assert found.implementation_version == (3, minor)
    assert found.base_executable == found.executable
    assert not found.is_virtual
    assert found.framework_prefix == ""
    assert (found.gil_disabled, found.debug, found.build_flags) == (False, False, ())


@pytest.mark.parametrize("version", ["2.7", "3.6"])
def test_old_pythons_are_refused_with_their_version(env, version, commands):
    path = installed(version)
    for _ in range(2):
        (found,) = probe([path], env)
        assert isinstance(found, ProbeFailure)
        assert found.kind == "too-old"
        assert found.version.startswith(version)
        assert found.reason == (
            f"Python {found.version} is too old: 3.7 is the oldest that PyO3 knows"
        )
    # The second answer came from the cache.
    assert len(commands) == 1


def test_pypy_answers(env):
    path = "/usr/bin/pypy3"
    if not os.path.exists(path):
        pytest.skip("PyPy is not installed")
    (found,) = probe([path], env)
    assert isinstance(found, Interpreter)
    assert found.implementation == "PyPy"
    assert found.implementation_version[0] == 7
    assert found.shared
    assert found.ext_suffix.startswith(".pypy")
    assert found.framework_prefix is None


def test_the_running_interpreter_needs_no_process(env, commands):
    running = running_interpreter()
    assert commands == []
    (asked,) = probe([sys.executable], env)
    assert running == asked
    assert running_interpreter() is running


def test_answers_are_kept(env, commands):
    python = installed("3.9")
    first = probe([python], env)
    assert commands == [f"{python} -"]
    assert probe([python], env) == first
    assert len(commands) == 1
    (entry,) = entries(env, ["interpreters"])
    assert entry.label == f"CPython {first[0].version_text} {python}"


def test_a_cached_answer_is_quick_and_starts_nothing(env):
    python = installed("3.9")
    probe([python], env)
    times = []
    for _ in range(20):
        start = time.perf_counter()
        probe([python], env)
        times.append(time.perf_counter() - start)
    assert min(times) < 0.005


def test_a_cached_answer_imports_no_machinery(env):
    probe([sys.executable], env)
    code = (
        "import os, sys; from ferrule.python.probe import probe;"
        f"found, = probe([{sys.executable!r}], os.environ);"
        "heavy = {'subprocess', 'tempfile', 'threading', 'shutil', 'sysconfig'};"
        "print(found.version_text, sorted(heavy & set(sys.modules)))"
    )
    source = str(Path(probing.__file__).parents[2])
    # -S: site customisation of the environment may import anything itself.
    done = subprocess.check_output(
        [sys.executable, "-S", "-c", code],
        env={**env, "PYTHONPATH": source},
        text=True,
    )
    assert done.strip() == f"{running_interpreter().version_text} []"


@pytest.mark.parametrize("options", [[], ["--copies"]], ids=["links", "copies"])
@pytest.mark.parametrize("version", ["3.7", "3.9", "3.12"])
def test_virtual_environments_know_their_base(env, tmp_path, version, options):
    base = installed(version)
    folder = make_venv(base, tmp_path / "venv", *options)
    path = str(folder / "bin" / "python")
    (found,) = probe([path], env)
    assert isinstance(found, Interpreter)
    assert found.executable == path
    assert found.is_virtual
    assert os.path.samefile(found.base_executable, os.path.realpath(base)) or (
        Path(found.base_executable).read_bytes() == Path(base).read_bytes()
    )
    assert not found.base_executable.startswith(str(tmp_path))


def test_a_changed_environment_is_asked_again(env, tmp_path, commands):
    folder = make_venv(installed("3.9"), tmp_path / "venv")
    path = str(folder / "bin" / "python")
    assert probe([path], env)[0].version[:2] == (3, 9)
    probe([path], env)
    assert len(commands) == 1
    make_venv(installed("3.12"), tmp_path / "venv", "--clear")
    assert probe([path], env)[0].version[:2] == (3, 12)
    config = tmp_path / "venv" / "pyvenv.cfg"
    config.write_text(config.read_text() + "\n")
    probe([path], env)
    assert len(commands) == 3


def test_an_upgrade_behind_a_small_launcher_is_noticed(env, tmp_path, commands):
    python = installed("3.9")
    probe([python], env)
    key = probing._cache_key(python, env)
    stored = cache.read_json(env, "interpreters", key)
    stored["sysconfig_data"] = "1 2 3"
    cache.write_json(env, "interpreters", key, stored)
    probe([python], env)
    assert len(commands) == 2


def test_variables_that_change_answers_are_part_of_the_identity(env, commands):
    python = installed("3.9")
    probe([python], env)
    changed = {**env, "_PYTHON_HOST_PLATFORM": "linux-other"}
    assert probe([python], changed)[0].platform == "linux-other"
    assert probe([python], env)[0].platform != "linux-other"
    assert len(commands) == 2


def test_wrapper_scripts_are_never_cached(env, tmp_path, commands):
    old, new = installed("3.9"), installed("3.12")
    path = script(tmp_path / "python", f'#!/bin/sh\nexec "${{CHOICE:-{old}}}" "$@"\n')
    assert probe([path], env)[0].version[:2] == (3, 9)
    assert probe([path], {**env, "CHOICE": new})[0].version[:2] == (3, 12)
    assert len(commands) == 2
    assert entries(env) == ()


def test_pyenv_shims_are_resolved(env, tmp_path, commands):
    python = installed("3.9")
    root = str(VERSIONS.parent)
    shim = os.path.join(root, "shims", "python")
    version = Path(python).parents[1].name
    chosen = {**env, "PYENV_ROOT": root, "PYENV_VERSION": version}
    for _ in range(2):
        (found,) = probe([shim], chosen)
        assert found.executable == python
    assert commands == [f"{python} -"]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("echo oh no >&2; exit 3", "exit status 3: oh no"),
        ("exit 3", "exit status 3"),
        ("printf 'pyenv: x: no\\n\\nNote: y\\n' >&2; exit 127",
         "exit status 127: pyenv: x: no"),
        ("kill -9 $$", "killed by SIGKILL"),
        ("exit 0", "it does not answer like a Python"),
        ("echo Python 3.12.1", "it does not answer like a Python"),
        (f"echo '{probe_script.BEGIN}[]{probe_script.END}'",
         "it does not answer like a Python"),
        (f"echo '{probe_script.BEGIN}{{}}{probe_script.END}'",
         "it does not answer like a Python"),
    ],
)  # fmt: skip
def test_programs_that_are_no_python_are_explained(env, tmp_path, text, reason):
    path = script(tmp_path / "python", f"#!/bin/sh\n{text}\n")
    assert probe([path], env) == [ProbeFailure(path, "broken", reason)]


def test_files_that_cannot_run_are_explained(env, tmp_path):
    plain = tmp_path / "plain"
    plain.write_text("")
    link = tmp_path / "link"
    link.symlink_to(tmp_path / "gone")
    binary = script(tmp_path / "binary", "\x7fnothing")
    paths = [str(tmp_path / "no"), str(link), str(plain), str(tmp_path), binary]
    found = [(item.kind, item.reason) for item in probe(paths, env)]
    assert found == [
        ("missing", "no such file"),
        ("missing", "it is a broken link"),
        ("not-executable", "it is not executable"),
        ("not-executable", "it is a folder"),
        ("broken", "it does not start: Exec format error"),
    ]


def test_time_is_limited_also_for_children_of_wrappers(env, tmp_path, monkeypatch):
    monkeypatch.setattr(probing, "TIMEOUT_S", 0.5)
    path = script(tmp_path / "python", "#!/bin/sh\nsleep 60 | cat\n")
    start = time.monotonic()
    assert probe([path], env) == [
        ProbeFailure(path, "timeout", "it did not answer within 0.5 s")
    ]
    assert time.monotonic() - start < 5


def test_noise_of_site_customisation_does_not_matter(env, tmp_path):
    site = tmp_path / "site"
    site.mkdir()
    (site / "sitecustomize.py").write_text(
        "import atexit, sys\n"
        f"print('noise {probe_script.BEGIN}')\n"
        "sys.stdout.write('no newline')\n"
        "atexit.register(print, 'goodbye')\n"
    )
    python = installed("3.9")
    (found,) = probe([python], {**env, "PYTHONPATH": str(site)})
    assert found.version[:2] == (3, 9)


def test_modules_of_the_current_folder_are_not_taken(env, tmp_path, monkeypatch):
    for name in ("json", "platform", "sysconfig", "struct"):
        (tmp_path / f"{name}.py").write_text("raise SystemExit('wrong module')\n")
    monkeypatch.chdir(tmp_path)
    assert probe([installed("3.9")], env)[0].version[:2] == (3, 9)


def test_unknown_implementations_are_refused(env):
    facts = {**probe_script.gather(), "implementation": "Jython"}
    assert probing._judge("/j", facts) == ProbeFailure(
        "/j",
        "other",
        "PyO3 does not know the implementation Jython",
        running_interpreter().version_text,
    )


def test_answers_keep_the_order_of_the_question(env, tmp_path):
    broken = script(tmp_path / "python", "#!/bin/sh\nexit 1\n")
    paths = [installed("3.12"), broken, installed("3.9"), installed("3.12")]
    found = probe(paths, env)
    assert [getattr(item, "version", "")[:2] for item in found] == [
        (3, 12),
        "",
        (3, 9),
        (3, 12),
    ]


@pytest.mark.parametrize(
    ("name", "value", "expected"),
    [
        ("Py_ENABLE_SHARED", 1, True),
        ("PYTHONFRAMEWORK", "Python", True),
        ("conda", None, True),
        ("system", "Windows", True),
        ("implementation", "GraalVM", True),
        ("nothing", None, False),
    ],
)
def test_shared_follows_the_rule_of_pyo3(monkeypatch, tmp_path, name, value, expected):
    import platform
    import sysconfig

    values = {"PYTHONFRAMEWORK": "", "Py_ENABLE_SHARED": 0, name: value}
    monkeypatch.setattr(sysconfig, "get_config_var", values.get)
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path))
    if name == "conda":
        (tmp_path / "conda-meta").mkdir()
    if name == "system":
        monkeypatch.setattr(platform, "system", lambda: value)
    if name == "implementation":
        monkeypatch.setattr(platform, "python_implementation", lambda: value)
    facts = probe_script.gather()
    assert facts["shared"] is expected
    assert facts["is_conda"] is (name == "conda")


def test_flags_of_special_builds(monkeypatch):
    import sysconfig

    values = {
        "Py_GIL_DISABLED": 1,
        "Py_DEBUG": "1",
        "Py_REF_DEBUG": None,
        "LDVERSION": "3.14td",
        "PYTHONFRAMEWORKPREFIX": "/Library/Frameworks",
    }
    monkeypatch.setattr(sysconfig, "get_config_var", values.get)
    found = Interpreter.from_json(probe_script.gather())
    assert (found.gil_disabled, found.debug) == (True, True)
    assert found.build_flags == ("Py_DEBUG", "Py_GIL_DISABLED")
    assert found.ld_version == "3.14td"
    assert found.framework_prefix == "/Library/Frameworks"
    assert found.lib_dir == ""


def test_graalpy_tells_its_release(monkeypatch):
    import builtins
    import platform
    from types import SimpleNamespace

    native = SimpleNamespace(get_graalvm_version=lambda: "25.0.1-dev")
    monkeypatch.setattr(builtins, "__graalpython__", native, raising=False)
    monkeypatch.setattr(platform, "python_implementation", lambda: "GraalVM")
    found = Interpreter.from_json(probe_script.gather())
    assert found.implementation_version == (25, 0)
