"""What is found in the modules of a wheel, rule by rule, in all three formats."""

from __future__ import annotations

import pytest

from ferrule.audit.rules import RULES
from ferrule.audit.stable_abi import check_stable_abi
from ferrule.formats.image import read_image
from ferrule.wheel.tags import WheelTag

ABI3 = WheelTag("cp39", "abi3", ("manylinux_2_17_x86_64",))
BOTH = WheelTag("cp315", "abi3.abi3t", ("manylinux_2_17_x86_64",))
ONE = WheelTag("cp311", "cp311", ("manylinux_2_17_x86_64",))
FREE = WheelTag("cp313", "cp313t", ("win_amd64",))
GOOD = ("PyList_New", "_Py_Dealloc", "PyCMethod_New")


def check(files, tag=ABI3, **options):
    images = {path: read_image(content) for path, content in files.items()}
    found = check_stable_abi(images, tag, **options)
    assert {item.rule for item in found} <= RULES.keys()
    return found


def rules(files, tag=ABI3, **options):
    return [item.rule for item in check(files, tag, **options)]


@pytest.fixture
def elf(elf_image):
    """Give a function that makes a module: what it imports, then what it exports."""

    def make(*imports, exports=("PyInit_core",), weak=(), **content):
        symbols = [(name, False, False, "") for name in imports]
        symbols += [(name, False, True, "") for name in weak]
        symbols += [(name, True, False, "") for name in exports]
        return elf_image(symbols=symbols, **content)

    return make


def test_a_module_that_keeps_the_promise(elf):
    assert check({"core.abi3.so": elf(*GOOD, "memcpy")}) == []


def test_a_function_outside_of_the_stable_abi(elf):
    names = (*GOOD, "PyUnicode_New", "_PyLong_AsInt", "PyUnstable_Module_SetGIL")
    (found,) = check({"pkg/core.abi3.so": elf(*names)})
    assert found.rule == "abi3-unstable-symbol"
    assert (found.severity, found.path) == ("error", "pkg/core.abi3.so")
    assert found.what == (
        "it uses PyUnicode_New, PyUnstable_Module_SetGIL, _PyLong_AsInt, "
        "which are not in the stable ABI of Python"
    )
    assert found.details == (
        "PyUnicode_New: only for modules that are built for one version",
        "PyUnstable_Module_SetGIL: may change in every version",
        "_PyLong_AsInt: private to Python",
    )
    assert "without the feature abi3" in found.fix


def test_a_function_that_is_newer_than_the_tag(elf):
    module = {"core.abi3.so": elf(*GOOD, "PyType_GetName", "PyUnicode_AsUTF8AndSize")}
    (found,) = check(module)
    assert (found.rule, found.severity) == ("abi3-newer-symbol", "error")
    assert found.what == (
        "it uses PyType_GetName, PyUnicode_AsUTF8AndSize, which Python 3.9 "
        "does not have, although the tag is cp39-abi3"
    )
    assert found.details == (
        "PyType_GetName: since Python 3.11",
        "PyUnicode_AsUTF8AndSize: since Python 3.10",
    )
    assert found.fix.startswith(
        "raise the minimum to Python 3.11 (PyO3's feature abi3-py311, tag cp311)"
    )
    assert rules(module, WheelTag("cp311", "abi3", ("any",))) == []


def test_the_lowest_of_several_pythons_counts(elf):
    module = {"core.abi3.so": elf("PyCMethod_New")}
    assert rules(module, WheelTag("cp38.cp311", "abi3", ("any",))) == [
        "abi3-newer-symbol"
    ]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("PyErr_SetFromWindowsErr", "Python has it only on Windows"),
        ("PyOS_CheckStack", "Python has it only on Windows"),
        ("_Py_RefTotal", "Python has it only in debug builds of Python"),
    ],
)
def test_a_function_of_another_system(elf, name, words):
    (found,) = check({"core.abi3.so": elf(name)}, WheelTag("cp310", "abi3", ("any",)))
    assert (found.rule, found.severity) == ("abi3-platform-symbol", "error")
    assert found.details == (f"{name}: {words}",)


@pytest.mark.parametrize("name", ["PyOS_AfterFork", "PyThread_get_thread_native_id"])
def test_functions_that_this_system_has(elf, name):
    assert rules({"core.abi3.so": elf(name)}) == []


def test_weak_imports_do_not_count(elf):
    assert rules({"core.abi3.so": elf(weak=["PyUnicode_New"])}) == []


