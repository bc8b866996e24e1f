from __future__ import annotations

import pytest

from ferrule import log
from ferrule.errors.cargo import NoBinaryError, NoTargetError, UnknownTargetError
from ferrule.plan.targets import Chosen, choose_targets
from ferrule.settings.model import BinarySettings, CargoTarget, Settings

MIXED = {"library": ["cdylib", "rlib"], "binaries": {"tool": (), "core": ()}}


def choose(graph, kind, *targets, **settings):
    chosen = tuple(CargoTarget(*item) for item in targets)
    return choose_targets(Settings(targets=chosen, **settings), kind, graph)


@pytest.fixture
def told():
    messages = []
    with log.sink_to(lambda kind, message: messages.append((kind, message))):
        yield messages


@pytest.mark.parametrize("kind", ["pyo3", "cffi", "uniffi"])
def test_the_library_is_packed(make_graph, kind):
    assert choose(make_graph(**MIXED), kind) == Chosen(library=True, binaries=())


def test_every_binary_is_packed(make_graph):
    chosen = choose(make_graph(**MIXED), "bin")
    assert chosen == Chosen(library=False, binaries=("tool", "core"))


def test_settings_that_name_binaries_are_enough(make_graph):
    binaries = (BinarySettings(name="tool"),)
    chosen = choose(make_graph(**MIXED), "bin", binaries=binaries)
    assert chosen == Chosen(library=False, binaries=())


def test_binaries_whose_features_are_off_are_left_out(make_graph, told):
    graph = make_graph(
        binaries={"a": ["x"], "b": ["x", "y"], "c": ["dep/z"]},
        features=["x"],
        wanted=["dep/z"],
    )
    assert choose(graph, "bin").binaries == ("a", "c")
    message = "the binary `b` is left out: it needs the features x, y"
    assert told == [("info", message)]
    assert choose(graph, "bin", ("a",), ("b",)).binaries == ("a",)
    assert told[1:] == [("warning", f"targets: {message}")]


def test_programs_without_a_binary(make_graph):
    with pytest.raises(NoBinaryError) as caught:
        choose(make_graph(binaries={"b": ["y"], "a": ["x"]}), "bin")
    assert str(caught.value) == (
        "package `demo` gives no program to pack: each of its binaries needs cargo "
        "features that are off\n"
        "  manifest: /p/Cargo.toml\n"
        "  a needs x\n"
        "  b needs y\n"
        "  fix: enable the features with `features`"
    )
    with pytest.raises(NoBinaryError, match="it has none") as caught:
        choose(make_graph(library=["cdylib"]), "bin")
    assert caught.value.fix == (
        'add src/main.rs, or set another value than bindings = "bin"'
    )


@pytest.mark.parametrize(
    ("kind", "targets", "chosen"),
    [
        ("bin", [("tool",)], Chosen(library=False, binaries=("tool",))),
        ("bin", [("core",)], Chosen(library=False, binaries=("core",))),
        (
            "bin",
            [("tool",), ("tool", "bin")],
            Chosen(library=False, binaries=("tool",)),
        ),
        ("pyo3", [("core",)], Chosen(library=True, binaries=())),
        ("pyo3", [("core", "cdylib")], Chosen(library=True, binaries=())),
        ("pyo3", [("core", "bin")], Chosen(library=False, binaries=("core",))),
        ("pyo3", [("core",), ("tool",)], Chosen(library=True, binaries=("tool",))),
    ],
)
def test_only_what_is_named_is_packed(make_graph, kind, targets, chosen):
    assert choose(make_graph(**MIXED), kind, *targets) == chosen


def test_a_library_among_programs_is_told(make_graph, told):
    graph = make_graph(library=["rlib"], binaries={"tool": ()})
    assert choose(graph, "bin", ("core",), ("tool",)).binaries == ("tool",)
    ((kind, message),) = told
    assert kind == "warning"
    assert message.startswith("targets: the library `core` is left out")


@pytest.mark.parametrize(
    ("target", "message"),
    [
        (
            ("tol",),
            (
                'package `demo` has no target `tol` (did you mean "tool"?)\n'
                "  its targets: core (bin), tool (bin)\n  fix: correct `targets`"
            ),
        ),
        (
            ("tool", "cdylib"),
            (
                "package `demo` has no target `tool` of the kind cdylib\n"
                "  its targets: core (bin), tool (bin)\n  fix: correct `targets`"
            ),
        ),
    ],
)
def test_unknown_targets(make_graph, target, message):
    with pytest.raises(UnknownTargetError) as caught:
        choose(make_graph(binaries={"core": (), "tool": ()}), "bin", target)
    assert str(caught.value) == message


def test_nothing_that_is_named_can_be_packed(make_graph):
    graph = make_graph(library=["cdylib"], binaries={"tool": ["x"], "other": ()})
    with pytest.raises(NoTargetError) as caught:
        choose(graph, "bin", ("tool",))
    assert str(caught.value) == (
        "`targets` leaves nothing that can be packed\n"
        "  fix: name the library, or a binary whose features are on; or remove "
        "`targets`"
    )
    with pytest.raises(NoTargetError, match="no library for bindings = 'pyo3'"):
        choose(graph, "pyo3", ("other",), bindings="pyo3")
