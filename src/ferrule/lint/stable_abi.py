"""The rules of the stable ABI: what its minimum Python does not have.

The guide's section "Missing features" names three; the others come from
PyO3's sources (`availability`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from ferrule.lint import availability
from ferrule.lint.finding import Finding
from ferrule.lint.names import PYO3
from ferrule.records import dataclass

if TYPE_CHECKING:
    from ferrule.lint.availability import Limit, OptionLimit, Python, Release
    from ferrule.lint.names import Names
    from ferrule.lint.syntax import Attribute, Item, Tree
    from ferrule.settings.model import LintRule

__all__ = ["StableAbi", "find_stable_abi", "may_concern"]

_BUFFER_METHODS: Final = ("__getbuffer__", "__releasebuffer__")


@dataclass(frozen=True)
class StableAbi:
    """The stable ABI that a build chose."""

    version: str
    """PyO3's."""
    minimum: Python
    newest: int
    """The highest minor version that the release can have as minimum."""
    origin: str
    """Where the minimum comes from, for people."""

    @property
    def release(self) -> Release:
        """Return PyO3's release without the patch number."""
        return availability.release_of(self.version)

    def __str__(self) -> str:
        return f"{_dotted(self.minimum)} ({self.origin})"


def may_concern(content: bytes) -> bool:
    """Tell whether a file can hold anything that the rules look for."""
    if b"pyclass" in content:
        return (
            b"dict" in content
            or b"weakref" in content
            or (b"extends" in content or b"immutable_type" in content)
            or b"text_signature" in content
            or _names_something(content)
        )
    return b"text_signature" in content or _names_something(content)


def _names_something(content: bytes) -> bool:
    return (
        b"uffer" in content
        or b"types::" in content
        or b"marshal" in content
        or b"PyMutex" in content
    )


def find_stable_abi(tree: Tree, names: Names, abi: StableAbi) -> list[Finding]:
    """Return what a file holds that the stable ABI does not allow."""
    search = _Search(tree, names, abi, [])
    for item in tree.all_items():
        if item.live is not True:
            continue
        if item.kind == "struct":
            search.pyclass(item)
        elif item.kind == "impl" and search.attribute(item, "pymethods"):
            search.methods(item)
    search.imports()
    search.paths()
    return search.findings


def _dotted(version: Python) -> str:
    return f"{version[0]}.{version[1]}"


