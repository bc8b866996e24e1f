"""Bringing one distribution to an index: skip what is there, try again, or say why.

The state of a publication is what the index lists; nothing else is remembered. A
command that was interrupted is run again and goes on where it stopped.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

from ferrule import log
from ferrule.errors.publishing import (
    ConnectionLostError,
    DifferentFileError,
    ExistingFileError,
    RefusedUploadError,
)
from ferrule.publishing.connection import ConnectionFailure
from ferrule.publishing.index import (
    ACCEPT,
    IndexFile,
    Verdict,
    compare,
    has_same_origin,
    read_page,
)
from ferrule.publishing.replies import Reply, advise, interpret, say
from ferrule.quantities import bytes_text

if TYPE_CHECKING:
    from ferrule.errors import FerruleError
    from ferrule.publishing.distribution import Distribution

__all__ = ["IndexView", "Patience", "StopError", "Uploader"]

_EXISTS: Final = "exists"
_MAX_WAIT_S: Final = 60.0
_MAX_ASKED_WAIT_S: Final = 300.0

State = Literal["uploaded", "present"]


class Sender(Protocol):
    """What an uploader needs of a connection."""

    secret_source: str

    def send(self, package: Any, *, shows_progress: bool) -> Reply:
        """Send a distribution once."""

    def fetch(self, url: str, headers: Mapping[str, str], *, own: bool) -> Any:
        """Return the response to a GET."""


class StopError(Exception):
    """An upload failed in a way in which every further one would fail too."""

    def __init__(self, error: FerruleError) -> None:
        super().__init__(str(error))
        self.error = error


@dataclass(frozen=True)
class Patience:
    """How often, and how long apart, an upload is tried."""

    attempts: int = 5
    first_wait_s: float = 1.0

    def wait_s(self, failures: int, asked_s: float) -> float:
        """Return how long to wait after so many failures."""
        if asked_s:
            return min(asked_s, _MAX_ASKED_WAIT_S)
        return min(self.first_wait_s * 2.0 ** (failures - 1), _MAX_WAIT_S)


@dataclass
class IndexView:
    """What the index lists, by project; asked once, and again after a failure."""

    sender: Sender
    places: Callable[[str], list[tuple[str, bool]]]
    """Returns the addresses where a project's page may be, each with whether
    credentials may be shown there."""
    _pages: dict[str, dict[str, IndexFile] | None] = field(default_factory=dict)

    def find(self, item: Distribution) -> tuple[Verdict, str, str]:
        """Return whether the index has this very file, and both hashes."""
        if item.name not in self._pages:
            self._pages[item.name] = self._read(item.name)
        page = self._pages[item.name]
        if page is None:
            return "unknown", "", ""
        return compare(item.path, page.get(item.filename), self._hash_remote)

    def forget(self, item: Distribution) -> None:
        """Ask again next time."""
        self._pages.pop(item.name, None)

    def _read(self, project: str) -> dict[str, IndexFile] | None:
        is_missing = False
        for url, own in self.places(project):
            status, page = self._read_at(url, own=own)
            if page is not None:
                return page
            is_missing = is_missing or status == 404
        # An index knows nothing of a project before its first release.
        return {} if is_missing else None

    def _read_at(
        self, url: str, *, own: bool
    ) -> tuple[int, dict[str, IndexFile] | None]:
        """Return what an address answers, and the page if it is one."""
        try:
            response = self.sender.fetch(url, {"Accept": ACCEPT}, own=own)
        except ConnectionFailure as error:
            log.debug(f"{url} cannot be read: {error}")
            return 0, None
        status: int = response.status_code
        if status != 200:
            log.debug(f"{url} answered {status}")
            return status, None
        kind = response.headers.get("content-type", "").lower()
        try:
            return status, read_page(response.content, kind, response.url)
        except ValueError as error:
            log.debug(f"{url} is no page of a project: {error}")
            return status, None

    def _hash_remote(self, url: str) -> str:
        import hashlib

        own = any(may and has_same_origin(url, page) for page, may in self.places("x"))
        try:
            response = self.sender.fetch(url, {}, own=own)
        except ConnectionFailure as error:
            log.debug(f"{url} cannot be compared: {error}")
            return ""
        if response.status_code != 200:
            return ""
        return hashlib.sha256(response.content).hexdigest()


@dataclass
class Uploader:
    """Sends distributions, one after the other."""

    sender: Sender
    view: IndexView
    patience: Patience
    sleep: Callable[[float], None]
    skip_existing: bool = False
    shows_progress: bool = False

    def upload(self, item: Distribution, package: Any) -> State:
        """Return how the index came to have the file.

        Raises `RefusedUploadError`, `DifferentFileError`, `ExistingFileError`, and
        `StopError` where going on is of no use.
        """
        if self._is_there(item):
            log.info(f"{item.filename} is there already, with the same content")
            return "present"
        if not self.shows_progress:  # where it is shown, twine says it too
            size = bytes_text(os.path.getsize(item.path))
            log.step(f"Uploading {item.filename} ({size})")
        reason = "nothing was tried"
        for attempt in range(1, self.patience.attempts + 1):
            asked_s, reason = self._try(item, package)
            if not reason:
                return "uploaded"
            if reason == _EXISTS:
                return self._accept_existing(item)
            if attempt == self.patience.attempts:
                break
            wait_s = self.patience.wait_s(attempt, asked_s)
            log.warn(
                f"{item.filename}: attempt {attempt} of {self.patience.attempts} "
                f"failed ({reason}); the next one is in {wait_s:g} s"
            )
            self.sleep(wait_s)
            # An index may have taken a file whose acknowledgement was lost.
            self.view.forget(item)
            if self._is_there(item):
                return "uploaded"
        attempts = self.patience.attempts
        raise StopError(ConnectionLostError(item.filename, attempts, reason))

    def _try(self, item: Distribution, package: Any) -> tuple[float, str]:
        """Send once; return the wait that the index asks for and what went wrong."""
        try:
            reply = self.sender.send(package, shows_progress=self.shows_progress)
        except ConnectionFailure as error:
            if error.is_lasting:
                lost = ConnectionLostError(item.filename, 1, str(error))
                raise StopError(lost) from None
            return 0.0, str(error)
        meaning = interpret(reply)
        if meaning == "accepted":
            return 0.0, ""
        if meaning == "exists":
            return 0.0, _EXISTS
        if meaning == "later":
            return (
                reply.retry_after_s,
                f"the index answered {reply.status}: {say(reply)}",
            )
        fix = advise(reply, secret_source=self.sender.secret_source)
        refused = RefusedUploadError(item.filename, reply.status, say(reply), fix)
        if meaning == "not-you" or reply.location or reply.status in {404, 405}:
            raise StopError(refused)
        raise refused

    def _is_there(self, item: Distribution) -> bool:
        """Whether the index lists this very file; raises where it lists another."""
        verdict, local, remote = self.view.find(item)
        if verdict == "different":
            raise DifferentFileError(item.filename, local, remote)
        return verdict == "same"

    def _accept_existing(self, item: Distribution) -> State:
        """Return that the file is there after the index said that one is."""
        self.view.forget(item)
        if self._is_there(item):
            return "present"
        if self.skip_existing:
            log.warn(f"{item.filename} exists; whether it is the same is unknown")
            return "present"
        reason = (
            "its pages, which would tell the hash, cannot be read or do not list it"
        )
        raise ExistingFileError(item.filename, reason)
