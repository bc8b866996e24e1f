from __future__ import annotations

from ferrule.wheel.comparison import Difference
from tests.corpus.reasons import explain, tell

INIT = Difference("content", "demo/__init__.py", "99 bytes", "166 bytes")
STUB = Difference("file", "demo/__init__.pyi", None, "demo/__init__.pyi")


def test_text_of_a_generated_package_may_differ(tmp_path):
    told = tell(explain(INIT, tmp_path))

    assert told == (
        "each tool writes its own `__init__.py` for a module without Python code"
    )


def test_a_package_of_the_project_may_not_differ(tmp_path):
    (tmp_path / "python" / "demo").mkdir(parents=True)
    (tmp_path / "python" / "demo" / "__init__.py").write_text("")

    assert explain(INIT, tmp_path).explanation is None


def test_stub_counts_only_beside_a_crate(tmp_path):
    (tmp_path / "crates" / "demo").mkdir(parents=True)
    (tmp_path / "crates" / "demo" / "demo.pyi").write_text("")
    assert explain(STUB, tmp_path).explanation is None

    (tmp_path / "crates" / "demo" / "Cargo.toml").write_text("")
    assert "looks there, too" in tell(explain(STUB, tmp_path))


def test_metadata_is_told_with_its_header(tmp_path):
    known = Difference("metadata", "Home-Page", "x", None, "comes from Cargo.toml")

    assert explain(known, tmp_path) is known
    assert tell(known) == "`Home-Page`: comes from Cargo.toml"
