from __future__ import annotations

import pytest

from ferrule.errors.configuration import ConfigurationError
from ferrule.python.config import InterpreterConfig, TargetAbi
from ferrule.python.config_file import (
    format_config,
    parse_config,
    read_config_file,
)
from ferrule.python.releases import Pyo3Release

OLD = Pyo3Release.parse("0.22.6")
NEW = Pyo3Release.parse("0.30.1")


def test_version_alone_is_enough():
    config = parse_config("version=3.12", NEW)
    assert config.target_abi == TargetAbi("CPython", "gil_enabled", (3, 12))
    assert format_config(config, NEW) == (
        "implementation=CPython\nversion=3.12\nshared=true\n"
        "target_abi=CPython-gil_enabled-3.12\nbuild_flags=\n"
        "suppress_build_script_link_lines=false\n"
    )


def test_format_of_a_full_configuration_of_an_old_release():
    config = InterpreterConfig(
        version=(3, 8),
        shared=False,
        abi3=True,
        lib_name="python3.8",
        lib_dir="/lib",
        executable="/bin/python",
        pointer_width=64,
        build_flags=("Py_DEBUG", "Py_REF_DEBUG"),
        python_framework_prefix="/F",
        extra_build_script_lines=("a", " b"),
    )
    assert format_config(config, OLD) == (
        "implementation=CPython\nversion=3.8\nshared=false\nabi3=true\n"
        "lib_name=python3.8\nlib_dir=/lib\nexecutable=/bin/python\npointer_width=64\n"
        "build_flags=Py_DEBUG,Py_REF_DEBUG\nsuppress_build_script_link_lines=false\n"
        "extra_build_script_line=a\nextra_build_script_line= b\n"
    )
    assert parse_config(format_config(config, OLD), OLD) == InterpreterConfig(
        **{**vars(config), "python_framework_prefix": None}
    )


@pytest.mark.parametrize(
    ("text", "report"),
    [
        ("", "missing value for version"),
        ("version=3.9\n# note\n", "expected key=value pair on line 2"),
        ("version=3.9\n\nshared=true", "expected key=value pair on line 2"),
        (
            "version=3",
            (
                "failed to parse version from config value '3'\ncaused by:\n"
                "  - 0: expected major.minor version\n"
            ),
        ),
        (
            "version=3.300",
            (
                "failed to parse version from config value '3.300'\ncaused by:\n"
                "  - 0: failed to parse minor version\n"
                "  - 1: number too large to fit in target type\n"
            ),
        ),
        (
            "version=3.13.1",
            (
                "failed to parse version from config value '3.13.1'\ncaused by:\n"
                "  - 0: failed to parse minor version\n"
                "  - 1: invalid digit found in string\n"
            ),
        ),
        (
            "version=3.9\nimplementation=cpython",
            (
                "failed to parse implementation from config value 'cpython'\n"
                "caused by:\n"
                "  - 0: unknown interpreter: cpython\n"
            ),
        ),
        (
            "version=3.9\nshared=True",
            (
                "failed to parse shared from config value 'True'\ncaused by:\n"
                "  - 0: provided string was not `true` or `false`\n"
            ),
        ),
        (
            "version=3.9\npointer_width=",
            (
                "failed to parse pointer_width from config value ''\ncaused by:\n"
                "  - 0: cannot parse integer from empty string\n"
            ),
        ),
        (
            "version=3.9\ntarget_abi=CPython-x-3.9",
            (
                "failed to parse target_abi from config value 'CPython-x-3.9'\n"
                "caused by:\n  - 0: Unrecognized ABI name: x\n"
            ),
        ),
        (
            "version=3.9\nabi3=true\ntarget_abi=CPython-abi3-3.9",
            "Invalid config that sets both target_abi and abi3.",
        ),
        (
            (
                "version=3.14\nbuild_flags=Py_GIL_DISABLED\n"
                "target_abi=CPython-gil_enabled-3.14"
            ),
            (
                "build_flags contains Py_GIL_DISABLED but target_abi "
                "'CPython-gil_enabled-3.14' is not free-threaded"
            ),
        ),
        (
            "version=3.12\nbuild_flags=Py_GIL_DISABLED",
            (
                "Cannot target free-threaded builds for Python versions before 3.13, "
                "tried to build for 3.12"
            ),
        ),
        (
            "version=3.15\nimplementation=RustPython\nabi3=true",
            (
                "RustPython only supports targeting abi3t, it does not allow targeting "
                "other Python ABIs. Currently targeting 'abi3'"
            ),
        ),
    ],
)
def test_errors_are_those_of_pyo3(text, report):
    with pytest.raises(ConfigurationError) as caught:
        parse_config(text, NEW)
    assert caught.value.report == report


