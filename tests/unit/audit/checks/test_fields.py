from __future__ import annotations

import pytest

from ferrule.audit.checks.fields import check_fields, is_same_version
from tests.unit.made_wheels import wheel_text

CHECK = check_fields
PATH = "a-1.0.dist-info/WHEEL"
LINUX = "cp312-cp312-manylinux_2_17_x86_64"
MODULE = "a/_x.cpython-312-x86_64-linux-gnu.so"
GOOD = wheel_text("py3-none-any")


def test_a_good_wheel(told):
    assert told() == []


def test_a_version_that_is_none(told):
    assert told(name="a-1.x!-py3-none-any.whl")[0] == (
        "file-name",
        "error",
        "",
        "'1.x!' is no version (PEP 440)",
    )


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("b-1.0-py3-none-any.whl", "the file name says b 1.0, the folder a 1.0"),
        ("a-2.0-py3-none-any.whl", "the file name says a 2.0, the folder a 1.0"),
    ],
)
def test_another_release(told, name, what):
    assert told(name=name) == [("name-mismatch", "error", "a-1.0.dist-info", what)]


def test_spellings_of_one_release(told):
    info = "Foo.Bar-1.0.dist-info"
    assert told(info=info, name="foo_bar-1.0.0-py3-none-any.whl") == []


def test_versions():
    assert is_same_version("1.0", "1.0.0")
    assert not is_same_version("1.0", "1.1")
    assert is_same_version("x", "x")
    assert not is_same_version("x", "y")


@pytest.mark.parametrize(
    ("text", "severity", "what"),
    [
        (
            GOOD.replace("Wheel-Version: 1.0\n", ""),
            "error",
            "the field Wheel-Version is missing",
        ),
        (
            GOOD.replace("Root-Is-Purelib: true\n", ""),
            "error",
            "the field Root-Is-Purelib is missing",
        ),
        ("Wheel-Version: 1.0\nRoot-Is-Purelib: true\n", "error", "the field Tag is mi"),
        (
            GOOD + "Root-Is-Purelib: false\n",
            "error",
            "the field Root-Is-Purelib is there several times",
        ),
        (
            GOOD.replace("true", "maybe"),
            "error",
            "Root-Is-Purelib is 'maybe', neither true nor false",
        ),
        (
            GOOD.replace("n: 1.0", "n: 1.9"),
            "warning",
            "Wheel-Version is '1.9', and installers know 1.0",
        ),
        (
            GOOD.replace("n: 1.0", "n: 2.0"),
            "error",
            "Wheel-Version is '2.0', and installers know 1.0",
        ),
        (
            GOOD + "Tag: py3-none\n",
            "error",
            "the Tag 'py3-none' is not PYTHON-ABI-PLATFORM",
        ),
    ],
)
def test_wheel_fields(found, text, severity, what):
    (item,) = found(WHEEL=text)
    assert (item.rule, item.severity, item.path) == ("wheel-fields", severity, PATH)
    assert item.what.startswith(what)


def test_tags_of_another_wheel(found):
    (item,) = found(WHEEL=GOOD.replace("py3-none", "py2-none"))
    assert (item.rule, item.severity, item.path) == ("tag-mismatch", "error", PATH)
    assert item.details == (
        "only in the file name: py3-none-any",
        "only in WHEEL: py2-none-any",
    )


def test_the_order_of_tags_does_not_matter(told):
    lines = "Tag: py3-none-any\nTag: py2-none-any\n"
    text = GOOD.replace("Tag: py3-none-any\n", lines)
    assert told(tag="py2.py3-none-any", WHEEL=text) == []


def test_tags_in_one_line(told):
    text = GOOD.replace("py3-none-any", "py2.py3-none-any")
    what = "the Tag 'py2.py3-none-any' holds 2 tags in one line"
    assert told(tag="py2.py3-none-any", WHEEL=text) == [
        ("compressed-tag", "note", PATH, what)
    ]


