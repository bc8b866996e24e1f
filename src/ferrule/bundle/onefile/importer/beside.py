"""Libraries in the folder beside the program.

The payload has the SHA-256 of each, which is compared before it is opened. What
others than the program's owner, its user and root could change is refused.
"""

import os
import stat

import _ferrule_importer as importer
from _ferrule_cache import FILE_FLAGS, FOLDER_FLAGS, has_digest


def provide(path, entry):
    """Return descriptor and path of a verified library.

    Raises `ImportError` if it is missing, changed, or not to be trusted.
    """
    above = os.path.dirname(importer.root)
    names = [importer.meta["beside"], *path.split("/")]
    place = os.path.join(above, *names)
    try:
        folder = os.open(above, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        shown = above
        for name in names[:-1]:
            shown = os.path.join(shown, name)
            folder = _step(folder, name, FOLDER_FLAGS, shown)
        file = _step(folder, names[-1], FILE_FLAGS | os.O_NONBLOCK, place)
    except OSError as error:
        text = (
            "the program's folder " + importer.meta["beside"] + " belongs beside it: "
        )
        raise ImportError(text + place + ": " + str(error), path=place) from error
    found = os.fstat(file)
    if not stat.S_ISREG(found.st_mode) or not has_digest(file, found, entry):
        os.close(file)
        text = (
            " is not the file that belongs to this program: it was changed or replaced"
        )
        raise ImportError(place + text, path=place)
    return file, place


def _step(folder, name, flags, path):
    """Open what is in a folder, and close the folder."""
    try:
        inner = os.open(name, flags, dir_fd=folder)
    finally:
        os.close(folder)
    found = os.fstat(inner)
    trusted = (0, os.geteuid(), os.stat(importer.root).st_uid)
    if found.st_uid not in trusted:
        problem = " belongs to user " + str(found.st_uid)
    elif found.st_mode & 0o022:
        problem = " is writable for others (" + oct(found.st_mode & 0o777) + ")"
    else:
        return inner
    os.close(inner)
    raise ImportError(path + problem + ": nothing is loaded from it", path=path)
