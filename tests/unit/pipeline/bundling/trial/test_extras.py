"""Which modules may lack what only an extra requires."""

from __future__ import annotations

import pytest

from ferrule.bundle.model import BundleFile
from ferrule.pipeline.bundling.trial.extras import modules_of_extras

MARKERS = {"python_version": "3.12", "sys_platform": "linux"}
EXTRA = 'aiohttp>=3; extra == "d"'


def files_of(name: str, modules: list[str], requirements: list[str]):
    lines = ["Metadata-Version: 2.1", f"Name: {name}"]
    lines += [f"Requires-Dist: {item}" for item in requirements]
    text = "\n".join([*lines, "", "Requires-Dist: nothing", ""])
    paths = {f"{name}-1.dist-info/METADATA": text, **dict.fromkeys(modules, "")}
    return [
        BundleFile(f"lib/{path}", content.encode(), "package", "", owner=f"{name} 1")
        for path, content in paths.items()
    ]


@pytest.mark.parametrize(
    ("requirements", "found"),
    [
        ([EXTRA], ("black", "blackd")),
        ([EXTRA, "Click.Here>=8"], ("black", "blackd")),
        ([EXTRA, 'tomli; python_version < "3.11"'], ("black", "blackd")),
        ([EXTRA, "not a ! requirement"], ("black", "blackd")),
        ([EXTRA, "pathspec"], ()),
        ([EXTRA, 'pathspec; sys_platform == "linux"'], ()),
        (['click-here; extra == "d"'], ()),
        (['tomli; python_version < "3.11"'], ()),
        ([], ()),
    ],
)
def test_extras_alone_may_lack(requirements, found) -> None:
    own = files_of("black", ["black/__init__.pyc", "blackd.py"], requirements)
    other = files_of("click_here", ["click/__init__.pyc"], [])
    assert modules_of_extras([*own, *other], "lib", MARKERS) == found
