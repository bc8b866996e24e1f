"""Where to publish and as whom, from options and environment variables.

The order is: options, twine's variables, uv's, maturin's. What none of them says is
left to twine: `.pypirc`, the keyring, a question on the terminal. Secrets are held
where no log shows them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final, Literal

__all__ = ["Destination", "Trust", "choose_destination"]

Trust = Literal["auto", "always", "never"]
_TOKEN_USER: Final = "__token__"  # noqa: S105 - a user name, the same for all tokens
_PLACES: Final = (
    ("TWINE_REPOSITORY_URL", "TWINE_REPOSITORY"),
    ("UV_PUBLISH_URL", ""),
    ("MATURIN_REPOSITORY_URL", "MATURIN_REPOSITORY"),
)
"""Variables for an address and for the name of a section of `.pypirc`."""
_SECRETS: Final = (
    ("TWINE_PASSWORD", "TWINE_USERNAME"),
    ("UV_PUBLISH_TOKEN", ""),
    ("UV_PUBLISH_PASSWORD", "UV_PUBLISH_USERNAME"),
    ("MATURIN_PYPI_TOKEN", ""),
    ("MATURIN_PASSWORD", "MATURIN_USERNAME"),
)
"""Variables for a secret and its user; an empty name means a token."""
_CERTIFICATES: Final = ("TWINE_CERT", "MATURIN_CA_BUNDLE")
_FALSE: Final = ("", "0", "false", "no", "off")


@dataclass(frozen=True)
class Destination:
    """An index and the credentials for it, as far as they were given."""

    repository: str = "pypi"
    """A section of `.pypirc`, or one of the names that twine knows."""
    repository_url: str = field(default="", repr=False)
    """An address, which may hold credentials; it wins over `repository`."""
    source: str = "the default"
    """What chose the index."""
    username: str = ""
    password: str = field(default="", repr=False)
    password_source: str = ""
    config_file: str = ""
    check_url: str = ""
    certificate: str = ""
    client_certificate: str = ""
    trust: Trust = "auto"
    is_interactive: bool = False


def choose_destination(
    options: Destination, env: Mapping[str, str], *, has_repository: bool
) -> Destination:
    """Return the options completed from the environment.

    `has_repository` says that an option chose the index, so that no variable may.
    """
    from dataclasses import replace

    chosen = options
    if not has_repository:
        chosen = _with_place(chosen, env)
    chosen = _with_credentials(chosen, env)
    certificates = (env.get(name, "") for name in _CERTIFICATES)
    return replace(
        chosen,
        certificate=chosen.certificate or next(filter(None, certificates), ""),
        check_url=chosen.check_url or env.get("UV_PUBLISH_CHECK_URL", ""),
        is_interactive=chosen.is_interactive and not _is_unattended(env),
    )


def _with_place(chosen: Destination, env: Mapping[str, str]) -> Destination:
    from dataclasses import replace

    for url_name, section_name in _PLACES:
        url = env.get(url_name, "")
        if url:
            return replace(chosen, repository_url=url, source=url_name)
        section = env.get(section_name, "") if section_name else ""
        if section:
            return replace(chosen, repository=section, source=section_name)
    return chosen


def _with_credentials(chosen: Destination, env: Mapping[str, str]) -> Destination:
    from dataclasses import replace

    if not chosen.password:
        for secret_name, user_name in _SECRETS:
            secret = env.get(secret_name, "")
            if not secret:
                continue
            user = env.get(user_name, "") if user_name else _TOKEN_USER
            return replace(
                chosen,
                # A token says itself whose it is, whatever user is given.
                username=user if not user_name else chosen.username or user,
                password=secret,
                password_source=secret_name,
            )
    users = (env.get(name, "") for _, name in _SECRETS if name)
    return replace(chosen, username=chosen.username or next(filter(None, users), ""))


def _is_unattended(env: Mapping[str, str]) -> bool:
    names = ("TWINE_NON_INTERACTIVE", "MATURIN_NON_INTERACTIVE", "CI")
    return any(env.get(name, "").lower() not in _FALSE for name in names)