def test_grammar_of_values():
    text = (
        "version = 3.9\r\nversion= 3.10 \r\nlib_dir= C:\\a = b \r\nlib_name=\r\n"
        "extra_build_script_line= x=y \r\nbuild_flags=a,b,a,"
    )
    notes: list[str] = []
    config = parse_config(text, NEW, warnings=notes)
    assert notes == ["unknown config key `version `"]
    assert config.version == (3, 10)
    assert config.lib_dir == "C:\\a = b"
    assert config.lib_name == ""
    assert config.extra_build_script_lines == (" x=y ",)
    assert config.build_flags == ("a", "b")


def test_newer_keys_are_unknown_to_older_releases():
    notes: list[str] = []
    text = "version=3.9\ntarget_abi=x\npython_framework_prefix=/F\n"
    config = parse_config(text, OLD, warnings=notes)
    assert notes == [
        "unknown config key `target_abi`",
        "unknown config key `python_framework_prefix`",
    ]
    assert config == InterpreterConfig(version=(3, 9))


def test_abi3_key_is_deprecated_from_0_29_on():
    notes: list[str] = []
    config = parse_config("version=3.9\nabi3=true", NEW, warnings=notes)
    assert str(config.abi) == "CPython-abi3-3.9"
    assert notes == [
        (
            "abi3 configuration file option is deprecated since pyo3 0.29, "
            "set target_abi instead"
        )
    ]


def test_debug_becomes_part_of_the_abi_in_0_30():
    text = "version=3.12\nbuild_flags=Py_DEBUG"
    new = parse_config(text, NEW)
    assert str(new.abi) == "CPython-gil_enabled-3.12-debug"
    assert new.build_flags == ("Py_DEBUG", "Py_REF_DEBUG")
    previous = parse_config(text, Pyo3Release.parse("0.29.3"))
    assert str(previous.abi) == "CPython-gil_enabled-3.12"
    assert previous.build_flags == ("Py_DEBUG",)


def test_file_must_be_named_absolutely():
    with pytest.raises(ConfigurationError) as caught:
        read_config_file("config.txt")
    assert str(caught.value) == (
        "PYO3_CONFIG_FILE must be an absolute path\n"
        '  fix: PYO3_CONFIG_FILE is "config.txt": write the whole path, because cargo '
        "runs build scripts in other folders\n"
        "  see: https://pyo3.rs/latest/building-and-distribution.html"
    )


def test_missing_file(tmp_path):
    path = tmp_path / "none.txt"
    with pytest.raises(ConfigurationError) as caught:
        read_config_file(str(path))
    assert caught.value.report == (
        "failed to parse contents of PYO3_CONFIG_FILE\ncaused by:\n"
        f"  - 0: failed to open PyO3 config file at {path}\n"
        "  - 1: No such file or directory (os error 2)\n"
    )


def test_file_that_is_not_text(tmp_path):
    path = tmp_path / "config.txt"
    path.write_bytes(b"version=3.9\nlib_dir=\xff\n")
    with pytest.raises(ConfigurationError) as caught:
        read_config_file(str(path))
    assert caught.value.causes == (
        "failed to read line from config",
        "stream did not contain valid UTF-8",
    )
    assert caught.value.fix == f"save {path} as UTF-8 text"
