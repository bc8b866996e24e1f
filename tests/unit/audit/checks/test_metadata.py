from __future__ import annotations

import sys
from types import ModuleType

import pytest

from ferrule.audit.checks.metadata import check_metadata
from tests.unit.made_wheels import DESCRIBED, METADATA, wheel_files

CHECK = check_metadata
PATH = "a-1.0.dist-info/METADATA"
LICENSE = "License-File: LICENSE\n"
BODY = "\nThe description.\n"


def text(*lines, head=METADATA, body=BODY):
    return head + LICENSE + "".join(f"{line}\n" for line in lines) + body


def rules(findings):
    return [(item.rule, item.severity, item.path) for item in findings]


def test_good_metadata(told):
    assert told() == []


@pytest.mark.parametrize(
    ("content", "what"),
    [
        (DESCRIBED.encode() + b"\xff", "it is not UTF-8: byte "),
        (text(head="Name: a\nVersion: 1.0\n"), "metadata-version"),
        (text(head="Metadata-Version: 2.4\nVersion: 1.0\n"), "'name' is a required"),
        (text("Requires-Dist: b >>1"), "requires-dist"),
        (text("Requires-Python: three"), "requires-python"),
        (text("Description-Content-Type: text/html"), "description-content-type"),
        (
            text("License-Expression: nonsense here"),
            "license-expression",
        ),
    ],
)
def test_invalid_metadata(found, content, what):
    items = found(METADATA=content)
    assert rules(items)[0] == ("metadata", "error", PATH)
    assert what in items[0].what


@pytest.mark.parametrize(
    "content",
    [
        text(head="Metadata-Version: 2.0\nName: a\nVersion: 1.0\n"),
        text("Description-Content-Type: UNKNOWN"),
    ],
)
def test_what_old_tools_wrote(found, content):
    items = [item for item in found(METADATA=content) if item.rule == "metadata"]
    assert rules(items) == [("metadata", "warning", PATH)]
    assert "tools wrote it until 2018, and installers take it" in items[0].what


def test_unknown_fields(told):
    what = "the field 'colour: red' is unknown or cannot be read"
    assert told(METADATA=text("Colour: red")) == [("metadata", "warning", PATH, what)]


def test_a_field_that_setuptools_wrote_too_early(told):
    head = METADATA.replace("2.4", "2.1")
    files = {"a.py": b"", "a-1.0.dist-info/LICENSE": b""}
    assert told(files, METADATA=text(head=head)) == []


@pytest.mark.parametrize(
    ("old", "new", "what"),
    [
        ("Name: a", "Name: b", "it is about b, and the file name says a"),
        ("1.0", "1.1", "it is about version 1.1, and the file name says 1.0"),
    ],
)
def test_another_release(told, old, new, what):
    content = text(head=METADATA.replace(old, new))
    assert told(METADATA=content) == [("name-mismatch", "error", PATH, what)]


def test_license_files(found):
    content = text("License-File: sub/NOTICE")
    (item,) = found(METADATA=content)
    assert rules([item]) == [
        ("license-file", "error", "a-1.0.dist-info/licenses/sub/NOTICE")
    ]
    assert item.what == (
        "METADATA names the license file sub/NOTICE, and it is not in the wheel"
    )
    older = METADATA.replace("2.4", "2.1")
    (item,) = found(METADATA=text("License-File: NOTICE", head=older))
    assert rules([item])[0][:2] == ("license-file", "warning")
    files = {"a.py": b"", "a-1.0.dist-info/licenses/sub/NOTICE": b""}
    assert found(files, METADATA=content) == []


def test_no_license(tmp_path, told):
    from ferrule.wheel.reading import open_wheel
    from tests.unit.made_wheels import Member, archive

    files = wheel_files(METADATA=METADATA + BODY)
    del files["a-1.0.dist-info/licenses/LICENSE"]
    path = tmp_path / "a-1.0-py3-none-any.whl"
    path.write_bytes(archive(*(Member(*item) for item in files.items())))
    with open_wheel(path) as wheel:
        (item,) = check_metadata(wheel)
    assert (item.rule, item.severity) == ("no-license", "note")
    assert told({"a/COPYING.txt": b""}, METADATA=METADATA + BODY) == []


@pytest.mark.parametrize(
    ("line", "severity", "what"),
    [
        (
            "Requires-Dist: b @ https://example.org/b.whl",
            "warning",
            "PyPI takes no dependency by URL: b @ https://example.org/b.whl",
        ),
        (
            "Classifier: Private :: Do Not Upload",
            "note",
            "the classifier 'Private :: Do Not Upload' makes PyPI refuse the upload",
        ),
        (
            "License-Expression: MIT\nClassifier: License :: OSI Approved",
            "note",
            "License-Expression takes the place of license classifiers (PEP 639)",
        ),
    ],
)
def test_what_the_index_refuses(told, line, severity, what):
    expected = [("index-metadata", severity, PATH, what)]
    assert told(METADATA=text(line)) == expected


