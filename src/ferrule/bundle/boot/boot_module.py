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
STANDARD_FILES = 3
"""Input, output and errors."""


def _prepare() -> None:
    import builtins
    from _sitebuiltins import Quitter, _Helper

    # What `site` adds for people and what too many programs call.
    end = "Ctrl-Z plus Return" if sys.platform == "win32" else "Ctrl-D (i.e. EOF)"
    builtins.exit = Quitter("exit", end)
    builtins.quit = Quitter("quit", end)
    builtins.help = _Helper()
    _show_places()
    if sys.platform == "win32":
        from _ferrule_windows import prepare  # type: ignore[import-not-found]

        prepare()
    elif sys.argv in ([], [""]):
        _read_arguments()
    sys.meta_path.append(_LeftOut)
    if hasattr(sys, "_ferrule_path"):
        _add_own_folders()
    if PACKAGES:
        _add_packages()
    # An interpreter that code adds to the first is not what a process is for.
    if hasattr(sys, "_ferrule_is_added"):
        del sys._ferrule_is_added  # noqa: SLF001
        return
    # A program that is a Python itself reads such arguments itself.
    if sys.argv[:1] == ["-c"]:
        return
    if "-c" in sys.argv or "--multiprocessing-fork" in sys.argv:
        from _ferrule_children import run  # type: ignore[import-not-found]

        run(sys.argv)


class _LeftOut:
    """The last finder: it tells why a module is not there."""

    @staticmethod
    def find_spec(name: str, path: "Any" = None, target: "Any" = None) -> None:
        del path, target
        from _ferrule_left_out import (  # type: ignore[import-not-found]
            explain,
        )

        explain(name, sys._getframe(1))  # noqa: SLF001


def _show_places() -> None:
    """Let code that has no source file know the place that it lies in.

    Python leaves the name that it was compiled with, which is not below this
    bundle. Programs look there: `inspect.getfile(inspect.currentframe())`.
    """
    import _frozen_importlib_external as external
    import _imp

    loader: Any = external.SourcelessFileLoader
    plain = loader.get_code
    rename = getattr(_imp, "_fix_co_filename")  # noqa: B009 - no stub has it

    def get_code(self: "Any", name: str) -> "Any":
        code = plain(self, name)
        if self.path.endswith(".pyc"):
            rename(code, self.path[:-1])
        return code

    loader.get_code = get_code


def _add_packages() -> None:
    folder = sys.prefix + "/" + PACKAGES
    if sys.platform == "win32":
        folder = folder.replace("/", "\\")
    if folder in sys.path:
        return  # `site` was there: the program's own configuration imports it
    if HAS_PATH_FILES == "yes":
        import site

        site.addsitedir(folder)
    if folder not in sys.path:
        sys.path.append(folder)


def _add_own_folders() -> None:
    """Heed the PYTHONPATH that the program itself has set before it started Python.

    Where it also names the standard library of an installation, the bundle has its
    own.
    """
    import posix

    def is_wanted(folder: str) -> bool:
        try:
            posix.stat(folder + "/encodings")
        except OSError:
            return bool(folder)
        return False

    text: str = sys._ferrule_path  # type: ignore[attr-defined] # noqa: SLF001
    folders = [
        folder if folder.startswith("/") else f"{posix.getcwd()}/{folder}"
        for folder in filter(is_wanted, text.split(":"))
    ]
    sys.path[:0] = folders
    del sys._ferrule_path  # type: ignore[attr-defined] # noqa: SLF001


def _read_arguments() -> None:
    """Set `sys.argv` where no constructor was told the arguments."""
    try:
        with open("/proc/self/cmdline", "rb") as stream:
            words = stream.read().split(b"\0")[:-1]
    except OSError:
        return
    coding, errors = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
    sys.argv = [word.decode(coding, errors) for word in words]


def finish() -> bool:
    """Do what an interpreter does at its end, as far as programs see it.

    Returns whether all that was printed could be written.
    """
    # Pools of `concurrent.futures` end here; without it, `multiprocessing` would wait
    # for their processes below.
    threading = sys.modules.get("threading")
    if threading is not None and _is_first_thread():
        try:  # noqa: SIM105
            threading._shutdown()  # noqa: SLF001
        except (AssertionError, AttributeError, RuntimeError):
            pass
    atexit = sys.modules.get("atexit")
    if atexit is not None:
        try:  # noqa: SIM105
            atexit._run_exitfuncs()  # noqa: SLF001
        except BaseException:  # noqa: BLE001, S110 - told; Python 3.9 also raises it
            pass
    _flush_files()
    is_written = _flush(sys.stdout)
    return _flush(sys.stderr) and is_written


def _is_first_thread() -> bool:
    """Return whether `main` ends, and not a thread that ends the whole process."""
    if sys.platform != "linux":
        return True
    import _thread
    import posix

    return _thread.get_native_id() == posix.getpid()


def _flush(stream: "Any") -> bool:
    """Write out a stream; say so if it fails, as an interpreter does."""
    if stream is None or getattr(stream, "closed", False):
        return True
    try:
        stream.flush()
    except Exception as error:  # noqa: BLE001 - streams may be of any kind
        try:
            name = type(error).__name__
            text = f"Exception ignored in: {stream!r}\n{name}: {error}\n"
            sys.stderr.write(text)
            sys.stderr.flush()
        except Exception:  # noqa: BLE001, S110 - there is nowhere to say it
            pass
        return False
    return True


def _flush_files() -> None:
    """Write out files that were never closed, and remove temporary ones.

    An interpreter does so as it destroys all objects, which does not happen here.
    """
    try:
        import posix

        if len(posix.listdir("/proc/self/fd")) <= STANDARD_FILES + 1:
            return
    except (ImportError, OSError):
        pass
    import _io
    import gc
    import os
    import stat

    closer = getattr(sys.modules.get("tempfile"), "_TemporaryFileCloser", None)
    kinds = (_io.TextIOWrapper, _io.BufferedWriter, _io.BufferedRandom, closer)
    for item in [item for item in gc.get_objects() if type(item) in kinds]:
        try:
            if type(item) is closer:
                item.close()
            # Another end of a pipe may not read any more; a file always takes it.
            elif stat.S_ISREG(os.fstat(item.fileno()).st_mode) and item.writable():
                _flush(item)
        except Exception:  # noqa: BLE001, PERF203, S110 - closed, removed
            pass


_prepare()
