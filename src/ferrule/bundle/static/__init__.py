"""The static mode: which libpython.a, which libraries, which linker."""
