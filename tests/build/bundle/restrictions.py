"""Places where less is allowed: without files of memory, with little room."""

from __future__ import annotations

import ctypes
import os
import platform
import shlex
import shutil
import struct
import subprocess
from pathlib import Path

import pytest

_MEMFD_CREATE = {"x86_64": 319, "aarch64": 279, "riscv64": 279, "s390x": 350}
_ENOSYS = 38


def forbid_memory_files() -> None:
    """Let memfd_create fail in this process and its children (seccomp(2)).

    It is for `preexec_fn`, where nothing can be skipped.
    """
    number = _MEMFD_CREATE[platform.machine()]
    rows = (
        (0x20, 0, 0, 0),  # load the number of the call
        (0x15, 0, 1, number),  # equal: the next row, else the one behind it
        (0x06, 0, 0, 0x00050000 | _ENOSYS),  # SECCOMP_RET_ERRNO
        (0x06, 0, 0, 0x7FFF0000),  # SECCOMP_RET_ALLOW
    )
    code = b"".join(struct.pack("=HBBI", *row) for row in rows)
    space = ctypes.create_string_buffer(code)
    program = ctypes.create_string_buffer(
        struct.pack("=H6xQ", len(rows), ctypes.addressof(space))
    )
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.prctl(38, 1, 0, 0, 0) != 0:  # PR_SET_NO_NEW_PRIVS
        raise OSError(ctypes.get_errno(), "PR_SET_NO_NEW_PRIVS")
    if libc.prctl(22, 2, program, 0, 0) != 0:  # PR_SET_SECCOMP, SECCOMP_MODE_FILTER
        raise OSError(ctypes.get_errno(), "PR_SET_SECCOMP")


def run_mounted(place: Path, options: str, words: list[str], env: dict[str, str]):
    """Run a program in a namespace where `place` is a small file system."""
    own = ["unshare", "--user", "--map-root-user", "--mount"]
    allowed = shutil.which("unshare") and not subprocess.call([*own, "true"])
    if not allowed:
        if os.environ.get("CI"):
            pytest.fail("this system allows no user namespaces")
        pytest.skip("this system allows no user namespaces")
    settings = [f"{name}={value}" for name, value in env.items()]
    command = shlex.join(["env", "-i", *settings, *words])
    script = (
        f"mount -t tmpfs -o mode=700,{options} none {shlex.quote(str(place))}\n"
        f"{command}\nstatus=$?\nfind {shlex.quote(str(place))} -type f >&2\n"
        "exit $status"
    )
    return subprocess.run(
        [*own, "sh", "-c", script],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
