"""The connection to one index, through twine.

The only module that imports twine. twine reads `.pypirc` and the keyring, asks for
passwords, reads the metadata out of distributions and sends the upload request;
when to send, and what a reply means, is decided elsewhere.
"""

from __future__ import annotations

import contextlib
import io
import logging
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TextIO

from ferrule import log
from ferrule.errors.publishing import (
    CredentialsMissingError,
    PublisherMissingError,
    RepositoryError,
    TrustedPublishingError,
)
from ferrule.publishing.replies import Reply
from ferrule.publishing.trusted import Token, describe_lack, exchange_identity

if TYPE_CHECKING:
    from ferrule.publishing.destination import Destination

__all__ = [
    "Connection",
    "ConnectionFailure",
    "install_command",
    "open_connection",
    "read_package",
]

_CONNECT_S: Final = 30
_NO_VARIABLE: Final = (
    "neither TWINE_PASSWORD nor a variable of uv or maturin is set; .pypirc has none"
)


class ConnectionFailure(Exception):  # noqa: N818 - caught by its callers, never shown
    """No reply came; `is_lasting` where trying again is of no use."""

    def __init__(self, reason: str, *, is_lasting: bool = False) -> None:
        super().__init__(reason)
        self.is_lasting = is_lasting


def install_command(package: str) -> str:
    """Return the command that installs a package beside the running ferrule."""
    prefix = sys.prefix.replace("\\", "/")
    if "/pipx/venvs/" in prefix:
        return f'pipx inject ferrule "{package}"'
    if "/uv/tools/" in prefix:
        return f'uv tool install ferrule --with "{package}"'
    return f'"{sys.executable}" -m pip install "{package}"'


def _import_twine() -> None:
    try:
        import twine.package
        import twine.settings  # noqa: F401 - the others import what it brings
    except ImportError as error:
        raise PublisherMissingError(
            "twine",
            "publish",
            install_command("twine>=6.1"),
            f"Python says: {error}",
        ) from None


def read_package(path: Path) -> Any:
    """Return twine's view of a distribution.

    Raises `PublisherMissingError`, and `ValueError` with what twine says where it
    refuses the file.
    """
    _import_twine()
    import zipfile

    from twine.exceptions import TwineException
    from twine.package import PackageFile

    try:
        return PackageFile.from_filename(str(path), None)
    except (TwineException, zipfile.BadZipFile, OSError) as error:
        raise ValueError(str(error) or type(error).__name__) from None


def open_connection(destination: Destination, *, timeout_s: float) -> Connection:
    """Return the connection to an index; nothing is sent and nobody is asked yet.

    Raises `PublisherMissingError` and `RepositoryError`.
    """
    _import_twine()
    from twine.exceptions import TwineException
    from twine.settings import Settings
    from twine.utils import sanitize_url

    more = {"config_file": destination.config_file} if destination.config_file else {}
    try:
        settings = Settings(
            username=destination.username or None,
            password=destination.password or None,
            non_interactive=not destination.is_interactive,
            repository_name=destination.repository,
            repository_url=destination.repository_url or None,
            cacert=destination.certificate or None,
            client_cert=destination.client_certificate or None,
            **more,
        )
        settings.check_repository_url()
    except TwineException as error:
        name = sanitize_url(destination.repository_url) or destination.repository
        reason = str(error)
        raise RepositoryError(name, destination.source, reason) from None
    return Connection(destination, settings, timeout_s)


