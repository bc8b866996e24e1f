"""The script that stands for a program of a wheel which needs grafted libraries.

Scripts are installed at no fixed distance from site-packages, so no search path
of the program could name the libraries. The program moves beside them.
"""

from __future__ import annotations

__all__ = ["shim_text"]

_TEXT = """\
#!python
# Starts a program that lies beside the libraries it needs.
import os
import sys
import sysconfig

FOLDER, NAME = {folder!r}, {name!r}


def main():
    roots = [sysconfig.get_path("platlib"), sysconfig.get_path("purelib")]
    # An installation into a folder of the user's choice is found on sys.path.
    for root in roots + sys.path:
        program = os.path.join(root, FOLDER, NAME)
        if os.path.isfile(program):
            os.execv(program, [program] + sys.argv[1:])
    sys.exit("%s: %s is not installed" % (NAME, os.path.join(FOLDER, NAME)))


main()
"""


def shim_text(folder: str, name: str) -> bytes:
    """Return a Python script that replaces itself with a program.

    `folder` is below site-packages; installers give the script its interpreter.
    """
    return _TEXT.format(folder=folder, name=name).encode()
