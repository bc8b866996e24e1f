"""Every starter for every generation of PyO3's API, without cargo."""

from __future__ import annotations

import ast
import json
import re

import pytest

from ferrule.cli import COMMANDS
from ferrule.errors.configuration import UnknownReleaseError
from ferrule.errors.starters import UnknownKindError
from ferrule.starters.kinds import KINDS, find_kind
from ferrule.starters.names import choose_names
from ferrule.starters.rendering import Author, Starter, render_starter
from ferrule.toml import parse_toml

RELEASES = ("0.20", "0.21", "0.22.6", "0.23", "0.26", "0.30")


def render(kind, name="word-tools", pyo3="0.30", **more):
    return render_starter(Starter(find_kind(kind), choose_names(name), pyo3, **more))


@pytest.fixture(params=RELEASES)
def pyo3(request):
    return request.param


@pytest.fixture(params=KINDS)
def kind(request):
    return request.param


@pytest.mark.parametrize("name", ["word-tools", "acme.words"])
def test_files_are_valid_and_nothing_is_left_open(kind, pyo3, name):
    files = render(kind, name, pyo3)

    assert {".gitignore", "README.md", "pyproject.toml", "Cargo.toml"} <= set(files)
    assert any(path.endswith(".rs") for path in files)
    assert any(path.endswith(".pyi") for path in files)
    assert any(path.startswith("tests/test_") for path in files)
    assert ".github/workflows/ci.yml" in files
    for path, text in files.items():
        assert not re.search(r"@\w+@", path + text), path
        assert "before-" not in path
        assert not text or text.endswith("\n")
        assert not text.endswith("\n\n")
        if path.endswith(".toml"):
            parse_toml(text)
        elif path.endswith((".py", ".pyi")):
            ast.parse(text)


def test_packages_are_marked_as_typed(kind):
    has_package = bool(KINDS[kind].package_folder)

    found = [path for path in render(kind) if path.endswith("/word_tools/py.typed")]

    assert bool(found) == has_package


@pytest.mark.parametrize(
    ("pyo3", "attach", "initialize", "arguments"),
    [
        ("0.20", "with_gil", "pyo3::prepare_freethreaded_python()", "&PyModule"),
        ("0.22", "with_gil", "pyo3::prepare_freethreaded_python()", "&Bound<"),
        ("0.25", "with_gil", "pyo3::prepare_freethreaded_python()", None),
        ("0.26", "attach", "Python::initialize()", None),
        ("0.31", "attach", "Python::initialize()", None),
    ],
)
def test_code_has_the_api_of_the_release(pyo3, attach, initialize, arguments):
    files = render("program", pyo3=pyo3)
    code = files["src/main.rs"]

    assert f"Python::{attach}(|py|" in code
    assert initialize in code
    assert ("mod host {" in code) == (arguments is None)
    assert arguments is None or arguments in code
    assert parse_toml(files["Cargo.toml"])["dependencies"]["pyo3"] == pyo3
    assert code.index("append_to_inittab!(host)") < code.index(initialize)


def test_old_releases_get_the_optional_feature_and_new_ones_do_not():
    old, new = render("mixed", pyo3="0.25"), render("mixed", pyo3="0.26")

    feature = parse_toml(old["Cargo.toml"])["features"]
    assert feature == {"extension-module": ["pyo3/extension-module"]}
    wanted = parse_toml(old["pyproject.toml"])["tool"]["ferrule"]["features"]
    assert wanted == ["extension-module"]
    assert "extension-module" not in "".join(new.values())
    assert "features" not in parse_toml(render("program", pyo3="0.22")["Cargo.toml"])


def test_abi3_asks_for_the_oldest_python_of_the_release():
    dependency = parse_toml(render("abi3")["Cargo.toml"])["dependencies"]["pyo3"]

    assert dependency == {"version": "0.30", "features": ["abi3-py39"]}


def test_texts_of_the_user_are_quoted_and_never_filled():
    description = 'say "hi" \\ @module@'
    author = Author('Ann "A" Example', "ann@module@example.org")

    files = render("mixed", description=description, author=author, license="MIT")

    for path in ("Cargo.toml", "pyproject.toml"):
        document = parse_toml(files[path])
        table = document.get("package") or document["project"]
        assert table["description"] == description
    authors = parse_toml(files["pyproject.toml"])["project"]["authors"]
    assert authors == [{"name": author.name, "email": author.email}]
    assert f"Copyright (c) 0 {author.name}" in files["LICENSE"]


def test_other_licences_are_named_but_have_no_text():
    files = render("workspace", license="Apache-2.0")

    assert "LICENSE" not in files
    member = parse_toml(files["crates/core/Cargo.toml"])["package"]
    assert member["license"] == {"workspace": True}


def test_everything_that_is_run_is_a_command_of_ferrule(kind):
    files = render(kind)
    texts = files["README.md"] + files[".github/workflows/ci.yml"]
    called = re.findall(r"(?:\$|run:|`) ?ferrule (\w+)", texts)

    assert called
    assert set(called) <= set(COMMANDS)


def test_editors_compile_through_ferrule(kind):
    lines = render(kind)[".vscode/settings.json"].splitlines()
    settings = json.loads("\n".join(x for x in lines if "//" not in x))

    for name in ("check", "cargo.buildScripts"):
        command = settings[f"rust-analyzer.{name}.overrideCommand"]
        assert command[:4] == ["ferrule", "cargo", "--", "check"]
        assert "--message-format=json" in command


def test_uv_knows_what_a_rebuild_depends_on(kind):
    if kind == "program":
        return
    files = render(kind)
    keys = parse_toml(files["pyproject.toml"])["tool"]["uv"]["cache-keys"]
    patterns = [key["file"] for key in keys]

    assert {"pyproject.toml", "Cargo.toml", "Cargo.lock"} <= set(patterns)
    sources = [path for path in files if path.endswith((".rs", ".c"))]
    for source in sources:
        folder = source.split("/", 1)[0]
        assert any(pattern.startswith(f"{folder}/**/") for pattern in patterns)


@pytest.mark.parametrize("text", ["0.19", "new", "1"])
def test_unusable_releases_are_refused(text):
    with pytest.raises(UnknownReleaseError):
        render("module", pyo3=text)


def test_unknown_kinds_are_refused_with_a_suggestion():
    with pytest.raises(UnknownKindError) as caught:
        find_kind("mixd")

    assert 'there is no starter "mixd" (did you mean "mixed"?)' in str(caught.value)
    assert "ferrule new --list" in str(caught.value)
