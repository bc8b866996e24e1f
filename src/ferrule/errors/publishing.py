"""Errors about publishing distributions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from ferrule.errors import FerruleError, SeveralError

__all__ = [
    "AttestationFileError",
    "AttestationSigningError",
    "ConnectionLostError",
    "CredentialsMissingError",
    "DifferentFileError",
    "ExistingFileError",
    "HeldBackError",
    "MixedVersionsError",
    "NoDistributionsError",
    "PublishFailedError",
    "PublisherMissingError",
    "RefusedUploadError",
    "RepositoryError",
    "SecretOptionError",
    "TrustedPublishingError",
    "UnknownDistributionError",
    "UnpublishableError",
    "UnusableDistributionError",
]


class NoDistributionsError(FerruleError):
    """There is nothing to publish."""

    exit_code = 2

    def __init__(self, places: Sequence[str]) -> None:
        super().__init__(
            "there is no wheel and no sdist to publish",
            why=[f"looked for {place}" for place in places],
            fix="run `ferrule build --sdist` first, or name the files",
        )


class UnknownDistributionError(FerruleError):
    """A file to publish is neither a wheel nor an sdist."""

    exit_code = 2

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} cannot be published",
            why=[reason],
            fix="name wheels (.whl), sdists (.tar.gz) and their attestations "
            "(.publish.attestation)",
        )
        self.path = path


class MixedVersionsError(FerruleError):
    """The default folder holds several versions of one project."""

    exit_code = 2

    def __init__(self, folder: str, name: str, versions: Sequence[str]) -> None:
        super().__init__(
            f"{folder} holds several versions of {name}: {', '.join(versions)}",
            why=["which of them is meant cannot be known"],
            fix=f"name the files, for example `ferrule publish {folder}/*-"
            f"{versions[-1]}*`, or remove the old ones",
        )


class PublisherMissingError(FerruleError):
    """twine, which speaks to package indexes, is not installed."""

    exit_code = 2

    def __init__(self, package: str, purpose: str, command: str, reason: str) -> None:
        super().__init__(
            f"{package} is needed to {purpose}, and cannot be imported",
            why=[reason],
            fix=f"run: {command}",
        )
        self.command = command


class RepositoryError(FerruleError):
    """The index to publish to cannot be found out."""

    exit_code = 2

    def __init__(self, name: str, source: str, reason: str) -> None:
        super().__init__(
            f"cannot publish to the repository {name!r} ({source})",
            why=reason.splitlines(),
            fix="name a section of .pypirc with --repository, or give "
            "--repository-url URL",
        )


class CredentialsMissingError(FerruleError):
    """Nothing says who is publishing."""

    exit_code = 2

    def __init__(self, url: str, what: str, tried: Sequence[str]) -> None:
        super().__init__(
            f"no {what} for {url}",
            why=tried,
            fix="set TWINE_PASSWORD (for an API token, with TWINE_USERNAME=__token__), "
            "store it in .pypirc or the keyring, pipe it to --password-stdin, or let "
            "the index trust your CI system",
        )


class SecretOptionError(FerruleError):
    """A password or token was given as an argument."""

    exit_code = 2

    def __init__(self, option: str) -> None:
        super().__init__(
            f"{option} is not taken: every program of the machine can read arguments",
            fix="set TWINE_PASSWORD in the environment, or pipe the secret to "
            "--password-stdin",
        )


class TrustedPublishingError(FerruleError):
    """The identity of the CI job could not be exchanged for an upload token."""

    def __init__(self, url: str, reasons: Sequence[str], fix: str) -> None:
        super().__init__(
            f"trusted publishing to {url} did not work", why=reasons, fix=fix
        )


class UnusableDistributionError(FerruleError):
    """A file broke a check that comes before every upload."""

    exit_code = 3

    def __init__(self, name: str, problems: Sequence[str]) -> None:
        super().__init__(f"{name}", why=problems)
        self.name = name


class UnpublishableError(SeveralError):
    """At least one file broke a check; nothing was sent."""

    exit_code = 3

    def __init__(
        self,
        problems: Sequence[UnusableDistributionError],
        findings: Sequence[Mapping[str, Any]],
    ) -> None:
        count = len(problems)
        files = "a file is" if count == 1 else f"{count} files are"
        super().__init__(f"{files} not fit to be published; nothing was sent", problems)
        self.findings = tuple(findings)

    def details(self) -> dict[str, Any]:
        """Return the findings, for `--json`."""
        return {"findings": list(self.findings)}

    def __str__(self) -> str:
        return (
            f"{super().__str__()}\n  fix: build again after the changes named above; a "
            "rule that does not hold here is passed over with --ignore RULE"
        )


class AttestationFileError(FerruleError):
    """An attestation does not speak of the file beside it."""

    exit_code = 3

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(
            f"{path} does not attest the distribution beside it",
            why=[reason],
            fix="remove it, and make a new one after the last change to the file",
        )
        self.path = path


class AttestationSigningError(FerruleError):
    """An attestation was asked for and cannot be made."""

    def __init__(self, reasons: Sequence[str]) -> None:
        super().__init__(
            "cannot make the attestations",
            why=reasons,
            fix="give the job the permission `id-token: write`, or publish with "
            "--attestations never",
        )


class RefusedUploadError(FerruleError):
    """The index said no."""

    def __init__(self, name: str, status: int, said: str, fix: str) -> None:
        super().__init__(
            f"the index refused {name}",
            why=[f"it answered {status}: {said}"],
            fix=fix,
        )
        self.status = status


class ConnectionLostError(FerruleError):
    """The index could not be reached, or failed, at every attempt."""

    def __init__(self, name: str, attempts: int, reason: str) -> None:
        super().__init__(
            f"{name} could not be sent",
            why=[f"attempt {attempts} of {attempts}: {reason}"],
            fix="run the same command again later; it goes on where it stopped",
        )
        self.attempts = attempts


class DifferentFileError(FerruleError):
    """The index has a file of this name with other content."""

    def __init__(self, name: str, local: str, remote: str) -> None:
        super().__init__(
            f"the index has another {name}",
            why=[f"here:  {local}", f"there: {remote}"],
            fix="an index never replaces a file: raise the version (or, for a wheel, "
            "its build number) and build again",
        )


class ExistingFileError(FerruleError):
    """The index has a file of this name, and whether it is this one is unknown."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(
            f"the index already has a file named {name}",
            why=[reason],
            fix="give the address of its simple pages with --check-url, or "
            "--skip-existing to take it for the same file",
        )


class HeldBackError(FerruleError):
    """A file was not tried because of what happened before it."""

    def __init__(self, name: str, reason: str) -> None:
        super().__init__(f"{name} was not sent", why=[reason])


class PublishFailedError(SeveralError):
    """Not everything could be published."""

    def __init__(
        self,
        url: str,
        problems: Sequence[FerruleError],
        files: Sequence[Mapping[str, Any]],
    ) -> None:
        held = sum(isinstance(item, HeldBackError) for item in problems)
        there = len(files) - len(problems)
        super().__init__(
            f"published {there} of {len(files)} files to {url}; "
            f"{len(problems) - held} failed and {held} were not tried",
            problems,
        )
        self.files = tuple(files)

    def details(self) -> dict[str, Any]:
        """Return the state of every file, for `--json`."""
        return {"files": list(self.files)}
