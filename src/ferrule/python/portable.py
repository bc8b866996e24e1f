"""The configuration file that ferrule itself hands to PyO3.

For an extension module it holds no path of this machine, so that every Python
of the same ABI, anywhere, gives the same text, and cargo sees no change.
"""

from __future__ import annotations

from collections.abc import Set as AbstractSet
from typing import TYPE_CHECKING

from ferrule.errors.configuration import InterpreterNeededError
from ferrule.python.config import format_version
from ferrule.python.described import describe_interpreter
from ferrule.python.lib_name import LibraryAbi, default_lib_name
from ferrule.python.situation import links_libpython
from ferrule.python.stable_features import read_features
from ferrule.target.triple import Triple, guess_host, parse_triple

if TYPE_CHECKING:
    from ferrule.python.abi import Abi
    from ferrule.python.described import DescribedPython
    from ferrule.python.interpreter import Interpreter
    from ferrule.python.releases import Pyo3Release

__all__ = ["portable_config"]


def portable_config(  # noqa: PLR0913
    release: Pyo3Release,
    interpreter: Interpreter | None,
    *,
    abi_features: AbstractSet[str],
    link: bool,
    executable: str | None,
    target: Triple | str,
    abi: Abi | None = None,
) -> str:
    """Return the text of the file that `PYO3_CONFIG_FILE` shall name.

    `link` tells whether libpython is linked; platforms that always link it get
    its name in every case. `executable` is written only when given, as it is a
    path of this machine. `abi` is what `compute_abi` found; without it, it is
    computed. Raises what `compute_abi` raises, and `InterpreterNeededError`
    for a linked build without an interpreter.
    """
    triple = parse_triple(target) if isinstance(target, str) else target
    if abi is None:
        from ferrule.python.abis import compute_abi

        abi = compute_abi(release, interpreter, abi_features, triple)
    lines = [
        f"implementation={abi.implementation}",
        f"version={format_version(abi.version)}",
    ]
    described = None
    if interpreter is not None:
        home = triple if interpreter.is_foreign else guess_host()
        described = describe_interpreter(release, interpreter, home)
    shared = described is None or described.shared or not link
    lines.append(f"shared={'true' if shared else 'false'}")
    # Releases before 0.23 apply no features to what a file says.
    explicit = not release.features_apply_to_config_file
    if explicit and read_features(release, abi_features).abi3:
        lines.append("abi3=true")
    if links_libpython(release, triple, extension_module=not link):
        lines += _library_lines(release, described, abi, triple)
    if executable is not None:
        lines.append(f"executable={executable}")
    width = described.pointer_width if described else triple.pointer_width
    lines.append(f"pointer_width={width}")
    lines.append(f"build_flags={','.join(_flags(described, abi))}")
    prefix = interpreter.framework_prefix if interpreter else None
    if link and prefix and release.reads_framework_prefix:
        lines.append(f"python_framework_prefix={prefix}")
    return "".join(f"{line}\n" for line in lines)


def _flags(described: DescribedPython | None, abi: Abi) -> tuple[str, ...]:
    if described is None:
        return ()
    # abi3t says it already, and is the same for Pythons with and without a lock.
    stable = abi.kind == "abi3t"
    return tuple(
        flag
        for flag in described.build_flags
        if not (stable and flag == "Py_GIL_DISABLED")
    )


def _library_lines(
    release: Pyo3Release, described: DescribedPython | None, abi: Abi, target: Triple
) -> list[str]:
    library = LibraryAbi(
        abi.implementation,
        abi.version,
        abi3=abi.kind == "abi3",
        abi3t=abi.kind == "abi3t",
        free_threaded=abi.kind == "abi3t" or abi.abi_tag.rstrip("dm").endswith("t"),
        debug=described is not None and described.debug,
    )
    if described is None:
        if not target.is_windows:
            raise InterpreterNeededError(
                f"{target} links libpython, so its Python must be known",
                fix="choose a Python with --interpreter",
            )
        return [f"lib_name={default_lib_name(release, library, target)}"]
    name = described.lib_name(release, library)
    lines = [f"lib_name={name}"]
    # From 0.29 on Windows needs no import library, and so no folder of them.
    if described.lib_dir and not (target.is_windows and release.raw_dylib):
        lines.append(f"lib_dir={described.lib_dir}")
    return lines
