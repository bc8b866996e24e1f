"""The page: complete in itself, well formed, and deaf to what a wheel says."""

from __future__ import annotations

import base64
import hashlib
import json
import re
from html.parser import HTMLParser

import pytest

from ferrule.pipeline.finished.inspection import compare_inspected, inspect_wheel
from ferrule.report.page import difference_page, inspection_page

VOID = {"meta", "input", "br", "wbr", "hr", "link", "img"}


class Page(HTMLParser):
    """Elements with their attributes; fails where they are not nested."""

    def __init__(self, text):
        super().__init__(convert_charrefs=True)
        self.elements, self.open, self.texts = [], [], {}
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        for tag in self.open[-1:]:
            self.texts.setdefault(tag, []).append(data)

    def all(self, tag):
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture
def page(inspection):
    return Page(inspection_page(inspection))


def test_ids_are_unique_and_links_lead_somewhere(page):
    ids = [item["id"] for _, item in page.elements if "id" in item]
    assert len(ids) == len(set(ids))
    for link in page.all("a"):
        assert link["href"].removeprefix("#") in ids


def test_nothing_is_loaded(inspection):
    text = inspection_page(inspection)
    page = Page(text)
    for _, attributes in page.elements:
        assert not {"src", "srcset", "style", "action"} & attributes.keys()
        assert not [name for name in attributes if name.startswith("on")]
    assert not page.all("link")
    assert "@import" not in text
    assert "url(" not in text


def test_only_the_own_style_and_script_are_allowed(page):
    policy = next(
        item["content"]
        for item in page.all("meta")
        if item.get("http-equiv") == "Content-Security-Policy"
    )
    assert policy.startswith("default-src 'none'; ")
    assert "unsafe" not in policy
    for kind, tag in (("style-src", "style"), ("script-src", "script")):
        content = page.texts[tag][-1]
        digest = base64.b64encode(hashlib.sha256(content.encode()).digest()).decode()
        assert f"{kind} 'sha256-{digest}'" in policy


def test_the_sections_tell_what_the_wheel_is(page):
    headings = page.texts["h2"]
    assert (
        headings
        == [
            "Overview",
            "What takes the room",
            "Why this platform tag",
            "Libraries",
            "Binaries",
            "Stable ABI",
            "Metadata",
            "Bill of materials",
            "Reproducibility",
        ]
        or "Findings" in headings
    )
    assert "secure_getenv" in " ".join(page.texts["code"])
    assert "pyo3 0.29.0" in page.texts["li"]


def test_a_hostile_wheel_stays_inert(make_wheel, module_bytes):
    bad = "</script><script>alert(1)</script><img src=x onerror=alert(2)>"
    metadata = (
        "Metadata-Version: 2.4\nName: pkg\nVersion: 1.0\n"
        f"Summary: {bad}\nRequires-Dist: {bad}\nLicense: \"'>{bad}\n"
    )
    wheel = make_wheel(
        {
            "pkg/<script>alert(3)<!--.py": "x = 1\n" * 1000,
            'pkg/"onload="x.so': module_bytes(python=("PyLong_FromLong", f"Py{bad}")),
            "pkg-1.0.dist-info/entry_points.txt": f"[console_scripts]\n{bad} = {bad}\n",
            "pkg-1.0.dist-info/sboms/x.json": json.dumps(
                {
                    "bomFormat": "CycloneDX",
                    "components": [{"name": bad, "version": bad}],
                }
            ),
        },
        metadata=metadata,
    )
    text = inspection_page(inspect_wheel(wheel))
    page = Page(text)
    assert len(page.all("script")) == 2
    assert not page.all("img")
    data = json.loads(page.texts["script"][0])
    names = [node["n"] for node in data["sizes"]["nodes"]]
    assert "<script>alert(3)<!--.py" in names
    assert "<" not in page.texts["script"][0]


def test_the_page_about_equal_wheels_says_so(make_wheel):
    path = make_wheel({"pkg/__init__.py": "x = 1\n"})
    text = difference_page(compare_inspected(path, path))
    assert "equal, byte for byte" in text
    Page(text)


def test_the_page_about_two_wheels(make_wheel, module_bytes):
    old = make_wheel({"pkg/core.abi3.so": module_bytes(), "pkg/<i>.py": "x"})
    new = make_wheel(
        {"pkg/core.abi3.so": module_bytes("GLIBC_2.28", "statx"), "pkg/new.py": "x"},
        version="2.0",
    )
    text = difference_page(compare_inspected(old, new))
    page = Page(text)
    assert page.texts["h2"] == ["Files", "Tags and metadata", "Binaries"]
    assert "GLIBC_2.28 of libc.so.6" in page.texts["code"]
    assert "pkg/<i>.py" in page.texts["code"]
    assert not page.all("i")


def test_colours_are_the_same_in_both_ways_to_the_dark_theme(inspection):
    """The media query and the button must not drift apart."""
    style = Page(inspection_page(inspection)).texts["style"][0]
    by_system = re.search(r'not\(\[data-theme="light"\]\) \{(.*?)\}', style, re.DOTALL)
    by_button = re.search(r'data-theme="dark"\] \{(.*?)\}', style, re.DOTALL)
    assert by_system
    assert by_button
    assert by_system[1].split() == by_button[1].split()


def test_many_files_are_folded_and_findings_stand_together(make_wheel, module_bytes):
    names = [f"pkg/m{number}.cpython-312-x86_64-linux-gnu.so" for number in range(9)]
    path = make_wheel(dict.fromkeys(names, module_bytes()))
    found = Page(inspection_page(inspect_wheel(path)))
    folded = [item for item in found.all("details") if item.get("class") == "folded"]
    assert len(folded) == 2 * len(names)
    assert "4 more" in found.texts["summary"]
    assert "ferrule stubs" in found.texts["code"]
    few = make_wheel(dict.fromkeys(names[:8], module_bytes()))
    found = Page(inspection_page(inspect_wheel(few)))
    assert not any(item.get("class") == "folded" for item in found.all("details"))
