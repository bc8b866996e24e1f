"""The names that an expression of the calculator may use."""

import fractions
import math
import platform

NAMES = {
    "Fraction": fractions.Fraction,
    "python": platform.python_version(),
    **{name: value for name, value in vars(math).items() if name[0] != "_"},
}