class Connection:
    """Speaks to one index; holds the credentials, and shows them to nobody else."""

    def __init__(
        self, destination: Destination, settings: Any, timeout_s: float
    ) -> None:
        from twine.utils import sanitize_url

        self._destination = destination
        self._settings = settings
        self._timeout = (_CONNECT_S, timeout_s)
        self._address: str = settings.repository_config["repository"]
        self._token: Token | None = None
        self._secrets = [destination.password]
        self._repository: Any = None
        self.url: str = sanitize_url(self._address)
        self.secret_source = destination.password_source

    @cached_property
    def web_root(self) -> str:
        """Return the root of the index's pages where twine knows it, or nothing.

        twine knows the pages of the public indexes only, so that this tells them
        from others too.
        """
        from types import SimpleNamespace

        from twine.repository import Repository

        repository = Repository(self._address, None, None)
        pages = repository.release_urls([SimpleNamespace(safe_name="x", version="1")])
        repository.close()
        return next((page[: -len("project/x/1/")] for page in pages), "")

    @property
    def is_trusted(self) -> bool:
        """Whether the upload token was given to this job by trusted publishing."""
        return self._token is not None

    def redact(self, text: str) -> str:
        """Return text without the secrets, should an index have repeated them."""
        for secret in filter(None, self._secrets):
            text = text.replace(secret, "********")
        return text

    def has_credentials(self) -> bool:
        """Whether credentials were given or are in `.pypirc`."""
        return bool(
            self._destination.password
            or self._settings.repository_config.get("password")
        )

    def log_in(self, env: Mapping[str, str]) -> None:
        """Find credentials and keep them for the uploads.

        Raises `CredentialsMissingError` and `TrustedPublishingError`.
        """
        from twine.exceptions import TwineException

        try:
            # Questions are no output: they go where the log goes.
            with _listening(log.warn, sys.stderr):
                user, password = self._find_credentials(env)
        except TwineException as error:
            raise CredentialsMissingError(
                self.url, "credentials", [str(error)]
            ) from None
        self._secrets.append(password)
        self._repository = self._open_repository(user, password)

    def _find_credentials(self, env: Mapping[str, str]) -> tuple[str, str]:
        trust = self._destination.trust
        if self.has_credentials() and trust != "always":
            self.secret_source = self.secret_source or ".pypirc or the address"
            log.debug(f"the credentials are from {self.secret_source}")
            return self._settings.username or "", self._settings.password or ""
        tried = [_NO_VARIABLE]
        if trust != "never":
            lack = describe_lack(env)
            if not lack or trust == "always":
                try:
                    return self._exchange()
                except TrustedPublishingError as error:
                    if trust == "always" or self.web_root:
                        raise
                    tried += error.why
            else:
                tried.append(f"no trusted publishing: {lack}")
        return self._look_up(tried)

    def _look_up(self, tried: list[str]) -> tuple[str, str]:
        """Return credentials out of the keyring, or those that the user types."""
        import getpass

        from twine.exceptions import NonInteractive

        auth = self._settings.auth
        try:
            user = str(self._settings.username or "")
        except NonInteractive:
            raise CredentialsMissingError(self.url, "user name", tried) from None
        secret = auth.get_password_from_keyring()
        if secret:
            self.secret_source = "the keyring"  # noqa: S105 - names its place
            return user, str(secret)
        tried.append(f"the keyring has nothing for {user}")
        what = "API token" if self.web_root else "password"
        try:
            secret = auth.prompt(what, getpass.getpass)
        except NonInteractive:
            raise CredentialsMissingError(self.url, what, tried) from None
        self.secret_source = "what was typed"  # noqa: S105 - names its place
        return user, str(secret)

    def _exchange(self) -> tuple[str, str]:
        from twine.utils import make_requests_session

        session = make_requests_session()
        session.verify = self._settings.cacert or session.verify
        try:
            self._token = exchange_identity(self._address, session)
        finally:
            session.close()
        log.info(f"trusted publishing: {self.url} gave an upload token to this job")
        self.secret_source = "trusted publishing"  # noqa: S105 - names its place
        self._secrets.append(self._token.secret)
        return "__token__", self._token.secret

    def _open_repository(self, user: str, password: str) -> Any:
        import functools

        from twine.repository import Repository

        repository = Repository(self._address, user, password)
        repository.set_certificate_authority(self._settings.cacert)
        repository.set_client_certificate(self._settings.client_cert)
        session = repository.session
        # twine sets none: a server that hangs would hang the command.
        session.request = functools.partial(session.request, timeout=self._timeout)
        return repository

    def send(self, package: Any, *, shows_progress: bool) -> Reply:
        """Send one distribution once and return the index's reply.

        Raises `ConnectionFailure`, `TrustedPublishingError` and `ReadError`.
        """
        import requests

        from ferrule.errors.files import ReadError

        if self._token is not None and not self._token.is_fresh(time.time()):
            self._repository.session.auth = self._exchange()
        self._repository.disable_progress_bar = not shows_progress
        try:
            out = sys.stderr if shows_progress else io.StringIO()
            with _listening(log.debug, out):
                response = self._repository.upload(package, max_redirects=1)
        except requests.RequestException as error:
            raise self._failure(error) from None
        except OSError as error:
            raise ReadError(Path(package.filename), error) from error
        return Reply(
            status=response.status_code,
            reason=self.redact(response.reason or ""),
            body=self.redact(response.text or ""),
            location=response.headers.get("location", "")
            if response.is_redirect
            else "",
            retry_after_s=_seconds(response.headers.get("retry-after", "")),
        )

    def _failure(self, error: Exception) -> ConnectionFailure:
        import requests

        is_lasting = isinstance(
            error,
            (
                requests.exceptions.SSLError,
                requests.exceptions.InvalidURL,
                requests.exceptions.InvalidSchema,
                requests.exceptions.ProxyError,
            ),
        )
        reason = self.redact(_innermost(error))
        return ConnectionFailure(reason, is_lasting=is_lasting)

    def fetch(self, url: str, headers: Mapping[str, str], *, own: bool) -> Any:
        """Return the response to a GET; credentials go with `own` addresses only.

        Raises `ConnectionFailure`.
        """
        import requests
        from twine.utils import make_requests_session

        session = make_requests_session()
        try:
            session.verify = self._settings.cacert or session.verify
            if own:
                session.cert = self._settings.client_cert or None
                session.auth = self._read_auth()
            return session.get(url, headers=dict(headers), timeout=self._timeout)
        except requests.RequestException as error:
            raise self._failure(error) from None
        finally:
            session.close()

    def _read_auth(self) -> tuple[str, str] | None:
        if self._repository is not None:
            auth: tuple[str, str] | None = self._repository.session.auth
            return auth
        if not self.has_credentials():
            return None
        return self._settings.username or "", self._settings.password or ""

    def close(self) -> None:
        """Close what is open."""
        if self._repository is not None:
            self._repository.close()


