"""Describes a module by looking at it; runs inside the target interpreter.

Only the standard library of Python 3.7 is available here: the file is handed to
another interpreter as text. It prints one JSON object behind a marker line.
"""

import importlib.machinery
import importlib.util
import inspect
import json
import sys
import types
from typing import Any, Dict, List, Optional

MARK = "==ferrule-stubs=="
# What every class has, and what says nothing about its interface.
DULL = {
    *("__module__", "__doc__", "__dict__", "__weakref__", "__qualname__"),
    *(
        "__getstate__",
        "__static_attributes__",
        "__firstlineno__",
        "__abstractmethods__",
    ),
    *("__text_signature__", "__type_params__", "__pyo3__", "__class_getitem__"),
}
MODULE_DULL = {
    *("__name__", "__doc__", "__package__", "__loader__", "__spec__", "__file__"),
    *("__all__", "__cached__", "__path__", "__builtins__"),
}


def load(name: str, path: str) -> Any:
    """Import a library under a name, whatever its file is called."""
    loader = importlib.machinery.ExtensionFileLoader(name, path)
    spec = importlib.util.spec_from_file_location(name, path, loader=loader)
    assert spec is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    loader.exec_module(module)
    return module


def parameters(value: Any) -> Optional[List[Dict[str, Any]]]:
    """Return the parameters of a callable, or None if it does not tell them."""
    try:
        signature = inspect.signature(value)
    except (TypeError, ValueError):
        return None
    empty = inspect.Parameter.empty
    return [
        {
            "name": item.name,
            "kind": item.kind.name,
            "default": None if item.default is empty else repr(item.default),
        }
        for item in signature.parameters.values()
    ]


def doc_of(value: Any) -> Optional[str]:
    """Return a docstring, unless it belongs to the type of the value."""
    doc = getattr(value, "__doc__", None)
    return doc if isinstance(doc, str) and doc else None


def type_name(kind: type) -> List[str]:
    """Return a type as a pair of module and qualified name."""
    return [kind.__module__, kind.__qualname__]


def is_foreign(kind: type, own: Any) -> bool:
    """Tell whether a class is known under its own name in another module."""
    home = sys.modules.get(kind.__module__)
    if home is None or home is own:
        return False
    found: Any = home
    for part in kind.__qualname__.split("."):
        found = getattr(found, part, None)
    return found is kind


def describe_function(name: str, value: Any, kind: str) -> Dict[str, Any]:
    """Return what is known of a function or method."""
    return {
        "type": "function",
        "name": name,
        "kind": kind,
        "doc": doc_of(value),
        "parameters": parameters(value),
    }


def describe_member(name: str, value: Any, cls: type, own: Any) -> Dict[str, Any]:
    """Return what is known of a member of a class."""
    if isinstance(value, type):
        return describe_class(name, value, own)
    if isinstance(value, staticmethod):
        return describe_function(name, value.__func__, "static")
    if isinstance(value, (classmethod, types.ClassMethodDescriptorType)):
        return describe_function(name, getattr(cls, name), "class")
    if name == "__new__":
        return describe_function(name, cls, "new")
    descriptors = (types.GetSetDescriptorType, types.MemberDescriptorType, property)
    if isinstance(value, descriptors):
        doc = doc_of(value)
        return {"type": "attribute", "name": name, "of": None, "doc": doc}
    if callable(value):
        kind = "method"
        if isinstance(value, types.BuiltinFunctionType):
            kind = "static"
        found = describe_function(name, value, kind)
        if isinstance(value, types.WrapperDescriptorType):
            found["doc"] = None
        return found
    return {"type": "attribute", "name": name, "of": type_name(type(value))}


def is_disjoint(cls: type) -> bool:
    """Tell whether a class has a layout of its own (PEP 800)."""
    base = cls.__base__
    if base is None:
        return True
    size = cls.__basicsize__
    word = 8 if sys.maxsize > 2**32 else 4
    for offset in ("__dictoffset__", "__weakrefoffset__"):
        if getattr(cls, offset, 0) and not getattr(base, offset, 0):
            size -= word
    return size != base.__basicsize__ or cls.__itemsize__ != base.__itemsize__


def describe_class(name: str, cls: type, own: Any) -> Dict[str, Any]:
    """Return what is known of a class, or of another module's class."""
    if is_foreign(cls, own):
        return {"type": "attribute", "name": name, "class": type_name(cls)}
    unhashable = vars(cls).get("__hash__", cls) is None
    members = [
        describe_member(key, value, cls, own)
        for key, value in sorted(vars(cls).items())
        if key not in DULL and not (key == "__hash__" and unhashable)
    ]
    final = not cls.__flags__ & (1 << 10)
    return {
        "type": "class",
        "name": name,
        "doc": doc_of(cls),
        "bases": [type_name(base) for base in cls.__bases__ if base is not object],
        "final": final,
        "disjoint": not final and is_disjoint(cls),
        "unhashable": unhashable,
        "members": members,
    }


def describe_module(name: str, module: Any, above: List[Any]) -> Dict[str, Any]:
    """Return what is known of a module and of the modules in it."""
    members = []
    for key, value in sorted(vars(module).items()):
        if key in MODULE_DULL:
            continue
        if isinstance(value, types.ModuleType):
            is_other = sys.modules.get(value.__name__) is value
            if is_other and not value.__name__.startswith(name + "."):
                members.append(
                    {"type": "attribute", "name": key, "of": ["types", "ModuleType"]}
                )
            elif value not in above:
                members.append(
                    describe_module(name + "." + key, value, [*above, value])
                )
        elif isinstance(value, type):
            members.append(describe_class(key, value, module))
        elif callable(value):
            members.append(describe_function(key, value, "function"))
        else:
            kind = type_name(type(value))
            members.append({"type": "attribute", "name": key, "of": kind})
    return {"type": "module", "name": name, "doc": doc_of(module), "members": members}


def main(name: str, path: str, *folders: str) -> None:
    """Print the description of one library."""
    sys.path.extend(folders)
    module = load(name, path)
    print(MARK)
    print(json.dumps(describe_module(name, module, [module])))


if __name__ == "__main__":
    main(*sys.argv[1:])
