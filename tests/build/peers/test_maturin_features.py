"""What maturin's own test crates exercise: the same wheel from both tools.

For each feature there is a small project. maturin builds it as it is, ferrule
after the two backend lines of `pyproject.toml` changed. Whatever differs has a
reason in the sample; a reason without a difference fails too.
"""

from __future__ import annotations

import tarfile
from dataclasses import replace
from fnmatch import fnmatchcase
from pathlib import Path

import pytest
from cffi_samples import CFFI, HEADER
from layout_samples import LAYOUTS, PROGRAMS, extension
from peer_samples import Sample
from workspace_samples import ABIS, WORKSPACES

from ferrule.wheel.comparison import compare_wheels

pytestmark = pytest.mark.build

SAMPLES = (*LAYOUTS, *PROGRAMS, *WORKSPACES, *ABIS)
PACKED = [sample for sample in SAMPLES if sample.sdist]


def describe(differences) -> list[str]:
    """Return a line for each difference that the comparison cannot explain."""
    return [
        f"{item.kind} {item.name}: {item.left} -> {item.right}"
        for item in differences
        if item.explanation is None
    ]


def unexplained(differences, sample) -> list[str]:
    """Return differences without a reason, and reasons without a difference."""
    texts = describe(differences)
    found = [
        text
        for text in texts
        if not any(fnmatchcase(text, f"{key}*") for key in sample.reasons)
    ]
    idle = [
        f"no difference for the reason {key!r}"
        for key in sample.reasons
        if not any(fnmatchcase(text, f"{key}*") for text in texts)
    ]
    return found + idle


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda sample: sample.name)
def test_wheel_equals_that_of_maturin(
    sample, maturin, ferrule, write_project, tmp_path, make_venv, read_wheel
) -> None:
    theirs, ours = (
        tool.make(
            "build",
            write_project(sample, tool),
            tmp_path / f"{tool.name}-out",
            *sample.arguments,
        )
        for tool in (maturin, ferrule)
    )

    assert unexplained(compare_wheels(theirs, ours), sample) == []
    assert read_wheel(ours).find_record_problems() == []
    venv = make_venv()
    venv.install(ours)
    assert venv.ask(sample.use) == sample.answer


@pytest.mark.parametrize("sample", CFFI, ids=lambda sample: sample.name)
def test_cffi_wheel_equals_that_of_maturin(
    sample, maturin, ferrule, write_project, tmp_path, make_venv, read_wheel
) -> None:
    import cffi  # of the extra `test`; only the build needs it

    wheels = []
    for tool in (maturin, ferrule):
        target = tmp_path / f"{tool.name}-target"
        target.mkdir()
        (target / "header.h").write_text(HEADER)
        alone = replace(tool, env={**tool.env, "CARGO_TARGET_DIR": str(target)})
        root = write_project(sample, tool)
        wheels.append(alone.make("build", root, tmp_path / f"{tool.name}-out"))

    assert unexplained(compare_wheels(*wheels), sample) == []
    ours = read_wheel(wheels[1])
    assert ours.find_record_problems() == []
    assert ours.tags[:2] == ("py3", "none")
    venv = make_venv()
    venv.install(ours.path)
    places = [str(Path(cffi.__file__).parents[1])]
    assert venv.ask(f"import sys; sys.path += {places}; {sample.use}") == sample.answer


def names(sdist) -> set[str]:
    with tarfile.open(sdist) as archive:
        return {item.name.split("/", 1)[1] for item in archive}


@pytest.mark.parametrize("sample", PACKED, ids=lambda sample: sample.name)
def test_sdist_equals_that_of_maturin(
    sample, maturin, ferrule, write_project, tmp_path
) -> None:
    roots = {tool.name: write_project(sample, tool) for tool in (maturin, ferrule)}
    theirs, ours = (
        tool.make("sdist", roots[tool.name], tmp_path / f"{tool.name}-out")
        for tool in (maturin, ferrule)
    )

    assert names(ours) - names(theirs) == set(sample.only_in_our_sdist)
    assert names(theirs) - names(ours) == set(sample.only_in_their_sdist)
    with tarfile.open(ours) as archive:
        archive.extractall(tmp_path / "unpacked")
    (inner,) = (tmp_path / "unpacked").iterdir()
    assert ferrule.make("sdist", inner, tmp_path / "again").read_bytes() == (
        ours.read_bytes()
    )
    direct, packed = (
        ferrule.make("build", root, tmp_path / name, *sample.arguments)
        for root, name in ((roots["ferrule"], "direct"), (inner, "packed"))
    )
    assert describe(compare_wheels(direct, packed)) == []


REFUSED = (
    Sample(
        "wrong-python-source",
        extension("wrong", 'python-source = "python"\n'),
        use="python-source",
        answer="is no folder",
    ),
    Sample(
        "module-behind-a-feature-that-is-off",
        next(
            {**item.files, "pyproject.toml": extension("optional")["pyproject.toml"]}
            for item in LAYOUTS
            if item.name == "module-behind-an-optional-feature"
        ),
        use="pyo3",
        answer="feature",
    ),
)


@pytest.mark.parametrize("sample", REFUSED, ids=lambda sample: sample.name)
def test_what_maturin_refuses_is_explained(
    sample, maturin, ferrule, write_project, tmp_path
) -> None:
    for tool in (maturin, ferrule):
        root = write_project(sample, tool)
        done = tool.run("build", "--out", tmp_path / tool.name / "out", cwd=root)
        assert done.returncode != 0
    assert sample.use in done.stderr
    assert sample.answer in done.stderr
    assert "Traceback" not in done.stderr
    assert not (tmp_path / "ferrule" / "out").exists()
