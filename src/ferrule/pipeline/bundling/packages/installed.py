"""The packages of an environment, as their RECORDs list them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.bundle.packages import Package, PackageFile, place_wheel_file
from ferrule.errors.bundle import BundlePackageError

if TYPE_CHECKING:
    from ferrule.editable.distributions import Distribution
    from ferrule.python.interpreter import Interpreter

__all__ = ["environment_packages"]

_TOOLS = frozenset(("pip", "setuptools", "wheel", "ferrule", "uv"))
"""What an environment holds to fill itself, and programs do not import."""


def environment_packages(
    prefix: Path, interpreter: Interpreter, env: Mapping[str, str]
) -> list[Package]:
    """Return what is installed in an environment, without installers.

    Raises `BundlePackageError` for an environment of another Python and for
    packages that are not installed as a whole.
    """
    from ferrule.editable.distributions import find_distributions
    from ferrule.python.interpreter import Interpreter as Probed
    from ferrule.python.probe import probe
    from ferrule.python.search import environment_python

    found = probe([environment_python(str(prefix))], env)[0]
    if not isinstance(found, Probed):
        raise BundlePackageError(
            str(prefix), "there is no Python in it", "name a virtual environment"
        )
    if found.soabi != interpreter.soabi:
        raise BundlePackageError(
            str(prefix),
            f"its Python is {found.display_name}, the bundle's "
            f"{interpreter.display_name}",
            f"choose that one: --python {found.executable}",
        )
    return [
        _installed(item)
        for item in sorted(
            find_distributions(found.site_packages), key=lambda item: item.name
        )
        if item.name not in _TOOLS
    ]


def _installed(distribution: Distribution) -> Package:
    import csv

    name, path = distribution.name, distribution.path
    record = distribution.text("RECORD")
    direct = distribution.text("direct_url.json") or ""
    if record is None or '"editable": true' in direct:
        raise BundlePackageError(
            name,
            "its files are not in the environment"
            if record
            else f"{path} has no RECORD, so its files are not known",
            "install it from a wheel, or let ferrule build it as the project",
        )
    site = path.parent
    files = []
    for row in csv.reader(record.splitlines()):
        below = row[0] if row else ""
        if not below or below.startswith(("..", "/")) or "__pycache__/" in below:
            continue
        place = place_wheel_file(below, path.name)
        if place is not None and (site / below).is_file():
            files.append(PackageFile("packages", below, site / below))
    licence = distribution.headers("License-Expression")
    licence = licence or distribution.headers("License")
    return Package(
        name,
        distribution.version,
        "",
        tuple(sorted(files, key=lambda item: item.path)),
        licence[0] if licence else "",
    )
