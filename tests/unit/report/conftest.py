"""Small complete wheels, and the inspection of one."""

from __future__ import annotations

import base64
import hashlib
import zipfile

import pytest

METADATA = """Metadata-Version: 2.4
Name: pkg
Version: 1.0
Summary: Words, counted
Requires-Python: >=3.9
Requires-Dist: attrs>=20
Requires-Dist: rich; extra == "show"
Provides-Extra: show
License-Expression: MIT
License-File: LICENSE
"""
WHEEL = """Wheel-Version: 1.0
Generator: hand 1
Root-Is-Purelib: false
Tag: {tag}
"""
SBOM = (
    '{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": '
    '[{"name": "pyo3", "version": "0.29.0"}, {"name": "libc", "version": "0.2"}]}'
)


@pytest.fixture
def make_wheel(tmp_path):
    """Return a function that writes a wheel of the given files."""

    def make(files, *, tag="cp312-cp312-manylinux_2_17_x86_64", version="1.0", **more):
        info = f"pkg-{version}.dist-info"
        metadata = more.get("metadata", METADATA).replace("1.0\nSum", f"{version}\nSum")
        members = {
            **files,
            f"{info}/METADATA": metadata,
            f"{info}/WHEEL": WHEEL.format(tag=tag),
        }
        members = {
            name: text.encode() if isinstance(text, str) else text
            for name, text in members.items()
        }
        lines = []
        for name, content in members.items():
            digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
            lines.append(f"{name},sha256={digest.decode().rstrip('=')},{len(content)}")
        record = "\n".join([*lines, f"{info}/RECORD,,", ""])
        path = tmp_path / f"pkg-{version}-{tag}.whl"
        with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
            for name, content in {**members, f"{info}/RECORD": record}.items():
                entry = zipfile.ZipInfo(name, (2020, 2, 2, 2, 2, 2))
                entry.external_attr = 0o100644 << 16
                entry.create_system = 3
                archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
        return path

    return make


@pytest.fixture
def module_bytes(elf_image):
    """Return a function that makes an extension module which needs a GLIBC version."""

    def make(version="GLIBC_2.17", symbol="secure_getenv", python=("PyLong_FromLong",)):
        return elf_image(
            needed=["libc.so.6"],
            symbols=[
                (symbol, False, False, version),
                *((name, False, False, "") for name in python),
                ("PyInit_core", True, False, ""),
            ],
            versions={"libc.so.6": [version]},
        )

    return make


@pytest.fixture
def inspection(make_wheel, module_bytes):
    """Return everything about a wheel with one module."""
    from ferrule.pipeline.finished.inspection import inspect_wheel

    files = {
        "pkg/__init__.py": "from .core import *\n" * 30,
        "pkg/core.cpython-312-x86_64-linux-gnu.so": module_bytes(),
        "pkg/py.typed": "",
        "pkg-1.0.dist-info/licenses/LICENSE": "MIT\n",
        "pkg-1.0.dist-info/entry_points.txt": "[console_scripts]\npkg = pkg:main\n",
        "pkg-1.0.dist-info/sboms/pkg.cyclonedx.json": SBOM,
    }
    return inspect_wheel(make_wheel(files))