@dataclass
class _Search:
    tree: Tree
    names: Names
    abi: StableAbi
    findings: list[Finding]

    def attribute(self, item: Item, name: str) -> Attribute | None:
        """Return an item's attribute of PyO3, or None."""
        for attribute in item.attributes:
            if attribute.path and self.names.is_attribute(attribute.path, name):
                return attribute
        return None

    def pyclass(self, item: Item) -> None:
        """Look at the options of a class."""
        if self.attribute(item, "pyclass") is None:
            return
        for name, start, value in self._options(item, ("pyclass", "pyo3")):
            if name in ("dict", "weakref"):
                self._option(item, name, start, availability.DICT)
            elif name == "immutable_type":
                self._option(item, name, start, availability.IMMUTABLE_TYPE)
            elif name == "extends" and value is not None:
                self._base(item, start, value)
            elif name == "text_signature" and self.abi.release < (0, 21):
                self._signature(item, start, value)

    def methods(self, item: Item) -> None:
        """Look at the methods of a class."""
        for method in item.children:
            if method.kind != "fn" or method.live is not True:
                continue
            if method.name in _BUFFER_METHODS and self.abi.minimum < (
                availability.BUFFER
            ):
                self._report(
                    method,
                    "buffer",
                    method.keyword + 1,
                    f"the buffer protocol (`{method.name}`) is not in the stable ABI "
                    f"before Python {_dotted(availability.BUFFER)}",
                    availability.BUFFER,
                )
            if method.name == "__new__" or self.attribute(method, "new"):
                for name, start, value in self._options(method, ("pyo3",)):
                    if name == "text_signature":
                        self._signature(method, start, value)

    def imports(self) -> None:
        """Look at what `use` takes from PyO3."""
        for found in self.names.imports:
            if found.path[0] != PYO3:
                continue
            limit = self._limit(found.path[1:])
            if limit is not None:
                self._missing(found.token, found.path, limit)

    def paths(self) -> None:
        """Look at full paths, and at names that a `use ...::*` brought in."""
        source = self.tree.source
        hidden = sorted(self.tree.hidden)
        uses = [
            (item.start, item.end)
            for item in self.tree.all_items()
            if item.kind in ("use", "extern crate")
        ]
        skipped = sorted(hidden + uses)
        seen: set[tuple[str, ...]] = set()
        index, number = 0, 0
        while index < len(source.tokens):
            while number < len(skipped) and skipped[number][0] <= index:
                index = max(index, skipped[number][1])
                number += 1
            if not (source.is_name(index) or source.is_punct(index, "::")):
                index += 1
                continue
            path, after = source.path_at(index)
            if not source.is_punct(index - 1, "."):
                target = self._target(path)
                limit = target and self._limit(target[1:])
                if target and limit and target not in seen:
                    seen.add(target)
                    self._missing(after - 1, target, limit)
            index = max(after, index + 1)

    def _target(self, path: tuple[str, ...]) -> tuple[str, ...] | None:
        if len(path) > 1:
            target = self.names.resolve(path)
            if target is not None and self._is_imported(target):
                return None  # the `use` itself is reported
            return target
        for target in self.names.through_glob(path[0]) if path else ():
            if self._limit(target[1:]):
                return target
        return None

    def _is_imported(self, target: tuple[str, ...]) -> bool:
        return any(
            self._limit(found.path[1:]) and target[: len(found.path)] == found.path
            for found in self.names.imports
            if found.path[0] == PYO3
        )

    def _limit(self, path: tuple[str, ...]) -> Limit | None:
        return availability.missing_path(path, self.abi.release, self.abi.minimum)

    def _options(
        self, item: Item, attributes: tuple[str, ...]
    ) -> list[tuple[str, int, tuple[int, int] | None]]:
        """Return name, token and value of each option that attributes give."""
        source = self.tree.source
        found = []
        for attribute in item.attributes:
            if attribute.arguments is None or not any(
                self.names.is_attribute(attribute.path, name) for name in attributes
            ):
                continue
            for start, end in source.pieces(*attribute.arguments):
                value = (start + 2, end) if source.is_punct(start + 1, "=") else None
                found.append((source.word(start), start, value))
        return found

    def _option(self, item: Item, name: str, start: int, limit: OptionLimit) -> None:
        release, minimum = self.abi.release, limit.minimum
        if self.abi.minimum >= minimum or release < limit.exists_since:
            return
        fails = release >= limit.fails_since
        result = "does not compile" if fails else "is left out without a word"
        self._report(
            item,
            "immutable-type" if name == "immutable_type" else name,  # type: ignore[arg-type]
            start,
            f"`#[pyclass({name})]` {result} for the stable ABI before Python "
            f"{_dotted(minimum)}",
            minimum,
            fails=fails,
        )

    def _signature(self, item: Item, start: int, value: tuple[int, int] | None) -> None:
        minimum = availability.TEXT_SIGNATURE
        if self.abi.minimum >= minimum or value is None:
            return
        if self.tree.source.word(value[0]) == "None":
            return
        last = _dotted((3, minimum[1] - 1))
        older = _dotted(self.abi.minimum)
        span = f"Python {older}" if older == last else f"Python {older} to {last}"
        self._report(
            item,
            "text-signature",
            start,
            f"the class has no `__text_signature__` on {span}: the stable ABI keeps "
            f"that of classes from Python {_dotted(minimum)} on",
            minimum,
            fails=False,
        )

    def _base(self, item: Item, start: int, value: tuple[int, int]) -> None:
        path, after = self.tree.source.path_at(value[0])
        if after != value[1]:
            return
        target = self.names.resolve(path)
        glob = () if target or len(path) > 1 else self.names.through_glob(path[0])
        for found in (target, *glob):
            if found is None or len(found) != 3 or not _is_native(found):
                continue
            has_it = self.abi.release >= availability.SUBCLASSING
            minimum = (3, 12) if has_it else None
            if minimum and self.abi.minimum >= minimum:
                return
            when = (
                f"before Python {_dotted(minimum)}"
                if minimum
                else (f"in PyO3 {self.abi.version} (from 0.28 on: Python 3.12)")
            )
            self._report(
                item,
                "native-base",
                start,
                f"`extends={found[-1]}` does not compile: native types cannot be "
                f"subclassed in the stable ABI {when}",
                minimum,
            )
            return

    def _missing(self, token: int, path: tuple[str, ...], limit: Limit) -> None:
        name = "::".join(path)
        if limit.minimum:
            when = f"before Python {_dotted(limit.minimum)}"
        elif limit.until:
            major, minor = limit.until
            when = f"in PyO3 {self.abi.version} (from {major}.{minor} on it has it)"
        else:
            when = "of any Python"
        rule: LintRule = "buffer" if limit.rule == "buffer" else "stable-abi"
        self._report(
            None,
            rule,
            token,
            f"PyO3 has no `{name}` for the stable ABI {when}",
            limit.minimum,
        )

    def _report(
        self,
        item: Item | None,
        rule: LintRule,
        token: int,
        what: str,
        minimum: Python | None,
        *,
        fails: bool = True,
    ) -> None:
        source = self.tree.source
        line, column = source.position(token)
        above = source.position(item.start)[0] if item else line
        if any(rule in source.allowed.get(place, ()) for place in (line, above)):
            return
        usable = minimum if minimum and minimum[1] <= self.abi.newest else None
        self.findings.append(
            Finding(
                rule=rule,
                path=source.path,
                line=line,
                column=column,
                what=f"{what}; the minimum of this build is {self.abi}",
                remedies=self._remedies(usable, rule),
                allowed_from=_dotted(usable) if usable else None,
                fails=fails,
            )
        )

    def _remedies(self, minimum: Python | None, rule: LintRule) -> tuple[str, ...]:
        if rule == "text-signature":
            return (
                _raise(minimum),
                "or accept it: `// ferrule: allow(text-signature)`",
            )
        if minimum is None:
            return (
                "build for each Python instead of the stable ABI",
                f"or guard it: {_guard('not(Py_LIMITED_API)')}",
            )
        condition = f"any(Py_3_{minimum[1]}, not(Py_LIMITED_API))"
        return (_raise(minimum), f"or guard it: {_guard(condition)}")


def _raise(minimum: Python | None) -> str:
    if minimum is None:
        return "build for each Python instead of the stable ABI"
    return f"raise the minimum: abi3-py{minimum[0]}{minimum[1]}"


def _guard(condition: str) -> str:
    return (
        f"`#[cfg({condition})]`, with `pyo3_build_config::use_pyo3_cfgs()` in build.rs"
    )


def _is_native(path: tuple[str, ...]) -> bool:
    return (path[1] == "types" and path[2] in availability.NATIVE_BASES) or (
        path[1] == "exceptions" and path[2].startswith("Py")
    )
