from __future__ import annotations

import os
import sys

import pytest

from ferrule.errors.migrate import MigratedBuildError, NoReferenceError, PeerBuildError
from ferrule.migrate.peers import build_with_hooks, build_with_peer

HOOKS = """
import os, sys
def build_wheel(out, *_):
    sys.argv = []
    print("noise")
    open(os.path.join(out, "x.whl"), "w").close()
    return "x.whl"
def build_sdist(out, *_):
    open(os.path.join(out, "x.tar.gz"), "w").close()
    return "x.tar.gz"
"""


NO_SDIST = """
def build_sdist(out): raise SystemExit("no sdist")
def build_wheel(out): raise OSError("broken")
"""


def project(root, hooks, requires="pytest"):
    (root / "tools").mkdir(parents=True)
    (root / "tools" / "hooks.py").write_text(hooks)
    (root / "pyproject.toml").write_text(
        f'[build-system]\nrequires = ["{requires}"]\nbuild-backend = "hooks"\n'
        'backend-path = ["tools"]\n'
    )
    return root


def build(root, out, peer="pytest"):
    out.mkdir()
    return build_with_peer(
        peer, root, out, python=sys.executable, env=os.environ, install=False
    )


def test_the_hooks_of_the_backend_are_called(tmp_path):
    built = build(project(tmp_path / "p", HOOKS), tmp_path / "out")
    assert built is not None
    assert built.builder == f"pytest {pytest.__version__}"
    assert built.wheel == tmp_path / "out" / "x.whl"
    assert built.wheel.is_file()
    assert built.sdist.is_file()


def test_a_peer_that_is_not_installed(tmp_path):
    root = project(tmp_path / "p", HOOKS, requires="no-such-peer>=1")
    assert build(root, tmp_path / "out", peer="no-such-peer") is None


def test_a_peer_that_cannot_make_an_sdist(tmp_path):
    hooks = HOOKS + "def build_sdist(out): raise SystemExit('no sdist')"
    built = build(project(tmp_path / "p", hooks), tmp_path / "out")
    assert built is not None
    assert built.wheel.is_file()
    assert built.sdist is None


def test_a_build_that_fails_is_shown(tmp_path):
    root = project(tmp_path / "p", NO_SDIST)
    with pytest.raises(PeerBuildError) as caught:
        build(root, tmp_path / "out")
    assert caught.value.what == "pytest does not build the project as it is now"
    assert caught.value.why[-1] == "OSError: broken"
    assert "leave out --use-peer" in caught.value.fix


def test_a_reference_that_nobody_can_build():
    assert str(NoReferenceError("setuptools-rust")) == (
        "the migration cannot be proven: setuptools-rust is not installed\n"
        "  setup.py has to run, so ferrule cannot read what it would give\n"
        "  fix: add --use-peer, which installs it into a temporary environment, or "
        "--no-proof"
    )


def test_a_migrated_project_that_does_not_build(tmp_path):
    root = project(tmp_path / "p", HOOKS)
    with pytest.raises(MigratedBuildError) as caught:
        build_with_hooks(
            "no_such_backend",
            root,
            tmp_path / "out",
            python=sys.executable,
            env=os.environ,
        )
    assert str(caught.value) == (
        "the migrated project does not build with no_such_backend; nothing was "
        f"written\n  setuptools is not installed for {sys.executable}, which runs "
        "ferrule\n  fix: install what setup.py needs beside ferrule (`pip install "
        "ferrule[setuptools]`) and try again"
    )
