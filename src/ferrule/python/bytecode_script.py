"""Compile Python files to bytecode; `ferrule.python.bytecode` sends this text.

It runs in the interpreter that will load the result, of any release from 3.9 on,
and reads its orders as JSON from standard input. The bytecode carries the hash of
its source and is not checked against it (PEP 552), so it is the same every time.
"""

import importlib.util
import json
import marshal
import os
import sys
from typing import Any


def compile_files(orders: dict[str, Any]) -> list[list[str]]:
    """Write what the orders name and return the files that are no Python."""
    failed = []
    flags = (0b01).to_bytes(4, "little")
    for source, target, shown in orders["files"]:
        with open(source, "rb") as stream:
            text = stream.read()
        try:
            code = compile(
                text, shown, "exec", dont_inherit=True, optimize=orders["optimize"]
            )
        except (SyntaxError, ValueError, RecursionError) as error:
            failed.append([shown, str(error)])
            continue
        head = importlib.util.MAGIC_NUMBER + flags + importlib.util.source_hash(text)
        os.makedirs(os.path.dirname(target), exist_ok=True)
        with open(target, "wb") as stream:
            stream.write(head + marshal.dumps(code))
    return failed


if __name__ == "__main__":
    import warnings

    warnings.simplefilter("ignore")
    json.dump(compile_files(json.load(sys.stdin)), sys.stdout)
