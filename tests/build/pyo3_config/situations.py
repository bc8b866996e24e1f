"""Random situations for a build script of PyO3: environment, target, Python."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule.python.interpreter import Interpreter
from ferrule.target.triple import parse_triple

if TYPE_CHECKING:
    from ferrule.python.releases import Pyo3Release

HOST = "x86_64-unknown-linux-gnu"
TARGETS = {
    HOST: ("linux", 64),
    "x86_64-unknown-linux-musl": ("linux", 64),
    "i686-unknown-linux-gnu": ("linux", 32),
    "aarch64-unknown-linux-gnu": ("linux", 64),
    "aarch64-unknown-linux-musl": ("linux", 64),
    "armv7-unknown-linux-gnueabihf": ("linux", 32),
    "riscv64gc-unknown-linux-gnu": ("linux", 64),
    "powerpc64le-unknown-linux-gnu": ("linux", 64),
    "s390x-unknown-linux-gnu": ("linux", 64),
    "x86_64-pc-windows-msvc": ("windows", 64),
    "x86_64-pc-windows-gnu": ("windows", 64),
    "i686-pc-windows-msvc": ("windows", 32),
    "aarch64-pc-windows-msvc": ("windows", 64),
    "x86_64-apple-darwin": ("macos", 64),
    "aarch64-apple-darwin": ("macos", 64),
    "aarch64-apple-ios": ("ios", 64),
    "aarch64-linux-android": ("android", 64),
    "armv7-linux-androideabi": ("android", 32),
    "wasm32-unknown-emscripten": ("emscripten", 32),
    "wasm32-wasip1": ("wasi", 32),
    "x86_64-unknown-freebsd": ("freebsd", 64),
    "powerpc64-ibm-aix": ("aix", 64),
}
FAKE_PYTHON = """\
#!/bin/sh
script=$(cat)
case "$script" in
  *calcsize_pointer*) cat {facts} ;;
  *get_config_vars*) cat {flags} ;;
  *) printf '%s' "$script" | /usr/bin/env python3 ;;
