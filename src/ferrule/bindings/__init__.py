"""Python packages around libraries that have a C interface (cffi, UniFFI).

Given a built library, each module here returns the files of the package that
opens it. Programs that generate code run only when the library changed.
"""
