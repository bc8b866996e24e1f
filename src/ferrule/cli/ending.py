"""How the process ends: at once, when everything is written."""

from __future__ import annotations

import os
import sys

__all__ = ["end_process"]


def end_process(code: int) -> None:
    """End the process with an exit code, unless something is left to be done.

    What Python does else, freeing every object and module, takes milliseconds and
    changes nothing outside. It returns where other threads run or a profiler wants
    to see the end; functions registered with `atexit` are called.
    """
    threading = sys.modules.get("threading")
    if threading is not None and threading.active_count() > 1:
        return
    if _is_observed():
        return
    if "atexit" in sys.modules:
        sys.modules["atexit"]._run_exitfuncs()  # noqa: SLF001
    try:
        for stream in (sys.stdout, sys.stderr):
            if stream is not None:
                stream.flush()
    except BrokenPipeError:
        code = code or 1  # the reader of our output is gone
    except OSError as error:
        from ferrule.cli.console import tell_unwritten

        code = code or tell_unwritten(error)
    except ValueError:
        return  # Python's own way of ending tells about it
    os._exit(code)


def _is_observed() -> bool:
    if sys.getprofile() is not None or sys.gettrace() is not None:
        return True
    monitoring = getattr(sys, "monitoring", None)
    return monitoring is not None and any(map(monitoring.get_tool, range(6)))
