"""The first module that Python imports: it installs the importer, then is itself."""

import _ferrule_importer

_ferrule_importer.start(__spec__, globals())
