"""Publishing: check every file, then bring them to an index one after the other."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule import log
from ferrule.audit.ignoring import IgnoreList
from ferrule.errors import FerruleError
from ferrule.errors.publishing import (
    AttestationFileError,
    HeldBackError,
    PublisherMissingError,
    PublishFailedError,
    UnpublishableError,
    UnusableDistributionError,
)
from ferrule.publishing.upload import IndexView, Patience

if TYPE_CHECKING:
    from ferrule.audit.finding import Finding
    from ferrule.publishing.attestations import Wish
    from ferrule.publishing.connection import Connection
    from ferrule.publishing.destination import Destination
    from ferrule.publishing.distribution import Distribution
    from ferrule.publishing.upload import Uploader

__all__ = ["Publication", "PublishOrder", "PublishedFile", "publish"]


@dataclass(frozen=True)
class PublishOrder:
    """What to publish, where, and how."""

    files: Sequence[str]
    """Files, folders and patterns; none means the folder `dist`."""
    here: Path
    destination: Destination
    ignored: IgnoreList = field(default_factory=IgnoreList)
    """Findings that do not keep a file from being published."""
    skips_check: bool = False
    skips_existing: bool = False
    is_dry: bool = False
    attestations: Wish = "auto"
    patience: Patience = field(default_factory=Patience)
    timeout_s: float = 300.0
    shows_progress: bool = False


@dataclass(frozen=True)
class PublishedFile:
    """One file and what became of it."""

    item: Distribution
    sha256: str
    size_bytes: int
    state: str
    """`uploaded`, `present` (was there before), `planned` (of a dry run), `failed`
    or `not-tried`."""
    reason: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return the file as plain data for `--json`."""
        return {
            "path": str(self.item.path),
            "name": self.item.name,
            "version": self.item.version,
            "kind": self.item.kind,
            "sha256": self.sha256,
            "size_bytes": self.size_bytes,
            "attestations": [str(path) for path in self.item.attestations],
            "state": self.state,
            "reason": self.reason,
        }


@dataclass(frozen=True)
class Publication:
    """Everything that was published, or would be."""

    url: str
    pages: tuple[str, ...]
    """Where people see the releases, as far as twine knows."""
    files: tuple[PublishedFile, ...]


@dataclass(frozen=True)
class _Ready:
    """A file that passed the checks."""

    item: Distribution
    package: Any
    """twine's view of it."""
    sha256: str
    size_bytes: int

    def became(self, state: str, reason: str = "") -> PublishedFile:
        return PublishedFile(self.item, self.sha256, self.size_bytes, state, reason)


_INDEX_RULES: Final = ("index-metadata", "index-tag")
"""Rules of the public indexes; what breaks them is refused there, not elsewhere."""
_SLOW_BYTES: Final = 1 << 20
"""Uploads above this size get a progress bar on a terminal."""


def publish(order: PublishOrder, env: Mapping[str, str]) -> Publication:
    """Check and publish; return what became of every file.

    Nothing is sent before every file passed. Raises `UnpublishableError`,
    `PublishFailedError`, `PublisherMissingError` and the errors of choosing files,
    index and credentials.
    """
    from ferrule.publishing.connection import open_connection
    from ferrule.publishing.distribution import collect

    items = collect(order.files, order.here)
    connection = open_connection(order.destination, timeout_s=order.timeout_s)
    try:
        if order.skips_check:
            log.warn("the checks are skipped: the files may not install everywhere")
        else:
            _check(items, order, is_public=bool(connection.web_root))
        ready = _prepare(items)
        return _publish_checked(ready, order, connection, env)
    finally:
        connection.close()


def _check(
    items: Sequence[Distribution], order: PublishOrder, *, is_public: bool
) -> None:
    """Raise `UnpublishableError` with everything that is wrong with the files."""
    problems, told = [], []
    for item in items:
        findings = [
            finding
            for finding in _find(item, is_public=is_public)
            if not order.ignored.covers(finding) and finding.severity != "note"
        ]
        for finding in findings:
            if finding.severity == "warning":
                log.warn(f"{item.filename}: {_say(finding)}")
        told += [{"file": str(item.path), **found.to_json()} for found in findings]
        errors = [finding for finding in findings if finding.severity == "error"]
        if errors:
            lines = [line for finding in errors for line in _lines(finding)]
            problems.append(UnusableDistributionError(item.filename, lines))
    if problems:
        raise UnpublishableError(problems, told)
    log.info(f"{len(items)} file{'s' * (len(items) > 1)} checked")


def _find(item: Distribution, *, is_public: bool) -> list[Finding]:
    from dataclasses import replace

    if item.kind == "sdist":
        from ferrule.publishing.source_check import check_sdist

        return check_sdist(item.path, item.name, item.version)
    from ferrule.pipeline.finished.checking import check_wheel

    return [
        replace(finding, severity="error") if finding.rule in _INDEX_RULES else finding
        for finding in check_wheel(item.path)
        if is_public or finding.rule not in _INDEX_RULES
    ]


def _say(finding: Finding) -> str:
    place = f"{finding.path}: " if finding.path else ""
    return f"{finding.rule}: {place}{finding.what}"


def _lines(finding: Finding) -> list[str]:
    lines = [_say(finding), *(f"  {detail}" for detail in finding.details)]
    return [*lines, f"  {finding.fix}"] if finding.fix else lines


