"""The file name, the tags and WHEEL: what installers decide by.

Standards: the binary distribution format (PEP 427), PEP 425 (tags).
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING

from ferrule.audit.checks.binaries import WEBASSEMBLY
from ferrule.audit.finding import Finding, Severity
from ferrule.audit.index import is_accepted
from ferrule.audit.python_tag import module_name
from ferrule.wheel.file_name import normalized_name
from ferrule.wheel.reading import is_library_name

if TYPE_CHECKING:
    from ferrule.wheel.file_name import WheelFileName
    from ferrule.wheel.reading import OpenedWheel

__all__ = ["check_fields", "is_same_version"]

_MOST_TAGS = 10_000
"""No wheel has so many; a few long lines would stand for billions."""
_COMPILED = (".a", ".lib", ".o", ".obj", ".wasm", ".jar")
_REBUILD = "build the wheel anew, or rename it with `ferrule repair`"


def check_fields(wheel: OpenedWheel) -> Iterator[Finding]:
    """Yield what is wrong with the file name, WHEEL and the tags."""
    yield from _check_file_name(wheel)
    yield from _check_wheel_fields(wheel)
    yield from _check_tags(wheel)
    yield from _check_places(wheel)
    for name in wheel.filename.tag.platforms:
        if not is_accepted(name):
            yield Finding(
                "index-tag",
                "warning",
                "",
                f"PyPI takes no wheel with the platform tag {name}",
                "build for a manylinux or musllinux policy"
                if name.startswith("linux")
                else "",
            )


def is_same_version(first: str, second: str) -> bool:
    """Return whether two versions are equal in the sense of PEP 440."""
    if first == second:
        return True
    from packaging.version import InvalidVersion, Version

    try:
        return Version(first) == Version(second)
    except InvalidVersion:
        return False


# --------------------------------------------------------------- the file name


def _check_file_name(wheel: OpenedWheel) -> Iterator[Finding]:
    from packaging.version import InvalidVersion, Version

    name = wheel.filename
    try:
        Version(name.version.replace("_", "-"))
    except InvalidVersion:
        what = f"{name.version!r} is no version (PEP 440)"
        yield Finding(
            "file-name", "error", "", what, "correct `version` and build anew"
        )
    folder = wheel.dist_info[: -len(".dist-info")]
    distribution, _, version = folder.partition("-")
    if not _is_same_release(name, distribution, version):
        yield Finding(
            "name-mismatch",
            "error",
            wheel.dist_info,
            f"the file name says {name.distribution} {name.version}, the folder "
            f"{distribution} {version}",
            "give the file the name that it was built with",
        )


def _is_same_release(name: WheelFileName, distribution: str, version: str) -> bool:
    return normalized_name(name.distribution) == normalized_name(
        distribution
    ) and is_same_version(name.version.replace("_", "-"), version.replace("_", "-"))


# ----------------------------------------------------------------------- WHEEL


def _check_wheel_fields(wheel: OpenedWheel) -> Iterator[Finding]:
    path = f"{wheel.dist_info}/WHEEL"
    fields = wheel.wheel_fields
    fix = "build the wheel with a tool that writes the fields of the standard"
    for name in ("Wheel-Version", "Root-Is-Purelib", "Tag"):
        if not fields.get(name.lower()):
            what = f"the field {name} is missing"
            yield Finding("wheel-fields", "error", path, what, fix)
    for name in ("Wheel-Version", "Root-Is-Purelib", "Build"):
        if len(fields.get(name.lower(), ())) > 1:
            what = f"the field {name} is there several times"
            yield Finding("wheel-fields", "error", path, what, fix)
    purelib = fields.get("root-is-purelib", ("true",))[0]
    if purelib.lower() not in ("true", "false"):
        what = f"Root-Is-Purelib is {purelib!r}, neither true nor false"
        yield Finding("wheel-fields", "error", path, what, fix)
    version = fields.get("wheel-version", ("1.0",))[0]
    if version != "1.0":
        is_later = version.startswith("1.") and version[2:].isdecimal()
        what = f"Wheel-Version is {version!r}, and installers know 1.0"
        severity: Severity = "warning" if is_later else "error"
        yield Finding("wheel-fields", severity, path, what, fix)
    yield from _check_build(wheel, path)


def _check_build(wheel: OpenedWheel, path: str) -> Iterator[Finding]:
    told = wheel.wheel_fields.get("build", ("",))[0]
    build = wheel.filename.build
    if told != build:
        what = f"the build tag is {build!r} in the file name and {told!r} in WHEEL"
        severity: Severity = "error" if told and build else "warning"
        yield Finding("tag-mismatch", severity, path, what, _REBUILD)


def _check_tags(wheel: OpenedWheel) -> Iterator[Finding]:
    path = f"{wheel.dist_info}/WHEEL"
    lines = wheel.wheel_fields.get("tag", ())
    if not lines:
        return
    listed = set()
    for line in lines:
        parts = line.split("-")
        if len(parts) != 3 or not all(parts):
            what = f"the Tag {line!r} is not PYTHON-ABI-PLATFORM"
            yield Finding("wheel-fields", "error", path, what, _REBUILD)
            return
        count = math.prod(part.count(".") + 1 for part in parts)
        if count > _MOST_TAGS:
            what = f"the Tag {line[:60]!r} and so on stands for {count} tags"
            yield Finding("wheel-fields", "error", path, what, _REBUILD)
            return
        expanded = _expanded(parts)
        if len(expanded) > 1:
            what = f"the Tag {line!r} holds {len(expanded)} tags in one line"
            fix = "write a Tag line for each, as newer tools do"
            yield Finding("compressed-tag", "note", path, what, fix)
        listed |= expanded
    wanted = set(wheel.filename.tag.expanded())
    if listed != wanted:
        details = (
            *(f"only in the file name: {tag}" for tag in sorted(wanted - listed)),
            *(f"only in WHEEL: {tag}" for tag in sorted(listed - wanted)),
        )
        what = "the tags of WHEEL are not those of the file name"
        yield Finding("tag-mismatch", "error", path, what, _REBUILD, details)


def _expanded(parts: list[str]) -> set[str]:
    pythons, abis, platforms = (part.split(".") for part in parts)
    return {
        f"{python}-{abi}-{platform}"
        for python in pythons
        for abi in abis
        for platform in platforms
    }


# ---------------------------------------------------------------------- places


def _check_places(wheel: OpenedWheel) -> Iterator[Finding]:
    tag = wheel.filename.tag
    binaries = wheel.binary_paths
    modules = [path for path in binaries if _is_module(path)]
    libraries = [path for path in binaries if is_library_name(path)]
    other = [path for path in wheel.entries if _is_webassembly(wheel, path)]
    yield from _check_purelib(wheel, libraries)
    if "any" in tag.platforms:
        yield from _check_any(modules, libraries)
    elif not (binaries or other) and not any(
        path.endswith(_COMPILED) for path in wheel.entries
    ):
        what = f"nothing in it is compiled, and it is for {'.'.join(tag.platforms)}"
        fix = "give it the platform tag any"
        yield Finding("needless-platform", "note", "", what, fix)
    if tag.abi == "none":
        yield from _check_abi_none(tag.python, modules)
    elif not (libraries or other):
        what = f"it has no extension module, and asks for {tag.python}-{tag.abi}"
        fix = "give it the Python and ABI tags py3-none"
        yield Finding("needless-python", "note", "", what, fix)


def _is_webassembly(wheel: OpenedWheel, path: str) -> bool:
    if not is_library_name(path) or path in wheel.binary_paths:
        return False
    return wheel.start_of(path, len(WEBASSEMBLY)) == WEBASSEMBLY


def _is_module(path: str) -> bool:
    name = module_name(path)
    return name is not None and name.is_marked


def _check_purelib(wheel: OpenedWheel, libraries: list[str]) -> Iterator[Finding]:
    root = wheel.wheel_fields.get("root-is-purelib", ("false",))[0].lower()
    for path in libraries:
        top, _, rest = path.partition("/")
        scheme = rest.partition("/")[0] if top.endswith(".data") else ""
        if scheme == "purelib" or (not scheme and root == "true"):
            what = "it is compiled, and would be installed as pure Python"
            fix = "set Root-Is-Purelib to false, by building with a current tool"
            # Nearly everywhere both folders are one, so that the wheel works.
            severity: Severity = "error" if scheme else "warning"
            yield Finding("purelib-binary", severity, path, what, fix)


def _check_any(modules: list[str], libraries: list[str]) -> Iterator[Finding]:
    endings = {path.rpartition(".")[2] for path in libraries}
    for path in libraries:
        severity: Severity = "error"
        if path in modules:
            what = "it is an extension module, and the wheel is for any platform"
        elif len(endings & {"so", "dll", "dylib"}) > 1:
            # Some wheels bring a library for each system and choose at run time.
            continue
        else:
            what = "it is a library for one system, and the wheel is for any platform"
            severity = "warning"
        fix = "give the wheel the tag of the platform that it was built on"
        yield Finding("any-with-binary", severity, path, what, fix)


def _check_abi_none(python: str, modules: list[str]) -> Iterator[Finding]:
    if len(python.split(".")) == 1 and python.startswith("cp") and len(python) > 3:
        return
    for path in modules:
        what = f"it is an extension module, and the tags {python}-none promise no ABI"
        fix = "tag the wheel for the Python that it was built for, or for abi3"
        yield Finding("module-without-abi", "error", path, what, fix)
