"""Files that cannot be written or read: in use, of another user, not shipped."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

_BINARY: Final = r"[^\s'\"`]*\.(?:pyd|dll|exe|so)"


def _in_use(seen: Seen, context: Context) -> Advice:
    del context
    file = seen.first("file") or "A file"
    return Advice(
        f"{file} cannot be replaced, because a process has it open. On Windows nobody "
        "can write a module that a Python has imported: another shell, a notebook, a "
        "test that still runs, the language server of an editor; virus scanners hold "
        "new files for a moment, too.",
        (
            Fix("end every Python that imported it", "and restart notebooks' kernels"),
            Fix(
                "Get-Process python* | Select-Object Id, Path",
                "in PowerShell: shows which ones still run",
            ),
        ),
    )


def _denied(seen: Seen, context: Context) -> Advice | None:
    del context
    # A program of the user's own may lack a permission, too.
    if not {"denied", "file"} <= seen.names or "script" in seen.names:
        return None
    file = seen.first("file")
    return Advice(
        f"{file or 'A file or folder'} may not be written by the user who builds. "
        "Mostly root made it: an earlier `sudo` or a build in a container with the "
        "same folder mounted.",
        (
            Fix('sudo chown -R "$(id -u):$(id -g)" target dist', "gives them back"),
            Fix(
                "CARGO_TARGET_DIR=/tmp/target",
                "builds elsewhere; CARGO_HOME for cargo's own files",
            ),
        ),
    )


def _path_dependency(seen: Seen, context: Context) -> Advice | None:
    del context
    if not {"read", "absent"} <= seen.names:
        return None
    manifest = seen.first("manifest")
    crate = seen.first("crate")
    return Advice(
        f"{f'`{crate}`' if crate else 'A crate'} is a dependency by path, and "
        f"{manifest} is not there. A source distribution or a container that was made "
        "from one folder of a workspace lacks the folders beside it.",
        (
            Fix(
                "ferrule sdist",
                "puts every crate that a dependency path leads to into the archive",
            ),
            Fix("COPY . /src", "in a Dockerfile: the whole workspace, not one folder"),
            Fix("git submodule update --init", "if that folder is a submodule"),
        ),
    )


def _blocked(seen: Seen, context: Context) -> Advice:
    del context
    virus = "virus" in seen.names
    return Advice(
        "Windows does not let cargo start the programs that it has just compiled "
        "(build scripts), because "
        + (
            "its virus scanner takes them for malware."
            if virus
            else "a policy allows signed or known programs only (Smart App Control, "
            "AppLocker, Device Guard)."
        ),
        (
            Fix(
                "Add-MpPreference -ExclusionPath <target folder>",
                "in an administrator's PowerShell: an exception for the folder",
            )
            if virus
            else Fix(
                "Windows Security > App & browser control > Smart App Control: Off",
                "or ask the administrator for a rule for the target folder",
            ),
            Fix(
                "CARGO_TARGET_DIR=D:\\dev\\target",
                "a folder or Dev Drive for which there is an exception",
            ),
        ),
    )


RULES: Final = (
    Rule(
        id="file-in-use",
        title="A file cannot be replaced while it is in use",
        meaning=(
            "Windows does not let a library be written that a process has loaded; "
            "Linux does not let a running program be overwritten."
        ),
        signs=(
            # On Linux the number is that of a broken pipe, and 5 that of a bad disk.
            Sign("(os error 32)", r"(?<!Broken pipe )(?P<text>\(os error 32\))"),
            Sign("[WinError 32]", r"(?P<text>\[WinError 32\])"),
            Sign("[WinError 32]", rf"\[WinError 32\][^']*'(?P<file>{_BINARY})'"),
            Sign(
                "[WinError 5]",
                r"\[WinError 5\][^']*'(?P<file>[^']*\.(?:pyd|dll|exe))'",
            ),
            Sign(
                "(os error 5)",
                rf"[`'](?P<file>{_BINARY})[`'].*(?<!output error )\(os error 5\)",
            ),
            Sign(
                "LNK1104",
                r"LNK1104: [^'\"]*['\"](?P<file>[^'\"]+\.(?:pyd|dll|exe))['\"]",
            ),
            Sign("(os error 26)", r"(?P<text>Text file busy \(os error 26\))"),
        ),
        examples=(
            (
                "The process cannot access the file because it is being used by "
                "another process. (os error 32)"
            ),
            (
                r"error: failed to remove file `C:\src\target\debug\app.exe`: Access "
                "is denied. (os error 5)"
            ),
            r"LINK : fatal error LNK1104: cannot open file 'C:\src\target\demo.dll'",
        ),
        advise=_in_use,
    ),
    Rule(
        id="permission-denied",
        title="A file or folder of the build belongs to another user",
        meaning="cargo writes to the target folder and to its home, below ~/.cargo.",
        signs=(
            Sign(
                "(os error 13)",
                r"(?P<text>Permission denied \(os error 13\))",
                "denied",
            ),
            # A build script that may not be executed is `folder-not-executable`.
            Sign("(never executed)", r"\(never executed\)", "script"),
            Sign(
                "create a temp dir", r"couldn't create a temp dir: Permission", "file"
            ),
            Sign(
                "failed to ",
                r"failed to (?:create|open|write|remove|copy|link)(?: or copy)?"
                r"(?: the)?(?: file| directory)?:? [`'\"]?(?P<file>[^`'\"\s:]*[/\\.]"
                r"[^`'\"\s:]*)",
                "file",
            ),
        ),
        examples=(
            (
                "  Caused by: failed to create file `dist/demo-0.1.0.tar.gz`\n"
                "  Caused by: Permission denied (os error 13)"
            ),
            (
                "error: failed to open: /src/target/debug/.cargo-lock\n"
                "Caused by:\n  Permission denied (os error 13)"
            ),
        ),
        advise=_denied,
    ),
    Rule(
        id="path-dependency-missing",
        title="A crate that is a dependency by path is not there",
        meaning=(
            'A dependency such as { path = "../core" } is read from that folder; '
            "whoever copies one crate must copy the other, too."
        ),
        signs=(
            Sign(
                "failed to load source for dependency",
                r"failed to load source for dependency `(?P<crate>[^`]+)`",
                "source",
            ),
            Sign(
                "Cargo.toml`",
                r"failed to read `(?P<manifest>[^`]+Cargo\.toml)`",
                "read",
            ),
            Sign("(os error 2)", r"\(os error 2\)", "absent"),
            Sign("(os error 3)", r"\(os error 3\)", "absent"),
        ),
        examples=(
            (
                "  failed to load source for dependency `core`\n"
                "  failed to read `/src/core/Cargo.toml`\n"
                "  No such file or directory (os error 2)"
            ),
        ),
        advise=_path_dependency,
    ),
    Rule(
        id="program-blocked",
        title="Windows does not let cargo start what it compiled",
        meaning=(
            "cargo compiles build scripts and runs them at once. Policies and virus "
            "scanners can forbid programs that nobody knows."
        ),
        signs=(
            Sign("(os error 4551)", r"\(os error 4551\)"),
            Sign("(os error 1260)", r"\(os error 1260\)"),
            Sign("(os error 225)", r"\(os error 225\)", "virus"),
            Sign("(os error 226)", r"\(os error 226\)", "virus"),
        ),
        examples=(
            "An Application Control policy has blocked this file. (os error 4551)",
            (
                "Operation did not complete successfully because the file contains a "
                "virus or potentially unwanted software. (os error 225)"
            ),
        ),
        advise=_blocked,
    ),
)
