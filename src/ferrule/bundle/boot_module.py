"""The first module that the Python of a bundle imports, once it runs.

Written for Python 3.9 and later. It imports nothing that Python has not already
loaded, unless it is needed.
"""

import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

__all__ = ["finish"]

PACKAGES: str = "{packages}"
"""The folder of packages below `sys.prefix`."""
HAS_PATH_FILES: str = "{has_path_files}"
"""Whether the packages bring `.pth` files: `yes` or `no`."""


def _prepare() -> None:
    import builtins
    from _sitebuiltins import Quitter

    # What `site` adds for people and what too many programs call.
    builtins.exit = Quitter("exit", "Use exit() or Ctrl-D (i.e. EOF) to exit")
    builtins.quit = Quitter("quit", "Use quit() or Ctrl-D (i.e. EOF) to exit")
    if sys.argv in ([], [""]):
        _read_arguments()
    if PACKAGES:
        _add_packages()
    if "-c" in sys.argv or "--multiprocessing-fork" in sys.argv:
        from _ferrule_children import run  # type: ignore[import-not-found]

        run(sys.argv)


def _add_packages() -> None:
    folder = sys.prefix + "/" + PACKAGES
    if HAS_PATH_FILES == "yes":
        import site

        site.addsitedir(folder)
    if folder not in sys.path:
        sys.path.append(folder)


def _read_arguments() -> None:
    """Set `sys.argv` where no constructor was told the arguments."""
    try:
        with open("/proc/self/cmdline", "rb") as stream:
            words = stream.read().split(b"\0")[:-1]
    except OSError:
        return
    coding, errors = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
    sys.argv = [word.decode(coding, errors) for word in words]


def finish() -> None:
    """Do what an interpreter does at its end, as far as programs see it."""
    # Pools of `concurrent.futures` end here; without it, `multiprocessing` would wait
    # for their processes below.
    threading = sys.modules.get("threading")
    if threading is not None:
        try:  # noqa: SIM105
            threading._shutdown()  # noqa: SLF001
        except (AssertionError, AttributeError, RuntimeError):
            pass
    atexit = sys.modules.get("atexit")
    if atexit is not None:
        atexit._run_exitfuncs()  # noqa: SLF001
    _flush(sys.stdout)
    _flush(sys.stderr)


def _flush(stream: "Any") -> None:
    # Without `contextlib`, which may not have been imported.
    try:  # noqa: SIM105
        stream.flush()
    except (AttributeError, OSError, ValueError):
        pass


_prepare()
