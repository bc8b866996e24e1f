"""Calls of the small functions that a setup.py defines, such as `readme()`.

A function has a value where its body only binds names, opens files and returns.
"""

from __future__ import annotations

import ast
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ferrule.project.setuptools.literals import Evaluator

__all__ = ["call_function"]

_NOTHING = object()


def call_function(
    evaluator: Evaluator,
    function: ast.FunctionDef,
    arguments: Sequence[Any],
    options: Mapping[str, Any],
) -> Any:
    """Return what a function returns, or an `Unknown`."""
    given = function.args
    names = [item.arg for item in given.args]
    is_plain = not (given.vararg or given.kwarg or given.kwonlyargs)
    defaults = [evaluator.value(item) for item in given.defaults]
    bound = dict(zip(names[len(names) - len(defaults) :], defaults))
    bound.update(zip(names, arguments))
    bound.update(options)
    if not is_plain or function.decorator_list or set(bound) != set(names):
        return evaluator.unknown(function, "it is a function of another form")
    inside = replace(
        evaluator,
        names={**evaluator.names, **bound},
        # A function that calls itself has no end here.
        functions={
            name: item
            for name, item in evaluator.functions.items()
            if item is not function
        },
    )
    result = _run(inside, function.body)
    return None if result is _NOTHING else result


def _run(evaluator: Evaluator, body: Sequence[ast.stmt]) -> Any:
    """Return the value of the first `return`, or `_NOTHING`."""
    for statement in body:
        if isinstance(statement, ast.Return):
            return evaluator.value(statement.value) if statement.value else None
        if isinstance(statement, ast.With):
            for item in statement.items:
                if isinstance(item.optional_vars, ast.Name):
                    value = evaluator.value(item.context_expr)
                    evaluator.names[item.optional_vars.id] = value
            result = _run(evaluator, statement.body)
            if result is not _NOTHING:
                return result
        elif not _bind(evaluator, statement):
            return evaluator.unknown(statement, "it is computed when setup.py runs")
    return _NOTHING


def _bind(evaluator: Evaluator, statement: ast.stmt) -> bool:
    if isinstance(statement, ast.Expr) and isinstance(statement.value, ast.Constant):
        return True
    if not isinstance(statement, ast.Assign) or len(statement.targets) != 1:
        return False
    target = statement.targets[0]
    if not isinstance(target, ast.Name):
        return False
    evaluator.names[target.id] = evaluator.value(statement.value)
    return True
