"""What differs between two METADATA or PKG-INFO texts.

Headers are compared by meaning (core metadata 2.4): order and spelling of
requirements, specifiers and keyword lists do not matter.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from packaging.markers import Marker

__all__ = ["compare_metadata"]

Headers = dict[str, list[str]]
Finding = tuple[str, "str | None", "str | None", "str | None"]
_BODY = "description"


def compare_metadata(left: str, right: str) -> Iterator[Finding]:
    """Yield (header, left, right, explanation) of every header that differs.

    `left` is the reference; an explanation says why the difference is right.
    """
    old, new = _headers(left), _headers(right)
    names = sorted({*old, *new})
    for name in names:
        before, after = old.get(name, []), new.get(name, [])
        # Meanings cost more than texts, which are the same as a rule.
        if before == after or _meanings(name, before) == _meanings(name, after):
            continue
        if name == _BODY:
            sizes = [f"{len(''.join(item))} characters" for item in (before, after)]
            yield "Description", sizes[0], sizes[1], None
            continue
        gone = [item for item in before if item not in after]
        come = [item for item in after if item not in before]
        why = _explain(name, before, after, new)
        yield _title(name), _joined(gone), _joined(come), why


def _joined(values: list[str]) -> str | None:
    return "; ".join(values) or None


def _title(name: str) -> str:
    known = {"author-email": "Author-email", "maintainer-email": "Maintainer-email"}
    if name == "project-url":
        return "Project-URL"
    return known.get(name) or "-".join(part.capitalize() for part in name.split("-"))


def _headers(text: str) -> Headers:
    from email.parser import HeaderParser
    from email.policy import compat32

    message = HeaderParser(policy=compat32).parsestr(text)
    found: Headers = {}
    for name, value in message.items():
        unfolded = "\n".join(line.strip() for line in str(value).splitlines())
        found.setdefault(name.lower(), []).append(unfolded.strip())
    body = message.get_payload()
    # Some writers put the description into a header (core metadata before 2.1).
    if isinstance(body, str) and body.strip():
        found[_BODY] = [body]
    return found


def _meanings(name: str, values: list[str]) -> list[str]:
    """Return the values in one spelling, sorted."""
    if name == "keywords":
        words = " ".join(values).replace(",", " ").split()
        return sorted(words)
    if name == _BODY:
        return [line.rstrip() for line in "".join(values).strip().splitlines()]
    if name == "requires-dist":
        return sorted(map(_requirement, values))
    if name == "requires-python":
        return sorted("".join(values).replace(" ", "").split(","))
    if name == "license":
        return [" ".join(" ".join(values).split())]
    return sorted(" ".join(value.split()) for value in values)


def _requirement(text: str) -> str:
    from packaging.requirements import InvalidRequirement, Requirement
    from packaging.utils import canonicalize_name

    try:
        parsed = Requirement(text)
    except InvalidRequirement:
        return text
    parsed.name = canonicalize_name(parsed.name)
    parsed.extras = {canonicalize_name(extra) for extra in parsed.extras}
    marker, parsed.marker = parsed.marker, None
    return f"{parsed}; {_marker_meaning(marker)}" if marker else str(parsed)


_UNMATCHED = ("platform_release", "platform_version", "implementation_version")


def _marker_meaning(marker: Marker) -> str:
    """Return where a marker holds, as a text that equal markers share.

    Tools rewrite markers: `python_version <= "3.11"` says the same as
    `python_full_version < "3.12"`. So does every form that gives the same
    answers on all platforms and Pythons, alone and with the extras it names.
    """
    import re
    from itertools import product

    text = str(marker)
    if any(name in text for name in _UNMATCHED):
        return text
    extras = sorted({"", *re.findall(r"extra == \"([^\"]*)\"", text)})
    answers = (
        marker.evaluate({**python, **platform, **machine, "extra": extra})
        for python, platform, machine, extra in product(
            _pythons(), _PLATFORMS, _MACHINES, extras
        )
    )
    return ",".join(extras) + ":" + "".join("01"[answer] for answer in answers)


_PLATFORMS = (
    {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"},
    {"sys_platform": "darwin", "platform_system": "Darwin", "os_name": "posix"},
    {"sys_platform": "win32", "platform_system": "Windows", "os_name": "nt"},
    {"sys_platform": "emscripten", "platform_system": "Emscripten", "os_name": "posix"},
)
_MACHINES = tuple(
    {"platform_machine": name}
    for name in ("x86_64", "AMD64", "aarch64", "arm64", "i686", "")
)


def _pythons() -> Iterator[dict[str, str]]:
    versions = ["2.7", *(f"3.{minor}" for minor in range(5, 25))]
    for version in versions:
        for name in ("CPython", "PyPy"):
            yield {
                "python_version": version,
                "python_full_version": f"{version}.2",
                "platform_python_implementation": name,
                "implementation_name": name.lower(),
            }


_GONE = {
    "home-page": "comes from Cargo.toml although `urls` is not dynamic",
    "dynamic": "nothing stays open: the wheel's metadata is final",
}
_COME = {"license-file": "licence files are part of the wheel (PEP 639)"}


def _explain(
    name: str, before: list[str], after: list[str], new: Headers
) -> str | None:
    """Return why a header is rightly different, or None."""
    if name == "metadata-version":
        return "both versions say the same; ferrule writes 2.4"
    if name == "license" and not after and "license-expression" in new:
        return "the expression is in License-Expression (PEP 639)"
    if name == "platform" and before == ["UNKNOWN"] and not after:
        return "a placeholder of old tools"
    if name == "description-content-type":
        return _explain_type(before, after)
    if not after:
        return _GONE.get(name)
    return None if before else _COME.get(name)


def _explain_type(before: list[str], after: list[str]) -> str | None:
    kinds = {value.partition(";")[0].strip() for value in (*before, *after)}
    if not before and kinds == {"text/x-rst"}:
        return "what its absence means, too"
    if before and after and len(kinds) == 1:
        return "the same type, with its parameters"
    return None
