"""What pip is told so that it chooses wheels for another machine.

`pip download --platform` compares tags with those of the target, but evaluates
environment markers (PEP 508) for the Python that runs it. So pip is started by a
few lines that give its own copy of `packaging` the target's answers.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ferrule.python.foreign import machine_of

if TYPE_CHECKING:
    from pathlib import Path

    from ferrule.python.interpreter import Interpreter
    from ferrule.target.triple import Triple

__all__ = ["download_words", "marker_environment", "platform_tags"]

_GLIBC: Final = range(17, 43)
"""Minor versions of glibc that wheels may ask for."""
_MUSL: Final = (1, 2, 3)
_COMMON_GLIBC: Final = 28
"""What most current wheels ask for (the policy manylinux_2_28)."""
_ALIASES: Final = {5: "manylinux1", 12: "manylinux2010", 17: "manylinux2014"}
_SYSTEMS: Final = {
    "linux": ("posix", "linux", "Linux"),
    "darwin": ("posix", "darwin", "Darwin"),
    "windows": ("nt", "win32", "Windows"),
}
_START: Final = """\
import json, runpy, sys
answers = json.loads(sys.argv.pop(1))
from pip._vendor.packaging import markers
own = markers.default_environment
def asked():
    return {**own(), **answers}
markers.default_environment = asked
runpy.run_module("pip", run_name="__main__", alter_sys=True)
"""


def download_words(
    interpreter: Interpreter, target: Triple, library: Path | None
) -> list[str]:
    """Return what follows a Python with pip, up to the requirements.

    `library` is the target's libpython: wheels may need a system as new as it.
    """
    import json

    version = "{}.{}".format(*interpreter.minor_version)
    abi = f"cp{version.replace('.', '')}{'t' if interpreter.gil_disabled else ''}"
    answers = marker_environment(interpreter, target)
    words = ["-c", _START, json.dumps(answers), "download"]
    words += ["--disable-pip-version-check", "--only-binary=:all:"]
    words += ["--implementation=cp", f"--python-version={version}", f"--abi={abi}"]
    if not interpreter.gil_disabled:
        words.append("--abi=abi3")
    words.append("--abi=none")
    words += [f"--platform={tag}" for tag in platform_tags(target, library)]
    return words


def marker_environment(interpreter: Interpreter, target: Triple) -> dict[str, str]:
    """Return the target's values of environment markers, as far as they are known."""
    version = interpreter.version_text
    names = {
        "implementation_name": "cpython",
        "implementation_version": version,
        "platform_machine": machine_of(target),
        "platform_python_implementation": "CPython",
        "platform_release": "",
        "platform_version": "",
        "python_full_version": version,
        "python_version": "{}.{}".format(*interpreter.minor_version),
    }
    if target.system in _SYSTEMS:
        os_name, sys_platform, system = _SYSTEMS[target.system]
        names["os_name"] = os_name
        names["sys_platform"] = sys_platform
        names["platform_system"] = system
    return names


def platform_tags(target: Triple, library: Path | None) -> list[str]:
    """Return the platform tags of wheels that a target loads, the best first."""
    machine = machine_of(target)
    if target.is_windows:
        names = {"AMD64": "win_amd64", "ARM64": "win_arm64"}
        return [names.get(machine, "win32")]
    if target.is_darwin:
        major, minor = _macos(library, machine)
        # pip takes the older ones, and universal2, with it.
        return [f"macosx_{major}_{minor}_{machine}"]
    if target.is_musl:
        found = [f"musllinux_1_{minor}_{machine}" for minor in reversed(_MUSL)]
        return [*found, f"linux_{machine}"]
    newest = max(_COMMON_GLIBC, _glibc(library))
    tags = []
    for minor in reversed(_GLIBC):
        if minor <= newest:
            tags.append(f"manylinux_2_{minor}_{machine}")
        if minor in _ALIASES:
            tags.append(f"{_ALIASES[minor]}_{machine}")
    if machine in ("x86_64", "i686"):
        for minor in (12, 5):
            tags += [f"manylinux_2_{minor}_{machine}", f"{_ALIASES[minor]}_{machine}"]
    return [*tags, f"linux_{machine}"]


def _glibc(library: Path | None) -> int:
    """Return the minor version of glibc that a libpython needs; 0 for none."""
    from ferrule.bundle.closure.linux import oldest_c_library
    from ferrule.formats.elf import read_elf

    if library is None:
        return 0
    words = oldest_c_library([read_elf(library)]).rpartition(" ")[2].split(".")
    return int(words[1]) if words[0] == "2" and len(words) > 1 else 0


def _macos(library: Path | None, machine: str) -> tuple[int, int]:
    """Return the macOS that a libpython needs, or the first with the processor."""
    from ferrule.formats.macho import read_macho

    oldest = (11, 0) if machine == "arm64" else (10, 12)
    if library is None:
        return oldest
    for item in read_macho(library).slices:
        if item.arch == machine and item.minimum_os:
            major, minor = (*item.minimum_os.split("."), "0")[:2]
            # From 11 on the minor version tells nothing.
            version = (int(major), int(minor) if int(major) < 11 else 0)
            return max(version, oldest)
    return oldest