def test_markers_may_hold_an_at_sign(told):
    line = 'Requires-Dist: b; extra == "@"'
    assert told(METADATA=text(line, "Provides-Extra: at")) == []


def test_local_versions(told):
    content = text(head=METADATA.replace("1.0", "1.0+cpu"))
    name = "a-1.0+cpu-py3-none-any.whl"
    what = "PyPI takes no local version such as 1.0+cpu"
    expected = [("index-metadata", "warning", PATH, what)]
    assert told(name=name, METADATA=content) == expected


@pytest.mark.parametrize(
    ("tag", "requires", "severity", "excluded"),
    [
        ("cp38-cp38-win32", ">=3.9", "error", "cp38"),
        ("py2.py3-none-any", ">=3.8", "note", "py2"),
        ("cp314-abi3-win32", "<3.14", "error", "cp314"),
        ("cp311-cp311-win32", ">=3.11.2", "", ""),
        ("cp39-abi3-win32", ">=3.9", "", ""),
        ("py3-none-any", ">=3.8,<4", "", ""),
        ("pp311-pypy311_pp73-win32", ">=3.9", "", ""),
        ("graalpy242-graalpy242_311_native-win32", ">=3.9", "", ""),
        ("cp312-cp312-win32", "", "", ""),
        ("cp315-cp315-win32", ">=3.15.0b1", "", ""),
    ],
)
def test_requires_python(told, tag, requires, severity, excluded):
    content = text(f"Requires-Python: {requires}") if requires else DESCRIBED
    what = f"Requires-Python is {requires!r}, which excludes {excluded}"
    expected = [("requires-python", severity, PATH, what)] if severity else []
    assert told(tag=tag, METADATA=content) == expected


@pytest.mark.parametrize("body", ["", "\n", "\nUNKNOWN\n"])
def test_no_description(told, body):
    what = "there is no description, so the project's page stays empty"
    assert told(METADATA=text(body=body)) == [("description", "note", PATH, what)]


@pytest.mark.parametrize("line", ["# Title", "<h1>a</h1>", "[![x](y)](z)"])
def test_markdown_without_a_content_type(found, line):
    content = text(body=f"\n{line}\n")
    (item,) = found(METADATA=content)
    assert rules([item]) == [("description", "warning", PATH)]
    assert item.what.startswith("it looks like Markdown")
    typed = text("Description-Content-Type: text/markdown", body=f"\n{line}\n")
    assert found(METADATA=typed) == []


def test_restructured_text_is_rendered_where_that_is_installed(told, monkeypatch):
    """The package `readme_renderer` stands for itself by its one function."""
    from importlib.machinery import ModuleSpec

    def render(content, stream):
        if "worse" in content:
            raise IndexError("pop from empty list")
        if "bad" not in content:
            return "<p>"
        stream.write("<string>:3: (ERROR) Unknown directive.\nmore")
        return None

    package, module = ModuleType("readme_renderer"), ModuleType("readme_renderer.rst")
    package.__spec__ = ModuleSpec("readme_renderer", None)
    module.render = render
    monkeypatch.setitem(sys.modules, "readme_renderer", package)
    monkeypatch.setitem(sys.modules, "readme_renderer.rst", module)
    line = "<string>:3: (ERROR) Unknown directive."
    what = f"its reStructuredText cannot be rendered: {line}"
    assert told() == []
    bad = text(body="\nbad\n")
    assert told(METADATA=bad) == [("description", "warning", PATH, what)]
    typed = text("Description-Content-Type: text/x-rst; charset=UTF-8", body="\nbad\n")
    assert told(METADATA=typed) == [("description", "warning", PATH, what)]
    what = "its reStructuredText cannot be rendered: pop from empty list"
    worse = text(body="\nworse\n")
    assert told(METADATA=worse) == [("description", "warning", PATH, what)]
    typed = text("Description-Content-Type: text/plain", body="\nbad\n")
    assert told(METADATA=typed) == []


def test_what_the_renderer_itself_says(told):
    pytest.importorskip("readme_renderer.rst")
    good = text(body="\nTitle\n=====\n\nText with `a link <https://example.org>`_.\n")
    assert told(METADATA=good) == []
    ((rule, severity, _, what),) = told(METADATA=text(body="\n.. nothing::\n\n   x\n"))
    assert (rule, severity) == ("description", "warning")
    assert 'Unknown directive type "nothing"' in what