@pytest.mark.parametrize(
    ("name", "field", "severity", "what"),
    [
        ("1", "Build: 2\n", "error", "the build tag is '1' in the file name and '2'"),
        ("1", "", "warning", "the build tag is '1' in the file name and '' in WHEEL"),
        ("", "Build: 2\n", "warning", "the build tag is '' in the file name and '2'"),
    ],
)
def test_build_tags(found, name, field, severity, what):
    file_name = f"a-1.0-{name}-py3-none-any.whl" if name else ""
    (item,) = found(name=file_name, WHEEL=GOOD + field)
    assert (item.rule, item.severity) == ("tag-mismatch", severity)
    assert item.what.startswith(what)


def test_a_build_tag(told):
    assert told(name="a-1.0-1-py3-none-any.whl", WHEEL=GOOD + "Build: 1\n") == []


def test_a_wheel_with_a_module(told, elf_image):
    assert told({MODULE: elf_image()}, tag=LINUX) == []


def test_wheels_for_browsers(told):
    tag = "cp313-cp313-pyemscripten_2025_0_wasm32"
    path = "a/core.cpython-313-wasm32-emscripten.so"
    assert told({path: b"\0asm\1\0\0\0"}, tag=tag) == []


def test_a_tag_for_billions_of_tags(found):
    part = ".".join(["x"] * 3000)
    text = f"Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: {part}-{part}-{part}\n"
    (item,) = found(WHEEL=text)
    assert (item.rule, item.severity) == ("wheel-fields", "error")
    assert item.what.endswith("and so on stands for 27000000000 tags")


def test_binaries_as_pure_python(told, elf_image):
    text = wheel_text(LINUX, root="true")
    what = "it is compiled, and would be installed as pure Python"
    expected = [("purelib-binary", "warning", MODULE, what)]
    assert told({MODULE: elf_image()}, tag=LINUX, WHEEL=text) == expected
    inner = f"a-1.0.data/purelib/{MODULE}"
    assert told({inner: elf_image()}, tag=LINUX) == [
        ("purelib-binary", "error", inner, what)
    ]
    inner = f"a-1.0.data/platlib/{MODULE}"
    assert told({inner: elf_image()}, tag=LINUX, WHEEL=text) == []


def rules(findings):
    return [(item.rule, item.severity, item.path) for item in findings]


def test_a_module_for_any_platform(found, elf_image):
    text = wheel_text("py3-none-any", root="false")
    assert rules(found({MODULE: elf_image()}, WHEEL=text)) == [
        ("any-with-binary", "error", MODULE),
        ("module-without-abi", "error", MODULE),
    ]


def test_a_library_for_any_platform(found, elf_image, pe_image):
    text = wheel_text("py3-none-any", root="false")
    assert rules(found({"a/libx.so": elf_image()}, WHEEL=text)) == [
        ("any-with-binary", "warning", "a/libx.so")
    ]
    both = {"a/libx.so": elf_image(), "a/x.dll": pe_image()}
    assert found(both, WHEEL=text) == []


def test_a_program_for_any_platform_is_data(told, pe_image):
    assert told({"a/launcher.exe": pe_image()}) == []


def test_a_platform_that_nothing_needs(told):
    what = "nothing in it is compiled, and it is for win_amd64"
    assert told(tag="py3-none-win_amd64") == [("needless-platform", "note", "", what)]
    assert told({"a/x.lib": b"!"}, tag="py3-none-win_amd64") == []


def test_a_python_that_nothing_needs(told, elf_image):
    files = {"a-1.0.data/scripts/a": elf_image()}
    what = "it has no extension module, and asks for cp312-cp312"
    assert told(files, tag=LINUX) == [("needless-python", "note", "", what)]
    assert told(files, tag="py3-none-manylinux_2_17_x86_64") == []


def test_a_module_without_an_abi(found, elf_image):
    tag = "py3-none-manylinux_2_17_x86_64"
    assert rules(found({MODULE: elf_image()}, tag=tag)) == [
        ("module-without-abi", "error", MODULE)
    ]
    assert found({MODULE: elf_image()}, tag="cp312-none-win_amd64") == []
    assert found({"a/libx.so": elf_image()}, tag=tag) == []


def test_tags_that_the_index_refuses(found, elf_image):
    (item,) = found({MODULE: elf_image()}, tag="cp312-cp312-linux_x86_64")
    assert (item.rule, item.severity, item.what, item.fix) == (
        "index-tag",
        "warning",
        "PyPI takes no wheel with the platform tag linux_x86_64",
        "build for a manylinux or musllinux policy",
    )
