"""Programs with Python in them: what goes wrong while they run."""

from __future__ import annotations

from typing import Final

from ferrule.diagnosis import guide
from ferrule.diagnosis.model import Advice, Context, Fix, Rule, Seen, Sign

__all__ = ["RULES"]


def _initializing_call(pyo3: str) -> str:
    numbers = [int(part) for part in pyo3.split(".")[:2] if part.isdigit()]
    is_old = len(numbers) > 1 and numbers < [0, 26]
    return "pyo3::prepare_freethreaded_python()" if is_old else "Python::initialize()"


def _unregistered(seen: Seen, context: Context) -> Advice | None:
    found = seen.values.get("module", ())
    own = dict(context.modules)
    names = [name for name in found if name in own]
    if not names and "rust" not in seen.names:
        return None
    call = _initializing_call(context.pyo3)
    name = names[0] if names else seen.first("module")
    meaning = (
        f"`{name}` is a #[pymodule] of the program, and nobody told Python about it: a "
        "module inside of a program is no file that could be found. It has to be "
        "registered before Python starts."
    )
    if not names:
        meaning = (
            f"Python inside of a program does not find `{name}`. If it is a "
            "#[pymodule] of the program, it has to be registered before Python starts; "
            "if it is a package, it is not installed where this Python looks."
        )
    package = Fix(
        f"pip install {name.partition('.')[0]}",
        "for a package, into the environment of which `ferrule run` takes the Python",
    )
    return Advice(
        meaning,
        (
            Fix(
                f"pyo3::append_to_inittab!({own.get(name, name)});",
                f"in main(), above {call}",
            ),
            Fix(
                "ferrule bundle --inittab auto",
                "registers every module of a program when it is bundled",
            ),
            *(() if names else (package,)),
        ),
    )


def _late(seen: Seen, context: Context) -> Advice:
    del seen
    return Advice(
        "The table of built-in modules is read when Python starts, and it runs "
        "already: something above initialized it, or the feature `auto-initialize` "
        "did at the first Python::attach or with_gil.",
        (
            Fix(
                "pyo3::append_to_inittab!(name);",
                f"as the first statement of main(), above "
                f"{_initializing_call(context.pyo3)}",
            ),
            Fix("ferrule lint", "shows such places before anything is compiled"),
        ),
    )


def _twice(seen: Seen, context: Context) -> Advice:
    del seen
    return Advice(
        "with_embedded_python_interpreter starts a Python and ends it again, so no "
        "other may run: another call of it, another thread, `auto-initialize`, or a "
        "test of the same process has started one.",
        (
            Fix(
                f"{_initializing_call(context.pyo3)};",
                "instead: once, and for as long as the process lives",
            ),
        ),
    )


def _no_thread_state(seen: Seen, context: Context) -> Advice:
    del context
    function = seen.first("function", "PyGILState_Release")
    return Advice(
        f"Python code was called ({function}) where no thread is attached to Python. "
        "Three reasons are usual: there are two Pythons in the process, one that runs "
        "and one that a module brought with it (it is linked to libpython, or the "
        "program contains Python and does not export it); Python was finalized before; "
        "or a thread uses Python objects without Python::attach.",
        (
            Fix(
                "ferrule inspect <module>",
                "shows whether a module needs libpython; `ferrule build` makes modules "
                "that do not",
            ),
            Fix(
                "ferrule bundle --mode static",
                "a program with Python in it, whose symbols modules find",
            ),
            Fix(
                "Python::attach(|py| ...)",
                "around what threads of your own do (with_gil before PyO3 0.26)",
            ),
        ),
    )


def _finalizing(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "Rust code used Python while it ended, or after: a thread that still runs, a "
        "destructor of a static variable, or an exit handler.",
        (
            Fix(
                "join your threads before main() returns",
                "and before Py_FinalizeEx, if something calls it",
            ),
            Fix(
                "Python::try_attach(|py| ...)",
                "gives None instead of a panic (PyO3 0.26 and newer)",
            ),
        ),
    )


def _dropped(seen: Seen, context: Context) -> Advice:
    newer = not context.pyo3 or int(context.pyo3.split(".")[1]) >= 26
    if "GIL being held" in " ".join(seen.lines):
        newer = False
    attach = "Python::attach" if newer else "Python::with_gil"
    return Advice(
        "A `Py<T>` was dropped on a thread that was not attached to Python: often at "
        "the end of a task of tokio, or when Python ends. The build has `--cfg "
        "pyo3_disable_reference_pool`; without it, PyO3 drops such objects later.",
        (
            Fix(f"{attach}(|_py| drop(object))", "drops it where that is allowed"),
            Fix(
                "no `--cfg pyo3_disable_reference_pool`",
                "in RUSTFLAGS and .cargo/config.toml",
            ),
            Fix(
                "--cfg pyo3_leak_on_drop_without_reference_pool",
                "beside it: loses the memory instead of ending the process",
            ),
            Fix(
                "pip install --upgrade <project>",
                "if it is a package of somebody else, and tell its authors",
            ),
        ),
    )


