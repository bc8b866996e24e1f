"""Keeps the wheels of requirements that every hash is given for.

What pip chooses for those depends on nothing that changes: it refuses files with
other hashes. So a kept answer stands, and pip and the network are not asked again.
"""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ferrule.pipeline.bundling.store import finished_folder

if TYPE_CHECKING:
    from ferrule.python.interpreter import Interpreter

__all__ = ["all_hashed", "keep_wheels", "kept_folder"]

_REQUIREMENT: Final = re.compile(r"[A-Za-z0-9][^#]*\s--hash=sha(256|384|512):[0-9a-f]+")
_OTHER_OPTION: Final = re.compile(r"\s--?(?!hash=)[a-zA-Z]")


def all_hashed(text: str) -> bool:
    """Tell whether a requirements file has nothing but requirements with hashes.

    >>> all_hashed("six==1.16.0 --hash=sha256:00aa  # via x"), all_hashed("six==1.16.0")
    (True, False)
    >>> all_hashed("-r other.txt"), all_hashed("")
    (False, False)
    """
    lines = [
        re.sub(r"(^|\s)#.*", "", line).strip()
        for line in text.replace("\\\n", " ").splitlines()
    ]
    lines = [line for line in lines if line]
    return bool(lines) and all(
        _REQUIREMENT.match(line) and not _OTHER_OPTION.search(line) for line in lines
    )


def kept_folder(
    store: Path,
    texts: Iterable[str],
    command: Sequence[str],
    interpreter: Interpreter,
    env: Mapping[str, str],
) -> Path | None:
    """Return where the wheels for requirements are kept; None if they are not.

    `command` is how pip is called, without the requirements.
    """
    from hashlib import sha256

    texts = list(texts)
    if not all(map(all_hashed, texts)):
        return None
    facts = (
        texts,
        list(command),
        interpreter.version,
        interpreter.soabi,
        interpreter.platform,
        sorted(item for item in env.items() if item[0].startswith("PIP_")),
    )
    return store / f"wheels-{sha256(repr(facts).encode()).hexdigest()}"


def keep_wheels(wheels: Path, folder: Path) -> None:
    """Move a complete folder of wheels to where it is kept."""
    with finished_folder(folder) as part:
        for path in sorted(wheels.iterdir()):
            shutil.move(str(path), part)
