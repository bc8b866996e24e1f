"""What programs with Python inside need, and the Pythons they cannot hold."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.cargo.target_directory import link_libpython
from ferrule.errors.development import EmbeddingError, LibpythonMissingError
from ferrule.pipeline.execution.embedding import check_embedding, program_environment


def facts(folder: Path, **changes: object) -> dict[str, object]:
    values = {
        "executable": "/venv/bin/python",
        "prefix": "/venv",
        "base_prefix": "/base",
        "version": "9.8",
        "system": "Linux",
        "implementation": "CPython",
        "shared": True,
        "ld_version": "9.8",
        "lib_dir": str(folder),
    }
    return {**values, **changes}


@pytest.mark.parametrize("implementation", ["PyPy", "GraalVM"])
def test_no_other_implementation_is_embedded(
    tmp_path, make_interpreter, implementation
) -> None:
    python = make_interpreter(**facts(tmp_path, implementation=implementation))
    with pytest.raises(EmbeddingError) as caught:
        check_embedding(python, {})
    text = str(caught.value)
    assert "cannot be embedded" in text
    assert "ferrule test --python --interpreter /venv/bin/python" in text
    check_embedding(python, {"PYO3_CONFIG_FILE": "own.txt"})


@pytest.mark.parametrize(
    ("base", "remedy"),
    [
        ("/root/.pyenv/versions/9.8.1", "--enable-shared pyenv install --force 9.8.1"),
        ("/usr", "libpython9.8-dev (Debian, Ubuntu) or python3-devel (Fedora)"),
        ("/opt/python", "uv python install 9.8"),
    ],
)
def test_a_missing_library_is_told(tmp_path, make_interpreter, base, remedy) -> None:
    python = make_interpreter(**facts(tmp_path, base_prefix=base))
    with pytest.raises(LibpythonMissingError) as caught:
        check_embedding(python, {})
    assert "libpython9.8.so, libpython9.8.a" in str(caught.value)
    assert remedy in str(caught.value)
    (tmp_path / "libpython9.8.so").write_text("")
    check_embedding(python, {})


def test_the_environment_comes_first(tmp_path, make_interpreter) -> None:
    library = tmp_path / "lib" / "libpython9.8.so"
    library.parent.mkdir()
    library.write_text("")
    python = make_interpreter(**facts(library.parent))
    target = tmp_path / "target"
    link_libpython(target, python)
    given = {"PATH": "/usr/bin", "LD_LIBRARY_PATH": "/own"}
    added = program_environment(python, target, given)
    assert added["PATH"] == "/venv/bin:/usr/bin"
    folder, own = added["LD_LIBRARY_PATH"].split(":")
    assert own == "/own"
    # Nothing of the compiler's is found there by mistake.
    assert [path.name for path in Path(folder).iterdir()] == ["libpython9.8.so"]
    assert not {"PYTHONHOME", "PYTHONPATH"} & set(added)


def test_nothing_is_set_without_need(tmp_path, make_interpreter) -> None:
    python = make_interpreter(**facts(Path("/usr/lib/x86_64-linux-gnu")))
    assert program_environment(python, tmp_path, {"PATH": "/venv/bin:/bin"}) == {}
    assert program_environment(None, tmp_path, {}) == {}


@pytest.mark.parametrize(
    ("system", "name"),
    [("Darwin", "DYLD_FALLBACK_LIBRARY_PATH"), ("Windows", "__PYVENV_LAUNCHER__")],
)
def test_other_systems(tmp_path, make_interpreter, system, name) -> None:
    python = make_interpreter(**facts(tmp_path, system=system))
    assert program_environment(python, tmp_path, {})[name]
