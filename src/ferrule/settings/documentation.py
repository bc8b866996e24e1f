"""The documentation of the model: the texts below its fields.

Only the generators of `docs/settings.md` and of the JSON schema import this
module; it parses the model's source.
"""

from __future__ import annotations

import ast
import inspect

__all__ = ["read_class_text", "read_field_texts"]


def read_field_texts(model: type) -> dict[str, str]:
    """Return the text below each field of a dataclass, as one line, by name."""
    (definition,) = ast.parse(inspect.getsource(model)).body
    texts: dict[str, str] = {}
    name = ""
    for statement in definition.body if isinstance(definition, ast.ClassDef) else ():
        if isinstance(statement, ast.AnnAssign):
            name = ast.unparse(statement.target)
        elif isinstance(statement, ast.Expr) and name:
            texts[name] = " ".join(str(ast.literal_eval(statement.value)).split())
            name = ""
    return texts


def read_class_text(model: type) -> str:
    """Return the docstring of a dataclass as one line."""
    return " ".join((model.__doc__ or "").split())
