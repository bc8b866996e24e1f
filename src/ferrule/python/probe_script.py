"""Gather the facts of the interpreter that runs this file.

`ferrule.python.probe` sends the text of this file to other interpreters and
imports it for the running one, so both answers come from the same code. It
uses only the standard library and has to parse in Python 2.7, whose answer is
needed to refuse it with its version.
"""

# Types are in comments and f-strings absent: Python 2.7 and 3.6 read this too.

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

PROBE_VERSION = 3
BEGIN = "<<ferrule-probe "
END = " ferrule-probe>>"


def gather():
    # type: () -> dict[str, Any]
    """Return the facts of this interpreter as plain data."""
    import platform
    import struct
    import sysconfig

    read = sysconfig.get_config_var
    implementation = platform.python_implementation()
    base_prefix = getattr(sys, "base_prefix", sys.prefix)
    is_conda = os.path.exists(os.path.join(base_prefix, "conda-meta"))
    system = platform.system()
    ext_suffix = _text(read("EXT_SUFFIX"))
    cache_tag = getattr(getattr(sys, "implementation", None), "cache_tag", "")
    return {
        "executable": sys.executable or "",
        "base_executable": _base_executable(base_prefix),
        "implementation": implementation,
        "version": list(sys.version_info[:3]),
        "implementation_version": _implementation_version(implementation),
        "pointer_width": 8 * struct.calcsize("P"),
        "system": system,
        "platform": sysconfig.get_platform(),
        "machine": platform.machine(),
        "soabi": _text(read("SOABI")),
        "ext_suffix": ext_suffix,
        "soabi_platform": _text(read("SOABI_PLATFORM")),
        "ld_version": _text(read("LDVERSION")),
        "lib_dir": _text(read("LIBDIR")),
        "base_prefix": base_prefix,
        "prefix": sys.prefix,
        "shared": bool(
            implementation in ("PyPy", "GraalVM")
            or is_conda
            or system == "Windows"
            or read("PYTHONFRAMEWORK")
            or read("Py_ENABLE_SHARED")
        ),
        "gil_disabled": _is_set("Py_GIL_DISABLED"),
        "debug": _is_set("Py_DEBUG") or ext_suffix.startswith("_d."),
        "build_flags": [
            flag
            for flag in (
                "Py_DEBUG",
                "Py_REF_DEBUG",
                "Py_TRACE_REFS",
                "Py_GIL_DISABLED",
                "COUNT_ALLOCS",
            )
            if _is_set(flag)
        ],
        "framework": _text(read("PYTHONFRAMEWORK")),
        "framework_prefix": read("PYTHONFRAMEWORKPREFIX"),
        "is_conda": is_conda,
        "cache_tag": cache_tag or "",
        "sysconfig_data": _sysconfig_data(sysconfig),
        "install_paths": _install_paths(sysconfig),
        "site_packages": _site_packages(),
    }


def _install_paths(sysconfig):
    # type: (Any) -> list[list[str]]
    """Return where installers put files of this environment, by scheme key."""
    paths = sysconfig.get_paths()
    names = ("purelib", "platlib", "scripts", "data", "stdlib")
    return [[name, paths[name]] for name in names if name in paths]


def _site_packages():
    # type: () -> list[str]
    """Return the folders in which this environment finds distributions."""
    import site

    # Releases of virtualenv before 20 bring a `site` without the function.
    known = list(getattr(site, "getsitepackages", list)())
    if getattr(site, "ENABLE_USER_SITE", None):
        known.append(site.getusersitepackages())
    return known


def _text(value):
    # type: (object) -> str
    return "" if value is None else str(value)


def _is_set(name):
    # type: (str) -> bool
    import sysconfig

    return str(sysconfig.get_config_var(name)) == "1"


def _implementation_version(implementation):
    # type: (str) -> list[int]
    """Return the release of PyPy or GraalPy; of the language for the others."""
    if implementation == "PyPy":
        return list(getattr(sys, "pypy_version_info")[:2])
    if implementation == "GraalVM":
        import builtins

        native = getattr(builtins, "__graalpython__", None)
        if native is not None:
            return [int(part) for part in native.get_graalvm_version().split(".")[:2]]
        return list(sys.implementation.version[:2])
    return list(sys.version_info[:2])


def _base_executable(base_prefix):
    # type: (str) -> str
    """Return the interpreter below a virtual environment, or `sys.executable`.

    Before 3.11 `sys._base_executable` names the environment's own copy on
    POSIX; its link, or the names in the base prefix, lead further then.
    """
    executable = sys.executable or ""
    if sys.prefix == base_prefix:
        return executable
    base = getattr(sys, "_base_executable", None)
    if base and base != executable:
        return str(base)
    real = os.path.realpath(executable)
    if not real.startswith(os.path.realpath(sys.prefix) + os.sep):
        return real
    version = "%d.%d" % tuple(sys.version_info[:2])
    flags = getattr(sys, "abiflags", "")
    for folder in ("bin", ""):
        for name in ("python" + version + flags, "python" + version, "python3"):
            for suffix in ("", ".exe"):
                path = os.path.join(base_prefix, folder, name + suffix)
                if os.path.isfile(path):
                    return path
    return executable


def _sysconfig_data(sysconfig):
    # type: (Any) -> str
    """Return the file that sysconfig's values came from, or an empty text."""
    name = getattr(sysconfig, "_get_sysconfigdata_name", str)()
    return str(getattr(sys.modules.get(name), "__file__", None) or "")


def main():
    # type: () -> None
    """Write the facts to standard output, between marks that noise cannot hide."""
    # `-` puts the working folder first: a project's own json.py must not win.
    sys.path[:] = [folder for folder in sys.path if folder not in ("", os.getcwd())]
    import json

    answer = "\n" + BEGIN + json.dumps(gather()) + END + "\n"
    sys.stdout.flush()
    os.write(1, answer.encode("ascii"))


if __name__ == "__main__":
    main()
