"""What an editable install was made with, so that it can be built again.

The record is JSON and is read only when something is stale. It lies beside the
modules, and once more in the environment, where `cargo clean` does not reach it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule import atomic
from ferrule.errors.editable_record import RecordError

if TYPE_CHECKING:
    from ferrule.pipeline.request import Request
    from ferrule.python.interpreter import Interpreter

__all__ = [
    "RequestRecord",
    "make_record",
    "place_label",
    "read_record",
    "write_request",
]

SCHEMA: Final = 1
_PREFIXES = ("CARGO", "FERRULE_", "MATURIN_", "PYO3_", "RUST", "__CARGO")
_COMPILER_VARIABLES = frozenset(
    {
        "AR",
        "ARCHFLAGS",
        "CC",
        "CFLAGS",
        "CPPFLAGS",
        "CXX",
        "CXXFLAGS",
        "LDFLAGS",
        "MACOSX_DEPLOYMENT_TARGET",
        "SDKROOT",
    }
)
_PASSING = (
    # cargo's for the programs that it starts; for people; for this very purpose
    "CARGO_BIN_",
    "CARGO_CRATE_",
    "CARGO_MANIFEST_",
    "CARGO_PKG_",
    "CARGO_TERM_",
    "FERRULE_REBUILD",
    "FERRULE_TEST_",
    "RUST_BACKTRACE",
    "RUST_LOG",
    "RUST_RECURSION_COUNT",
)
_SECRETS = ("TOKEN", "SECRET", "PASSWORD", "CREDENTIAL", "_KEY")


@dataclass(frozen=True)
class RequestRecord:
    """One request for an editable build, and what came of it."""

    distribution: str
    start: str
    """The folder in which the request was made."""
    manifest_path: str | None
    package: str | None
    command_line: Mapping[str, Any]
    config_settings: Mapping[str, Any] | None
    is_hook: bool
    interpreter: str
    """The interpreter's executable; empty where none was needed."""
    env: Mapping[str, str]
    """The variables that decide what is built."""
    cargo_folder: str
    """Where cargo is, for a PATH that does not lead there."""
    ferrule: tuple[str, ...]
    """The Python that ran ferrule, and the packages that it consists of."""
    installed: Mapping[str, str] = field(default_factory=dict)
    """Digests of what only a new install can change, by what they are of."""

    def to_text(self) -> str:
        """Return the record as JSON."""
        import json

        return json.dumps({"schema": SCHEMA, **asdict(self)}, sort_keys=True)

    def to_request(self, env: Mapping[str, str], interpreter: str | None) -> Request:
        """Return the request in the present environment.

        `interpreter` is preferred to the recorded one.
        """
        from ferrule.pipeline.request import Request

        kept = {name: text for name, text in env.items() if not _is_recorded(name)}
        path = os.pathsep.join(filter(None, [env.get("PATH"), self.cargo_folder]))
        python = interpreter or self.interpreter
        return Request(
            start=Path(self.start),
            env={**kept, **self.env, "PATH": path},
            state="editable",
            manifest_path=Path(self.manifest_path) if self.manifest_path else None,
            package=self.package,
            selectors=(python,) if python else (),
            command_line={
                name: tuple(value) if isinstance(value, list) else value
                for name, value in self.command_line.items()
            },
            config_settings=self.config_settings,
            quiet_cargo=True,
            is_hook=self.is_hook,
        )


def make_record(
    request: Request,
    interpreter: Interpreter | None,
    distribution: str,
    installed: Mapping[str, str],
) -> RequestRecord:
    """Return the record of a request that is being built."""
    from ferrule.cargo.toolchain import find_cargo

    return RequestRecord(
        distribution=distribution,
        start=str(Path(request.start).absolute()),
        manifest_path=str(request.manifest_path) if request.manifest_path else None,
        package=request.package,
        command_line=dict(request.command_line),
        config_settings=request.config_settings,
        is_hook=request.is_hook,
        interpreter=interpreter.executable if interpreter else "",
        env=_recorded(request.env),
        cargo_folder=os.path.dirname(find_cargo(request.env)),
        ferrule=_own_places(),
        installed=installed,
    )


def place_label(request: Request, root: Path, interpreter: Interpreter | None) -> str:
    """Return the name of the folder that a request's modules go into.

    Environments of one Python that ask for the same share it; a request for
    other features or another profile, or another checkout of the project with the
    same target directory, does not touch what it holds.
    """
    import hashlib

    facts = [interpreter.soabi, interpreter.ext_suffix] if interpreter else []
    question = repr(
        [
            facts,
            str(root),
            str(request.manifest_path),
            request.package,
            _deciding(request.command_line),
            _deciding(request.config_settings or {}),
            sorted(_recorded(request.env).items()),
        ]
    )
    digest = hashlib.sha256(question.encode("utf-8", "surrogateescape")).hexdigest()
    name = interpreter.cache_tag if interpreter else "any"
    return f"{name}-{digest[:10]}"


def write_request(path: Path, record: RequestRecord) -> None:
    """Write a record unless it is there already. Raises `WriteError`."""
    text = record.to_text()
    try:
        if path.read_text("utf-8") == text:
            return
    except (OSError, ValueError):
        pass
    atomic.write_text(path, text)


def read_record(path: Path) -> RequestRecord:
    """Read the record of a request. Raises `RecordError`."""
    import json

    try:
        data = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as error:
        raise RecordError(path, str(error)) from None
    if not isinstance(data, dict) or data.get("schema") != SCHEMA:
        raise RecordError(path, "another release of ferrule wrote it")
    try:
        values = {item.name: data[item.name] for item in fields(RequestRecord)}
    except KeyError as error:
        raise RecordError(path, f"it has no {error}") from None
    return RequestRecord(**{**values, "ferrule": tuple(values["ferrule"])})


def _own_places() -> tuple[str, ...]:
    """Return the running Python and the packages that ferrule needs.

    A build environment puts them where no other process of that Python looks.
    """
    from importlib.util import find_spec

    names = ["ferrule", "packaging", "pathspec"]
    names += ["tomli"] if sys.version_info < (3, 11) else []
    specs = [find_spec(name) for name in names]
    folders = [os.path.dirname(spec.origin) for spec in specs if spec and spec.origin]
    return (sys.executable, *folders)


def _deciding(settings: Mapping[str, object]) -> list[tuple[str, object]]:
    names = ("rebuild_on_import", "rebuild_failure")
    found = [
        item for item in settings.items() if item[0].replace("-", "_") not in names
    ]
    return sorted(found, key=lambda item: item[0])


def _recorded(env: Mapping[str, str]) -> dict[str, str]:
    return {name: text for name, text in sorted(env.items()) if _is_recorded(name)}


def _is_recorded(name: str) -> bool:
    if any(word in name for word in _SECRETS) or name.startswith(_PASSING):
        return False
    return name.startswith(_PREFIXES) or name in _COMPILER_VARIABLES
