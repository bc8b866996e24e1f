"""Programs that cross builds call: containers, and commands of cargo."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _engine(seen: Seen, context: Context) -> Advice:
    del context
    engine = "podman" if "podman" in " ".join(seen.lines).lower() else "docker"
    return Advice(
        "cross and the manylinux builds run in containers, and the program for them "
        f"({engine}) is not installed, not running, or may not be used by this user.",
        (
            Fix(
                "ferrule build --zig --target <triple>",
                "builds for the same systems without a container",
            ),
            Fix(f"systemctl start {engine}", "on macOS and Windows: start its program"),
            Fix(
                'sudo usermod -aG docker "$USER"',
                "if it runs: lets this user in, after the next login",
            ),
        ),
    )


def _command(seen: Seen, context: Context) -> Advice:
    del context
    name = seen.first("command")
    known = {
        "zigbuild": ("pip install cargo-zigbuild", "ferrule build --zig"),
        "xwin": ("cargo install cargo-xwin", "ferrule build --xwin"),
        "auditable": ("cargo install cargo-auditable", "ferrule build"),
        "nextest": ("cargo install cargo-nextest --locked", "ferrule test"),
        "pgo": ("cargo install cargo-pgo", "ferrule build --pgo"),
    }
    install, instead = known.get(name, (f"cargo install cargo-{name}", ""))
    return Advice(
        f"`cargo {name}` is a program of its own, cargo-{name}, and it is not on PATH.",
        (
            *((Fix(instead, "does without it"),) if instead else ()),
            Fix(install, "installs it"),
        ),
    )


RULES: Final = (
    Rule(
        id="container-engine",
        title="No container can be started",
        meaning=(
            "cross, cibuildwheel and maturin-action compile in containers, which "
            "docker or podman runs."
        ),
        signs=(
            Sign("the Docker daemon", r"Cannot connect to the Docker daemon"),
            Sign("docker daemon socket", r"permission denied while trying to connect"),
            Sign("no container engine", r"no container engine found"),
            Sign("Cannot connect to Podman", r"Cannot connect to Podman"),
            Sign("docker_engine", r"open //./pipe/docker_engine"),
        ),
        examples=(
            (
                "Cannot connect to the Docker daemon at unix:///var/run/docker.sock. "
                "Is the docker daemon running?"
            ),
            "Error: no container engine found",
        ),
        advise=_engine,
        url=guide.CROSS,
    ),
    Rule(
        id="cargo-command-missing",
        title="A command of cargo is not installed",
        meaning="`cargo NAME` starts the program `cargo-NAME`, if it is on PATH.",
        signs=(
            Sign(
                "error: no such ",
                r"error: no such (?:sub)?command: `(?P<command>[\w-]+)`",
            ),
        ),
        examples=("error: no such command: `zigbuild`",),
        advise=_command,
    ),
)
