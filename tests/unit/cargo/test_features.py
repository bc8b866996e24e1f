"""The feature walk against hand-made `cargo metadata` answers."""

from __future__ import annotations

from typing import Any

from ferrule.cargo.features import enabled_features


def package(
    name: str,
    features: dict[str, list[str]] | None = None,
    dependencies: list[dict[str, Any]] | None = None,
) -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "features": features or {},
        "dependencies": dependencies or [],
    }


def dependency(name: str, **more: Any) -> dict[str, Any]:
    base = {
        "name": name,
        "rename": None,
        "kind": None,
        "optional": False,
        "uses_default_features": True,
        "features": [],
    }
    return {**base, **more}


def metadata(*packages: dict[str, Any]) -> dict[str, Any]:
    nodes = []
    for item in packages:
        deps = [
            {
                "name": (dep["rename"] or dep["name"]).replace("-", "_"),
                "pkg": dep["name"],
                "dep_kinds": [{"kind": dep["kind"]}],
            }
            for dep in item["dependencies"]
        ]
        nodes.append({"id": item["id"], "deps": deps})
    return {"packages": list(packages), "resolve": {"nodes": nodes}}


PYO3 = package(
    "pyo3",
    {
        "default": ["macros"],
        "macros": [],
        "abi3": ["pyo3-ffi/abi3"],
        "abi3-py39": ["abi3", "pyo3-ffi/abi3-py39"],
    },
    [dependency("pyo3-ffi")],
)
FFI = package("pyo3-ffi", {"default": [], "abi3": [], "abi3-py39": ["abi3"]})


def test_features_of_a_dependency_declaration_reach_the_inner_crate() -> None:
    root = package("root", {}, [dependency("pyo3", features=["abi3-py39"])])
    found = enabled_features(metadata(root, PYO3, FFI), "root")
    assert found["pyo3-ffi"] == {"default", "abi3", "abi3-py39"}
    assert "macros" in found["pyo3"]


def test_a_sibling_that_is_not_reached_changes_nothing() -> None:
    root = package("root", {}, [dependency("pyo3")])
    sibling = package("sibling", {}, [dependency("pyo3", features=["abi3-py39"])])
    found = enabled_features(metadata(root, sibling, PYO3, FFI), "root")
    assert "abi3" not in found["pyo3-ffi"]
    assert "sibling" not in found


def test_command_line_feature_of_a_dependency() -> None:
    root = package("root", {}, [dependency("pyo3")])
    found = enabled_features(
        metadata(root, PYO3, FFI), "root", features=["pyo3/abi3-py39"]
    )
    assert "abi3-py39" in found["pyo3-ffi"]


def test_optional_dependency_only_when_a_feature_asks() -> None:
    root = package(
        "root",
        {"python": ["dep:pyo3"], "default": []},
        [dependency("pyo3", optional=True)],
    )
    graph = metadata(root, PYO3, FFI)
    assert "pyo3" not in enabled_features(graph, "root")
    assert "pyo3" in enabled_features(graph, "root", features=["python"])
    assert "pyo3" in enabled_features(graph, "root", all_features=True)


def test_weak_feature_waits_for_its_dependency() -> None:
    root = package(
        "root",
        {"limited": ["pyo3?/abi3"], "python": ["dep:pyo3"]},
        [dependency("pyo3", optional=True)],
    )
    graph = metadata(root, PYO3, FFI)
    assert "pyo3" not in enabled_features(graph, "root", features=["limited"])
    found = enabled_features(graph, "root", features=["limited", "python"])
    assert "abi3" in found["pyo3-ffi"]


def test_renamed_dependency_and_development_dependency() -> None:
    root = package(
        "root",
        {},
        [
            dependency("pyo3", rename="py", uses_default_features=False),
            dependency("pyo3-ffi", kind="dev", features=["abi3"]),
        ],
    )
    found = enabled_features(
        metadata(root, PYO3, FFI), "root", features=["py/abi3-py39"]
    )
    assert "macros" not in found["pyo3"]
    assert "abi3-py39" in found["pyo3"]


def test_no_default_features() -> None:
    root = package("root", {"default": ["pyo3/abi3"]}, [dependency("pyo3")])
    graph = metadata(root, PYO3, FFI)
    assert "abi3" in enabled_features(graph, "root")["pyo3"]
    found = enabled_features(graph, "root", default_features=False)
    assert "abi3" not in found["pyo3"]
