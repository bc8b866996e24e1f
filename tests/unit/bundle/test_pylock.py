"""pylock.toml as requirements with hashes."""

from __future__ import annotations

from pathlib import Path

import pytest

from ferrule.bundle.pylock import requirements_of_lock
from ferrule.errors.bundle import RequirementsFileError

LOCK = """\
lock-version = "1.0"
created-by = "somebody"

[[packages]]
name = "idna"
version = "3.7"
marker = "python_version >= '3.9'"
[[packages.wheels]]
url = "https://example.org/idna-3.7-py3-none-any.whl"
hashes = {sha256 = "aa", md5 = "no"}
[packages.sdist]
url = "https://example.org/idna-3.7.tar.gz"
hashes = {sha256 = "bb"}

[[packages]]
name = "local"
[packages.archive]
path = "wheels/local-1-py3-none-any.whl"
hashes = {sha512 = "cc"}
"""


def test_each_package_is_a_line_with_its_hashes(tmp_path: Path) -> None:
    path = tmp_path / "pylock.toml"
    path.write_text(LOCK)
    first, second = requirements_of_lock(path).splitlines()
    assert first == (
        "idna==3.7 ; python_version >= '3.9' --hash=sha256:aa --hash=sha256:bb"
    )
    place = (tmp_path / "wheels/local-1-py3-none-any.whl").as_uri()
    assert second == f"local @ {place} --hash=sha512:cc"


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("x = [", "Invalid value|Expected"),
        ("a = 1", "no `lock-version`"),
        ('lock-version = "2.0"\npackages = []', "its lock-version 2.0 is not 1.x"),
        (
            'lock-version = "1.0"\n[[packages]]\nname = "x"\nversion = "1"\n',
            "x lacks a version, or files with hashes",
        ),
        ('lock-version = "1.0"\npackages = ["x"]', "`packages` has what is no table"),
        (
            (
                'lock-version = "1.0"\n[[packages]]\nname = "x"\nversion = "1"\n'
                'wheels = "x.whl"\nsdist = {hashes = "abc"}\n'
            ),
            "x lacks a version, or files with hashes",
        ),
        (
            'lock-version = "1.0"\n[[packages]]\nname = "x"\nvcs = {type = "git"}\n',
            "x is locked as `vcs`, which has no hash",
        ),
        (
            (
                'lock-version = "1.0"\n[[packages]]\nname = "x"\n'
                'archive = {url = "https://e/x.zip"}\n'
            ),
            "x has an archive without hashes",
        ),
    ],
    ids=["broken", "other", "version", "hashless", "texts", "kinds", "vcs", "archive"],
)
def test_what_is_no_lock(tmp_path: Path, text, reason) -> None:
    path = tmp_path / "pylock.toml"
    path.write_text(text)
    with pytest.raises(RequirementsFileError, match=reason) as caught:
        requirements_of_lock(path)
    assert "cannot be used as the list of packages" in str(caught.value)
