"""Packages of Debian for any architecture, unpacked without being installed.

apt keeps its state in a folder of the tests' own, so that neither root nor
`dpkg --add-architecture` is needed, and the machine's packages stay as they are.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import platformdirs

__all__ = ["CACHE", "DebianPackages", "is_debian", "locked"]

CACHE = platformdirs.user_cache_path("ferrule-tests")
_SOURCES = Path("/etc/apt")
_DEPENDENCY = re.compile(r"(?:^|[,|] )([a-z0-9.+-]+)(?::any)?(?: \(= (\S+)\))?")


def is_debian() -> bool:
    """Return whether the tools are there that fetch and unpack packages."""
    return all(map(shutil.which, ("apt-get", "apt-cache", "dpkg-deb")))


@contextmanager
def locked(name: str) -> Iterator[Path]:
    """Hold a folder of the tests' cache against other test runs."""
    import fcntl  # not on Windows, where the other tests run too

    folder = CACHE / name
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield folder


@dataclass(frozen=True)
class DebianPackages:
    """The packages of one architecture, as the machine's sources have them."""

    architecture: str

    @property
    def _state(self) -> Path:
        return CACHE / "debian-packages" / self.architecture

    def update(self) -> None:
        """Fetch the lists of packages anew, as far as the mirror has them."""
        state = self._state
        for name in ("lists/partial", "cache/archives/partial", "sources.list.d"):
            (state / name).mkdir(parents=True, exist_ok=True)
        (state / "status").touch()
        for path in _distribution_sources():
            shutil.copy(path, state / "sources.list.d" / path.name)
        self._run("apt-get", "update", "-qq")
        (state / "updated").touch()

    def versions(self, name: str) -> list[str]:
        """Return the versions that can be fetched, the newest first."""
        shown = self._run("apt-cache", "madison", name)
        return [line.split("|")[1].strip() for line in shown.splitlines() if line]

    def dependencies(self, name: str, pattern: str) -> list[str]:
        """Return a package and all that it needs whose names match.

        `name` may have a version, as in `rustc=1.85`.
        """
        found: list[str] = []
        rest = [name]
        while rest:
            found += rest
            # All at once: apt reads its lists anew each time.
            needed = _dependencies(self._run("apt-cache", "show", *rest))
            wanted = [
                f"{item}={version}" if version else item
                for item, version in needed
                if re.fullmatch(pattern, item)
            ]
            rest = [item for item in dict.fromkeys(wanted) if item not in found]
        return found

    def unpack(self, names: Sequence[str], target: Path) -> None:
        """Fetch packages and unpack their files into a folder."""
        folder = self._state / "debs"
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir()
        self._run("apt-get", "download", "-qq", *names, cwd=folder)
        target.mkdir(parents=True, exist_ok=True)
        for path in sorted(folder.glob("*.deb")):
            command = ["dpkg-deb", "-x", str(path), str(target)]
            subprocess.run(command, check=True, capture_output=True)
        shutil.rmtree(folder)

    def _run(self, program: str, *words: str, cwd: Path | None = None) -> str:
        state = self._state
        if words[0] != "update" and not (state / "updated").exists():
            self.update()
        settings = {
            "APT::Architecture": self.architecture,
            "APT::Architectures::": self.architecture,
            "APT::Sandbox::User": os.environ.get("USER", "root"),
            "Acquire::Languages": "none",
            "Dir::Cache": state / "cache",
            "Dir::Etc::sourcelist": "/dev/null",
            "Dir::Etc::sourceparts": state / "sources.list.d",
            "Dir::State::lists": state / "lists",
            "Dir::State::status": state / "status",
        }
        options = [f"-o{name}={value}" for name, value in settings.items()]
        done = subprocess.run(
            [program, *options, *words],
            cwd=cwd,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
            capture_output=True,
            text=True,
            check=False,
        )
        # One suite that a mirror is just writing does not spoil the others.
        if done.returncode != 0 and words[0] != "update":
            raise AssertionError(f"{program} {words}\n{done.stdout}{done.stderr}")
        return done.stdout


def _dependencies(shown: str) -> list[tuple[str, str]]:
    """Return what the newest version of each shown package needs, with versions."""
    found: dict[str, list[tuple[str, str]]] = {}
    for record in re.split(r"\n\n+", shown):
        name = re.search(r"^Package: (.*)$", record, re.MULTILINE)
        if name is None or name[1] in found:
            continue
        lines = re.findall(r"^(?:Pre-)?Depends: (.*)$", record, re.MULTILINE)
        found[name[1]] = [one for line in lines for one in _DEPENDENCY.findall(line)]
    return [one for rows in found.values() for one in rows]


def _distribution_sources() -> list[Path]:
    """Return the files that name the distribution itself, not third parties."""
    release = Path("/etc/os-release").read_text(encoding="utf-8")
    match = re.search(r"^VERSION_CODENAME=(\S+)", release, re.MULTILINE)
    suite = match[1] if match else "stable"
    paths = [_SOURCES / "sources.list", *sorted(_SOURCES.glob("sources.list.d/*"))]
    return [
        path
        for path in paths
        if path.is_file()
        and re.search(rf"(?<!\S){suite}(?![^\s-])", path.read_text(encoding="utf-8"))
    ]
