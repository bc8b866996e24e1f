from __future__ import annotations

import pytest

from ferrule.settings.checks import compatibility_problem

NAME_FIX = "  fix: write names with letters, digits and _, joined by dots: pkg._core"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            'module-name = "a"\nmodules = [{ name = "b" }]',
            (
                "tool.ferrule.module-name and tool.ferrule.modules exclude each other\n"
                "  fix: a project with several modules names each in its own table"
            ),
        ),
        (
            'module-name = "a b"',
            'tool.ferrule.module-name is "a b", which Python cannot import\n'
            + NAME_FIX,
        ),
        (
            'bindings = "pyo3"\nmodule-name = "a-b"',
            'tool.ferrule.module-name is "a-b", which Python cannot import\n'
            + NAME_FIX,
        ),
        (
            'modules = [{ name = "a..b" }]',
            'tool.ferrule.modules[0].name is "a..b", which Python cannot import\n'
            + NAME_FIX,
        ),
        (
            'modules = [{ name = "a", package = "b", manifest-path = "c" }]',
            (
                "tool.ferrule.modules[0].manifest-path and "
                "tool.ferrule.modules[0].package "
                "exclude each other\n  fix: name the crate in one way"
            ),
        ),
        (
            'modules = [{ name = "a" }, { name = "a" }]',
            'tool.ferrule.modules gives the module "a" 2 times',
        ),
        (
            'modules = [{ name = "a" }]\ntargets = [{ name = "b" }]',
            (
                "tool.ferrule.targets and tool.ferrule.modules exclude each other\n"
                "  fix: a project with several modules names its programs in `binaries`"
            ),
        ),
        (
            'binaries = [{ name = "a" }, { name = "b", script = "a" }]',
            'tool.ferrule.binaries gives the script "a" 2 times',
        ),
        (
            'include = ["../x"]',
            (
                'tool.ferrule.include[0] is "../x", which leaves the project\n'
                "  fix: write a path below the project root, without .."
            ),
        ),
        (
            'include = ["C:\\\\x"]',
            (
                'tool.ferrule.include[0] is "C:\\x", which leaves the project\n'
                "  fix: write a path below the project root, without .."
            ),
        ),
        (
            'include = [{ path = "a", from = "out-dir", to = "/b" }]',
            (
                'tool.ferrule.include[0].to is "/b", which leaves the project\n'
                "  fix: write a path below the project root, without .."
            ),
        ),
        (
            'include = [{ path = "a", from = "out-dir" }]',
            (
                'tool.ferrule.include[0] has `from` but lacks the key "to"\n'
                '  fix: add for example to = "pkg/generated"'
            ),
        ),
        (
            'include = [{ path = "a", crate = "b" }]',
            (
                "tool.ferrule.include[0].crate counts only together with `from`\n"
                '  fix: add from = "out-dir", or remove the key'
            ),
        ),
        (
            'include = [{ path = "a", from = "outdir", to = "b" }]',
            (
                'tool.ferrule.include[0].from is "outdir" (did you mean "out-dir"?)\n'
                '  fix: use "out-dir"'
            ),
        ),
        (
            'exclude = [{ path = "a", format = [] }]',
            (
                "tool.ferrule.exclude[0].format is empty\n"
                '  fix: use "wheel", "sdist" or both'
            ),
        ),
        (
            "jobs = 0",
            "tool.ferrule.jobs is 0\n  fix: leave it out to let cargo choose",
        ),
        (
            'compatibility = "linux,manylinux_2_17"',
            (
                'tool.ferrule.compatibility is "linux,manylinux_2_17" '
                '(did you mean "manylinux_2_28"?)\n  fix: use auto, linux, or a '
                "policy such as manylinux_2_28 or musllinux_1_2"
            ),
        ),
        (
            'abi3 = "cp39"',
            (
                'tool.ferrule.abi3 is "cp39", which is no minor version of Python\n'
                '  fix: write for example "3.9"'
            ),
        ),
        (
            'rust-version = "new"',
            (
                'tool.ferrule.rust-version is "new", which is not a version '
                'specifier\n  fix: write for example ">=1.74", "^1.74" or ">=1.70,<2"'
            ),
        ),
        (
            'macos-deployment-target = { aarch64-apple-darvin = "11.0" }',
            (
                "tool.ferrule.macos-deployment-target.aarch64-apple-darvin is not "
                "about a Rust triple of macOS "
                '(did you mean "aarch64-apple-darwin"?)\n'
                "  fix: use aarch64-apple-darwin or x86_64-apple-darwin"
            ),
        ),
        (
            'macos-deployment-target = { aarch64-apple-darwin = "Big Sur" }',
            (
                "tool.ferrule.macos-deployment-target.aarch64-apple-darwin is "
                '"Big Sur", which is no version of macOS\n'
                '  fix: write for example "11.0"'
            ),
        ),
        (
            'sbom = { include = ["../a.json"] }',
            (
                'tool.ferrule.sbom.include has the file "../a.json", which leaves '
                "the project\n  fix: write a path below the project root, without .."
            ),
        ),
        (
            'sbom = { include = ["a/x.json", "b/x.json"] }',
            (
                'tool.ferrule.sbom.include names several files "x.json", which share '
                "one place in a wheel\n  fix: give each file its own name"
            ),
        ),
        (
            'compatibility = "manylinux_228"',
            (
                'tool.ferrule.compatibility is "manylinux_228" '
                '(did you mean "manylinux_2_28"?)\n'
                "  fix: use auto, linux, or a policy such as manylinux_2_28 or "
                "musllinux_1_2"
            ),
        ),
        ('profile = " "', "tool.ferrule.profile is empty"),
        (
            'features = [{ feature = "a", python-version = "3.11" }]',
            (
                'tool.ferrule.features[0].python-version is "3.11", '
                "which is not a version specifier\n"
                '  fix: write for example ">=3.11" or "<3.13"'
            ),
        ),
    ],
)
def test_values_that_mean_nothing(problems, text, message):
    assert problems(f"[tool.ferrule]\n{text}") == [message]


