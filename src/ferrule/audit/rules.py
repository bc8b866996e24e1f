"""Every rule that a finding about a wheel can name.

The ids are stable: ignore lists hold them. `ferrule check --rules` lists them, and
`python -m ferrule.audit.rules` writes them into `docs/check.md`.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from ferrule.records import dataclass

__all__ = ["PAGE", "RULES", "RuleInfo", "render_rules"]

PAGE = Path(__file__).parents[3] / "docs" / "check.md"
_FIRST, _LAST = "<!-- rules: generated -->", "<!-- end of rules -->"


@dataclass(frozen=True)
class RuleInfo:
    """What a rule wants, and what happens to those who break it."""

    title: str
    """What must hold, in a few words."""
    why: str
    """One or two sentences: what goes wrong otherwise."""


RULES: Mapping[str, RuleInfo] = {
    # ------------------------------------------------------------- the archive
    "unreadable-wheel": RuleInfo(
        "The archive is whole and harmless",
        "Damaged archives, paths that leave the wheel, links, encryption, overlapping "
        "files and zip bombs are refused before anything else is looked at.",
    ),
    "file-name": RuleInfo(
        "The file has the name of a wheel",
        "Installers read name, version and tags from it, and refuse any other name.",
    ),
    "name-mismatch": RuleInfo(
        "File name, dist-info folder and METADATA name the same release",
        "pip and uv refuse a wheel whose parts disagree about what it is.",
    ),
    "record-mismatch": RuleInfo(
        "RECORD has the hash and size of every file",
        "Installers and scanners that check RECORD refuse a file that was changed "
        "after the wheel was built.",
    ),
    "record-unlisted": RuleInfo(
        "RECORD lists every file",
        "A file that is not listed stays behind when the package is removed.",
    ),
    "record-absent": RuleInfo(
        "Every file that RECORD lists is in the wheel",
        "The wheel lost a file after it was built.",
    ),
    "record-weak-hash": RuleInfo(
        "RECORD uses sha256 or better",
        "The standard requires it; md5 and sha1 can be forged.",
    ),
    "record-repeated": RuleInfo(
        "RECORD lists a file once",
        "Which of the lines counts depends on the reader.",
    ),
    "case-collision": RuleInfo(
        "No two names differ only in case or Unicode form",
        "On macOS and Windows one of the files silently overwrites the other.",
    ),
    "unportable-name": RuleInfo(
        "File names work on every system",
        "Windows cannot create them, so the wheel cannot be installed there.",
    ),
    "long-path": RuleInfo(
        "Paths are shorter than 200 characters",
        "Windows allows 260 together with the folder of the environment.",
    ),
    "unsafe-mode": RuleInfo(
        "Permissions are ordinary",
        "Installers that keep them would install files that everyone may change, "
        "nobody may read, or that run with their owner's rights.",
    ),
    "bytecode": RuleInfo(
        "There is no Python bytecode",
        "Installers make it for the Python that they install into.",
    ),
    "junk-file": RuleInfo(
        "There are no leftovers of editors, tools and systems",
        "Nobody needs them, and some of them tell private things.",
    ),
    "data-folder": RuleInfo(
        "The .data folder holds what installers know",
        "pip refuses to install a wheel with any other folder or file in it.",
    ),
    "empty-wheel": RuleInfo(
        "Something can be imported or run",
        "A wheel without modules, scripts or data is mostly a packaging mistake.",
    ),
    "top-level-name": RuleInfo(
        "Nothing claims a general name in site-packages",
        "Folders such as `tests` or `docs` and plain files land beside the packages "
        "of everyone else, and overwrite what others put there.",
    ),
    "repeated-library": RuleInfo(
        "Every library is there once",
        "Wheels cannot hold links, so linked libraries become full copies.",
    ),
    "size-limit": RuleInfo(
        "The wheel is below PyPI's limit of 100 MiB",
        "Larger files are refused unless the project was granted more.",
    ),
    # ---------------------------------------------------------- WHEEL and tags
    "wheel-fields": RuleInfo(
        "WHEEL has the fields that the standard requires",
        "Installers stop at a WHEEL of an unknown version, and guess where the files "
        "belong without Root-Is-Purelib.",
    ),
    "tag-mismatch": RuleInfo(
        "WHEEL lists the tags of the file name",
        "The two are used by different tools, and one of them is wrong.",
    ),
    "compressed-tag": RuleInfo(
        "WHEEL lists its tags one by one",
        "Tools that change tags stop at the short form of file names.",
    ),
    "purelib-binary": RuleInfo(
        "Binaries go to platlib",
        "Where the two folders differ, binaries of different systems would share one.",
    ),
    "any-with-binary": RuleInfo(
        "A wheel with binaries names their platform",
        "Tagged `any`, it is installed on systems where it cannot work.",
    ),
    "needless-platform": RuleInfo(
        "A wheel without binaries is for any platform",
        "Its platform tag keeps others from installing what would work for them.",
    ),
    "needless-python": RuleInfo(
        "A wheel without extension modules is for any Python 3",
        "Its Python and ABI tags keep others from installing what would work for them.",
    ),
    "module-without-abi": RuleInfo(
        "A wheel with extension modules names their ABI",
        "With the ABI tag `none` it is installed for Pythons that cannot load them.",
    ),
    "index-tag": RuleInfo(
        "PyPI takes the platform tag",
        "The upload would be refused.",
    ),
    "requires-python": RuleInfo(
        "Requires-Python allows the Pythons of the tags",
        "Nobody can install a wheel whose tag and Requires-Python exclude each other.",
    ),
    # ---------------------------------------------------------------- METADATA
    "metadata": RuleInfo(
        "METADATA is valid",
        "Package indexes refuse the upload, and installers may refuse the wheel.",
    ),
    "index-metadata": RuleInfo(
        "PyPI takes the metadata",
        "Local versions, dependencies by URL and private classifiers are refused.",
    ),
    "license-file": RuleInfo(
        "The license files that METADATA names are in the wheel",
        "Most licenses require that their text goes along (PEP 639).",
    ),
    "no-license": RuleInfo(
        "A license file is in the wheel",
        "Without it users may not know what they are allowed to do.",
    ),
    "description": RuleInfo(
        "The description can be rendered",
        "The page of the project would show it as plain text, or the upload fails.",
    ),
    "entry-point": RuleInfo(
        "Entry points lead to something",
        "The command or plugin fails when it is used.",
    ),
    "types-marker": RuleInfo(
        "`py.typed` and types come together",
        "Type checkers ignore types without the marker, and take everything for "
        "`Any` where the marker stands without types (PEP 561).",
    ),
    "missing-stub": RuleInfo(
        "Extension modules have a stub file",
        "Type checkers and editors cannot look into a compiled module.",
    ),
    # ---------------------------------------------------------------- binaries
    "broken-binary": RuleInfo(
        "Every library can be read",
        "No loader will load it.",
    ),
    "leaked-path": RuleInfo(
        "No file names folders of the machine that built it",
        "They tell private things, and the wheel is different on every machine.",
    ),
    # ------------------------------------------------------------ Python's ABI
    "missing-init": RuleInfo(
        "Extension modules export PyInit_NAME or PyModExport_NAME",
        "The import fails: the name of the file and that of the module differ.",
    ),
    "module-suffix": RuleInfo(
        "Extension modules have a suffix that the wheel's Pythons look for",
        "Pythons that the tag names do not see a file made for another one.",
    ),
    "abi3-unstable-symbol": RuleInfo(
        "Modules tagged abi3 use nothing but the stable ABI",
        "Another Python, above all a later one, may lack any other function: the "
        "import fails there.",
    ),
    "abi3-newer-symbol": RuleInfo(
        "Modules tagged abi3 use nothing newer than the tag's Python",
        "On the oldest Pythons that the tag names the import fails.",
    ),
    "abi3-platform-symbol": RuleInfo(
        "Modules tagged abi3 use what Python has on their system",
        "A few functions of the stable ABI exist on Windows, or in debug builds, only.",
    ),
    "abi3t-entry-point": RuleInfo(
        "Modules tagged abi3t export PyModExport_NAME",
        "The older PyInit_NAME needs a structure whose size differs between builds of "
        "Python with and without the GIL (PEP 803).",
    ),
    "abi3-wider-tag": RuleInfo(
        "The tag names the oldest Python that the wheel can serve",
        "A note: nothing that it takes from Python is as new as its tag.",
    ),
    "abi3-possible": RuleInfo(
        "A wheel for one Python needs that Python",
        "A note: everything that it takes from Python is in the stable ABI, so that "
        "one wheel might serve all newer Pythons.",
    ),
    "python-dll": RuleInfo(
        "Windows modules are linked to the DLL of their Pythons",
        "python3.dll is for abi3, python3t.dll for abi3t, python3XY.dll for one "
        "version; any other is not found, or is a second Python in the process.",
    ),
    "python-name-exported": RuleInfo(
        "Modules export no names that look like Python's",
        "A note: a later Python may have a function of that name, and one hides the "
        "other.",
    ),
    "module-carries-python": RuleInfo(
        "Modules do not contain a Python of their own",
        "libpython was linked statically: it is a second Python in the process, with "
        "objects and settings of its own.",
    ),
    "debug-info": RuleInfo(
        "Binaries carry no debug information",
        "It is of use to few, and often the larger part of a download.",
    ),
    # -------------------------------------------------------- the platform tag
    "platform-claim": RuleInfo(
        "The platform tag is true",
        "On some of the systems that it names the import fails.",
    ),
    "platform-wider": RuleInfo(
        "The platform tag names the oldest system that the wheel can serve",
        "A note: the binaries need nothing that is as new as the tag.",
    ),
    "minimum-system": RuleInfo(
        "Binaries say which macOS they need, in a form that tags can repeat",
        "From macOS 11 on tags name the major version only.",
    ),
    "foreign-architecture": RuleInfo(
        "All binaries are for the processor of the wheel",
        "No loader will load the others.",
    ),
    "external-library": RuleInfo(
        "Needed libraries are in the wheel or part of the system",
        "The import fails wherever the library happens not to be installed.",
    ),
    "libpython-linked": RuleInfo(
        "Extension modules are not linked to libpython",
        "Where Python itself is not a shared library, the import fails or there are "
        "two Pythons in one process.",
    ),
    "cpu-features": RuleInfo(
        "Code runs on every processor that the tag names",
        "On an older one the process ends with an illegal instruction.",
    ),
    "executable-stack": RuleInfo(
        "No binary asks for an executable stack",
        "New systems refuse to load it (glibc since 2.41), hardened ones always did.",
    ),
    "text-relocations": RuleInfo(
        "No binary needs its code rewritten when it is loaded",
        "Hardened systems and musl refuse it, and the code cannot be shared.",
    ),
    "absolute-rpath": RuleInfo(
        "Libraries are searched inside the wheel only",
        "A folder of the build machine means another library, or an attacker's, on "
        "the machines of users.",
    ),
    "signature": RuleInfo(
        "Signatures of Mach-O files are valid",
        "macOS on Apple's processors kills a process that loads such a file.",
    ),
    # --------------------------------------- sdists, which `ferrule publish` checks
    "sdist-archive": RuleInfo(
        "The sdist is whole",
        "Truncated archives and archive bombs cannot be unpacked.",
    ),
    "sdist-name": RuleInfo(
        "The sdist has the file name of PEP 625",
        "Indexes refuse other names, and tools read name and version from it.",
    ),
    "sdist-folder": RuleInfo(
        "Everything is in one folder named like the sdist",
        "Installers look for pyproject.toml there.",
    ),
    "sdist-member": RuleInfo(
        "Nothing in the sdist leads out of its folder",
        "Installers refuse such members (PEP 721); older ones would overwrite files.",
    ),
    "sdist-metadata": RuleInfo(
        "PKG-INFO is valid and of the same release as the file name",
        "Indexes and installers refuse a file whose parts disagree about what it is.",
    ),
    "sdist-pyproject": RuleInfo(
        "The sdist has a pyproject.toml",
        "pip would build it with setuptools, whatever it was made with.",
    ),
}
"""Rule ids in the order in which the documentation lists them."""


def render_rules(page: str) -> str:
    """Return the page of the documentation with the rules as they are now."""
    before, _, rest = page.partition(_FIRST)
    _, _, after = rest.partition(_LAST)
    rows = ["| Rule | What must hold | Why |", "|---|---|---|"]
    rows += [
        f"| `{rule}` | {info.title} | {info.why} |" for rule, info in RULES.items()
    ]
    table = "\n".join(rows)
    return f"{before}{_FIRST}\n{table}\n{_LAST}{after}"


if __name__ == "__main__":
    from ferrule.atomic import write_text

    write_text(PAGE, render_rules(PAGE.read_text(encoding="utf-8")))
