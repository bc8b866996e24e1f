"""A Rust package as cargo describes it, with inherited fields resolved."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from ferrule.records import dataclass

__all__ = ["CRATE_FIELDS", "Crate", "CrateTarget"]


_OPTIONAL_FIELDS: Final = (
    "description",
    "license",
    "license_file",
    "readme",
    "homepage",
    "repository",
    "documentation",
    "rust_version",
    "default_run",
)
CRATE_FIELDS: Final = (
    *("id", "name", "version", "manifest_path", "targets", "features"),
    *("authors", "keywords"),
    *_OPTIONAL_FIELDS,
)
"""What `Crate.from_metadata` reads of a package."""


@dataclass(frozen=True)
class CrateTarget:
    """One cargo target (library, binary, ...) of a package."""

    name: str
    kind: tuple[str, ...]
    """For example `("cdylib", "rlib")`, `("bin",)`, `("custom-build",)`."""
    src_path: Path
    required_features: tuple[str, ...] = ()

    @property
    def is_library(self) -> bool:
        """Whether this is the package's library target."""
        library_kinds = {"lib", "rlib", "dylib", "cdylib", "staticlib"}
        return bool(library_kinds.intersection(self.kind))


@dataclass(frozen=True)
class Crate:
    """A package of the workspace, read from `cargo metadata`."""

    id: str
    """cargo's package id: opaque."""
    name: str
    version: str
    manifest_path: Path
    targets: tuple[CrateTarget, ...]
    features: tuple[str, ...]
    authors: tuple[str, ...] = ()
    description: str | None = None
    license: str | None = None
    license_file: str | None = None
    """Relative to the manifest's folder."""
    readme: str | None = None
    """Relative to the manifest's folder; cargo fills in the default name."""
    keywords: tuple[str, ...] = ()
    homepage: str | None = None
    repository: str | None = None
    documentation: str | None = None
    rust_version: str | None = None
    default_run: str | None = None
    """The binary that `cargo run` means."""

    @property
    def folder(self) -> Path:
        """Return the folder of the manifest."""
        return self.manifest_path.parent

    @property
    def library(self) -> CrateTarget | None:
        """Return the library target, if the package has one."""
        return next((item for item in self.targets if item.is_library), None)

    @property
    def binaries(self) -> tuple[CrateTarget, ...]:
        """Return the binary targets in manifest order."""
        return tuple(item for item in self.targets if "bin" in item.kind)

    @property
    def examples(self) -> tuple[CrateTarget, ...]:
        """Return the examples in manifest order."""
        return tuple(item for item in self.targets if "example" in item.kind)

    @classmethod
    def from_metadata(cls, package: dict[str, Any]) -> Crate:
        """Read one entry of `packages` in `cargo metadata --format-version 1`."""
        targets = tuple(
            CrateTarget(
                name=item["name"],
                kind=tuple(item["kind"]),
                src_path=Path(item["src_path"]),
                required_features=tuple(item.get("required-features", ())),
            )
            for item in package["targets"]
        )
        return cls(
            id=package["id"],
            name=package["name"],
            version=package["version"],
            manifest_path=Path(package["manifest_path"]),
            targets=targets,
            features=tuple(package["features"]),
            authors=tuple(package.get("authors") or ()),
            keywords=tuple(package.get("keywords") or ()),
            **{name: package.get(name) for name in _OPTIONAL_FIELDS},
        )
