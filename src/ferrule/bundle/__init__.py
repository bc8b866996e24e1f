"""Bundles: a Rust program that embeds Python, with everything it needs.

What is decided here is data: which files a bundle holds and why (`layout`,
`selection`, `closure`), which flags its program is linked with and why (`hook`),
and what each mode can do (`modes`). `ferrule.pipeline.bundling.bundle` connects that
with cargo, pip and the disk.
"""
