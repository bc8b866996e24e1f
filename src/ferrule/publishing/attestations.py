"""Attestations (PEP 740): signed statements of who built a distribution.

Those beside a distribution are compared with it without any library. New ones are
made by the package pypi-attestations, which asks the sigstore services.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal

from ferrule.errors.publishing import AttestationFileError, AttestationSigningError
from ferrule.publishing.distribution import ATTESTATION_SUFFIX, Distribution

__all__ = ["Wish", "can_sign", "check_attestations", "sign"]

Wish = Literal["auto", "always", "never"]


def check_attestations(item: Distribution, sha256: str) -> None:
    """Raise `AttestationFileError` where an attestation is not about the file."""
    for path in item.attestations:
        reason = _mismatch(path, item.filename, sha256)
        if reason:
            raise AttestationFileError(path, reason)


def _mismatch(path: Path, filename: str, sha256: str) -> str:
    try:
        subjects = _subjects(path.read_bytes())
    except OSError as error:
        return f"the system says: {error.strerror or error}"
    except (KeyError, TypeError, ValueError) as error:
        return f"it is no attestation of PEP 740: {error!r}"
    names = [str(subject.get("name")) for subject in subjects]
    if filename not in names:
        return f"it speaks of {', '.join(names) or 'nothing'}"
    digest = subjects[names.index(filename)].get("digest")
    told = digest.get("sha256") if isinstance(digest, dict) else None
    if told != sha256:
        return f"its sha256 is {told}; the file's is {sha256}"
    return ""


def _subjects(content: bytes) -> list[Mapping[str, Any]]:
    """Return what an attestation's in-toto statement speaks of."""
    import base64
    import json

    envelope = json.loads(content)["envelope"]
    statement = json.loads(base64.b64decode(envelope["statement"], validate=True))
    return [item for item in statement["subject"] if isinstance(item, dict)]


def can_sign(env: Mapping[str, str]) -> bool:
    """Whether attestations can be made here: an identity, and the package."""
    from importlib.util import find_spec

    from ferrule.publishing.trusted import describe_lack

    return not describe_lack(env) and find_spec("pypi_attestations") is not None


def sign(items: Sequence[Distribution]) -> list[Path]:
    """Write an attestation beside each distribution and return their paths.

    Needs the package pypi-attestations, an identity of the CI job and the sigstore
    services. Raises `AttestationSigningError` and `WriteError`; `ImportError` where
    the package is missing.
    """
    import pypi_attestations
    from sigstore.errors import Error as SigstoreError
    from sigstore.models import ClientTrustConfig
    from sigstore.oidc import IdentityError, IdentityToken
    from sigstore.sign import SigningContext

    from ferrule import atomic
    from ferrule.publishing.trusted import identity_token

    written = []
    try:
        identity = IdentityToken(identity_token("sigstore"))
        context = SigningContext.from_trust_config(ClientTrustConfig.production())
        with context.signer(identity, cache=True) as signer:
            for item in items:
                subject = pypi_attestations.Distribution.from_file(item.path)
                made = pypi_attestations.Attestation.sign(signer, subject)
                target = item.path.with_name(item.filename + ATTESTATION_SUFFIX)
                atomic.write_text(target, made.model_dump_json())
                written.append(target)
    except (
        IdentityError,
        OSError,
        SigstoreError,
        ValueError,  # of `identity_token` and of pypi-attestations
    ) as error:
        reason = str(error) or type(error).__name__
        raise AttestationSigningError([reason]) from None
    return written
