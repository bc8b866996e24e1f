"""What is reached from the roots of a program, and by which way."""

from __future__ import annotations

import pytest

from ferrule.bundle.trimming.graph import Graph, Root, chain, walk
from ferrule.python.imports import IN_FUNCTION, IN_MAIN, Import, ModuleFacts


def module(*imports, **facts) -> ModuleFacts:
    rows = [item if isinstance(item, Import) else Import(item) for item in imports]
    return ModuleFacts(tuple(rows), **facts)


def reached(facts, *roots, own=(), **more) -> set[str]:
    packages = {name.rpartition(".")[0] for name in facts} - {""}
    packages |= set(more.pop("packages", ()))
    graph = Graph(facts, frozenset(packages), frozenset(own), **more)
    wanted = [item if isinstance(item, Root) else Root(item, "") for item in roots]
    return {name for name in walk(graph, wanted) if name in graph.known}


def test_imports_are_followed_with_the_packages_above():
    facts = {
        "a": module("b.c.d"),
        "b": module(),
        "b.c": module(),
        "b.c.d": module(),
        "b.e": module(),
    }
    assert reached(facts, "a") == {"a", "b", "b.c", "b.c.d"}


def test_names_from_packages_may_be_modules():
    facts = {
        "a": module(Import("b", ("c", "value"))),
        "b": module(),
        "b.c": module(),
        "b.value2": module(),
    }
    assert reached(facts, "a") == {"a", "b", "b.c"}


def test_relative_imports():
    facts = {
        "p": module(Import("", ("one",), 1)),
        "p.one": module(Import("two.three", ("x",), 2)),
        "p.two": module(),
        "p.two.three": module(Import("", ("four",), 2)),
        "p.four": module(Import("away", (), 5)),
        "p.one.deep": module(),
        "away": module(),
    }
    facts["p.one"] = module(Import("two.three", ("x",), 2))
    found = reached(facts, "p")
    assert found == {"p", "p.one", "p.two", "p.two.three", "p.four"}


def test_a_star_takes_what_the_package_names():
    facts = {
        "a": module(Import("b", ("*",))),
        "b": module(strings=("c", "nothing")),
        "b.c": module(),
        "b.d": module(),
    }
    assert reached(facts, "a") == {"a", "b", "b.c"}


def test_literal_names_in_calls():
    facts = {
        "p": module(named=("lit.eral", ".rel", "absent.thing")),
        "p.rel": module(),
        "lit": module(),
        "lit.eral": module(),
    }
    assert reached(facts, "p") == {"p", "p.rel", "lit", "lit.eral"}


def test_strings_of_packages_that_name_modules():
    facts = {
        "p": module(strings=("q.handlers.Wsgi", "q.entry:main", "json")),
        "q": module(),
        "q.handlers": module(),
        "q.entry": module(),
        "json": module(),
    }
    assert reached(facts, "p", own={"p"}) == {"p", "q", "q.handlers", "q.entry"}
    assert reached(facts, "p") == {"p"}


def test_a_package_that_computes_names_keeps_its_own_modules():
    facts = {
        "p": module("p.plugins"),
        "p.plugins": module(computes=True, strings=("other",)),
        "p.plugins.one": module(),
        "p.plugins.sub.two": module(),
        "p.plugins.tests": module(),
        "p.rest": module(),
        "other": module(),
    }
    own = {name for name in facts if name != "other"}
    found = reached(facts, "p", own=own)
    assert {"p.plugins.one", "p.plugins.sub.two", "other"} <= found
    assert not found & {"p.plugins.tests", "p.rest"}


def test_codecs_by_their_names():
    facts = {
        "a": module(strings=("KOI8-R", "utf8")),
        "encodings": module(),
        "encodings.koi8_r": module(),
        "encodings.big5": module(),
        "encodings.aliases": module(strings=("big5",)),
    }
    aliases = {"koi8_r": "koi8_r", "big5": "big5"}
    found = reached(facts, "a", aliases=aliases)
    assert found == {"a", "encodings", "encodings.koi8_r", "encodings.aliases"}


def test_what_c_code_imports():
    facts = {"datetime": module("_datetime"), "_strptime": module("re"), "re": module()}
    natives = {"_datetime": frozenset()}
    found = reached(facts, "datetime", natives=natives)
    assert found == {"datetime", "_datetime", "_strptime", "re"}
    natives = {"x": frozenset({"re"})}
    assert reached(facts, "x", natives=natives) == {"x", "re"}


def test_the_block_of_a_main_program_counts_only_for_what_is_run():
    facts = {"a": module(Import("b", where=IN_MAIN)), "b": module()}
    assert reached(facts, "a") == {"a"}
    assert reached(facts, Root("a", "", may_run=True)) == {"a", "b"}


def test_command_lines_of_the_standard_library_do_not_count():
    facts = {"gzip": module(Import("argparse", where=IN_FUNCTION))}
    facts |= {"argparse": module(), "p": facts["gzip"], "heapq": module("doctest")}
    facts["doctest"] = module()
    assert reached(facts, "gzip", "heapq") == {"gzip", "heapq"}
    assert reached(facts, "p", own={"p"}) == {"p", "argparse"}


def test_processes_are_kept_only_where_they_are_used():
    runner = module("multiprocessing.spawn")
    facts = {
        "_ferrule_children": runner,
        "multiprocessing": module(),
        "multiprocessing.spawn": module(),
        "a": module("multiprocessing"),
    }
    assert reached(facts, "_ferrule_children") == {"_ferrule_children"}
    found = reached(facts, "_ferrule_children", "a")
    assert "multiprocessing.spawn" in found


def test_entry_points_count_where_somebody_asks_for_them():
    facts = {"a": module(), "b": module("importlib.metadata"), "plug.in": module()}
    facts |= {"importlib.metadata": module()}
    plugins = {"plug.in": "some.group"}
    assert "plug.in" not in reached(facts, "a", plugins=plugins)
    assert "plug.in" in reached(facts, "b", plugins=plugins)


def test_globs_as_roots():
    facts = {"a.b": module(), "a.c.d": module(), "e": module()}
    assert reached(facts, "a.*") == {"a", "a.b", "a.c", "a.c.d"}


@pytest.mark.parametrize("name", ["a.b", "c", "e.f"])
def test_every_chain_ends_at_the_program(name):
    facts = {"a.b": module("c"), "c": module(named=("e.f",)), "e.f": module("a.b")}
    graph = Graph(facts, frozenset({"a", "e"}), frozenset())
    kept = walk(graph, [Root("a.b", "src/main.rs:3 imports it")])
    steps = chain(kept, name)
    assert steps[0] == name
    assert steps[-1] == "src/main.rs:3 imports it"


def test_a_chain_as_it_is_shown():
    facts = {"a": module("b"), "b": module(named=("c",)), "c": module()}
    graph = Graph(facts, frozenset(), frozenset())
    kept = walk(graph, [Root("a", 'keep = ["a"]')])
    assert chain(kept, "c") == ["c", "b (named in a call)", "a", 'keep = ["a"]']
