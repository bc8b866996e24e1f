"""Says of modules that were left out of a bundle what would bring them back.

The boot module asks it about modules that nobody found.

Written for Python 3.9 and later.
"""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import FrameType

__all__ = ["explain"]

TRIMMED: str = "{trimmed}"
"""The modules that `--trim` left out, between spaces."""
OMITTED: str = "{omitted}"
"""Those of the standard library that bundles do without, likewise."""
_IMPORT: str = "_find_and_load_unlocked"
_FROM: str = "_handle_fromlist"
_RUN: str = "_get_module_details"


def explain(name: str, frame: "FrameType | None") -> None:
    """Raise ModuleNotFoundError for a module that was left out.

    `frame` is the one that asked for it. Who only asks whether there is one
    (`importlib.util.find_spec`) is told no, but not `runpy`, which would run it.
    """
    if f" {name} " in TRIMMED:
        by, setting = "--trim", "keep"
    elif f" {name} " in OMITTED:
        by, setting = "`ferrule bundle`", "include"
    else:
        return
    functions = set()
    while frame is not None and "importlib" in frame.f_code.co_filename:
        functions.add(frame.f_code.co_name)
        frame = frame.f_back
    is_run = frame is not None and frame.f_code.co_name == _RUN
    if _IMPORT not in functions and not is_run:
        return
    # `from x import y` hides an error that carries the name of x.y.
    shown = None if _FROM in functions else name
    message = (
        f"No module named {name!r}: it was left out by {by}; add "
        f'{setting} = ["{name}"] to [tool.ferrule.bundle]'
    )
    raise ModuleNotFoundError(message, name=shown)
