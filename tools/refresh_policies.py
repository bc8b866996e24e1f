"""Refresh `src/ferrule/audit/policies.json` from an installed auditwheel.

Run it in an environment that has auditwheel: `python tools/refresh_policies.py`.
auditwheel keeps one full table per policy; every policy allows what the ones
before it allow, so the file here keeps only what each policy adds. The names
of forbidden symbols are kept per policy, for these shrink.
"""

from __future__ import annotations

import json
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

TARGET = Path(__file__).parent.parent / "src" / "ferrule" / "audit" / "policies.json"
TABLES = {
    "glibc": "manylinux-policy.json",
    "musl": "musllinux-policy.json",
    "android": "android-policy.json",
}

Table = list[dict[str, Any]]


def read_tables() -> tuple[str, dict[str, Table]]:
    """Return auditwheel's version and its tables, best policy first."""
    found = distribution("auditwheel")
    tables = {}
    for libc, name in TABLES.items():
        path = Path(str(found.locate_file(f"auditwheel/policy/{name}")))
        table = json.loads(path.read_text(encoding="utf-8"))
        table.sort(key=lambda policy: -policy["priority"])
        tables[libc] = [policy for policy in table if policy["priority"] > 0]
    return found.version, tables


def compact(table: Table) -> Table:
    """Return policies that say only what they add to the one before."""
    libraries: set[str] = set()
    versions: dict[tuple[str, str], set[str]] = {}
    result = []
    for policy in table:
        added: dict[str, dict[str, list[str]]] = {}
        for arch, prefixes in sorted(policy["symbol_versions"].items()):
            new = added.setdefault(arch, {})
            for prefix, allowed in sorted(prefixes.items()):
                known = versions.setdefault((arch, prefix), set())
                if not known.issubset(allowed):
                    raise SystemExit(f"{policy['name']}: {arch} {prefix} shrinks")
                if fresh := [item for item in allowed if item not in known]:
                    new[prefix] = fresh
                elif not known:
                    new[prefix] = []
                known.update(allowed)
        if not libraries.issubset(policy["lib_whitelist"]):
            raise SystemExit(f"{policy['name']}: the library list shrinks")
        result.append(
            {
                "name": policy["name"],
                "aliases": policy["aliases"],
                "versions": added,
                "libraries": [x for x in policy["lib_whitelist"] if x not in libraries],
                "forbidden": policy["blacklist"],
            }
        )
        libraries.update(policy["lib_whitelist"])
    return result


def main() -> None:
    """Write the file."""
    version, tables = read_tables()
    data: dict[str, Any] = {
        "_source": f"auditwheel {version}, src/auditwheel/policy/*.json, "
        "rewritten by tools/refresh_policies.py",
        "_license": "MIT, Copyright (c) 2016 Robert T. McGibbon; see README.md",
    }
    for libc, table in tables.items():
        data[libc] = compact(table)
    lines = json.dumps(data, indent=1, sort_keys=False)
    TARGET.write_text(_join_short_lists(lines) + "\n", encoding="utf-8")
    print(f"{TARGET}: {TARGET.stat().st_size} bytes, from auditwheel {version}")


def _join_short_lists(text: str) -> str:
    """Put lists of strings on one line: what a reviewer of the change wants."""
    import re

    pattern = re.compile(r"\[\s*((?:\"[^\"]*\",?\s*)*)\]")
    return pattern.sub(lambda match: "[" + " ".join(match.group(1).split()) + "]", text)


if __name__ == "__main__":
    main()
