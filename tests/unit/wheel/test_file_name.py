from __future__ import annotations

import pytest

from ferrule.errors.wheel_file import WheelFileNameError
from ferrule.wheel.file_name import normalized_name, parse_file_name


@pytest.mark.parametrize(
    "name",
    [
        "a-1.0-py3-none-any.whl",
        "a_b-1.0-2x-cp39-abi3-win32.whl",
        "PyYAML-6.0.1-cp312-cp312-manylinux_2_17_x86_64.manylinux2014_x86_64.whl",
        "a-1!2.0rc1+local.1-py2.py3-none-any.whl",
        "torch-2.1-cp315-abi3.abi3t-win_amd64.whl",
    ],
)
def test_names_come_back(name):
    found = parse_file_name(name)
    parts = name[:-4].split("-")
    assert (found.distribution, found.version) == (parts[0], parts[1])
    assert found.build == (parts[2] if len(parts) == 6 else "")
    assert (found.tag.python, found.tag.abi) == tuple(parts[-3:-1])
    assert ".".join(found.tag.platforms) == parts[-1]
    assert sorted(str(found)) == sorted(name)


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("a-1.0-py3-none-any.zip", "it does not end in .whl"),
        ("a-1.0.whl", "it has 2 parts between hyphens, and 5 or 6 are needed"),
        ("a-b-1.0-1-py3-none-any.whl", "it has 7 parts between hyphens"),
        ("-1.0-py3-none-any.whl", "'' is no name of a distribution"),
        ("a b-1.0-py3-none-any.whl", "'a b' is no name of a distribution"),
        ("a-1/0-py3-none-any.whl", "'1/0' is no version"),
        ("a-1.0-x1-py3-none-any.whl", "'x1' is no build tag: those begin with"),
        ("a-1.0--py3-none-any.whl", "'' is no build tag: those begin with a digit"),
        ("a-1.0-py3--any.whl", "'' is no tag"),
        ("a-1.0-py3-none-any..x.whl", "'any..x' is no tag"),
        ("a-1.0-py3-none-any (1).whl", "'any (1)' is no tag"),
    ],
)
def test_refused(name, reason):
    with pytest.raises(WheelFileNameError) as caught:
        parse_file_name(name)
    assert caught.value.reason.startswith(reason)


def test_the_text_of_refusals():
    with pytest.raises(WheelFileNameError) as caught:
        parse_file_name("a.zip")
    assert str(caught.value) == (
        "'a.zip' is no file name of a wheel\n"
        "  it does not end in .whl\n"
        "  fix: name it NAME-VERSION[-BUILD]-PYTHON-ABI-PLATFORM.whl, as it was when "
        "it was built"
    )


@pytest.mark.parametrize("name", ["a-b", "A_B", "a.b", "a.-_b", "A--b"])
def test_names_are_compared_normalized(name):
    assert normalized_name(name) == "a-b"
