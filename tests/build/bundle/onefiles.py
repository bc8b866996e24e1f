"""Single files for tests: where they come from, how they run, how they are damaged."""

from __future__ import annotations

import subprocess
from pathlib import Path

CALCULATOR = Path(__file__).parents[3] / "examples" / "embedding-program"
QUICK = ("--mode", "onefile", "--profile", "dev")


def run(program: Path, *words: str, env: dict[str, str] | None = None, **more):
    return subprocess.run(
        [program, *words],
        env=env or {},
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        **more,
    )


def changed(program: Path, place: Path, change) -> Path:
    content = bytearray(program.read_bytes())
    change(content)
    place.write_bytes(content)
    place.chmod(0o755)
    return place


def flip(place: int):
    def flip(content: bytearray) -> None:
        content[place] ^= 0x10

    return flip
