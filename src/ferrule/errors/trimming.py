"""Errors about `--trim`."""

from __future__ import annotations

from collections.abc import Sequence

from ferrule.errors import FerruleError, did_you_mean

__all__ = ["TrimCompilerError", "UnknownModulesError"]


class TrimCompilerError(FerruleError):
    """No Python here that could tell what modules import."""

    exit_code = 4

    def __init__(self, version: tuple[int, int]) -> None:
        name = "{}.{}".format(*version)
        super().__init__(
            f"--trim needs a CPython {name} on this machine",
            why=["what modules import is read from their bytecode"],
            fix=f"install Python {name} for this machine too, or leave out --trim",
        )


class UnknownModulesError(FerruleError):
    """Names in `keep` that are no modules of the bundle."""

    exit_code = 2

    def __init__(self, names: Sequence[tuple[str, str]], known: Sequence[str]) -> None:
        """Take names with the reason why they were left out before, if they were."""
        lines = []
        for name, reason in names:
            hint = did_you_mean(name, known)
            lines.append(
                f"{name} is left out of every bundle: {reason}"
                if reason
                else f"no module of the bundle is called {name}{hint}"
            )
        is_included = any(reason for _, reason in names)
        super().__init__(
            "`keep` names modules that the bundle does not have",
            why=lines,
            fix="`include` brings back what is always left out"
            if is_included
            else "write dotted names of modules, also with *: encodings.*",
        )
        self.names = tuple(name for name, _ in names)
