import shutil
import subprocess
import sys
import sysconfig

import geometry
import pytest

SQUARE = [(0.0, 0.0), (0.0, 2.0), (2.0, 2.0), (2.0, 0.0)]


def run_script(name, *words):
    path = shutil.which(name, path=sysconfig.get_path("scripts"))
    assert path, f"{name} is not installed beside {sys.executable}"
    done = subprocess.run([path, *words], capture_output=True, text=True, check=True)
    return done.stdout.strip()


def test_area_of_a_clockwise_square():
    assert geometry.signed_area(SQUARE) == -4.0
    assert geometry.area(SQUARE) == 4.0


def test_two_corners_are_no_polygon():
    with pytest.raises(ValueError, match="not 2"):
        geometry.area(SQUARE[:2])


def test_path_grows():
    path = geometry.Path()
    path.go(0, 0)
    path.go(3, 4)
    assert (len(path), path.length) == (2, 5.0)


def test_rust_program_is_installed():
    assert run_script("polygon-area", "0,0", "0,2", "2,2", "2,0") == "4"


def test_python_entry_point_is_installed():
    assert run_script("path-length", "0,0", "3,4") == "5.0"
