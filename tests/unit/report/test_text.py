"""The page of text."""

from __future__ import annotations

from ferrule.pipeline.finished.inspection import inspect_wheel
from ferrule.report.text import inspection_lines, plain, printable, wrapped


def test_the_text_tells_the_essentials(inspection):
    text = "\n".join(inspection_lines(inspection))
    assert text.startswith("pkg 1.0\nWords, counted\n")
    assert "Platform tag: right" in text
    assert "- manylinux_2_12_x86_64: needs GLIBC_2.17" in text
    assert "+ manylinux_2_17_x86_64" in text
    assert "system: libc.so.6" in text
    assert "Requires      attrs>=20; 1 requirement of extras" in text
    assert "pkg.cyclonedx.json: CycloneDX 1.5, 2 components" in text
    assert "pkg = pkg:main" in text
    assert "Times         2020-02-02 02:02:02" in text
    assert "\033" not in text


def test_lines_fit_the_width(inspection):
    for width in (50, 72, 100):
        for line in inspection_lines(inspection, width=width):
            # A single word may be longer: names are never broken.
            assert len(line) <= width or len(line.split()) <= 4, line


def test_a_wheel_cannot_steer_the_terminal(make_wheel):
    metadata = (
        "Metadata-Version: 2.4\nName: pkg\nVersion: 1.0\n"
        "Summary: \x1b[31mred\x07\nRequires-Dist: a\x1b]0;title\x07\n"
    )
    wheel = make_wheel({"pkg/__init__.py": "x\n"}, metadata=metadata)
    lines = list(inspection_lines(inspect_wheel(wheel)))
    assert all(line.isprintable() for line in lines)
    assert "?[31mred?" in lines[1]


def test_style_is_asked_for_every_mark(inspection):
    kinds = set()

    def style(kind, text):
        kinds.add(kind)
        return plain(kind, text)

    styled = list(inspection_lines(inspection, style=style))
    assert styled == list(inspection_lines(inspection))
    assert {"heading", "good", "dim"} <= kinds


def test_wrapping():
    assert list(wrapped(["aa bb", "cc"], 7, "  ")) == ["  aa bb", "  cc"]
    assert list(wrapped(["averylongword x"], 5)) == ["averylongword", "x"]
    assert list(wrapped([""], 5)) == []
    assert printable("a\nb\x1b\u202ec") == "a b??c"


def test_many_findings_of_one_kind(make_wheel, module_bytes):
    names = [f"pkg/m{number}.cpython-312-x86_64-linux-gnu.so" for number in range(11)]
    path = make_wheel(dict.fromkeys(names, module_bytes()))
    lines = list(inspection_lines(inspect_wheel(path)))
    assert sum("(missing-stub)" in line for line in lines) == 8
    assert "    and 3 more of missing-stub" in lines
