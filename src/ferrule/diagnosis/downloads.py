"""Downloads of cargo that fail: networks, proxies, certificates."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]

_NET: Final = "in ~/.cargo/config.toml, or in the environment as"


def _download(seen: Seen, context: Context) -> Advice | None:
    del context
    if not seen.names.difference({"retry", "certificate", "revocation", "memory"}):
        return None
    if "revocation" in seen.names:
        return Advice(
            "Windows could not ask whether the server's certificate was revoked, and "
            "cargo takes that for a failure. Proxies of companies often block it.",
            (
                Fix("http.check-revoke = false", f"{_NET} CARGO_HTTP_CHECK_REVOKE"),
                Fix("cargo fetch", "on a network without that proxy, once"),
            ),
        )
    if "certificate" in seen.names:
        return Advice(
            "cargo does not trust the certificate that it was shown: a proxy of the "
            "company that puts its own in, a container without ca-certificates, or a "
            "wrong clock.",
            (
                Fix("apt install ca-certificates", "in small containers"),
                Fix(
                    'http.cainfo = "/path/to/company.pem"', f"{_NET} CARGO_HTTP_CAINFO"
                ),
            ),
        )
    what = seen.first("what")
    if "memory" in seen.names:
        return _index_too_large()
    return Advice(
        f"cargo could not load {what or 'an index or a crate'} from the network: it is "
        "down or slow, a firewall or the sandbox of a build service forbids it, or a "
        "proxy is needed that cargo was not told.",
        (
            Fix("https_proxy=http://host:port cargo fetch", "behind a proxy"),
            Fix(
                "net.git-fetch-with-cli = true",
                f"{_NET} CARGO_NET_GIT_FETCH_WITH_CLI: lets git itself load, with its "
                "own proxy and keys",
            ),
            Fix("cargo fetch", "once more, or where the network is; then --offline"),
            Fix(
                "ferrule sdist --vendor",
                "a source distribution with all crates, for builds without a network",
            ),
        ),
    )


def _index_too_large() -> Advice:
    return Advice(
        "cargo had no memory (or, in a container for a 32-bit processor, no "
        "addresses) to unpack the git repository of the index.",
        (
            Fix(
                'registries.crates-io.protocol = "sparse"',
                f"{_NET} CARGO_REGISTRIES_CRATES_IO_PROTOCOL: needs no repository "
                "(cargo 1.68; what 1.70 and newer do by themselves)",
            ),
            Fix(
                "net.git-fetch-with-cli = true",
                f"{_NET} CARGO_NET_GIT_FETCH_WITH_CLI",
            ),
            Fix(
                "ferrule build --zig --target armv7-unknown-linux-gnueabihf",
                "cross-compiles instead of emulating, for such a processor",
            ),
        ),
    )


def _access(seen: Seen, context: Context) -> Advice:
    del context
    what = seen.first("what") or "a repository"
    return Advice(
        f"cargo asked {what} and was not let in: it is private (or does not exist), "
        "and cargo has no password or key. Containers and CI services have none unless "
        "they are given one.",
        (
            Fix(
                "net.git-fetch-with-cli = true",
                f"{_NET} CARGO_NET_GIT_FETCH_WITH_CLI: git itself loads, with its own "
                "keys and helpers",
            ),
            Fix(
                "git config --global url.https://TOKEN@host/.insteadOf https://host/",
                "on a CI service, with its token",
            ),
            Fix(
                "ferrule sdist --vendor",
                "a source distribution with all crates, for builds elsewhere",
            ),
        ),
    )


def _not_in_source(seen: Seen, context: Context) -> Advice:
    del context
    crate, wanted = seen.first("crate"), seen.first("wanted")
    what = f"`{crate}`" + (f" {wanted}" if wanted else "")
    place = seen.first("place") or "the registry"
    return Advice(
        f"cargo does not find {what} in {place}. If the sources lie beside the build "
        "(cargo vendor, packages of a distribution), they were collected for other "
        "dependencies or features; if not, the index on this machine is old, or the "
        "name or the version is wrong.",
        (
            Fix("cargo update", "loads the index anew"),
            Fix(
                "cargo vendor",
                "again, after every change of Cargo.lock; `ferrule sdist --vendor` "
                "does so for a source distribution",
            ),
            Fix(f"cargo search {crate}", "shows whether it exists, and its releases"),
        ),
    )


def _large_inodes(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "A 32-bit cargo reads a folder of a file system whose file numbers do not fit "
        "into 32 bits: containers for linux/arm/v7 or linux/386 on a 64-bit machine "
        "(QEMU, docker buildx).",
        (
            Fix(
                "ferrule build --zig --target armv7-unknown-linux-gnueabihf",
                "cross-compiles instead of emulating, and is many times faster",
            ),
            Fix(
                "RUN --mount=type=tmpfs,target=/root/.cargo ...",
                "in the Dockerfile: a file system in memory, with small numbers",
            ),
            Fix(
                "net.git-fetch-with-cli = true",
                f"{_NET} CARGO_NET_GIT_FETCH_WITH_CLI",
            ),
        ),
    )


RULES: Final = (
    Rule(
        id="download-failed",
        title="cargo could not download what it needs",
        meaning=(
            "cargo loads its index and the sources of crates before it compiles. It "
            "tries four times; warnings about a `spurious network error` alone are "
            "harmless."
        ),
        signs=(
            Sign(
                "failed to download from `",
                r"failed to download from `(?P<what>https?://[^`]+)`",
            ),
            Sign(
                "failed to fetch `",
                r"failed to fetch `(?P<what>(?:https?|ssh|git)[^`]+)`",
            ),
            Sign(
                "network failure seems to have happened",
                r"network failure seems to have happened",
            ),
            Sign("download of config.json failed", r"download of config\.json failed"),
            Sign(
                "(1 tr", r"spurious network error \(1 tr(?:y|ies) remaining\)", "retry"
            ),
            Sign("failed to mmap", r"failed to mmap.*Out of memory", "memory"),
            Sign("revocation", r"unable to check revocation", "revocation"),
            Sign(
                "certificate",
                r"(?:SSL certificate problem|certificate verify failed|self.signed "
                r"certificate|unable to get local issuer certificate"
                r"|SSL certificate is invalid)",
                "certificate",
            ),
        ),
        examples=(
            "  failed to download from `https://index.example/config.json`",
            "error: failed to fetch `https://git.example/index`",
            (
                "error: failed to download from `https://crates.example/x`\n"
                "  [60] SSL certificate problem: unable to get local issuer certificate"
            ),
            (
                "error: failed to download from `https://crates.example/x`\n"
                "  [35] SSL connect error (schannel: The revocation function was "
                "unable to check revocation)"
            ),
        ),
        advise=_download,
        url="https://doc.rust-lang.org/cargo/reference/config.html#http",
        yields_to=("offline", "file-system-of-64-bits"),
    ),
    Rule(
        id="git-access",
        title="cargo may not read the repository of a dependency",
        meaning=(
            "Dependencies by git are cloned with libgit2, which knows fewer ways to "
            "log in than git."
        ),
        signs=(
            Sign(
                "failed to authenticate when downloading",
                r"failed to authenticate when downloading repository"
                r"(?::? `?(?P<what>[^\s`]+))?",
            ),
            Sign("Unable to update", r"Unable to update (?P<what>\S+://\S+)", "what"),
        ),
        examples=("  failed to authenticate when downloading repository",),
        advise=lambda seen, context: (
            _access(seen, context) if seen.names != {"what"} else None
        ),
        url="https://doc.rust-lang.org/cargo/appendix/git-authentication.html",
    ),
    Rule(
        id="crate-not-in-source",
        title="cargo does not find a crate where it looks",
        meaning="Either in a registry, or in the folder that replaces one.",
        signs=(
            Sign(
                "no matching package",
                r"no matching package(?: named)? `(?P<crate>[\w-]+)` found",
            ),
            Sign(
                "failed to select a version for the requirement `",
                r"failed to select a version for the requirement "
                r"`(?P<crate>[\w-]+) = \"(?P<wanted>[^\"]+)\"",
                "version",
            ),
            Sign(
                "candidate versions found which didn't match",
                r"candidate versions found which didn't match",
                "candidates",
            ),
            Sign(
                "location searched: ",
                r"location searched: (?P<place>\S.*\S)",
                "place",
            ),
        ),
        examples=(
            (
                "error: no matching package named `python3-dll-a` found\n"
                "location searched: registry `crates-io`"
            ),
            (
                'error: failed to select a version for the requirement `pyo3 = "^0.15"`'
                "\ncandidate versions found which didn't match: 0.13.2, 0.13.1, ...\n"
                "location searched: registry index"
            ),
        ),
        advise=lambda seen, context: (
            _not_in_source(seen, context) if seen.first("crate") else None
        ),
        url="https://doc.rust-lang.org/cargo/commands/cargo-vendor.html",
        yields_to=("offline",),
    ),
    Rule(
        id="file-system-of-64-bits",
        title="A 32-bit cargo cannot read the file system",
        meaning="32-bit programs without large-file support fail on large numbers.",
        signs=(
            Sign(
                "Value too large for defined data type",
                r"Value too large for defined data type",
            ),
        ),
        examples=(
            (
                "could not read directory '/root/.cargo/registry/index/.git//refs': "
                "Value too large for defined data type; class=Os (2)"
            ),
        ),
        advise=_large_inodes,
    ),
)
