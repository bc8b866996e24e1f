"""Trusted publishing: an upload token for the identity of a CI job.

The index tells its audience, the CI system issues an identity token for that
audience, and the index exchanges it for an upload token of some minutes. The package
`id`, a requirement of twine, knows the CI systems.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import urlsplit

from ferrule.errors.publishing import TrustedPublishingError

__all__ = ["Token", "describe_lack", "exchange_identity", "identity_token"]

_TIMEOUT_S: Final = 30
_LIFETIME_S: Final = 900
_MARGIN_S: Final = 300
_REGISTER: Final = (
    "register this repository, workflow and environment as a trusted publisher of the "
    "project (or, before its first release, as a pending one) in the index"
)
_LATER: Final = "run the same command again later"
_NOT_OFFERED: Final = (
    "this index does not seem to offer trusted publishing: set TWINE_PASSWORD"
)
_LOOPBACK: Final = ("localhost", "127.0.0.1", "::1")
_SIGNS: Final = (
    ("ACTIONS_ID_TOKEN_REQUEST_URL", "GitHub Actions"),
    ("GITLAB_CI", "GitLab"),
    ("CIRCLECI", "CircleCI"),
    ("BUILDKITE", "Buildkite"),
)


@dataclass(frozen=True)
class Token:
    """An upload token that ends by itself."""

    secret: str = field(repr=False)
    expires_s: float
    """In seconds since the epoch."""

    def is_fresh(self, now_s: float) -> bool:
        """Whether the token lives long enough for another upload."""
        return now_s + _MARGIN_S < self.expires_s


def describe_lack(env: Mapping[str, str]) -> str:
    """Return why this process has no identity to exchange, or nothing if it has."""
    if any(env.get(name) for name, _ in _SIGNS):
        return ""
    if env.get("GITHUB_ACTIONS"):
        return "this job of GitHub Actions has no permission `id-token: write`"
    names = ", ".join(name for _, name in _SIGNS)
    return f"this is no job of {names}"


def identity_token(audience: str) -> str:
    """Return the CI job's identity token for an audience.

    The package `id` reads the process environment. Raises `ValueError` with the
    reason.
    """
    import id as identity

    try:
        token = identity.detect_credential(audience)
    except identity.IdentityError as error:
        raise ValueError(str(error)) from None
    if not token:
        raise ValueError("the package `id` finds no CI system that issues identities")
    return str(token)


def exchange_identity(upload_url: str, session: Any) -> Token:
    """Return an upload token for the index, made from the CI job's identity.

    `session` is one of requests, without credentials. Raises
    `TrustedPublishingError`.
    """
    parts = urlsplit(upload_url)
    if parts.scheme != "https" and parts.hostname not in _LOOPBACK:
        raise TrustedPublishingError(
            upload_url,
            ["the address is not https: everybody on the way could use the identity"],
            "give the address with https",
        )
    root = f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}/_/oidc"
    audience = str(_ask(session, upload_url, f"{root}/audience").get("audience", ""))
    if not audience:
        reason = f"{root}/audience names no audience"
        raise TrustedPublishingError(upload_url, [reason], _NOT_OFFERED)
    try:
        identity = identity_token(audience)
    except ValueError as error:
        raise TrustedPublishingError(
            upload_url,
            [str(error)],
            "give the job an identity (on GitHub the permission `id-token: write`; on "
            "GitLab `id_tokens` with the audience of the index), or set TWINE_PASSWORD",
        ) from None
    answer = _ask(session, upload_url, f"{root}/mint-token", {"token": identity})
    secret = str(answer.get("token", ""))
    if not secret:
        reasons = _reasons(answer) or [f"{root}/mint-token gave no token"]
        raise TrustedPublishingError(upload_url, reasons, _REGISTER)
    return Token(secret, float(answer.get("expires") or time.time() + _LIFETIME_S))


def _ask(
    session: Any, upload_url: str, url: str, content: dict[str, str] | None = None
) -> dict[str, Any]:
    """Return the JSON that an address of the index gives."""
    import requests

    try:
        if content is None:
            response = session.get(url, timeout=_TIMEOUT_S)
        else:
            response = session.post(url, json=content, timeout=_TIMEOUT_S)
    except requests.RequestException as error:
        # Not the text of the error: it may quote the request.
        reason = f"no answer from {url}: {type(error).__name__}"
        raise TrustedPublishingError(upload_url, [reason], _LATER) from None
    try:
        answer = response.json()
    except ValueError:
        answer = None
    known = answer if isinstance(answer, dict) else {}
    if response.ok and known:
        return known
    reasons = [f"{url} answered {response.status_code} {response.reason}"]
    fix = _REGISTER if content else _NOT_OFFERED
    raise TrustedPublishingError(upload_url, [*reasons, *_reasons(known)], fix)


def _reasons(answer: Mapping[str, Any]) -> list[str]:
    errors = answer.get("errors")
    if not isinstance(errors, list):
        return [str(answer["message"])] if answer.get("message") else []
    return [
        f"{error.get('code', 'error')}: {error.get('description', '')}"
        for error in errors
        if isinstance(error, dict)
    ]
