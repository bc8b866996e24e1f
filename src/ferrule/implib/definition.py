"""Reads module-definition files (`.def`): what a DLL exports, in text.

Understood is what Microsoft's, GNU's and LLVM's tools write: `LIBRARY` or `NAME`,
`EXPORTS` with their attributes; statements about the linking of the DLL itself
are passed over. Sources: Microsoft's "Module-Definition (.Def) Files"; binutils'
documentation of dlltool for `==`; LLVM's `COFFModuleDefinition.cpp` for `EXPORTAS`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final, NamedTuple

from ferrule import log
from ferrule.errors import did_you_mean
from ferrule.errors.implib import DefinitionError, NoExportsError
from ferrule.implib.symbol import ImportSymbol, SymbolKind, told_apart

__all__ = ["Definition", "parse_definition"]

_PASSED: Final = (
    *("DESCRIPTION", "HEAPSIZE", "IMPORTS", "SECTIONS", "SEGMENTS"),
    *("STACKSIZE", "STUB", "VERSION"),
)
_STATEMENTS: Final = ("EXPORTS", "LIBRARY", "NAME", *_PASSED)
_OLD: Final = (
    *("APPLOADER", "CODE", "DATA", "EXETYPE", "OLD", "PROTMODE", "REALMODE"),
    *("SUBSYSTEM", "VIRTUAL", "WINDOWSAPI"),
    *("INITGLOBAL", "INITINSTANCE", "TERMGLOBAL", "TERMINSTANCE"),
)
"""Of 16-bit Windows and OS/2, which linkers pass over too; among exports they are
names."""
_ATTRIBUTES: Final = ("NONAME", "DATA", "CONSTANT", "PRIVATE")
_LINE_END: Final = re.compile(r"\r\n|\r|\n")
_TOKEN: Final = re.compile(
    r"""[ \t\f\v]+ | ;.* | "(?P<quoted>[^"\n]*)" | '(?P<text>[^'\n]*)'
      | (?P<mark>==|=|,) | (?P<word>[^ \t\f\v;=,"']+)""",
    re.VERBOSE,
)


class Definition(NamedTuple):
    """What a module-definition file says."""

    dll: str
    """The DLL's file name; empty if the file does not tell."""
    symbols: tuple[ImportSymbol, ...]
    """In the order of the DLL's table of names; private ones are left out."""


class _Token(NamedTuple):
    text: str
    line: int
    is_plain: bool
    """Not quoted: it may be a keyword or a mark."""


class _Export(NamedTuple):
    symbol: ImportSymbol
    is_private: bool
    line: int


def parse_definition(text: str, name: str, *, kill_at: bool = False) -> Definition:
    """Return what the text of a module-definition file says.

    `name` is what errors call the file. With `kill_at` the DLL exports `__stdcall`
    functions without the `@8` that the file shows. Raises `DefinitionError` with
    the line's number, and `NoExportsError`.
    """
    parser = _Parser(text, name)
    parser.parse()
    exports = parser.exports
    if not exports:
        raise NoExportsError(name)
    exports = _without_doubles(exports, name)
    symbols = told_apart((item.symbol for item in exports), is_mingw=kill_at)
    exports = [item._replace(symbol=symbol) for item, symbol in zip(exports, symbols)]
    if kill_at:
        exports = [_without_at(item) for item in exports]
    named = sorted(item.symbol.name for item in exports if not item.symbol.is_nameless)
    hints = {symbol: hint for hint, symbol in enumerate(named)}
    ordered = sorted(exports, key=lambda item: item.symbol.name)
    return Definition(
        parser.dll,
        tuple(
            item.symbol._replace(hint=hints.get(item.symbol.name, 0))
            for item in ordered
            if not item.is_private
        ),
    )


def _without_at(item: _Export) -> _Export:
    symbol = item.symbol
    head, _, size = symbol.name.rpartition("@")
    plain = head.strip("@")
    if not plain or not size.isdigit() or symbol.is_nameless or symbol.link_as:
        return item
    return item._replace(symbol=symbol._replace(name=plain, link_as=symbol.name))


def _without_doubles(exports: list[_Export], name: str) -> list[_Export]:
    """Return the exports without lines that say the same again, as linkers do."""
    found: list[_Export] = []
    first: dict[str | int, _Export] = {}
    for item in exports:
        symbol = item.symbol
        known = symbol.link_as or symbol.name
        if known in first and first[known]._replace(line=item.line) == item:
            log.warn(
                f"{name}:{item.line}: {known} is exported already in line "
                f"{first[known].line}"
            )
            continue
        keys: list[tuple[str | int, str]] = [(known, f"the name {known}")]
        if symbol.ordinal is not None:
            keys.append((symbol.ordinal, f"the number @{symbol.ordinal}"))
        for key, what in keys:
            if key in first:
                raise DefinitionError(
                    name,
                    item.line,
                    f"{what} is exported twice, first in line {first[key].line}",
                    "remove one of the lines",
                )
            first[key] = item
        found.append(item)
    return found


class _Parser:
    """One pass over the tokens."""

    def __init__(self, text: str, name: str) -> None:
        self.name = name
        self.dll = ""
        self.exports: list[_Export] = []
        self._tokens = list(_tokens(text, name))
        self._place = 0

    def parse(self) -> None:
        """Take all statements. Raises `DefinitionError`."""
        while (token := self._next()) is not None:
            word = token.text if token.is_plain else ""
            if word in ("LIBRARY", "NAME"):
                self._take_name(".dll" if word == "LIBRARY" else ".exe")
            elif word == "EXPORTS":
                while not self._is_at_statement():
                    self._take_export()
            elif word in _PASSED or word in _OLD:
                while not self._is_at_statement():
                    self._place += 1
            else:
                guess = did_you_mean(token.text.upper(), _STATEMENTS)
                raise DefinitionError(
                    self.name,
                    token.line,
                    f'"{token.text}" is no statement{guess}',
                    "the list of symbols begins with a line EXPORTS",
                )

    def _peek(self) -> _Token | None:
        tokens = self._tokens
        return tokens[self._place] if self._place < len(tokens) else None

    def _next(self) -> _Token | None:
        token = self._peek()
        self._place += token is not None
        return token

    def _is_at_statement(self) -> bool:
        token = self._peek()
        return token is None or (token.is_plain and token.text in _STATEMENTS)

    def _take_mark(self, mark: str) -> bool:
        token = self._peek()
        if token is None or not token.is_plain or token.text != mark:
            return False
        self._place += 1
        return True

    def _take_word(self, what: str, line: int) -> _Token:
        token = self._next()
        if token is None or (token.is_plain and token.text in ("=", "==", ",")):
            raise DefinitionError(
                self.name, token.line if token else line, f"{what} is missing"
            )
        return token

    def _take_name(self, ending: str) -> None:
        token = self._peek()
        if token is None or self._is_at_statement():
            return
        if not (token.is_plain and token.text == "BASE"):
            self._place += 1
            self.dll = token.text if _has_ending(token.text) else token.text + ending
        token = self._peek()
        if token is not None and token.is_plain and token.text == "BASE":
            self._place += 1
            if not self._take_mark("="):
                raise DefinitionError(
                    self.name, token.line, "BASE has no value", "write BASE=0x10000000"
                )
            self._take_word("the value of BASE", token.line)

    def _take_export(self) -> None:
        first = self._take_word("the name of a symbol", 0)
        line, exported, imported = first.line, first.text, ""
        self._refuse_stray(first)
        if self._take_mark("="):
            self._take_word("the internal name", line)
        if self._take_mark("=="):
            imported = self._take_word("the imported name", line).text
        ordinal = self._take_ordinal()
        attributes: set[str] = set()
        while (token := self._peek()) is not None and token.is_plain:
            if token.text == "==" and not imported:
                self._place += 1
                imported = self._take_word("the imported name", line).text
            elif token.text == "EXPORTAS" and not imported:
                self._place += 1
                imported = self._take_word("the name after EXPORTAS", line).text
            elif token.text in _ATTRIBUTES:
                self._place += 1
                attributes.add(token.text)
            elif token.text == ",":
                self._place += 1
            else:
                break
        is_nameless = "NONAME" in attributes
        if is_nameless and ordinal is None:
            raise DefinitionError(
                self.name,
                line,
                f"{exported} is NONAME, but has no ordinal to be imported by",
                f"write {exported} @1 NONAME with its number",
            )
        kind: SymbolKind = "data" if "DATA" in attributes else "code"
        if "CONSTANT" in attributes:
            kind = "const"
        symbol = ImportSymbol(
            imported or exported,
            kind,
            ordinal=ordinal,
            is_nameless=is_nameless,
            link_as=exported if imported else "",
        )
        self.exports.append(_Export(symbol, "PRIVATE" in attributes, line))

    def _refuse_stray(self, token: _Token) -> None:
        if not token.text:
            raise DefinitionError(self.name, token.line, "a name is empty")
        if token.is_plain and (token.text in _ATTRIBUTES or _is_ordinal(token.text)):
            raise DefinitionError(
                self.name, token.line, f"{token.text} stands where a name is expected"
            )

    def _take_ordinal(self) -> int | None:
        token = self._peek()
        if token is None or not token.is_plain or not _is_ordinal(token.text):
            return None
        self._place += 1
        digits = token.text[1:]
        if not digits:
            digits = self._take_word("the number after @", token.line).text
        number = int(digits) if digits.isascii() and digits.isdigit() else -1
        if not 0 < number <= 0xFFFF:
            raise DefinitionError(
                self.name,
                token.line,
                f'the ordinal "{digits}" is no number from 1 to 65535',
            )
        return number


def _tokens(text: str, name: str) -> Iterator[_Token]:
    # Not `splitlines`, which ends lines at characters that names may have.
    for line, content in enumerate(_LINE_END.split(text.rstrip("\x1a")), 1):
        place = 0
        while place < len(content):
            match = _TOKEN.match(content, place)
            if match is None:
                raise DefinitionError(
                    name, line, "a quotation mark has no partner", "close the quotation"
                )
            place = match.end()
            kind = match.lastgroup
            if kind is not None:
                _check_text(match[kind], line, name)
                yield _Token(match[kind], line, kind in ("mark", "word"))


def _check_text(text: str, line: int, name: str) -> None:
    if text.isascii() and text.isprintable():
        return
    if any("\ud800" <= char <= "\udfff" for char in text):
        raise DefinitionError(
            name, line, "the text is not UTF-8", "save the file as UTF-8"
        )
    if any(char < " " or char == "\x7f" for char in text):
        raise DefinitionError(
            name,
            line,
            f"{text!r} has a character that no name can have",
            "remove the character",
        )


def _is_ordinal(text: str) -> bool:
    return text[:1] == "@" and (len(text) == 1 or text[1:].isdigit())


def _has_ending(name: str) -> bool:
    """Whether a file name ends like `.dll`: not `libpypy3.11-c`."""
    # A dot at the end is how the loader is told that there is none.
    return re.search(r"\.([A-Za-z][A-Za-z0-9]{1,3})?$", name) is not None
