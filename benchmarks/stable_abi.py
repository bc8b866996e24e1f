"""The check of the stable ABI beside abi3audit's, on one published wheel.

Both judge the unpacked module of the wheel in a process of their own, and only the
judging is measured: CPU time of the first call, without the start of Python, imports
and unpacking.
"""

from __future__ import annotations

import statistics
import subprocess
from typing import TYPE_CHECKING, Final

from benchmarks.tools import make_environment

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from benchmarks.tools import Workshop

__all__ = ["measure_abi3_check"]

WHEEL: Final = "cryptography==45.0.7"
PLATFORM: Final = "manylinux_2_34_x86_64"
OURS: Final = """
import sys, time
from pathlib import Path
from ferrule.audit.stable_abi import check_stable_abi
from ferrule.formats.image import read_image
from ferrule.wheel.reading import open_wheel
import ferrule.formats.elf
with open_wheel(Path(sys.argv[1])) as wheel:
    content = {path: bytes(wheel.content(path)) for path, _ in wheel.binaries()}
    tag = wheel.filename.tag
start = time.process_time()
images = {path: read_image(item) for path, item in content.items()}
found = check_stable_abi(images, tag)
print(time.process_time() - start)
assert not [item for item in found if item.severity == "error"]
"""
THEIRS: Final = """
import sys, time
from abi3audit._audit import audit
from abi3audit._extract import WheelExtractor, WheelSpec
spent = 0
for shared_object in WheelExtractor(WheelSpec(sys.argv[1])):
    start = time.process_time()
    found = audit(shared_object)
    spent += time.process_time() - start
    assert found
print(spent)
"""


def measure_abi3_check(shop: Workshop, repeats: int) -> tuple[float, float]:
    """Return the CPU seconds that ferrule and abi3audit need for one wheel.

    Raises CalledProcessError without a registry, and if a tool finds a violation.
    """
    folder = shop.folder / "abi3"
    environment = folder / "abi3audit"
    if not environment.is_dir():
        newest = max(shop.interpreters.items(), key=lambda item: int(item[0][2:]))[1]
        make_environment(environment, newest, ["abi3audit"], shop.env)
    wheel = _fetch(shop, folder)
    ours = [shop.script("python"), "-c", OURS, str(wheel)]
    theirs = [str(environment / "bin" / "python"), "-c", THEIRS, str(wheel)]
    own = [_spent(ours, shop) for _ in range(repeats)]
    peer = [_spent(theirs, shop) for _ in range(max(1, repeats // 2))]
    return statistics.median(own), statistics.median(peer)


def _fetch(shop: Workshop, folder: Path) -> Path:
    found = sorted(folder.glob("*.whl"))
    if not found:
        pip = [shop.script("python"), "-m", "pip", "download", "--quiet", "--no-deps"]
        options = ["--only-binary", ":all:", "--platform", PLATFORM, "--abi", "abi3"]
        options += ["--implementation", "cp", "--python-version", "3.11"]
        command = [*pip, *options, "--dest", str(folder), WHEEL]
        subprocess.run(command, env=dict(shop.env), check=True)
        found = sorted(folder.glob("*.whl"))
    return found[0]


def _spent(command: Sequence[str], shop: Workshop) -> float:
    done = subprocess.run(
        command, env=dict(shop.env), capture_output=True, text=True, check=True
    )
    return float(done.stdout)