def _guard_order(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "Two guards of `Python::acquire_gil()` live at the same time, and the first "
        "one was dropped first: one of them is kept in a struct, or in a variable "
        "that lives too short.",
        (
            Fix(
                "Python::with_gil(|py| ...)",
                "instead of acquire_gil(): ends in the right order by itself "
                "(`Python::attach` since PyO3 0.26)",
            ),
        ),
    )


def _illegal_instruction(seen: Seen, context: Context) -> Advice:
    del seen, context
    return Advice(
        "The processor met an instruction that it does not know: what runs there was "
        "compiled for a newer one (AVX2 and the like, `target-cpu=native` on another "
        "machine). An emulated processor often is an old one.",
        (
            Fix(
                "no `-C target-cpu=native`",
                "in RUSTFLAGS and .cargo/config.toml, for what other machines run",
            ),
            Fix(
                "pip install --no-binary <project> --force-reinstall <project>",
                "compiles a package of somebody else for this machine; some have a "
                "variant for old processors (polars-lts-cpu)",
            ),
            Fix("cpu: host", "as the processor type of a virtual machine (QEMU, KVM)"),
        ),
    )


def _gil(seen: Seen, context: Context) -> Advice:
    del context
    name = seen.first("module")
    return Advice(
        f"This Python runs without the GIL, and `{name}` does not say that it can: "
        "Python switched the GIL on for the whole process.",
        (
            Fix(
                "#[pymodule(gil_used = false)]",
                "if the module is thread-safe (PyO3 0.23 and newer; the default from "
                "0.28 on)",
            ),
            Fix("pip install --upgrade <project>", "for a module of somebody else"),
            Fix("PYTHON_GIL=0", "keeps it off, at your own risk"),
        ),
    )


