"""What an index's reply to an upload means, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, Literal

__all__ = ["Meaning", "Reply", "advise", "interpret", "say"]

Meaning = Literal["accepted", "exists", "later", "not-you", "refused"]
"""`later`: the same request may succeed in a while. `not-you`: the credentials do
not allow this upload, nor any other."""

_LATER: Final = (408, 425, 429, 500, 502, 503, 504)
_LATER_MAX: Final = 600
_EXISTS: Final = (
    "already exist",  # warehouse, Google
    "already been taken",  # GitLab
    "updating asset",  # Nexus
    "overwrite",  # Artifactory, with status 403
    "not allow redeploy",  # Nexus
)
_MAX_TEXT: Final = 400


@dataclass(frozen=True)
class Reply:
    """An answer to an upload."""

    status: int
    reason: str = ""
    body: str = ""
    location: str = ""
    """Where a redirect leads."""
    retry_after_s: float = 0.0


def interpret(reply: Reply) -> Meaning:
    """Return what a reply means; servers differ in how they say it."""
    if 200 <= reply.status < 300:
        return "accepted"
    text = f"{reply.reason} {reply.body}".lower()
    if reply.status == 409:  # pypiserver, devpi
        return "exists"
    if reply.status in {400, 403} and any(words in text for words in _EXISTS):
        return "exists"
    if reply.status in _LATER or 520 <= reply.status < _LATER_MAX:
        return "later"
    return "not-you" if reply.status in {401, 403, 407} else "refused"


def say(reply: Reply) -> str:
    """Return the words of a reply in one line, without markup."""
    import html
    import re

    if reply.location:
        return f"{reply.reason or 'redirect'} to {reply.location}"
    text = re.sub(r"(?is)<(script|style|head)\b.*?</\1>|<[^>]*>", " ", reply.body)
    text = " ".join(html.unescape(text).split())
    # Warehouse repeats its reason in a page around it.
    if reply.reason and reply.reason in text:
        text = reply.reason
    elif reply.reason:
        text = f"{reply.reason}; {text}" if text else reply.reason
    return text[:_MAX_TEXT] or "nothing"


def advise(reply: Reply, *, secret_source: str) -> str:
    """Return what the user can do about a reply that is a refusal."""
    if reply.location:
        return (
            "if that address is the right one, give it with --repository-url; a "
            "missing / at the end is often all"
        )
    source = f" (from {secret_source})" if secret_source else ""
    fixes = {
        401: f"check the user name and the password or token{source}",
        403: f"check that the token{source} is for this index and may upload to this "
        "project; tokens of the public indexes belong to one of them",
        404: "the index has no such address: check --repository-url",
        405: "that address takes no uploads: check --repository-url",
        407: "a proxy asks for credentials: put them into HTTPS_PROXY",
        413: "the file is larger than the index takes: make it smaller (`ferrule "
        "inspect` shows what is in it), or ask for a higher limit",
    }
    return fixes.get(reply.status, "change what the index names, and publish again")