def _prepare(items: Sequence[Distribution]) -> list[_Ready]:
    """Return what is sent of each file.

    Raises `UnpublishableError` with all that twine, or an attestation, contradicts.
    """
    from ferrule.publishing.attestations import check_attestations
    from ferrule.publishing.connection import read_package
    from ferrule.publishing.distribution import hash_file

    ready, problems = [], []
    for item in items:
        sha256 = hash_file(item.path)
        try:
            check_attestations(item, sha256)
            package = read_package(item.path)
        except AttestationFileError as error:
            lines = str(error).splitlines()
            problems.append(UnusableDistributionError(item.filename, lines))
        except ValueError as error:
            lines = [f"twine says: {error}"]
            problems.append(UnusableDistributionError(item.filename, lines))
        else:
            size_bytes = os.path.getsize(item.path)
            ready.append(_Ready(item, package, sha256, size_bytes))
    if problems:
        raise UnpublishableError(problems, [])
    return ready


def _publish_checked(
    ready: Sequence[_Ready],
    order: PublishOrder,
    connection: Connection,
    env: Mapping[str, str],
) -> Publication:
    from ferrule.publishing.upload import Uploader

    web_root = connection.web_root
    names = {(entry.item.name, entry.item.version) for entry in ready}
    pages = tuple(
        f"{web_root}project/{name}/{version}/" for name, version in sorted(names)
    )
    shown = pages if web_root else ()
    view = _view(connection, order.destination, web_root)
    if order.is_dry:
        return Publication(connection.url, shown, _plan(ready, view))
    connection.log_in(env)
    ready = _attested(ready, order, connection, view, env)
    uploader = Uploader(
        connection,
        view,
        order.patience,
        time.sleep,
        skip_existing=order.skips_existing,
    )
    files = _upload_all(ready, uploader, order, connection.url)
    return Publication(connection.url, shown, files)


def _view(connection: Connection, destination: Destination, web_root: str) -> IndexView:
    from ferrule.publishing.index import has_same_origin, page_urls

    check_url = destination.check_url or (f"{web_root}simple" if web_root else "")

    def places(project: str) -> list[tuple[str, bool]]:
        urls = page_urls(connection.url, check_url, project)
        return [(url, has_same_origin(url, connection.url)) for url in urls]

    return IndexView(connection, places)


def _plan(ready: Sequence[_Ready], view: IndexView) -> tuple[PublishedFile, ...]:
    """Return what an upload would do, as far as the index tells."""
    states = {
        "same": ("present", ""),
        "different": ("failed", "the index has another file of this name"),
        "absent": ("planned", ""),
        "unknown": ("planned", "whether the index has it could not be found out"),
    }
    return tuple(entry.became(*states[view.find(entry.item)[0]]) for entry in ready)


def _attested(
    ready: Sequence[_Ready],
    order: PublishOrder,
    connection: Connection,
    view: IndexView,
    env: Mapping[str, str],
) -> list[_Ready]:
    """Return the files with the attestations that go along."""
    from dataclasses import replace

    from ferrule.publishing.attestations import can_sign

    wish = order.attestations
    if wish == "auto" and not (connection.web_root and connection.is_trusted):
        # Other indexes do not know the field; the public ones want the same
        # identity behind the upload and the signature.
        if any(entry.item.attestations for entry in ready):
            log.warn(
                "no attestation is sent: in the mode `auto` they are for the public "
                "indexes, together with trusted publishing"
            )
        wish = "never"
    if wish == "never":
        bare = [replace(entry.item, attestations=()) for entry in ready]
        return [replace(entry, item=item) for entry, item in zip(ready, bare)]
    lacking = [
        entry.item
        for entry in ready
        if not entry.item.attestations and view.find(entry.item)[0] != "same"
    ]
    made: dict[str, Path] = {}
    if lacking and (wish == "always" or can_sign(env)):
        made = _sign(lacking)
    result = []
    for entry in ready:
        own = entry.item.attestations
        if entry.item.filename in made:
            own = (made[entry.item.filename],)
        if own:
            entry.package.add_attestations([str(path) for path in own])
        result.append(replace(entry, item=replace(entry.item, attestations=own)))
    return result


def _sign(items: Sequence[Distribution]) -> dict[str, Path]:
    """Return new attestations by the name of the file that they attest."""
    from ferrule.publishing.attestations import sign
    from ferrule.publishing.connection import install_command

    log.step("Making attestations")
    try:
        return dict(zip((item.filename for item in items), sign(items)))
    except ImportError as error:
        raise PublisherMissingError(
            "pypi-attestations",
            "make attestations",
            install_command("pypi-attestations>=0.0.20"),
            f"Python says: {error}",
        ) from None


def _upload_all(
    ready: Sequence[_Ready], uploader: Uploader, order: PublishOrder, url: str
) -> tuple[PublishedFile, ...]:
    """Upload in order; raises `PublishFailedError` with everything that failed."""
    from ferrule.publishing.upload import StopError

    problems: list[FerruleError] = []
    files: list[PublishedFile] = []
    stopped = ""
    for entry in ready:
        held = stopped or _reason_to_hold(entry, problems)
        if held:
            problems.append(HeldBackError(entry.item.filename, held))
            files.append(entry.became("not-tried", held))
            continue
        uploader.shows_progress = (
            order.shows_progress and entry.size_bytes > _SLOW_BYTES
        )
        try:
            files.append(entry.became(uploader.upload(entry.item, entry.package)))
        except StopError as error:
            stopped = "the upload before it failed in a way that all others would"
            problems.append(error.error)
            files.append(entry.became("failed", str(error.error)))
        except FerruleError as error:
            problems.append(error)
            files.append(entry.became("failed", str(error)))
    if problems:
        raise PublishFailedError(url, problems, [file.to_json() for file in files])
    return tuple(files)


def _reason_to_hold(entry: _Ready, problems: Sequence[FerruleError]) -> str:
    """Return why an sdist waits: without a wheel, pip would compile it."""
    if entry.item.kind == "sdist" and problems:
        return "sdists follow when all wheels are there, so that pip compiles nothing"
    return ""
