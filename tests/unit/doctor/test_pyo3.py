import pytest

from ferrule.doctor.pyo3 import (
    check_abi3,
    check_features,
    check_interpreter,
    check_release,
    report_several,
)
from ferrule.python.releases import Pyo3Release

NEW = Pyo3Release.parse("0.30.1")
OLD = Pyo3Release.parse("0.22.6")


def test_several_releases():
    found = report_several("error: failed\n\npackage `pyo3-ffi` links\n")
    assert (found.id, found.severity) == ("pyo3-several", "error")
    assert found.details == ("error: failed", "package `pyo3-ffi` links")


def test_release_is_named(make_survey):
    release, (found,) = check_release(make_survey())
    assert release == NEW
    assert (found.what, found.details) == ("PyO3 0.30.1", ("features: macros",))
    assert check_release(make_survey(pyo3_version=None)) == (None, [])


def test_release_that_is_too_old(make_survey):
    release, (found,) = check_release(make_survey(pyo3_version="0.15.2"))
    assert release is None
    assert found.severity == "error"
    assert found.remedy == ("# Cargo.toml", 'pyo3 = "0.30"')


def test_release_that_does_not_see_its_file(make_survey):
    _, found = check_release(make_survey(pyo3_version="0.23.1"))
    assert found[1].severity == "warning"
    assert found[1].remedy == ("cargo update -p pyo3 --precise 0.23.5",)


def test_interpreter_that_is_too_new(make_interpreter):
    chosen = make_interpreter("3.14")
    (found,) = check_interpreter(OLD, frozenset(), chosen, {})
    assert (found.id, found.severity) == ("pyo3-interpreter", "error")
    assert "(3.14) is newer than PyO3's maximum supported version (3.13)" in found.what
    assert "PyO3 0.25 is the first release that supports it" in found.details
    assert found.remedy[:2] == ("# Cargo.toml", 'pyo3 = "0.25"')
    assert found.remedy[2].startswith("ferrule build -i 3.13")


def test_interpreter_that_is_too_old(make_interpreter):
    (found,) = check_interpreter(NEW, frozenset(), make_interpreter("3.7"), {})
    assert "lower than PyO3's minimum" in found.what
    assert found.remedy == ("ferrule build -i 3.9   # or another Python",)


def test_supported_interpreter(make_interpreter):
    assert check_interpreter(NEW, frozenset(), make_interpreter("3.12"), {}) == []
    # A variable that chooses another way plays no part.
    env = {"PYO3_CONFIG_FILE": "/gone"}
    assert check_interpreter(NEW, frozenset(), make_interpreter("3.12"), env) == []


def test_experimental_interpreter(make_interpreter):
    (found,) = check_interpreter(NEW, frozenset(), make_interpreter("3.16"), {})
    assert found.severity == "warning"
    assert "experimental" in found.what


@pytest.mark.parametrize(
    ("release", "remedy"),
    [
        (NEW, "# from PyO3 0.26 on"),
        (OLD, 'extension-module = ["pyo3/extension-module"]'),
    ],
)
def test_extension_module_that_is_always_on(make_survey, release, remedy):
    survey = make_survey(declared=["extension-module"])
    (found,) = check_features(survey, release)
    assert (found.id, found.severity) == ("pyo3-extension-module", "warning")
    assert found.details == (f"{survey.root.manifest_path}: dependency pyo3",)
    assert any(line.startswith(remedy) for line in found.remedy)


def test_extension_module_in_the_default_features(make_survey):
    features = {"default": ("a",), "a": ("b", "a"), "b": ("pyo3/extension-module",)}
    (found,) = check_features(make_survey(features=features), NEW)
    assert found.details[0].endswith(
        "[features] default -> a -> b -> pyo3/extension-module"
    )
    optional = {"extension-module": ("pyo3/extension-module",), "default": ()}
    assert check_features(make_survey(features=optional), NEW) == []


def test_auto_initialize_in_a_module(make_survey, make_crate):
    (found,) = check_features(make_survey(declared=["auto-initialize"]), NEW)
    assert found.id == "pyo3-auto-initialize"
    assert found.remedy[1] == "[dev-dependencies]"
    program = make_survey(declared=["auto-initialize"], root=make_crate(("bin",)))
    assert check_features(program, NEW) == []


@pytest.mark.parametrize(
    ("features", "requires", "severity"),
    [
        ({"abi3-py39"}, ">=3.9", None),
        ({"abi3-py39"}, ">=3.9.2", None),
        ({"abi3-py39"}, ">=3.8", "warning"),
        ({"abi3-py39"}, ">=3.10,<4", "note"),
        ({"abi3-py38", "abi3-py310"}, ">=3.8", None),
        ({"abi3"}, ">=3.8", None),
        ({"abi3-py39"}, "nonsense", None),
        ({"abi3-py39"}, None, None),
    ],
)
def test_abi3_and_requires_python(features, requires, severity):
    found = check_abi3(features, {"requires-python": requires} if requires else {})
    assert [item.severity for item in found] == ([severity] if severity else [])
