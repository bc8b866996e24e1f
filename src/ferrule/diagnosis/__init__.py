"""Known failures of builds and imports: recognised in text and explained.

Pure functions over text: nothing is run, read or printed here. `diagnose` takes
what cargo, a linker or Python wrote, and what ferrule knows about the build.
"""

from __future__ import annotations

from ferrule.diagnosis.diagnose import diagnose, explain_import
from ferrule.diagnosis.model import Context, Diagnosis, Fix, Rule

__all__ = ["Context", "Diagnosis", "Fix", "Rule", "diagnose", "explain_import"]