def test_what_the_module_itself_defines_is_no_import(elf):
    module = elf(exports=["PyInit_core", "PyErr_SetFromOSErrnoWithSyscall"])
    (found,) = check({"core.abi3.so": module})
    assert (found.rule, found.severity) == ("python-name-exported", "note")
    assert "it exports PyErr_SetFromOSErrnoWithSyscall as if" in found.what
    assert rules({"core.cpython-311-darwin.so": module}, ONE) == []


def test_what_another_file_of_the_wheel_defines_is_no_violation(elf):
    files = {
        "core.abi3.so": elf("PySide_Type"),
        "libs/libside.so.6": elf(exports=["PySide_Type"]),
    }
    assert rules(files) == []
    files["core.abi3.so"] = elf("PySide_Type", "PyUnicode_New")
    (found,) = check(files)
    assert [line.partition(":")[0] for line in found.details] == ["PyUnicode_New"]


def test_libraries_beside_the_module_are_looked_at(elf):
    files = {"core.abi3.so": elf(*GOOD), "x.libs/libboost.so.1": elf("PyUnicode_New")}
    (found,) = check(files)
    assert found.path == "x.libs/libboost.so.1"


def test_programs_are_not_judged(elf):
    program = elf("PyUnicode_New", interpreter="/lib64/ld-linux-x86-64.so.2")
    assert rules({"x.data/scripts/tool": program}) == []


def test_a_whole_python_inside(elf):
    names = [f"PyList_Number{number}" for number in range(50)]
    module = elf(exports=["PyInit_core", "Py_Initialize", *names])
    (found,) = check({"core.cpython-311-x86_64-linux-gnu.so": module}, ONE)
    assert (found.rule, found.severity) == ("module-carries-python", "error")
    assert "it carries a whole Python: it exports 51 names of its C API" in found.what


@pytest.mark.parametrize(
    ("path", "exports"),
    [
        ("pkg/core.abi3.so", ["PyInit_core"]),
        ("pkg/core.so", ["PyModExport_core"]),
        ("pkg/__init__.abi3.so", ["PyInit_pkg"]),
        ("pkg/größe.abi3.so", ["PyInitU_gre_6ka8i"]),
        ("pkg/libplain.so", []),
        ("pkg/libplain.so.1", []),
    ],
)
def test_the_entry_point_belongs_to_the_name(elf, path, exports):
    assert rules({path: elf(exports=exports)}) == []


@pytest.mark.parametrize("path", ["core.abi3.so", "core.so"])
def test_an_entry_point_of_another_name(elf, path):
    (found,) = check({path: elf(exports=["PyInit_other"])})
    assert (found.rule, found.severity) == ("missing-init", "warning")
    assert found.what == "it does not export PyInit_core: it exports PyInit_other"


def test_no_entry_point_at_all(elf):
    (found,) = check({"core.abi3.so": elf("PyList_New", exports=[])})
    assert found.severity == "warning"
    assert found.what.endswith("PyInit_core: it exports no such function")


def test_a_library_with_the_suffix_of_modules(elf):
    (found,) = check({"core.abi3.so": elf("memcpy", exports=["encrypt"])})
    assert found.severity == "note"
    assert found.what == (
        "it does not export PyInit_core: it takes nothing from Python either, and is "
        "none of its modules"
    )


def test_an_architecture_without_code(macho_image, fat_image):
    cpus = [(0x01000007, 3), (0x0100000C, 0)]
    exports = [(), ("PyInit_core",)]
    parts = [
        (*cpu, macho_image(cpu=cpu, exports=names)) for cpu, names in zip(cpus, exports)
    ]
    found = check({"core.abi3.so": fat_image(*parts)})
    assert [item.what for item in found if item.rule == "missing-init"] == [
        "its x86_64 code does not export PyInit_core: it exports no such function"
    ]


@pytest.mark.parametrize("python", ["cp27", "py2.py3", "pp27"])
def test_modules_of_python_2(elf, python):
    tag = WheelTag(python, "cp27mu", ("manylinux1_x86_64",))
    assert check({"core.so": elf("PyList_New", exports=["initcore"])}, tag) == []
    found = check({"core.so": elf(exports=["PyInit_other"])}, tag)
    assert [item.rule for item in found] == ["missing-init"]