def _seconds(text: str) -> float:
    """Return what the header `Retry-After` asks for; dates count as nothing."""
    return float(text) if text.strip().isdigit() else 0.0


def _innermost(error: BaseException) -> str:
    """Return the words of the first cause, which name what the system said."""
    seen: set[int] = set()
    while id(error) not in seen:
        seen.add(id(error))
        inner = [item for item in error.args if isinstance(item, BaseException)]
        inner += [item for item in (error.__cause__, error.__context__) if item]
        reason = getattr(error, "reason", None)
        inner += [reason] if isinstance(reason, BaseException) else []
        if not inner:
            break
        error = inner[0]
    return str(error) or type(error).__name__


class _Forwarder(logging.Handler):
    """Hands what twine logs to ferrule's log, without tracebacks."""

    def __init__(self, tell: Callable[[str], None]) -> None:
        super().__init__()
        self._tell = tell

    def emit(self, record: logging.LogRecord) -> None:
        text = record.getMessage()
        error = record.exc_info[1] if record.exc_info else None
        self._tell(f"{text}: {error}" if error else text)


@contextlib.contextmanager
def _listening(tell: Callable[[str], None], out: TextIO) -> Iterator[None]:
    """Send what twine logs to `tell`, and what it prints to `out`."""
    logger = logging.getLogger("twine")
    handler = _Forwarder(tell)
    logger.addHandler(handler)
    was_propagating, logger.propagate = logger.propagate, False
    try:
        with contextlib.redirect_stdout(out):
            yield
    finally:
        logger.removeHandler(handler)
        logger.propagate = was_propagating
