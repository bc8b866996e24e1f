"""Names that stubs may use, and the modules they come from.

Authors write type hints into signatures without imports; what they can mean is
told by the typing documentation.
"""

from __future__ import annotations

import builtins
from collections.abc import Mapping
from typing import Final

__all__ = [
    "ABSTRACT",
    "BUILTINS",
    "EXTENSIONS",
    "MODULE_ALIASES",
    "STANDARD",
    "TYPING",
]

BUILTINS: Final = frozenset(dir(builtins)) | {
    *("BaseExceptionGroup", "EncodingWarning", "ExceptionGroup"),
}
TYPING: Final = frozenset(
    [
        "Any",
        "Callable",
        "ClassVar",
        "Final",
        "Generic",
        "Literal",
        "NamedTuple",
        "NoReturn",
        "Optional",
        "Protocol",
        "SupportsFloat",
        "SupportsIndex",
        "SupportsInt",
        "TypedDict",
        "Union",
        "Annotated",
        "AnyStr",
        "SupportsAbs",
        "SupportsBytes",
        "SupportsComplex",
        "SupportsRound",
        "IO",
        "TextIO",
        "BinaryIO",
        "Dict",
        "List",
        "Set",
        "FrozenSet",
        "Tuple",
        "Type",
        "DefaultDict",
        "Deque",
    ]
)
EXTENSIONS: Final = frozenset(
    [
        "Buffer",
        "Concatenate",
        "LiteralString",
        "Never",
        "ParamSpec",
        "Self",
        "TypeAlias",
        "TypeGuard",
        "TypeIs",
        "Unpack",
        "override",
    ]
)
ABSTRACT: Final = frozenset(
    [
        "AsyncGenerator",
        "AsyncIterable",
        "AsyncIterator",
        "Awaitable",
        "Collection",
        "Container",
        "Coroutine",
        "Generator",
        "Hashable",
        "ItemsView",
        "Iterable",
        "Iterator",
        "KeysView",
        "Mapping",
        "MutableMapping",
        "MutableSequence",
        "MutableSet",
        "Reversible",
        "Sequence",
        "Sized",
        "ValuesView",
    ]
)
MODULE_ALIASES: Final[Mapping[str, str]] = {
    "np": "numpy",
    "npt": "numpy.typing",
    "pa": "pyarrow",
    "pd": "pandas",
    "pl": "polars",
    "t": "typing",
}
"""How authors write modules in signatures, where they cannot import them."""
STANDARD: Final = frozenset(
    [
        "abc",
        "array",
        "ast",
        "asyncio",
        "builtins",
        "collections",
        "contextlib",
        "contextvars",
        "copy",
        "ctypes",
        "dataclasses",
        "datetime",
        "decimal",
        "enum",
        "fractions",
        "functools",
        "inspect",
        "io",
        "ipaddress",
        "itertools",
        "json",
        "logging",
        "numbers",
        "operator",
        "os",
        "pathlib",
        "pickle",
        "queue",
        "re",
        "socket",
        "ssl",
        "string",
        "struct",
        "subprocess",
        "sys",
        "tempfile",
        "threading",
        "time",
        "types",
        "typing",
        "uuid",
        "weakref",
        "zoneinfo",
    ]
)