@pytest.mark.parametrize(
    ("tag", "path", "words"),
    [
        (ABI3, "core.cpython-39-darwin.so", "only one Python looks for the suffix"),
        (ABI3, "core.cp39-win_amd64.pyd", "only one Python looks for the suffix"),
        (ABI3, "core.abi3t.so", "Python before 3.15 does not know .abi3t"),
        (ABI3, "core.abi3-x86_64-linux-gnu.so", "Python before 3.15 does not know"),
        (BOTH, "core.abi3.so", "free-threaded Pythons do not look for .abi3 modules"),
        (FREE, "core.abi3.so", "free-threaded Pythons do not look for .abi3 modules"),
        (ONE, "core.cpython-312-darwin.so", "Python 3.11 does not look for"),
        (ONE, "core.cp311t-win_amd64.pyd", "Python 3.11 does not look for"),
    ],
)
def test_a_suffix_that_the_tags_pythons_do_not_know(elf, tag, path, words):
    module = elf(exports=["PyInit_core", "PyModExport_core"])
    (found,) = check({path: module}, tag)
    assert (found.rule, found.severity) == ("module-suffix", "error")
    assert words in found.what
    assert found.fix


@pytest.mark.parametrize(
    ("tag", "path"),
    [
        (ABI3, "core.so"),
        (ABI3, "core.pyd"),
        (BOTH, "core.abi3t.so"),
        (BOTH, "core.abi3t-x86_64-linux-gnu.so"),
        (WheelTag("cp315", "abi3", ("any",)), "core.abi3-x86_64-linux-gnu.so"),
        (ONE, "core.abi3.so"),
        (ONE, "core.cpython-311-x86_64-linux-gnu.so"),
        (WheelTag("cp37", "cp37m", ("any",)), "core.cpython-37m-darwin.so"),
        (WheelTag("pp311", "pypy311_pp73", ("any",)), "core.pypy311-pp73-darwin.so"),
    ],
)
def test_suffixes_that_are_found(elf, tag, path):
    module = elf(exports=["PyInit_core", "PyModExport_core"])
    assert rules({path: module}, tag) == []


def test_a_module_may_be_there_under_several_names(elf):
    files = {
        "core.cpython-39-darwin.so": elf(*GOOD),
        "core.abi3.so": elf(*GOOD),
    }
    assert rules(files) == []


def test_abi3t_wants_the_new_entry_point(elf):
    (found,) = check({"core.abi3t.so": elf("PyModuleDef_Init")}, BOTH)
    assert (found.rule, found.severity) == ("abi3t-entry-point", "error")
    assert "exports PyInit_core, but not PyModExport_core" in found.what
    assert found.details == (
        "PyModuleDef_Init: takes a structure that only modules for abi3 have",
    )
    module = elf("PyModuleDef_Init", exports=["PyInit_core", "PyModExport_core"])
    assert rules({"core.abi3t.so": module}, BOTH) == []


def test_a_newer_function_under_abi3t_names_its_feature(elf):
    module = elf("Py_HashBuffer", exports=["PyModExport_core"])
    (found,) = check({"core.abi3t.so": module}, BOTH)
    assert found.rule == "abi3-newer-symbol"
    assert "PyO3's feature abi3t-py316, tag cp316" in found.fix


def test_a_wider_tag_is_suggested(elf):
    module = {"core.abi3.so": elf("PyCMethod_New")}
    tag = WheelTag("cp311", "abi3", ("any",))
    (found,) = check(module, tag, requires_python=">=3.8")
    assert (found.rule, found.severity, found.path) == ("abi3-wider-tag", "note", "")
    assert found.what.endswith("newer than 3.9: the wheel could be cp39-abi3")
    assert rules(module, tag) == []
    assert rules(module, tag, requires_python=">=3.11") == []
    assert rules(module, tag, requires_python="<4") == []


def test_one_wheel_for_all_is_suggested(elf):
    module = {"core.cpython-311-x86_64-linux-gnu.so": elf("PyList_New")}
    (found,) = check(module, ONE, requires_python=">=3.10")
    assert (found.rule, found.severity) == ("abi3-possible", "note")
    assert "as they are, they could be cp310-abi3" in found.what
    assert "feature abi3-py310" in found.fix
    other = {"other.cpython-311-x86_64-linux-gnu.so": elf(
        "PyUnicode_New", exports=["PyInit_other"]
    )}  # fmt: skip
    assert rules({**module, **other}, ONE, requires_python=">=3.10") == []
    nothing = {"core.cpython-311-x86_64-linux-gnu.so": elf()}
    assert rules(nothing, ONE, requires_python=">=3.10") == []


