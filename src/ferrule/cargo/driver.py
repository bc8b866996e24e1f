"""The compiler driver that rustc links with: which release of GCC it is."""

from __future__ import annotations

from collections.abc import Mapping

__all__ = ["ask_gcc_release"]


def ask_gcc_release(driver: str, env: Mapping[str, str]) -> int:
    """Return the major release of GCC that a driver is; 0 if it is not GCC."""
    import subprocess

    try:
        done = subprocess.run(
            # Only GCC knows this option; `-dumpversion` is answered by clang too.
            [driver, "-dumpfullversion"],
            env=dict(env),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            encoding="utf-8",
            errors="replace",
            check=False,
        )
    except OSError:
        return 0
    major = done.stdout.strip().partition(".")[0]
    return int(major) if done.returncode == 0 and major.isdigit() else 0
