"""Bundles: a Rust program that embeds Python, with everything it needs.

What is decided here is data: which files a bundle holds and why (`layout`,
`selection`, `closure/`, `trimming/`), which object and flags its program is linked
with and why (`hook/`, `static/`), and what each mode can do (`modes`; `dynamic/`,
`static/`, `onefile/`). `ferrule.pipeline.bundling.bundle` connects that with cargo,
pip and the disk.
"""
