"""Publishing: which files go where, with which credentials, and how replies are read.

Only `twine_door` imports twine, and only `trusted` and `attestations` import what
speaks OpenID Connect; everything else works without them installed.
"""
