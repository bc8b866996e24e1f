"""`--trim`: which modules a program can reach, and why.

The graph is that of the bytecode which is packed. Everything is kept that could be
meant: an import in a branch that never runs, a string that names a module.
"""