@pytest.mark.parametrize(
    "text",
    [
        'module-name = "my-tool"',
        'module-name = "a._b.c1"',
        'compatibility = "musllinux_1_2"',
        'compatibility = "manylinux2014"',
        'compatibility = "linux"',
        'compatibility = "pypi"',
        'compatibility = "manylinux_2_17,musllinux_1_2"',
        'abi3 = "3.9"',
        'rust-version = ">=1.60,<2"',
        'macos-deployment-target = { aarch64-apple-darwin = "11" }',
        'sbom = { include = ["/a/x.json", "b/y.json", "b/y.json"] }',
        "jobs = -1",
        'exclude = ["/dist", "!dist/keep"]',
        'exclude = [{ path = "a", format = ["wheel", "sdist"] }]',
    ],
)
def test_values_that_mean_something(load, text):
    load(f"[tool.ferrule]\n{text}")


@pytest.mark.parametrize(
    "value",
    [
        *("auto", "linux", "pypi", "manylinux2014", "manylinux2014_x86_64"),
        *("manylinux_2_28", "manylinux_2_28_aarch64,musllinux_1_2_aarch64", "win32"),
        *("macosx_11_0_arm64", "win_amd64,macosx_10_12_universal2,manylinux_2_17"),
    ],
)
def test_platforms_that_can_be_insisted_on(value):
    assert compatibility_problem(value) is None


@pytest.mark.parametrize(
    "value",
    [
        *("", "manylinux", "manylinux_2", "manylinux_2_28_", "manylinux2013", "macosx"),
        *("macosx_11_0", "win_ia64", "auto,manylinux_2_28", "linux_x86_64"),
    ],
)
def test_platforms_that_mean_nothing(value):
    assert compatibility_problem(value) is not None


def test_everything_wrong_with_a_bundle_is_told_together(problems):
    found = problems(
        '[tool.ferrule.bundle]\ntrim = "yes"\nkeep = 3\nmode = "statik"\n'
        'optimize = "2"\npackage = ["requests"]\next-load = "disk"\n'
    )
    assert len(found) == 6
    text = "\n".join(found)
    for part in (
        "bundle.trim must be",
        "bundle.keep must be",
        'bundle.mode is "statik"',
        "bundle.optimize must be",
        'bundle.package is not a setting (did you mean "packages"?)',
        'bundle.ext-load is "disk"',
    ):
        assert part in text, text
