"""What a bundle tells about itself."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

from ferrule.bundle.bill import Bill, bill_files
from ferrule.bundle.model import Bundle, BundleFile
from ferrule.bundle.packages import Package
from ferrule.cargo.components import Component
from ferrule.repair.owners import Owner

LIBRARY = Path("/usr/lib/libz.so.1")


def make_bill(interpreter, *, epoch=None) -> Bill:
    library = BundleFile(
        "lib/libz.so.1", b"", "library", "", owner="libz.so.1", origin=LIBRARY
    )
    bundle = Bundle("app", "dynamic", (library,), left_out=(("tkinter", "no Tcl"),))
    return Bill(
        bundle,
        interpreter,
        "x86_64-unknown-linux-gnu",
        (Package("Zeta", "2", "", (), "MIT"), Package("alpha", "1", "", ())),
        (Component("app", "0.1.0", None, "MIT/Apache-2.0", None, True, ()),),
        {LIBRARY: Owner("deb", "debian", "12", "zlib1g", "1.2", "amd64")},
        "9.9",
        epoch,
    )


def test_the_contents(make_interpreter) -> None:
    files = {item.path: item for item in bill_files(make_bill(make_interpreter()))}
    contents = json.loads(files["bundle.json"].content)
    assert contents["program"] == "app"
    assert contents["python"] == "3.12.1"
    assert contents["packages"] == {"alpha": "1", "Zeta": "2"}
    assert contents["libraries"] == ["libz.so.1"]
    assert contents["leftOut"] == {"tkinter": "no Tcl"}
    assert {path.partition("/")[0] for path in files} <= set(contents["entries"])
    assert "lib" in contents["entries"]


def test_the_bill_of_materials(make_interpreter) -> None:
    bill = make_bill(make_interpreter(), epoch=0)
    files = {item.path: item for item in bill_files(bill)}
    document = json.loads(files["bundle.cdx.json"].content)
    urls = [item.get("purl") for item in document["components"]]
    assert urls == [
        "pkg:generic/cpython@3.12.1",
        "pkg:pypi/alpha@1",
        "pkg:pypi/zeta@2",
        "pkg:deb/debian/zlib1g@1.2?arch=amd64&distro=debian-12",
        "pkg:cargo/app@0.1.0",
    ]
    assert document["metadata"]["timestamp"] == "1970-01-01T00:00:00Z"
    assert "/usr/lib" not in files["bundle.cdx.json"].content.decode()


def test_it_is_the_same_every_time(make_interpreter) -> None:
    first, second = (bill_files(make_bill(make_interpreter())) for _ in range(2))
    assert first == second


def test_it_depends_on_its_parts_and_they_on_theirs(make_interpreter) -> None:
    crates = (
        Component("app", "0.1.0", None, "MIT", None, True, (1,)),
        Component("libc", "0.2.1", "registry", "MIT", "00", True, ()),
    )
    bill = replace(make_bill(make_interpreter()), crates=crates)
    files = {item.path: item for item in bill_files(bill)}
    document = json.loads(files["bundle.cdx.json"].content)
    rows = {item["ref"]: item["dependsOn"] for item in document["dependencies"]}
    assert rows["pkg:cargo/app@0.1.0"] == ["pkg:cargo/libc@0.2.1"]
    assert "pkg:cargo/app@0.1.0" in rows["program:app"]
    assert "pkg:cargo/libc@0.2.1" not in rows["program:app"]
    product = document["metadata"]["component"]
    assert product == {
        "type": "application",
        "bom-ref": "program:app",
        "name": "app",
        "version": "0.1.0",
    }


def test_static_libraries_are_parts_too(make_interpreter) -> None:
    bill = replace(make_bill(make_interpreter()), archives=(Path("/x/libssl.a"),))
    files = {item.path: item for item in bill_files(bill)}
    document = json.loads(files["bundle.cdx.json"].content)
    (found,) = (item for item in document["components"] if item["name"] == "libssl.a")
    assert found["licenses"] == [{"expression": "Apache-2.0"}]
    assert b"libssl.a\n  Apache-2.0\n  no text" in files["licenses/index.txt"].content


def test_the_kind_of_its_bytecode(make_interpreter) -> None:
    bill = make_bill(make_interpreter())
    code = BundleFile("lib/x.pyc", b"\xcb\r\r\nrest", "package", "")
    bill = replace(bill, bundle=replace(bill.bundle, files=(code,)))
    files = {item.path: item for item in bill_files(bill)}
    assert json.loads(files["bundle.json"].content)["bytecode"] == "cb0d0d0a"
