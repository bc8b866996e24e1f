"""Wheels and sdists of a few hundred bytes, right or wrong in chosen ways."""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import tarfile
import zipfile

METADATA = """\
Metadata-Version: 2.4
Name: {name}
Version: {version}
Summary: A small thing
License-Expression: MIT
Requires-Python: >=3.9

Nothing.
"""


def write_wheel(
    folder, *, name="small-thing", version="1.0", tag="py3-none-any", **own
):
    """Write a pure wheel and return its path; `record` and `body` replace parts."""
    package = name.replace("-", "_")
    info = f"{package}-{version}.dist-info"
    wheel = f"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: {tag}\n"
    files = {
        f"{package}/__init__.py": own.get("body", f"__version__ = {version!r}\n"),
        f"{info}/METADATA": METADATA.format(name=name, version=version),
        f"{info}/WHEEL": wheel,
    }
    lines = [_record(place, text.encode()) for place, text in files.items()]
    files[f"{info}/RECORD"] = own.get("record") or "\n".join(
        [*lines, f"{info}/RECORD,,", ""]
    )
    path = folder / f"{package}-{version}-{tag}.whl"
    folder.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for place, text in files.items():
            entry = zipfile.ZipInfo(place, (2020, 1, 1, 0, 0, 0))
            entry.external_attr = 0o100644 << 16
            archive.writestr(entry, text)
    return path


def _record(place, content):
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest())
    return f"{place},sha256={digest.decode().rstrip('=')},{len(content)}"


def write_sdist(folder, *, name="small-thing", version="1.0", filename="", members=()):
    """Write an sdist and return its path; `members` are more tar entries."""
    package = name.replace("-", "_")
    root = f"{package}-{version}"
    metadata = METADATA.format(name=name, version=version)
    files = {"PKG-INFO": metadata, "pyproject.toml": "[project]\n"}
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (filename or f"{root}.tar.gz")
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as archive:
        for place, text in files.items():
            entry = tarfile.TarInfo(f"{root}/{place}")
            entry.size = len(text)
            archive.addfile(entry, io.BytesIO(text.encode()))
        for entry in members:
            archive.addfile(entry, io.BytesIO(b"x" * entry.size))
    path.write_bytes(gzip.compress(plain.getvalue(), mtime=0))
    return path


def write_attestation(path, *, filename="", sha256=""):
    """Write what PEP 740 calls an attestation, without a signature that holds."""
    digest = sha256 or hashlib.sha256(path.read_bytes()).hexdigest()
    statement = {
        "_type": "https://in-toto.io/Statement/v1",
        "subject": [{"name": filename or path.name, "digest": {"sha256": digest}}],
        "predicateType": "https://example.invalid/publish/v1",
        "predicate": None,
    }
    text = base64.b64encode(json.dumps(statement).encode()).decode()
    content = {
        "version": 1,
        "verification_material": {"certificate": "", "transparency_entries": []},
        "envelope": {"statement": text, "signature": ""},
    }
    target = path.with_name(path.name + ".publish.attestation")
    target.write_text(json.dumps(content), "utf-8")
    return target
