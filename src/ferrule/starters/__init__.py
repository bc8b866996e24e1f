"""New projects: what `ferrule new` and `ferrule init` write.

`files/` holds the templates as plain files, one folder per layer of a starter.
This layer renders and merges texts and writes them; it builds nothing.
"""
