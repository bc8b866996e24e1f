"""The page of `ferrule inspect --html`: one file that needs nothing else.

Its Content-Security-Policy allows the page's own style and script, by their
hashes, and nothing besides: no network, and no script that a wheel brings.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from ferrule.report.markup import Child, Markup, element, fragment

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ferrule.report.difference import WheelDifference
    from ferrule.report.model import Inspection

__all__ = ["Part", "difference_page", "inspection_page"]

_FILES: Final = Path(__file__).parent / "files"

Part = tuple[str, str, Child]
"""Id, heading and content of a section."""


def inspection_page(inspection: Inspection) -> str:
    """Return the page about one wheel."""
    from ferrule.report.page_parts import inspection_parts, masthead
    from ferrule.report.size_views import size_views

    header = inspection.header
    return _page(
        title=f"{header.name} {header.version}",
        masthead=masthead(inspection),
        parts=inspection_parts(inspection),
        data={"sizes": size_views(inspection.sizes)},
    )


def difference_page(difference: WheelDifference) -> str:
    """Return the page about what changed between two wheels."""
    from ferrule.report.difference_parts import difference_masthead, difference_parts

    left, right = difference.left, difference.right
    return _page(
        title=f"{left.filename} and {right.filename}",
        masthead=difference_masthead(difference),
        parts=difference_parts(difference),
        data={},
    )


def _page(
    *, title: str, masthead: Child, parts: Sequence[Part], data: dict[str, Any]
) -> str:
    from string import Template

    from ferrule import __version__

    style, script = (
        (_FILES / name).read_text(encoding="utf-8") for name in ("page.css", "page.js")
    )
    template = Template((_FILES / "page.html").read_text(encoding="utf-8"))
    links = [
        element("li", element("a", heading, href=f"#{name}"))
        for name, heading, _ in parts
    ]
    sections = [
        element(
            "section",
            element("h2", heading, id=f"{name}-heading"),
            content,
            id=name,
            aria_labelledby=f"{name}-heading",
        )
        for name, heading, content in parts
    ]
    return template.substitute(
        policy=_policy(style, script),
        title=fragment(title),
        style=style,
        script=script,
        masthead=fragment(masthead),
        links=fragment(links),
        sections=fragment(sections),
        version=fragment(__version__),
        data=_embedded(data),
    )


def _policy(style: str, script: str) -> Markup:
    rules = (
        "default-src 'none'",
        f"style-src '{_hash(style)}'",
        f"script-src '{_hash(script)}'",
        "base-uri 'none'",
        "form-action 'none'",
    )
    return fragment("; ".join(rules))


def _hash(text: str) -> str:
    import hashlib
    from binascii import b2a_base64

    digest = hashlib.sha256(text.encode("utf-8")).digest()
    return "sha256-" + b2a_base64(digest, newline=False).decode("ascii")


def _embedded(data: dict[str, Any]) -> str:
    """Return JSON that cannot end the script element in which it stands."""
    import json

    text = json.dumps(data, separators=(",", ":"))
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")
