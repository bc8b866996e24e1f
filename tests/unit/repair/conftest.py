"""Wheels in memory, and folders of libraries, for repairs."""

from __future__ import annotations

import runpy
from pathlib import Path

import pytest

from ferrule.formats.image import identify, read_image
from ferrule.repair.application import apply_plan
from ferrule.repair.content import WheelContent
from ferrule.repair.planning import Promises, plan_repair
from ferrule.repair.wishes import RepairWishes
from ferrule.wheel.content import chunks

_FORMATS = runpy.run_path(str(Path(__file__).parents[1] / "formats" / "conftest.py"))

macho_image = _FORMATS["macho_image"]
fat_image = _FORMATS["fat_image"]
pe_image = _FORMATS["pe_image"]

LIBC = frozenset({"libc.so.6"})


@pytest.fixture
def content_of():
    """Give a function that makes the content of a wheel of its files."""

    def make(files, distribution="demo"):
        images = {
            path: read_image(data)
            for path, data in files.items()
            if len(data) > 8 and identify(data[:8])
        }
        return WheelContent(distribution, tuple(files), images, files.__getitem__)

    return make


@pytest.fixture
def plan_for(content_of, tmp_path):
    """Give a function that plans: files, then wishes; `lib` below tmp_path counts."""

    def plan(files, promises=None, **wishes):
        defaults = {"lib_paths": (tmp_path / "lib",), "uses_host": False}
        promises = promises or Promises(LIBC, lambda name: name == "kernel32.dll")
        return plan_repair(
            content_of(files), RepairWishes(**{**defaults, **wishes}), promises
        )

    return plan


@pytest.fixture
def add_library(tmp_path):
    """Give a function that writes a library into `lib` and returns its path."""

    def add(name, content, folder="lib"):
        path = tmp_path / folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        return path

    return add


@pytest.fixture
def contents_after(content_of):
    """Give a function that returns what an applied plan writes, as bytes."""

    def apply(plan, files):
        changes = apply_plan(plan, content_of(files))
        found = {
            path: b"".join(map(bytes, chunks(source)))
            for path, source in changes.contents.items()
            if source is not None
        }
        return found, changes.executable

    return apply
