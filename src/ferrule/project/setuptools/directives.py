"""`file` and `attr`: values that lie in files of the project."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule.errors.settings import SettingTypeError, SettingValueError
from ferrule.project.setuptools.metadata import file_names, parse_entry_points
from ferrule.project.setuptools.setup_cfg import parse_lines
from ferrule.project.setuptools.static_attribute import read_version_attribute

if TYPE_CHECKING:
    from ferrule.errors import FerruleError

__all__ = ["Directives"]


@dataclass
class Directives:
    """Reads what directives name, and remembers the files."""

    root: Path
    package_dir: Mapping[str, str]
    problems: list[FerruleError]
    inputs: list[Path] = field(default_factory=list)

    def field(self, name: str, directive: Any) -> Any:  # noqa: PLR0911 - one case each
        """Return the value of a `[project]` field from `tool.setuptools.dynamic`."""
        where = f"tool.setuptools.dynamic.{name}"
        if name == "optional-dependencies" and isinstance(directive, Mapping):
            return {
                group: self._requirements(item, f"{where}.{group}")
                for group, item in directive.items()
            }
        if not isinstance(directive, Mapping):
            self.problems.append(SettingTypeError(where, "a table", directive))
            return None
        if name == "version" and "attr" in directive:
            return self.attribute(str(directive["attr"]), f"{where}.attr")
        if name == "dependencies":
            return self._requirements(directive, where)
        if name == "readme":
            return self._readme(directive, where)
        text = self._files(directive, where)
        if text is None:
            return None
        if name == "entry-points":
            return parse_entry_points(text)
        if name in ("classifiers", "keywords"):
            return [line.strip() for line in text.splitlines() if line.strip()]
        return text.strip()

    def attribute(self, attribute: str, where: str) -> str:
        """Return a version that is an attribute of a module."""
        version, path = read_version_attribute(
            self.root, attribute, self.package_dir, where=where
        )
        self.inputs.append(path)
        return version

    def text(self, value: str, where: str) -> str | None:
        """Return what a setup.cfg value means: itself, `file:` or `attr:`."""
        if value.startswith("attr:"):
            return self.attribute(value[len("attr:") :].strip(), where)
        names = file_names(value)
        return self.read(names, where) if names else value

    def read(self, names: Sequence[str], where: str) -> str | None:
        """Return the joined text of files."""
        texts = []
        for name in names:
            path = self.root / name
            try:
                texts.append(path.read_text(encoding="utf-8-sig"))
            except (OSError, UnicodeDecodeError) as error:
                reason = f'names "{name}", which cannot be read: {error}'
                self.problems.append(SettingValueError(where, reason))
                return None
            self.inputs.append(path)
        return "\n".join(texts)

    def _readme(self, directive: Mapping[str, Any], where: str) -> Any:
        names = _names(directive.get("file"))
        content_type = directive.get("content-type")
        if len(names) == 1:
            if content_type is None:
                return names[0]
            return {"file": names[0], "content-type": content_type}
        text = self._files(directive, where)
        if text is None:
            return None
        return {"text": text, "content-type": content_type or "text/x-rst"}

    def _requirements(self, directive: Any, where: str) -> list[str]:
        text = self._files(directive, where)
        return parse_lines(f"{text}\n\n#") if text else []

    def _files(self, directive: Any, where: str) -> str | None:
        names = _names(directive.get("file")) if isinstance(directive, Mapping) else []
        if not names:
            fix = 'write for example {file = "VERSION"}'
            self.problems.append(SettingValueError(where, "names no file", fix=fix))
            return None
        return self.read(names, f"{where}.file")


def _names(value: Any) -> list[str]:
    if isinstance(value, str):
        return [part.strip() for part in value.split(",") if part.strip()]
    return [str(item) for item in value] if isinstance(value, list) else []
