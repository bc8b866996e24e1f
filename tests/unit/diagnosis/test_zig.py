"""What is said about zig's messages."""

from __future__ import annotations

from ferrule.diagnosis import Context, diagnose


def test_a_flag_that_zig_does_not_take() -> None:
    log = "  = note: error: unsupported linker arg: --emit-relocs"
    (plain,) = diagnose(log)
    assert "zig's linker has no --emit-relocs." in plain.meaning
    assert plain.fixes[0].line == "ferrule build --zig"
    # Who builds with ferrule has that already.
    (own,) = diagnose(log, Context(tool="ferrule"))
    assert own.fixes[0].line == "remove `--emit-relocs`"
    extension = "error: unsupported linker extension flag: -z muldefs"
    assert "has no -z muldefs." in diagnose(extension)[0].meaning


def test_a_library_of_the_target() -> None:
    log = (
        'error: unable to find dynamic system library "z" using strategy paths_first. '
        "searched paths: none"
    )
    (item,) = diagnose(log, Context(target="aarch64-unknown-linux-gnu"))
    assert item.meaning.startswith("z: zig looks for libraries of the target")
    assert "`vendored`" in item.fix
    (item,) = diagnose(log, Context(target="aarch64-apple-darwin"))
    assert item.fix.startswith("SDKROOT=")


def test_a_framework_needs_an_sdk() -> None:
    log = 'error: unable to find system framework "CoreBluetooth". searched paths: none'
    (item,) = diagnose(log)
    assert item.meaning.startswith("CoreBluetooth: a part of macOS")
    assert item.fix.startswith("SDKROOT=/path/to/MacOSX.sdk ferrule build --zig")


def test_a_target_without_a_c_library() -> None:
    log = 'error: unable to provide libc for target "x86_64-freebsd...-none"'
    (item,) = diagnose(log, Context(target="x86_64-unknown-freebsd"))
    assert item.fixes[0].line == "pip install --upgrade ziglang"
    assert item.fixes[1].line == "ferrule target explain x86_64-unknown-freebsd"