RULES: Final = (
    Rule(
        id="module-not-registered",
        title="Python cannot import a module of the program itself",
        meaning=(
            "A #[pymodule] inside of a program is found by Python only if it is in "
            "the table of built-in modules, where `append_to_inittab!` writes it. "
            "`ferrule run` and `ferrule test` know which modules a crate has, and tell "
            "this from any other missing module."
        ),
        signs=(
            Sign("No module named '", r"No module named '(?P<module>[\w.]+)'"),
            # As Rust prints an error of Python.
            Sign(
                "value: ModuleNotFoundError(",
                r"PyErr \{ type: <class 'ModuleNotFoundError'>, value: "
                r"ModuleNotFoundError\(\"No module named '(?P<module>[\w.]+)'",
                "rust",
            ),
        ),
        examples=(
            (
                "called `Result::unwrap()` on an `Err` value: PyErr { type: <class "
                "'ModuleNotFoundError'>, value: ModuleNotFoundError(\"No module named "
                "'host'\"), traceback: None }"
            ),
        ),
        advise=_unregistered,
        url=guide.EMBEDDING,
        yields_to=("standard-library-not-found",),
    ),
    Rule(
        id="inittab-late",
        title="A module is registered after Python was started",
        meaning=(
            "`append_to_inittab!` adds a module to a table that Python reads once, "
            "when it is initialized. Afterwards PyO3 panics, and CPython ends the "
            "process."
        ),
        signs=(
            Sign(
                "called `append_to_inittab` but",
                r"called `append_to_inittab` but a Python interpreter is already "
                r"running",
            ),
            Sign(
                "may not be called after Py_Initialize",
                r"PyImport_(?:Append|Extend)Inittab\(\) may not be called after "
                r"Py_Initialize",
            ),
        ),
        examples=(
            ("called `append_to_inittab` but a Python interpreter is already running."),
            (
                "Fatal Python error: PyImport_AppendInittab: PyImport_AppendInittab() "
                "may not be called after Py_Initialize()"
            ),
        ),
        advise=_late,
        url=guide.EMBEDDING,
    ),
    Rule(
        id="interpreter-runs-already",
        title="A second Python was to be started in one process",
        meaning="There is one CPython per process, and PyO3 knows one interpreter.",
        signs=(
            Sign(
                "called `with_embedded_python_interpreter` but",
                r"called `with_embedded_python_interpreter` but a Python interpreter "
                r"is already running",
            ),
        ),
        examples=(
            (
                "called `with_embedded_python_interpreter` but a Python interpreter "
                "is already running."
            ),
        ),
        advise=_twice,
        url=guide.EMBEDDING,
    ),
    Rule(
        id="no-thread-state",
        title="Python is used where none runs",
        meaning=(
            "CPython keeps the state of each thread that uses it. A copy of libpython "
            "that nobody initialized has none, nor has one that was finalized, nor a "
            "thread that is not attached. Often there is no text at all, but a "
            "segmentation fault."
        ),
        signs=(
            Sign(
                "must be called with the GIL held",
                r"Fatal Python error: (?P<function>\w+): the function must be called "
                r"with the GIL held",
            ),
            Sign(
                "must be called with an active thread state",
                r"Fatal Python error: (?P<function>\w+): the function must be called "
                r"with an active thread state",
            ),
            Sign(
                "no current thread",
                r"Fatal Python error: (?P<function>PyThreadState_Get): no current "
                r"thread",
            ),
            # PyGILState_Release; its name stands there from 3.9 on.
            Sign(
                "auto-releasing thread-state",
                r"Fatal Python error: (?:(?P<function>\w+): )?auto-releasing "
                r"thread-state, but no thread-state for this thread",
            ),
            Sign(
                "non-NULL old thread state",
                r"Fatal Python error: (?P<function>\w+): non-NULL old thread state",
            ),
        ),
        examples=(
            (
                "Fatal Python error: PyInterpreterState_Get: the function must be "
                "called with the GIL held, after Python initialization and before "
                "Python finalization, but the GIL is released (the current Python "
                "thread state is NULL)"
            ),
            (
                "Fatal Python error: PyThreadState_Get: the function must be called "
                "with an active thread state, after Python initialization and before "
                "Python finalization, but it was called without an active thread "
                "state. Are you trying to call the C API inside of a "
                "Py_BEGIN_ALLOW_THREADS block?"
            ),
        ),
        advise=_no_thread_state,
        url=guide.EMBEDDING,
    ),
    Rule(
        id="interpreter-finalizing",
        title="Python is used while it ends",
        meaning=(
            "PyO3 never ends the Python that it started, but with_embedded_python_"
            "interpreter, Py_FinalizeEx and python itself do; threads of Rust's own "
            "go on."
        ),
        signs=(
            Sign(
                "while it is finalizing",
                r"Cannot attach to the Python interpreter while it is finalizing",
            ),
        ),
        examples=("Cannot attach to the Python interpreter while it is finalizing.",),
        advise=_finalizing,
        url=guide.EMBEDDING,
    ),
    Rule(
        id="dropped-while-detached",
        title="An object of Python is dropped where Python is not attached",
        meaning=(
            "Dropping a `Py<T>` counts a reference down, for which the thread must be "
            "attached (hold the GIL). Otherwise PyO3 keeps the object in a list until "
            "some thread is; with `--cfg pyo3_disable_reference_pool` it has no list."
        ),
        signs=(
            Sign(
                "Cannot drop pointer into Python heap",
                r"Cannot drop pointer into Python heap without the (?:GIL being held|"
                r"thread being attached)",
            ),
        ),
        examples=(
            "Cannot drop pointer into Python heap without the thread being attached.",
            "Cannot drop pointer into Python heap without the GIL being held.",
        ),
        advise=_dropped,
        url="https://pyo3.rs/latest/performance.html#disable-the-global-reference-pool",
    ),
    Rule(
        id="gil-guard-order",
        title="The guards of the GIL end in the wrong order",
        meaning=(
            "`Python::acquire_gil()` of old releases gives a guard; guards have to be "
            "dropped in the reverse order."
        ),
        signs=(
            Sign(
                "The first GILGuard acquired",
                r"The first GILGuard acquired must be the last one dropped",
            ),
        ),
        examples=("The first GILGuard acquired must be the last one dropped.",),
        advise=_guard_order,
    ),
    Rule(
        id="illegal-instruction",
        title="The processor does not know an instruction of the module",
        meaning=(
            "Code that was compiled for newer processors ends with signal 4 (SIGILL) "
            "on older ones and in virtual machines that hide what theirs can do."
        ),
        signs=(
            Sign(
                "Fatal Python error: Illegal",
                r"Fatal Python error: Illegal instruction",
            ),
            Sign(
                "illegal hardware instruction",
                r"illegal hardware instruction .*\bpython",
            ),
            Sign("SIGILL", r"\(signal: 4, SIGILL"),
            Sign("Illegal instruction", r"^\s*Illegal instruction", "plain"),
            # A shell's prompt.
            Sign("python", r"^\s*\S{0,40}[$#%>] ?(?:\S*/)?python[\d.]*\s", "python"),
        ),
        examples=(
            "Fatal Python error: Illegal instruction",
            'zsh: illegal hardware instruction  python -c "import demo"',
            "$ python -m demo\nIllegal instruction (core dumped)",
            (
                "process didn't exit successfully: `target/app` (signal: 4, SIGILL: "
                "illegal instruction)"
            ),
        ),
        advise=lambda seen, context: (
            None
            if seen.names in ({"plain"}, {"python"})
            else _illegal_instruction(seen, context)
        ),
    ),
    Rule(
        id="gil-enabled",
        title="A module switches the GIL on in a free-threaded Python",
        meaning=(
            "A free-threaded Python runs without the GIL until it imports a module "
            "that does not declare that it can live so."
        ),
        signs=(
            Sign(
                "(GIL) has been enabled to load module",
                r"\(GIL\) has been enabled to load module '(?P<module>[\w.]+)'",
            ),
        ),
        examples=(
            (
                "RuntimeWarning: The global interpreter lock (GIL) has been enabled "
                "to load module 'mod', which has not declared that it can run safely "
                "without the GIL."
            ),
        ),
        advise=_gil,
        url=guide.FREE_THREADING,
    ),
)
