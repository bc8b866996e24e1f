"""The published wheels of `wheels.toml`, and how pip fetches one."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ferrule.toml import parse_toml

TABLE = Path(__file__).with_name("wheels.toml")


@dataclass(frozen=True)
class Published:
    """One row of the table."""

    file: str
    differences: Mapping[str, str] = field(default_factory=dict)
    """Why a tool's answer differs, by the tool's name."""

    @property
    def tags(self) -> tuple[str, str, str]:
        """Return Python, ABI and platform tags as the file name spells them."""
        python, abi, platforms = self.file[: -len(".whl")].split("-")[-3:]
        return python, abi, platforms

    @property
    def short_name(self) -> str:
        """Return a name for test ids: distribution, Python, ABI, last platform."""
        python, abi, platforms = self.tags
        distribution = self.file.partition("-")[0].lower()
        return f"{distribution}-{python}-{abi}-{platforms.split('.')[-1]}"

    def pip_arguments(self) -> list[str]:
        """Return what makes `pip download` choose exactly this file."""
        python, abi, platforms = self.tags
        name, version = self.file.split("-")[:2]
        digits = re.sub("[a-z]", "", python)
        number = f"{digits[0]}.{digits[1:]}" if digits[1:] else "3.12"
        arguments = ["--implementation", python[:2], "--python-version", number]
        for platform in platforms.split("."):
            arguments += ["--platform", platform]
        return [*arguments, "--abi", abi, f"{name}=={version}"]


def read_table() -> list[Published]:
    """Return the rows of `wheels.toml`."""
    table = parse_toml(TABLE.read_text(encoding="utf-8"))
    return [Published(**row) for row in table["wheel"]]


def fetch(wheel: Published, folder: Path, env: Mapping[str, str]) -> Path:
    """Return the wheel's path in a folder that keeps it between runs."""
    path = folder / wheel.file
    if path.is_file():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder, prefix=".") as fresh:
        command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps"]
        command += ["--only-binary", ":all:", "--dest", fresh, *wheel.pip_arguments()]
        subprocess.run(command, check=True, env=dict(env), stdin=subprocess.DEVNULL)
        os.replace(os.path.join(fresh, wheel.file), path)
    return path
