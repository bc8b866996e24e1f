"""What trimming starts from."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from ferrule.errors.trimming import TrimCompilerError, UnknownModulesError
from ferrule.pipeline.bundling.trimming.wish import check_trimming, make_trimmer
from ferrule.settings.model import BundleSettings


def make_case(make_interpreter, compiler, **settings):
    return SimpleNamespace(
        settings=BundleSettings(**settings),
        bytecode_python=compiler,
        interpreter=make_interpreter(),
        env={},
    )


def test_a_python_that_tells_the_imports_is_needed(make_interpreter):
    check_trimming(make_case(make_interpreter, None))
    check_trimming(make_case(make_interpreter, make_interpreter(), trim=True))
    with pytest.raises(TrimCompilerError) as caught:
        check_trimming(make_case(make_interpreter, None, trim=True))
    assert "--trim needs a CPython 3.12 on this machine" in str(caught.value)


def test_requested_packages_of_every_kind(make_interpreter, tmp_path):
    (tmp_path / "r.txt").write_text("# x\nBeta_2==1 --hash=sha256:0\n-r other\n")
    settings = {"packages": ("Alpha>=1",), "requirements": ("r.txt", "none.txt")}
    opened = SimpleNamespace(
        location=SimpleNamespace(root=tmp_path),
        pyproject={"project": {"name": "Own"}},
    )
    case = make_case(make_interpreter, None, **settings)
    job = SimpleNamespace(case=case, opened=opened, sources=(), store=tmp_path)
    trimmer = make_trimmer(job, [], Path("x"))
    program = trimmer._program
    assert program.requested == {"alpha", "beta-2"}
    assert program.project == "Own"


def test_names_that_are_no_modules():
    error = UnknownModulesError([("jsn", "")], ["json"])
    assert 'no module of the bundle is called jsn (did you mean "json"?)' in str(error)
    error = UnknownModulesError([("tkinter", "no Tcl")], ["json"])
    assert "tkinter is left out of every bundle: no Tcl" in str(error)
    assert "`include` brings back" in str(error)
