import pytest

from ferrule.doctor.packaging import check_backend, check_cache_keys, check_classifiers
from ferrule.toml import parse_toml


def _system(backend, *requires):
    return {"build-system": {"build-backend": backend, "requires": list(requires)}}


def test_no_backend(tmp_path, write):
    (found,) = check_backend(None, tmp_path)
    assert found.what == f"no {tmp_path / 'pyproject.toml'}"
    write("pyproject.toml", "")
    (found,) = check_backend({}, tmp_path)
    assert found.what.endswith("names no build backend")
    assert found.remedy[-1] == 'build-backend = "ferrule"'


@pytest.mark.parametrize(
    ("backend", "requires", "missing"),
    [
        ("ferrule", ["hatchling"], "ferrule"),
        ("maturin", [], "maturin"),
        ("setuptools.build_meta", ["setuptools"], "setuptools-rust"),
        ("ferrule.setuptools", ["ferrule>=1"], "setuptools"),
    ],
)
def test_backend_that_is_not_required(tmp_path, backend, requires, missing):
    (found,) = check_backend(_system(backend, *requires), tmp_path)
    assert found.severity == "error"
    assert f"requires does not name {missing}," in found.what
    assert f'"{missing}"]' in found.remedy[-1]


def test_backends_that_are_right(tmp_path):
    (found,) = check_backend(_system("ferrule", "ferrule>=0.1"), tmp_path)
    assert found.severity == "ok"
    found = check_backend(_system("maturin", "Maturin>=1,<2"), tmp_path)
    assert [item.severity for item in found] == ["ok", "note"]
    requires = ["setuptools", "setuptools_rust>=1.8"]
    found = check_backend(_system("setuptools.build_meta", *requires), tmp_path)
    assert found[1].remedy[0].startswith("ferrule migrate")


def test_classifiers():
    start = "Programming Language :: Python :: "
    names = [f"{start}3", f"{start}3.8", f"{start}3.9", f"{start}3 :: Only"]
    table = {"requires-python": ">=3.9.2", "classifiers": names}
    (found,) = check_classifiers(table)
    assert found.details == (f"{start}3.8",)
    assert check_classifiers({**table, "requires-python": ">=3.8"}) == []
    assert check_classifiers({}) == []


@pytest.mark.parametrize(
    "text",
    [
        "[project]\nname = 'x' # kept\n",
        "[project]\nname = 'x' # kept",
        "[tool.uv] # kept\npackage = true\n",
        "[tool.ruff]\n# kept\n[tool]\nuv = {package = true}\n",
    ],
)
def test_cache_keys_are_written_beside_what_is_there(tmp_path, write, text):
    path = write("pyproject.toml", text)
    write("uv.lock", "")
    write("Cargo.lock", "")
    write("rust/build.rs", "")
    crates = [tmp_path / "rust", tmp_path.parent / "outside"]
    (found,) = check_cache_keys(tmp_path, parse_toml(text), crates)
    found.fix.apply()
    changed = parse_toml(path.read_text())
    names = ["pyproject.toml", "Cargo.lock", "rust/Cargo.toml", "rust/src/**/*.rs"]
    names.append("rust/build.rs")
    keys = changed["tool"]["uv"].pop("cache-keys")
    assert keys == [{"file": name} for name in names]
    assert changed.get("project") == parse_toml(text).get("project")
    assert check_cache_keys(tmp_path, parse_toml(path.read_text()), crates) == []


def test_without_uv_there_is_nothing_to_say(tmp_path, write):
    assert check_cache_keys(tmp_path, {"project": {}}, [tmp_path]) == []
    assert check_cache_keys(tmp_path, None, [tmp_path]) == []
    write(".venv/pyvenv.cfg", "uv = 0.9\n")
    assert check_cache_keys(tmp_path, {"project": {}}, [tmp_path])
