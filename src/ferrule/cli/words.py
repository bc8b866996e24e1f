"""Reads plain command lines without `argparse`, which costs more than many answers.

A command's `configure` tells its options to a `Declaration`, which understands whole
options and their values as `argparse` does. Where a command line asks for more (help,
abbreviations, joined short options) or is wrong, the same function tells them to
`argparse`.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from typing import Any

__all__ = ["Declaration", "NotPlainError", "Options", "read_words"]

_SUPPRESSED = "==SUPPRESS=="
_CONSTANTS = {"store_true": (False, True), "store_false": (True, False)}
_TAKES_WORDS = ("store", "append")


class NotPlainError(Exception):
    """Only `argparse` can tell what a declaration or command line means."""


class Options:
    """What a command line says, as attributes."""

    def __init__(self, **known: object) -> None:
        self.__dict__.update(known)


class Argument:
    """One option or positional argument."""

    def __init__(self, names: Sequence[str], details: dict[str, Any]) -> None:
        self.is_positional = not names[0].startswith("-")
        self.action: str = details.pop("action", "store")
        self.default = details.pop("default", None)
        self.const = details.pop("const", None)
        if self.action in _CONSTANTS:
            default, self.const = _CONSTANTS[self.action]
            self.default = default if self.default is None else self.default
            self.action = "store_const"
        if self.action not in (*_TAKES_WORDS, "store_const", "count"):
            raise NotPlainError
        self.count = details.pop("nargs", None)
        if self.count not in (None, 1, "?", "*", "+", "..."):
            raise NotPlainError
        self.convert: Callable[[str], Any] | None = details.pop("type", None)
        self.choices = details.pop("choices", None)
        self.is_required: bool = details.pop("required", self.is_positional)
        longest = next((x for x in names if x.startswith("--")), names[0])
        self.target: str = details.pop("dest", "") or _identifier(longest)
        # The others tell how help shows it.
        if not details.keys() <= {"help", "metavar"}:
            raise NotPlainError

    def value(self, word: str) -> Any:
        """Return what one word means."""
        found: Any = word
        if self.convert is not None:
            try:
                found = self.convert(word)
            except Exception as error:  # argparse words what its types refuse
                raise NotPlainError from error
        if self.choices is not None and found not in self.choices:
            raise NotPlainError
        return found


def _identifier(name: str) -> str:
    return name.lstrip("-").replace("-", "_")


class Declaration:
    """Takes what a command's `configure` tells to a parser."""

    def __init__(self) -> None:
        self.options: dict[str, Argument] = {}
        self.arguments: list[Argument] = []
        self.exclusive: list[tuple[bool, list[Argument]]] = []
        """Whether one of the group must be there; the group."""

    def add_argument(self, *names: str, **details: Any) -> None:
        """Declare an option or a positional argument."""
        self.declare(names, details)

    def declare(self, names: Sequence[str], details: dict[str, Any]) -> Argument:
        """Declare and return an option or a positional argument."""
        argument = Argument(names, dict(details))
        self.arguments.append(argument)
        if not argument.is_positional:
            self.options.update(dict.fromkeys(names, argument))
        return argument

    def add_argument_group(self, *_title: str) -> Declaration:
        """Return where options of a group are declared: groups are for help."""
        return self

    def add_mutually_exclusive_group(self, *, required: bool = False) -> _Exclusive:
        """Return where options are declared of which one may be there."""
        members: list[Argument] = []
        self.exclusive.append((required, members))
        return _Exclusive(self, members)

    def add_subparsers(self, **_details: object) -> Any:
        """Leave commands of commands to argparse."""
        raise NotPlainError


class _Exclusive:
    """Options of which one may be there."""

    def __init__(self, owner: Declaration, members: list[Argument]) -> None:
        self._owner = owner
        self._members = members

    def add_argument(self, *names: str, **details: Any) -> None:
        """Declare an option of the group."""
        self._members.append(self._owner.declare(names, details))


def read_words(declared: Declaration, words: Sequence[str], options: Options) -> None:
    """Set the attributes of `options` to what a command line says.

    Raises `NotPlainError` where it is not plain: then argparse reads or refuses it.
    """
    found = options.__dict__
    for argument in declared.arguments:
        if argument.default is not _SUPPRESSED:
            found.setdefault(argument.target, argument.default)
    seen: list[Argument] = []
    for argument, values in _uses(declared, words):
        if argument not in seen:
            seen.append(argument)
        _use(argument, values, found)
    for argument in declared.arguments:
        if argument not in seen:
            _leave(argument, found)
    for is_required, members in declared.exclusive:
        count = sum(member in seen for member in members)
        if count > 1 or (is_required and not count):
            raise NotPlainError


def _uses(
    declared: Declaration, words: Sequence[str]
) -> Iterator[tuple[Argument, list[str]]]:
    """Yield what is used, with its words."""
    if "--" in words:
        raise NotPlainError
    place, end = 0, len(words)
    positional = [item for item in declared.arguments if item.is_positional]
    while place < end:
        word = words[place]
        place += 1
        if not word.startswith("-"):
            # Where several could take it, or it is the second run of words.
            if len(positional) != 1:
                raise NotPlainError
            argument = positional.pop()
            more = 0
            if argument.count == "...":
                more = end - place
            elif argument.count in ("*", "+"):
                more = _run(words, place)
            yield argument, [word, *words[place : place + more]]
            place += more
            continue
        found, count = _option(declared, word, words, place)
        yield found
        place += count


def _option(
    declared: Declaration, word: str, words: Sequence[str], place: int
) -> tuple[tuple[Argument, list[str]], int]:
    """Return an option with its words, and how many of those begin at `place`."""
    name, has_value, value = word.partition("=")
    argument = declared.options.get(name if name.startswith("--") else word)
    if argument is None:
        raise NotPlainError
    if argument.action not in _TAKES_WORDS:
        if has_value:
            raise NotPlainError
        return (argument, []), 0
    if has_value:
        if value == "--":
            raise NotPlainError  # what it means depends on Python's version
        return (argument, [value]), 0
    limit = _run(words, place)
    if argument.count in (None, 1, "?"):
        limit = min(limit, 1)
    if not limit and argument.count not in ("?", "*"):
        raise NotPlainError
    return (argument, list(words[place : place + limit])), limit


def _run(words: Sequence[str], start: int) -> int:
    """Return how many words from here on begin with no dash."""
    place = start
    while place < len(words) and not words[place].startswith("-"):
        place += 1
    return place - start


def _leave(argument: Argument, found: dict[str, Any]) -> None:
    """Set what an argument means that is not there."""
    target: str = argument.target
    default: object = argument.default
    if argument.is_required and argument.count not in ("?", "*", "..."):
        raise NotPlainError
    if argument.is_positional and default is None and argument.count in ("*", "..."):
        found[target] = []
    elif found.get(target) is default and isinstance(default, str):
        found[target] = argument.value(default)


def _use(argument: Argument, words: list[str], found: dict[str, Any]) -> None:
    target = argument.target
    known = found.get(target)
    if argument.action == "store_const":
        found[target] = argument.const
        return
    if argument.action == "count":
        found[target] = (known or 0) + 1
        return
    value: Any = [argument.value(word) for word in words]
    if argument.count is None:
        (value,) = value
    elif argument.count == "?":
        value = value[0] if value else argument.const
    found[target] = [*(known or ()), value] if argument.action == "append" else value
