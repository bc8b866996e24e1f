"""Starting a program without `subprocess`, whose import takes longer than an edit may.

`spawn` does what `posix_spawn` can do; where it returns None, `subprocess` is to be
asked. POSIX.1-2024, `posix_spawn`, with `POSIX_SPAWN_SETSID`.
"""

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from typing import BinaryIO

__all__ = ["Spawned", "spawn"]


class Spawned:
    """A program that runs in a session of its own; as much of `Popen` as is needed."""

    def __init__(self, pid: int, stdout: BinaryIO) -> None:
        self.pid = pid
        self.stdout = stdout
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """Return the exit status if the program has ended; -n for signal n."""
        return self._wait(getattr(os, "WNOHANG", 0))

    def wait(self) -> int:
        """Wait for the program to end and return its exit status."""
        while (status := self._wait(0)) is None:
            continue
        return status

    def _wait(self, options: int) -> int | None:
        if self.returncode is None:
            try:
                pid, status = os.waitpid(self.pid, options)
            except ChildProcessError:
                # Somebody else waited for it, or ended children are not kept.
                self.returncode = 0
            else:
                if pid:
                    self.returncode = os.waitstatus_to_exitcode(status)
        return self.returncode


def spawn(
    argv: Sequence[str], *, env: Mapping[str, str], cwd: str, stderr: int
) -> Spawned | None:
    """Start a program whose standard output is read; None where `Popen` has to.

    Raises OSError where the system refuses.
    """
    if sys.platform == "win32" or not hasattr(os, "posix_spawn"):
        return None
    if not os.path.isabs(argv[0]) or not os.path.samefile(os.curdir, cwd):
        return None
    # See `ferrule.cli.beginning`.
    import _signal  # type: ignore[import-not-found]

    source, given = os.pipe()
    # What Python ignores by itself, programs expect not to be ignored.
    names = ("SIGPIPE", "SIGXFZ", "SIGXFSZ")  # as `subprocess` does
    restored = [getattr(_signal, name) for name in names if hasattr(_signal, name)]
    try:
        if min(source, given, stderr) < 3:  # a standard stream is closed
            os.close(source)
            return None
        pid = os.posix_spawn(
            argv[0],
            list(argv),
            dict(env),
            file_actions=[
                (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
                (os.POSIX_SPAWN_DUP2, given, 1),
                (os.POSIX_SPAWN_DUP2, stderr, 2),
            ],
            setsid=True,
            setsigdef=restored,
        )
    except NotImplementedError:
        os.close(source)
        return None
    except OSError:
        os.close(source)
        raise
    finally:
        os.close(given)
    return Spawned(pid, open(source, "rb"))
