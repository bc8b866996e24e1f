"""Options of setuptools' `bdist_wheel` in the keys of `[tool.ferrule]`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from ferrule.errors.settings import SettingValueError

if TYPE_CHECKING:
    from ferrule.errors import FerruleError

__all__ = ["abi3_of_tag", "translate_bdist_wheel"]

_WITHOUT_MEANING = (
    *("python_tag", "build_number", "keep_temp", "dist_dir", "owner", "group"),
    *("compression", "relative", "skip_build", "bdist_dir", "dist_info_dir"),
)


def translate_bdist_wheel(
    options: Mapping[str, str],
    where: str,
    problems: list[FerruleError],
    warnings: list[str],
) -> dict[str, object]:
    """Return `py_limited_api` and `plat_name` as settings.

    Records a limited API that is no tag; warns about other options.
    """
    table: dict[str, object] = {}
    for key, value in options.items():
        if key == "py_limited_api":
            floor = abi3_of_tag(value)
            if floor:
                table["abi3"] = floor
            elif value.strip():
                fix = 'write a tag such as "cp39"'
                problem = f'is "{value}", which is no tag of the stable ABI'
                path = f"{where}.{key}"
                problems.append(SettingValueError(path, problem, fix=fix))
        elif key == "plat_name":
            policy = _policy(value)
            if policy:
                table["compatibility"] = policy
            else:
                warnings.append(f"{where}.{key} = {value} is ignored")
        elif key == "universal" or key in _WITHOUT_MEANING:
            warnings.append(f"{where}.{key} has no counterpart and is ignored")
    return table


def abi3_of_tag(tag: str) -> str | None:
    """Return the oldest Python of a stable ABI tag.

    >>> abi3_of_tag("cp39")
    '3.9'
    """
    digits = tag.strip()[3:] if tag.strip().startswith("cp3") else ""
    return f"3.{int(digits)}" if digits.isdecimal() else None


def _policy(platform: str) -> str | None:
    """Return a wheel's platform without its machine: `manylinux_2_28`."""
    name = platform.strip().replace("-", "_")
    old = {"manylinux1": "2_5", "manylinux2010": "2_12", "manylinux2014": "2_17"}
    parts = name.split("_")
    if parts[0] in old:
        return f"manylinux_{old[parts[0]]}"
    if parts[0] in ("manylinux", "musllinux") and len(parts) > 2:
        return "_".join(parts[:3])
    return "linux" if parts[0] == "linux" else None