def test_pypy_has_names_of_its_own(elf):
    tag = WheelTag("pp311", "pypy311_pp73", ("any",))
    module = {"core.pypy311-pp73-darwin.so": elf("PyPyList_New")}
    assert rules(module, tag, requires_python=">=3.9") == []


def test_each_slice_of_a_fat_file_is_judged(macho_image, fat_image):
    imports = [("PyList_New", -2, False), ("PyUnicode_New", -2, False)]
    arm = macho_image(imports=imports[:1])
    intel = macho_image(cpu=(0x01000007, 3), imports=imports)
    module = fat_image((0x01000007, 3, intel), (0x0100000C, 0, arm))
    (found,) = check({"core.abi3.so": module})
    assert found.rule == "abi3-unstable-symbol"
    assert found.details == (
        "PyUnicode_New (x86_64): only for modules that are built for one version",
    )


@pytest.mark.parametrize(
    ("library", "expected"),
    [
        ("/opt/Python.framework/Versions/3.9/Python", ["abi3-unstable-symbol"]),
        ("/usr/lib/libpython3.9.dylib", ["abi3-unstable-symbol"]),
        ("@rpath/libother.dylib", []),
    ],
)
def test_names_that_macos_binds_to_another_library(macho_image, library, expected):
    image = macho_image(
        libraries=[(library, 0xC)], imports=[("PyUnicode_New", 1, False)]
    )
    assert rules({"core.abi3.so": image}) == expected


def test_weak_imports_of_macos(macho_image):
    image = macho_image(imports=[("PyUnicode_New", -2, True)])
    assert rules({"core.abi3.so": image}) == []


@pytest.mark.parametrize(
    ("tag", "dll", "wanted"),
    [
        (ABI3, "python311.dll", "python3.dll"),
        (ABI3, "python3t.dll", "python3.dll"),
        (ABI3, "libpypy3.11-c.dll", "python3.dll"),
        (BOTH, "python3.dll", "python3t.dll"),
        (ONE, "python312.dll", "python311.dll"),
        (ONE, "python311t.dll", "python311.dll"),
        (FREE, "python3.dll", "python313t.dll"),
        (FREE, "PYTHON313.dll", "python313t.dll"),
    ],
)
def test_the_dll_of_other_pythons(pe_image, tag, dll, wanted):
    image = pe_image(
        imports=[(dll, ("PyList_New",))], exports=("PyInit_core", "PyModExport_core")
    )
    (found,) = check({"core.pyd": image}, tag)
    assert (found.rule, found.severity) == ("python-dll", "error")
    assert found.what == (
        f"it is linked to {dll}, but the tag is {tag.python}-{tag.abi}"
    )
    assert found.fix.startswith(f"link it to {wanted}")


@pytest.mark.parametrize(
    ("tag", "dll"),
    [
        (ABI3, "python3.dll"),
        (ABI3, "python3_d.dll"),
        (ABI3, "libpython3.dll"),
        (WheelTag("cp315", "abi3", ("any",)), "python3t.dll"),
        (BOTH, "python3t.dll"),
        (ONE, "python311.dll"),
        (ONE, "libpython3.11.dll"),
        (ONE, "python3.dll"),
        (FREE, "python313t.dll"),
        (WheelTag("pp311", "pypy311_pp73", ("any",)), "libpypy3.11-c.dll"),
    ],
)
def test_the_dll_of_the_right_python(pe_image, tag, dll):
    image = pe_image(
        imports=[(dll, ("PyList_New",))], exports=("PyInit_core", "PyModExport_core")
    )
    assert rules({"core.pyd": image}, tag) == []


def test_windows_names_of_other_dlls_do_not_count(pe_image):
    image = pe_image(
        imports=[
            ("python3.dll", ("PyErr_SetFromWindowsErr",)),
            ("other.dll", ("PyUnicode_New",)),
        ]
    )
    assert rules({"core.pyd": image}) == []


def test_delayed_imports_of_windows_count(pe_image):
    image = pe_image(imports=(), delayed=[("python3.dll", ("PyUnicode_New",))])
    assert rules({"core.pyd": image}) == ["abi3-unstable-symbol"]


def test_forking_is_missing_on_windows(pe_image):
    image = pe_image(imports=[("python3.dll", ("PyOS_AfterFork",))])
    (found,) = check({"core.pyd": image})
    assert found.rule == "abi3-platform-symbol"


def test_the_debug_build_of_windows_has_a_suffix(pe_image):
    image = pe_image(imports=[("python3_d.dll", ("PyList_New",))])
    assert rules({"core_d.pyd": image}) == []
