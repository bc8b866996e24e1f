from __future__ import annotations

from tests.corpus.building import find_compiled

OUTPUT = """\
     Compiling libc v0.2.186
     Compiling demo v0.1.0 (/tmp/demo)
     Compiling helper v0.1.0 (proc-macro) (/tmp/helper)
     Compiling pyo3 v0.29.3
      Finished `release` profile [optimized] target(s) in 1.00s
"""


def test_crates_of_the_project_are_no_dependencies():
    assert find_compiled(OUTPUT) == (("libc", "0.2.186"), ("pyo3", "0.29.3"))
