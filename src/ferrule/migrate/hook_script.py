"""Runs in the interpreter that a wheel is for: calls a backend's hooks (PEP 517).

It imports nothing of ferrule and writes its answer to a file, since backends
print what they like.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
from importlib.metadata import version

ABSENT = 97
ANSWER = "answer.json"


def main() -> None:
    """Call the hooks that the argument names."""
    # Backends change the arguments, and must not import from this folder.
    question = json.loads(sys.argv[1])
    del sys.path[0]
    sys.path[:0] = question["paths"]
    module, _, names = question["backend"].partition(":")
    try:
        hooks = importlib.import_module(module)
        for name in filter(None, names.split(".")):
            hooks = getattr(hooks, name)
        for needed in question["distributions"]:
            version(needed)
    except ImportError as error:
        sys.exit(str(error) if question["requires_only"] else ABSENT)
    answer: dict[str, object] = {"version": version(question["name"])}
    if question["requires_only"]:
        requires: list[str] = []
        for kind in ("wheel", "sdist"):
            ask = getattr(hooks, f"get_requires_for_build_{kind}", None)
            requires += ask() if ask else []
        answer["requires"] = requires
    else:
        try:
            answer["sdist"] = hooks.build_sdist(question["out"])
        except (Exception, SystemExit) as error:  # noqa: BLE001 - what backends raise
            print(f"build_sdist: {error}")  # noqa: T201 - read by who called
            answer["sdist"] = None
        answer["wheel"] = hooks.build_wheel(question["out"])
    path = os.path.join(question["out"], ANSWER)
    with open(path, "w", encoding="utf-8") as stream:
        json.dump(answer, stream)


if __name__ == "__main__":
    main()
