"""The first module that the Python of a bundle imports, once it runs.

Written for Python 3.9 and later. It imports nothing that Python has not already
loaded, unless it is needed.
"""

import sys

__all__ = ["finish"]

PACKAGES = "{packages}"
"""The folder of packages below `sys.prefix`."""
HAS_PATH_FILES = "{has_path_files}" == "yes"
"""Whether the packages bring `.pth` files."""


def _prepare():
    import builtins

    from _sitebuiltins import Quitter

    # What `site` adds for people and what too many programs call.
    builtins.exit = Quitter("exit", "Use exit() or Ctrl-D (i.e. EOF) to exit")
    builtins.quit = Quitter("quit", "Use quit() or Ctrl-D (i.e. EOF) to exit")
    if sys.argv in ([], [""]):
        _read_arguments()
    if not PACKAGES:
        return
    folder = sys.prefix + "/" + PACKAGES
    if HAS_PATH_FILES:
        import site

        site.addsitedir(folder)
    if folder not in sys.path:
        sys.path.append(folder)


def _read_arguments():
    """Set `sys.argv` where no constructor was told the arguments."""
    try:
        with open("/proc/self/cmdline", "rb") as stream:
            words = stream.read().split(b"\0")[:-1]
    except OSError:
        return
    coding, errors = sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()
    sys.argv = [word.decode(coding, errors) for word in words]


def finish():
    """Do what an interpreter does at its end, as far as programs see it."""
    atexit = sys.modules.get("atexit")
    if atexit is not None:
        atexit._run_exitfuncs()
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except (AttributeError, OSError, ValueError):
            pass


_prepare()