esac
"""


@dataclass
class Case:
    """One situation, in the terms of both sides."""

    release: Pyo3Release
    target: str
    env: dict[str, str] = field(default_factory=dict)
    features: set[str] = field(default_factory=set)
    interpreter: Interpreter | None = None

    def describe(self) -> str:
        return f"{self.release} {self.target} {sorted(self.features)} {self.env}"


class Generator:
    """Random situations for one release."""

    def __init__(self, release: Pyo3Release, folder: Path, seed: int) -> None:
        self.release = release
        self.folder = folder
        self.random = random.Random(seed)
        self.count = 0

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def new_path(self, name: str) -> Path:
        self.count += 1
        return self.folder / f"{self.count}-{name}"

    def features(self) -> set[str]:
        names = set()
        if self.chance(0.5):
            minor = self.random.choice(self.release.abi3_features)
            names.add("abi3")
            if self.chance(0.7):
                last = self.release.abi3_features[-1]
                names |= {f"abi3-py3{n}" for n in range(minor, last + 1)}
        if self.release.has_target_abi and self.chance(0.25):
            names.add("abi3t")
            if self.chance(0.6):
                names.add("abi3t-py315")
        if self.chance(0.3):
            names.add("extension-module")
        return names

    def version(self) -> tuple[int, int]:
        return 3, self.random.randint(6, 18)

    def interpreter(self) -> Interpreter:
        pick = self.random.choice
        name = self.random.choices(["CPython", "PyPy", "GraalVM"], [8, 2, 1])[0]
        if name == "GraalVM" and not self.release.knows_graalpy:
            name = "PyPy"
        major, minor = self.version()
        gil_disabled = name == "CPython" and minor >= 13 and self.chance(0.4)
        debug = self.chance(0.2)
        possible = ["Py_DEBUG", "Py_REF_DEBUG", "Py_TRACE_REFS", "COUNT_ALLOCS"]
        flags = [flag for flag in possible if self.chance(0.2)]
        flags = [flag for flag in flags if flag != "Py_DEBUG"]
        flags += ["Py_GIL_DISABLED"] if gil_disabled else []
        flags += ["Py_DEBUG"] if debug else []
        tail = ("t" if gil_disabled else "") + ("d" if debug else "")
        return Interpreter(
            executable=str(self.new_path("python")),
            base_executable="",
            implementation=name,
            version=(major, minor, 1),
            implementation_version=pick([(7, 3), (24, 1), (25, 0), (25, 1)]),
            pointer_width=pick([64, 64, 64, 32]),
            system="Linux",
            platform=pick(["linux-x86_64", "mingw_x86_64", "cygwin-3.4"]),
            machine="x86_64",
            soabi="",
            ext_suffix=".so",
            soabi_platform="",
            ld_version=pick([f"{major}.{minor}{tail}", ""]),
            lib_dir=pick(["/opt/python/lib", ""]),
            base_prefix="/opt/python",
            prefix="/opt/python",
            shared=self.chance(0.7),
            gil_disabled=gil_disabled,
            debug=debug,
            build_flags=tuple(flags),
            framework="",
            framework_prefix=pick(["", None, "/Library/Frameworks"]),
            is_conda=False,
            cache_tag="",
        )

    def write_interpreter(self, it: Interpreter) -> None:
        facts = {
            "implementation": it.implementation,
            "version_major": it.version[0],
            "version_minor": it.version[1],
            "shared": it.shared,
            "python_framework_prefix": it.framework_prefix,
            "base_prefix": it.base_prefix,
            "executable": it.executable,
            "calcsize_pointer": it.pointer_width // 8,
            "mingw": it.platform.startswith("mingw"),
            "cygwin": it.platform.startswith("cygwin"),
            "ext_suffix": it.ext_suffix,
            "gil_disabled": int(it.gil_disabled),
            "debug": it.debug,
        }
        if it.ld_version:
            facts["ld_version"] = it.ld_version
        if it.lib_dir:
            facts["libdir"] = it.lib_dir
        if it.implementation == "GraalVM":
            major, minor = it.implementation_version
            facts |= {"graalpy_major": major, "graalpy_minor": minor}
        path = Path(it.executable)
        facts_path, flags_path = Path(f"{path}.facts"), Path(f"{path}.flags")
        facts_path.write_text("".join(f"{k} {v}\n" for k, v in facts.items()))
        known = self.release.build_flags
        flags_path.write_text("".join(f"{int(f in it.build_flags)}\n" for f in known))
        path.write_text(FAKE_PYTHON.format(facts=facts_path, flags=flags_path))
        path.chmod(0o755)

    def base(self, targets: list[str]) -> Case:
        case = Case(self.release, self.random.choice(targets))
        case.features = self.features()
        for name, part in (
            ("PYO3_BUILD_EXTENSION_MODULE", 0.4),
            ("PYO3_USE_ABI3_FORWARD_COMPATIBILITY", 0.3),
            ("PYO3_USE_STABLE_ABI_FORWARD_COMPATIBILITY", 0.3),
            ("PYO3_USE_RAW_DYLIB", 0.3),
            ("UNSAFE_PYO3_BUILD_FREE_THREADED", 0.3),
        ):
            if self.chance(part):
                case.env[name] = self.random.choice(["1", "1", "0", ""])
        if self.chance(0.1):
            case.env["UNSAFE_PYO3_SKIP_VERSION_CHECK"] = "1"
        return case

    def host_case(self) -> Case:
        case = self.base([HOST, HOST, "x86_64-unknown-linux-musl"])
        if self.chance(0.1):
            case.env["PYO3_NO_PYTHON"] = ""
        self.choose_interpreter(case)
        return case

    def choose_interpreter(self, case: Case, part: float = 0.85) -> None:
        case.env["PYO3_PYTHON"] = "/nowhere/python"
        if self.chance(part):
            case.interpreter = self.interpreter()
            self.write_interpreter(case.interpreter)
            case.env["PYO3_PYTHON"] = case.interpreter.executable

    def cross_case(self) -> Case:
        case = self.base(list(TARGETS))
        if case.target.startswith("x86_64-unknown-linux") or self.chance(0.1):
            case.env["PYO3_CROSS"] = ""
        if case.target == "aarch64-apple-ios" and not self.release.has_target_abi:
            # The host's configuration is compiled into the older scripts.
            case.env["PYO3_CROSS"] = ""
        elif case.target == "aarch64-apple-ios":
            # Not a cross build in PyO3's eyes from 0.28 on.
            self.choose_interpreter(case, 1)
        if self.chance(0.6):
            major, minor = self.version()
            tail = "t" if self.chance(0.2) and minor >= 13 else ""
            text = f"{major}.{minor}{tail}"
            if self.chance(0.1):
                text = self.random.choice(["", "3", "3.x", "3.300", "x.9", "3.9.1"])
            case.env["PYO3_CROSS_PYTHON_VERSION"] = text
        if self.chance(0.3):
            names = ["CPython", "PyPy", "GraalVM", "RustPython", "cpython"]
            case.env["PYO3_CROSS_PYTHON_IMPLEMENTATION"] = self.random.choice(names)
        if self.chance(0.1):
            case.env["PYO3_NO_PYTHON"] = "1"
        if self.chance(0.6):
            case.env["PYO3_CROSS_LIB_DIR"] = self.lib_dir(case)
        return case

    def lib_dir(self, case: Case) -> str:
        root = self.new_path("root")
        if self.chance(0.05):
            return str(root)
        root.mkdir()
        triple = parse_triple(case.target)
        spellings = ["python3.9", "python3.13t", "lib/python3.12", "build/lib"]
        spellings += ["pypy3.10", "lib_pypy", "graalpy24", "other", "lib64/python3.9"]
        spellings.append(f"lib.{triple.system}-{triple.architecture}-3.12")
        spellings.append(f"build/lib.{triple.system}-x86_64-3.12")
        if self.chance(0.5):
            spellings.append(case.env.get("PYO3_CROSS_PYTHON_VERSION", "python3.13"))
        for _ in range(self.random.choice([0, 1, 1, 1, 1, 2])):
            folder = root / self.random.choice(spellings)
            folder.mkdir(parents=True, exist_ok=True)
            machine = self.random.choice([triple.architecture, "x86_64"])
            name = f"_sysconfigdata__{triple.system}_{machine}"
            if self.chance(0.1):
                name = "_sysconfigdata"
            (folder / f"{name}.py").write_text(self.sysconfigdata())
            if self.chance(0.2):
                case.env["_PYTHON_SYSCONFIGDATA_NAME"] = name
        return str(root)

    def sysconfigdata(self) -> str:
        pick = self.random.choice
        major, minor = self.version()
        tail = "t" if minor >= 13 and self.chance(0.3) else ""
        version = f"{major}.{minor}"
        data = {
            "prefix": pick(["/usr", "/tmp/_h_env_placehold_placehold", "/opt/x"]),
            "SOABI": pick(
                [
                    f"cpython-{major}{minor}{tail}-x86_64-linux-gnu",
                    f"cpython-{major}{minor}{tail}-x86_64-cygwin",
                    "pypy311-pp73",
                    "graalpy250-312-native",
                    "jython",
                ]
            ),
            "VERSION": version,
            "Py_ENABLE_SHARED": pick([0, 1, "true", "False", "maybe"])
            if self.chance(0.3)
            else 1,
            "SIZEOF_VOID_P": pick([8, 8, 4]),
            "MULTILINE": "one\ntwo words",
        }
        if self.chance(0.5):
            data["LDVERSION"] = version + tail
        if self.chance(0.7):
            data["LIBDIR"] = "/usr/lib"
        if tail:
            data["Py_GIL_DISABLED"] = 1
        for flag in ("Py_DEBUG", "Py_REF_DEBUG", "Py_TRACE_REFS", "COUNT_ALLOCS"):
            if self.chance(0.2):
                data[flag] = pick([0, 1, 1])
        if self.chance(0.3):
            data["PYTHONFRAMEWORK"] = pick(["", "Python"])
            data["PYTHONFRAMEWORKPREFIX"] = pick(["", "/Library/Frameworks"])
        if self.chance(0.1):
            del data[pick(["SOABI", "VERSION", "Py_ENABLE_SHARED", "SIZEOF_VOID_P"])]
        return f"build_time_vars = {data!r}\n"

    def file_case(self) -> Case:
        case = self.base(list(TARGETS))
        path = self.new_path("config.txt")
        path.write_bytes(self.config_text().encode())
        case.env["PYO3_CONFIG_FILE"] = str(path)
        if self.chance(0.05):
            case.env["PYO3_CONFIG_FILE"] = self.random.choice(
                ["", "relative/config.txt", f"{path}.missing"]
            )
        return case

    def config_text(self) -> str:
        pick = self.random.choice
        lines = []
        major, minor = self.version()
        version = f"{major}.{minor}"
        name = pick(["CPython"] * 6 + ["PyPy", "GraalVM", "RustPython", "cpython"])
        if self.chance(0.97):
            values = [version] * 12 + [" 3.9 ", "3", "3.300", "3.13.1", "+3.+9", ""]
            lines.append(f"version={pick(values)}")
        if self.chance(0.7):
            lines.append(f"implementation={name}")
        flags = ["Py_DEBUG", "Py_REF_DEBUG", "Py_GIL_DISABLED", "COUNT_ALLOCS", "X", ""]
        chosen = [flag for flag in flags if self.chance(0.2)]
        kinds = ["abi3", "abi3t", "gil_enabled", "free_threaded", "x"]
        abi = f"{name}-{pick(kinds)}-{version}{pick(['', '', '-debug'])}"
        for line, part in (
            (f"shared={pick(['true', 'false', 'false', 'True'])}", 0.4),
            (f"abi3={pick(['true', 'false'])}", 0.3),
            (f"target_abi={abi}", 0.3),
            ("target_abi=CPython", 0.02),
            (f"lib_name={pick(['python3.9', 'custom', '', 'python3'])}", 0.4),
            ("lib_dir=C:\\Python = x", 0.3),
            ("executable=/usr/bin/python", 0.3),
            (f"pointer_width={pick(['64', '64', '32', '-1', '99999999999'])}", 0.4),
            (f"build_flags={','.join(chosen)}", 0.6),
            ("python_framework_prefix=/Library", 0.2),
            (f"suppress_build_script_link_lines={pick(['true', 'false'])}", 0.2),
            ("extra_build_script_line=  cargo:rustc-link-arg=x = y", 0.2),
            ("extra_build_script_line=second", 0.1),
            ("#=x", 0.1),
            (" version=3.9", 0.1),
            ("# a comment", 0.05),
            ("", 0.03),
        ):
            if self.chance(part):
                lines.append(line)
        self.random.shuffle(lines)
        ending = pick(["\n", "\n", "\r\n"])
        return ending.join(lines) + pick(["", ending])
