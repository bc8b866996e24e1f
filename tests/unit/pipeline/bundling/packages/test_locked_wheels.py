"""Requirements with hashes: pip is asked once."""

from __future__ import annotations

import hashlib
import sys
import zipfile
from pathlib import Path

import pytest

from ferrule.bundle.modes import Case
from ferrule.pipeline.bundling.packages.locked_wheels import (
    all_hashed,
    keep_wheels,
    kept_folder,
)
from ferrule.pipeline.bundling.packages.requested import requested_wheels
from ferrule.pipeline.bundling.store import is_kept
from ferrule.settings.model import BundleSettings
from ferrule.target.triple import parse_triple

HASHED = "six==1.16.0 --hash=sha256:00aa\n"


@pytest.mark.parametrize(
    "text",
    [
        HASHED,
        "six==1.16.0 \\\n    --hash=sha256:00aa \\\n --hash=sha256:11bb\n  # via x\n",
        "# made by a tool\n\nsix==1.16.0 ; python_version >= '3.8' --hash=sha512:00aa",
        "six @ https://host/six.whl --hash=sha256:00aa",
    ],
)
def test_hashed(text: str) -> None:
    assert all_hashed(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "# nothing",
        "six==1.16.0",
        f"{HASHED}idna==3.4",
        f"{HASHED}-r other.txt",
        f"--index-url https://host/simple\n{HASHED}",
        "./folder --hash=sha256:00aa",
        "-e . --hash=sha256:00aa",
        "six==1.16.0 --config-settings=a=b --hash=sha256:00aa",
        "six==1.16.0 # --hash=sha256:00aa",
    ],
)
def test_not_hashed(text: str) -> None:
    assert not all_hashed(text)


def test_where_wheels_are_kept(tmp_path: Path, make_interpreter) -> None:
    def place(*texts: str, command=("pip", "wheel"), env=None, **facts):
        interpreter = make_interpreter(**facts)
        return kept_folder(tmp_path, texts, command, interpreter, env or {})

    first = place(HASHED)
    assert first is not None
    assert first.parent == tmp_path
    assert place(HASHED, env={"HOME": "/elsewhere"}) == first
    others = [
        place(HASHED.replace("00", "11")),
        place(HASHED, HASHED),
        place(HASHED, command=("pip", "download")),
        place(HASHED, env={"PIP_NO_BINARY": ":all:"}),
        place(HASHED, soabi="cpython-27-other"),
    ]
    assert len({first, *others}) == 6
    assert None not in others
    assert place("six") is None
    assert place(HASHED, "six") is None


def test_the_faster_process_wins(tmp_path: Path) -> None:
    kept = tmp_path / "store" / "wheels-1"
    for name in ("first", "second"):
        wheels = tmp_path / name
        wheels.mkdir()
        (wheels / f"{name}.whl").write_text("")
        keep_wheels(wheels, kept)
        assert not any(wheels.iterdir())
    assert [path.name for path in kept.iterdir()] == ["first.whl"]
    names = sorted(path.name for path in kept.parent.iterdir())
    assert names == ["wheels-1", "wheels-1.sha256"]
    assert is_kept(kept)


def locked_wheel(folder: Path) -> Path:
    """Write a wheel and a lock that names it; return the wheel."""
    wheel = folder / "thing-1.0-py3-none-any.whl"
    info = "thing-1.0.dist-info"
    texts = {
        "thing.py": "",
        f"{info}/METADATA": "Metadata-Version: 2.1\nName: thing\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\n"
        "Tag: py3-none-any\n",
    }
    texts[f"{info}/RECORD"] = "".join(f"{name},,\n" for name in texts)
    with zipfile.ZipFile(wheel, "w") as archive:
        for name, text in texts.items():
            archive.writestr(name, text)
    digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
    (folder / "pylock.toml").write_text(
        'lock-version = "1.0"\n[[packages]]\nname = "thing"\nversion = "1.0"\n'
        f'archive = {{path = "{wheel.name}", hashes = {{sha256 = "{digest}"}}}}\n'
    )
    return wheel


def test_pip_is_asked_once_for_a_lock(tmp_path: Path, make_interpreter) -> None:
    wheel = locked_wheel(tmp_path)
    content = wheel.read_bytes()
    settings = BundleSettings(lock="pylock.toml")
    interpreter = make_interpreter(executable=sys.executable)
    case = Case("app", interpreter, parse_triple("x86_64-linux"), settings, None)

    def wheels(turn: str) -> list[Path]:
        return requested_wheels(
            settings,
            case,
            root=tmp_path,
            folder=tmp_path / turn,
            store=tmp_path / "store",
            env={"PATH": "", "HOME": str(tmp_path)},
        )

    (first,) = wheels("first")
    assert first.read_bytes() == content
    # pip could not find it any more.
    wheel.unlink()
    assert wheels("second") == [first]
