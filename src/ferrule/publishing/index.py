"""What an index has already: its simple pages (PEP 503, PEP 691).

Where the pages are is asked of the user, known from twine for the public indexes,
and otherwise guessed from the upload address, as servers lay them out.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Final, Literal
from urllib.parse import unquote, urldefrag, urljoin, urlsplit

from ferrule.publishing.distribution import hash_file

__all__ = [
    "ACCEPT",
    "IndexFile",
    "compare",
    "has_same_origin",
    "page_urls",
    "read_page",
]

ACCEPT: Final = (
    "application/vnd.pypi.simple.v1+json, application/vnd.pypi.simple.v1+html;q=0.2, "
    "text/html;q=0.1"
)
"""The value of the header `Accept` for simple pages (PEP 691)."""
_ALGORITHMS: Final = (
    "sha256",
    "sha512",
    "sha384",
    "sha3_256",
    "blake2b",
    "sha1",
    "md5",
)
"""Hashes that a page may tell, the usual one first."""

Verdict = Literal["absent", "same", "different", "unknown"]


@dataclass(frozen=True)
class IndexFile:
    """A file that the index lists."""

    filename: str
    url: str
    hashes: Mapping[str, str] = field(default_factory=dict)


def page_urls(upload_url: str, check_url: str, project: str) -> list[str]:
    """Return where the page of a project may be; the first that answers is right.

    >>> page_urls("http://host/legacy/", "", "a")
    ['http://host/simple/a/', 'http://host/legacy/simple/a/', \
'http://host/legacy/+simple/a/']
    """
    if check_url:
        return [f"{check_url.rstrip('/')}/{project}/"]
    base = upload_url.rstrip("/")
    roots = [f"{base}/simple", f"{base}/+simple"]
    for ending in ("/legacy", "/upload"):
        if base.endswith(ending):
            roots.insert(0, f"{base[: -len(ending)]}/simple")
    return [f"{root}/{project}/" for root in roots]


def has_same_origin(first: str, second: str) -> bool:
    """Whether credentials for one address may be shown to the other."""
    a, b = urlsplit(first), urlsplit(second)
    return (a.scheme, a.hostname, a.port) == (b.scheme, b.hostname, b.port)


def read_page(content: bytes, content_type: str, url: str) -> dict[str, IndexFile]:
    """Return the files of a project's page by name.

    Raises `ValueError` for what is no such page.
    """
    if "json" in content_type:
        return _read_json(content, url)
    if "html" not in content_type:
        raise ValueError(f"a page of type {content_type or 'unknown'}")
    parser = _Anchors()
    parser.feed(content.decode("utf-8", "replace"))
    found = (_from_link(urljoin(url, link)) for link in parser.links)
    return {item.filename: item for item in found}


def _read_json(content: bytes, url: str) -> dict[str, IndexFile]:
    import json

    page = json.loads(content)
    files = page.get("files") if isinstance(page, dict) else None
    if not isinstance(files, list):
        raise ValueError("JSON without a list of files")  # noqa: TRY004 - input
    found: dict[str, IndexFile] = {}
    for entry in files:
        if not isinstance(entry, dict):
            continue
        name, hashes = str(entry.get("filename", "")), entry.get("hashes")
        known = hashes if isinstance(hashes, dict) else {}
        place = urljoin(url, str(entry.get("url", "")))
        found[name] = IndexFile(
            name, place, {str(key): str(value).lower() for key, value in known.items()}
        )
    return found


class _Anchors(HTMLParser):
    """Collects the links of a page."""

    def __init__(self) -> None:
        super().__init__()
        self.links: list[str] = []

    def handle_starttag(
        self, tag: str, attrs: Sequence[tuple[str, str | None]]
    ) -> None:
        if tag == "a":
            self.links += [value for name, value in attrs if name == "href" and value]


def _from_link(link: str) -> IndexFile:
    place, fragment = urldefrag(link)
    algorithm, _, digest = fragment.partition("=")
    hashes = {algorithm: digest.lower()} if digest else {}
    filename = unquote(urlsplit(place).path.rsplit("/", 1)[-1])
    return IndexFile(filename, place, hashes)


def compare(
    path: Path, listed: IndexFile | None, fetch: Callable[[str], str]
) -> tuple[Verdict, str, str]:
    """Return whether the index has this file, and both hashes.

    `fetch` returns the SHA-256 of what an address gives, or nothing; it is called
    where the page tells no hash. Raises `ReadError`.
    """
    if listed is None:
        return "absent", "", ""
    for algorithm in _ALGORITHMS:
        remote = listed.hashes.get(algorithm, "")
        if remote:
            break
    else:
        algorithm, remote = "sha256", fetch(listed.url)
        if not remote:
            return "unknown", "", ""
    local = hash_file(path, algorithm)
    verdict: Verdict = "same" if local == remote else "different"
    return verdict, f"{algorithm} {local}", f"{algorithm} {remote}"
