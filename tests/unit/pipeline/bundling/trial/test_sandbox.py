"""What a trial asks a bundle, and what it makes of the answer."""

from __future__ import annotations

import sys

import pytest

from ferrule import log
from ferrule.errors.bundle import BundleVerificationError
from ferrule.pipeline.bundling.trial.sandbox import Trial, try_emulated

PROBE = """\
import sys
sys.path.append({packages!r})
sys.prefix = ""  # every folder is below it
exec(sys.argv[1])
"""


@pytest.fixture
def try_modules(tmp_path):
    """Return a function that tries modules with given texts; it returns its notes.

    A Python that takes its own place below the bundle's folder is the program.
    """

    def run(**texts: str) -> list[str]:
        packages = tmp_path / "packages"
        packages.mkdir()
        for name, text in texts.items():
            (packages / f"{name}.py").write_text(text)
        (tmp_path / "probe.py").write_text(PROBE.format(packages=str(packages)))
        of_extras = tuple(name for name in texts if name != "required")
        trial = Trial(tmp_path, "probe.py", tuple(texts), ("*",), of_extras)
        heard: list[str] = []

        def sink(kind: str, message: str) -> None:
            if kind == "info":
                heard.append(message)

        with log.sink_to(sink):
            try_emulated(trial, [sys.executable, "-I", "-S"], "itself", env={})
        return heard

    return run


@pytest.mark.skipif(
    sys.version_info < (3, 10), reason="Python 3.9 does not tell its own modules"
)
def test_what_only_extras_require_is_noted(try_modules) -> None:
    notes = try_modules(
        plain="",
        asking="import absent_thing.part",
        polite="try:\n  import absent_other\nexcept ImportError:\n"
        "  raise ImportError('install it') from None",
    )
    assert notes == [
        "asking cannot be imported without absent_thing, which only an extra requires",
        "polite cannot be imported without absent_other, which only an extra requires",
    ]


@pytest.mark.parametrize(
    "text",
    [
        "import plain.part",
        "import json.part",
        "raise ImportError('no')",
        "raise ModuleNotFoundError('it was left out by --trim', name='gone')",
        "1 / 0",
    ],
)
def test_what_does_not_work_is_refused(try_modules, text) -> None:
    with pytest.raises(BundleVerificationError, match="import broken: "):
        try_modules(plain="", broken=text)


def test_what_is_required_is_not_excused(try_modules) -> None:
    problem = "import required: ModuleNotFoundError: No module named 'absent_thing'"
    with pytest.raises(BundleVerificationError, match=problem):
        try_modules(plain="", required="import absent_thing")
