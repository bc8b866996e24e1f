"""Which Windows the PE files of a wheel are for, and which DLLs they need of it.

Windows has one platform tag per processor and no versions in it: what decides
is the machine of the files. Whether they load depends on their DLLs.
"""

from __future__ import annotations

import posixpath
from collections import Counter
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from ferrule.audit.finding import Finding, Severity
from ferrule.audit.platform_report import ExternalLibrary, PlatformReport

if TYPE_CHECKING:
    from ferrule.formats.pe import PeFile

__all__ = ["judge_pe"]

_LOADED = (".pyd", ".dll")
_PROCESSORS = {
    "win32": r"x86(?!.64)|i[3-6]86|ia32|win32|32.?bit|w32",
    "win_amd64": r"x86.64|x64|amd64|win64|64.?bit|w64",
    "win_arm64": r"arm64|aarch64",
}
"""How the names of files speak of the processors of platform tags."""


def judge_pe(
    files: Mapping[str, PeFile], *, platform: str = "", python: str = ""
) -> PlatformReport:
    """Return the platform tag of PE files, and what they need of the system.

    `platform` is the tag that the wheel is for, where that is known, and `python`
    its Python tag, which decides about the C runtime. Raises `BrokenPeError`.
    """
    tag, reasons = _platform(files, platform)
    judged = {path: pe for path, pe in files.items() if pe.platform_tag == tag}
    links = _Links(judged, tag, python)
    return PlatformReport(
        "windows",
        (tag.partition("_")[2] or "x86",) if tag != "any" else (),
        (tag,),
        reasons,
        external=links.external(),
        own=tuple(sorted(links.found)),
        imports=links.classes(),
        findings=(*_foreign(files, tag), *links.findings()),
    )


def _platform(files: Mapping[str, PeFile], wanted: str) -> tuple[str, tuple[str, ...]]:
    loaded = [pe.platform_tag for path, pe in files.items() if _is_loaded(path, pe)]
    counted = Counter(loaded or [pe.platform_tag for pe in files.values()])
    counted.pop("", None)
    if wanted in counted:
        return wanted, ()
    if not counted:
        return "any", ("the processor of its PE files is unknown",)
    best = min(counted, key=lambda tag: (-counted[tag], tag))
    if len(counted) > 1:
        names = ", ".join(sorted(counted))
        return best, (f"the files are for different processors: {names}",)
    return best, ()


def _is_loaded(path: str, pe: PeFile) -> bool:
    return pe.is_dll or path.lower().endswith(_LOADED)


def _foreign(files: Mapping[str, PeFile], tag: str) -> Iterator[Finding]:
    for path, pe in sorted(files.items()):
        if pe.platform_tag == tag:
            continue
        # What is there for several processors is told apart by its name.
        is_meant = not _is_loaded(path, pe) or _names_processor(path, pe.platform_tag)
        severity: Severity = "note" if is_meant else "warning"
        yield Finding(
            "foreign-architecture",
            severity,
            path,
            f"it is for {pe.platform_tag or 'an unknown processor'}, not for {tag} "
            "as the rest of the wheel",
            "leave it out, unless it is data",
        )


def _names_processor(path: str, platform: str) -> bool:
    import re

    words = _PROCESSORS.get(platform)
    return words is not None and re.search(words, path.lower()) is not None


class _Links:
    """Which DLLs the files need, by class."""

    def __init__(self, files: Mapping[str, PeFile], tag: str, python: str) -> None:
        from ferrule.audit.windows_libraries import classify_dll, promised_runtime

        own = {posixpath.basename(path).lower(): path for path in sorted(files)}
        self.users: dict[tuple[str, str], set[str]] = {}
        self.delayed: dict[str, bool] = {}
        """Whether a DLL is needed only once something of it is called."""
        self.found: set[str] = set()
        has_programs = not all(pe.is_dll for pe in files.values())
        promised = promised_runtime(python, tag, has_programs=has_programs)
        bare = promised_runtime("", tag)
        for path, pe in files.items():
            names = [(name, False) for name in pe.needed]
            names += [(name, True) for name in pe.delayed]
            for name, is_delayed in names:
                lower = name.lower()
                group: str = classify_dll(name, tag)
                if lower in own:
                    group = "wheel"
                    self.found.add(own[lower])
                elif group == "runtime":
                    # Programs do not find what lies beside python.exe.
                    known = promised if pe.is_dll else bare
                    group = "python-runtime" if lower in known else "vc-runtime"
                self.users.setdefault((lower, group), set()).add(path)
                self.delayed[lower] = is_delayed and self.delayed.get(lower, True)

    def classes(self) -> tuple[tuple[str, str, tuple[str, ...]], ...]:
        """Return every DLL with its class and those who need it."""
        return tuple(
            (name, group, tuple(sorted(users)))
            for (name, group), users in sorted(self.users.items())
        )

    def external(self) -> tuple[ExternalLibrary, ...]:
        """Return what neither the system, nor Python, nor the wheel brings along."""
        return tuple(
            ExternalLibrary(name, users, is_optional=self.delayed[name])
            for name, group, users in self.classes()
            if group in ("external", "vc-runtime")
        )

    def findings(self) -> Iterator[Finding]:
        """Yield what will not be there."""
        for name, group, users in self.classes():
            if group not in ("external", "vc-runtime"):
                continue
            what = f"it needs {name}, which is neither in the wheel nor in Windows"
            fix = "put it into the wheel with `ferrule repair`, or link it statically"
            if group == "vc-runtime":
                what = (
                    f"it needs {name} of the C++ runtime, which Python does not "
                    "bring along"
                )
                fix += " (crt-static)"
            severity: Severity = "warning" if self.delayed[name] else "error"
            yield Finding(
                "external-library", severity, users[0], what, fix, tuple(users[1:])
            )
