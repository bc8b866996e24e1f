"""The proof of a migration: built before and after, compared file by file."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import log
from ferrule.errors.migrate import NoReferenceError, PeerBuildError
from ferrule.migrate.changes import apply_changes
from ferrule.migrate.peers import Built, build_with_hooks, build_with_peer
from ferrule.migrate.workplace import copy_project
from ferrule.sdist.comparison import compare_sdists
from ferrule.wheel.comparison import Difference, compare_wheels

if TYPE_CHECKING:
    from ferrule.migrate.changes import Migration
    from ferrule.python.interpreter import Interpreter

__all__ = ["Proof", "prove", "temporary_copy"]


@dataclass(frozen=True)
class Proof:
    """What the project gives before and after its migration."""

    before: str
    """Who built the reference."""
    after: str
    wheels: tuple[str, str]
    """File names before and after."""
    wheel: tuple[Difference, ...]
    sdist: tuple[Difference, ...]

    @property
    def is_equal(self) -> bool:
        """Whether every difference has an explanation."""
        return all(item.explanation for item in (*self.wheel, *self.sdist))


@contextmanager
def temporary_copy(root: Path) -> Iterator[Path]:
    """Copy a project to a temporary folder and yield its root there."""
    with tempfile.TemporaryDirectory(prefix="ferrule-migrate-") as folder:
        yield copy_project(root, Path(folder))


def prove(migration: Migration, *, env: Mapping[str, str], use_peer: bool) -> Proof:
    """Build the project as it is and as it will be, and compare the products.

    The reference is what the project's own backend builds if it is installed,
    or with `use_peer` in any case; otherwise what ferrule builds by reading
    the old configuration. Both builds happen in copies. Raises the errors of
    both builds.
    """
    with tempfile.TemporaryDirectory(prefix="ferrule-proof-") as folder:
        out = Path(folder)
        (out / "before").mkdir()
        with temporary_copy(migration.root) as copy:
            found = _build_with_peer(
                migration, copy, out / "before", env=env, use_peer=use_peer
            )
        # A peer leaves products in its copy, ferrule does not.
        with temporary_copy(migration.root) as copy:
            before, interpreter = found or _build_by_reading(
                migration, copy, out / "before", env
            )
            apply_changes(copy, migration.changes)
            log.step("building the migrated project")
            after = _build_after(migration, copy, out / "after", interpreter, env)
        return _compare(migration, before, after)


def build_with_ferrule(
    root: Path, out: Path, interpreter: Interpreter, env: Mapping[str, str]
) -> Built:
    """Build wheel and sdist as ferrule's hooks would, for one interpreter."""
    from ferrule import __version__
    from ferrule.pipeline.build.isolated import build_wheel_for_hook
    from ferrule.pipeline.build.sdists import build_source
    from ferrule.pipeline.request import Request

    request = Request(start=root, env=env, interpreter=interpreter, is_hook=True)
    wheel = build_wheel_for_hook(request, out)
    source = replace(request, state="sdist", interpreter=None)
    return Built(f"ferrule {__version__}", wheel, build_source(source, out))


def _build_with_peer(
    migration: Migration,
    copy: Path,
    out: Path,
    *,
    env: Mapping[str, str],
    use_peer: bool,
) -> tuple[Built, Interpreter] | None:
    """Build with the peer, and tell for which interpreter; None without one."""
    from ferrule.python.discovery import default_interpreter
    from ferrule.python.probe import running_interpreter

    peer = migration.peer
    running = running_interpreter()
    candidates = {running.executable: running}
    # setup.py runs in the interpreter that runs ferrule.
    if not migration.runs_setup:
        default = default_interpreter(env)
        candidates = {default.executable: default}
        if not use_peer:
            candidates.setdefault(running.executable, running)
    log.step("building the project as it is")
    for candidate in candidates.values():
        try:
            built = build_with_peer(
                peer,
                copy,
                out,
                python=candidate.executable,
                env=env,
                install=use_peer,
            )
        except PeerBuildError as error:
            if use_peer:
                raise
            log.warn(f"{error.what}; ferrule's own reading is the reference")
            log.info("\n".join(error.why))
            return None
        if built is not None:
            return built, candidate
    if migration.runs_setup:
        return None
    log.info(
        f"{peer} is not installed: the reference is ferrule's own reading of "
        "the old configuration (--use-peer installs it for this)"
    )
    return None


def _build_by_reading(
    migration: Migration, copy: Path, out: Path, env: Mapping[str, str]
) -> tuple[Built, Interpreter]:
    from ferrule.python.discovery import default_interpreter

    if migration.runs_setup:
        raise NoReferenceError(migration.peer)
    interpreter = default_interpreter(env)
    # Warnings about the old configuration are notes of the migration already.
    with log.without("warning"):
        built = build_with_ferrule(copy, out, interpreter, env)
    name = f"{built.builder}, reading the configuration of {migration.peer}"
    return replace(built, builder=name), interpreter


def _build_after(
    migration: Migration,
    copy: Path,
    out: Path,
    interpreter: Interpreter,
    env: Mapping[str, str],
) -> Built:
    if not migration.runs_setup:
        return build_with_ferrule(copy, out, interpreter, env)
    return build_with_hooks(
        migration.backend, copy, out, python=interpreter.executable, env=env
    )


def _compare(migration: Migration, before: Built, after: Built) -> Proof:
    wheel = compare_wheels(before.wheel, after.wheel)
    sdist = _compare_sdists(migration, before, after)
    return Proof(
        before=before.builder,
        after=after.builder,
        wheels=(before.wheel.name, after.wheel.name),
        wheel=tuple(wheel),
        sdist=tuple(sdist),
    )


def _compare_sdists(
    migration: Migration, before: Built, after: Built
) -> list[Difference]:
    if before.sdist is not None and after.sdist is not None:
        expected = tuple(change.name for change in migration.changes)
        return compare_sdists(before.sdist, after.sdist, expected=expected)
    left, right = (
        built.sdist.name if built.sdist else None for built in (before, after)
    )
    if left is right is None:
        return []
    why = f"{before.builder} cannot make an sdist of this project"
    explanation = why if left is None else None
    return [Difference("file", "the sdist", left, right, explanation)]
