"""Libraries that join the wheel of a build, under `audit = "repair"`.

Changed files are written below the target directory, in the folders that they
have in the wheel, so that all that follows sees plain files. An unchanged build
takes them from there.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ferrule import __version__, cache
from ferrule.identity import changed_path, file_identities
from ferrule.pipeline.build.platforms import wheel_binaries
from ferrule.records import dataclass
from ferrule.wheel.member import Member

if TYPE_CHECKING:
    from ferrule.formats.image import Image
    from ferrule.pipeline.compiling import CompiledBuild
    from ferrule.repair.content import WheelContent
    from ferrule.repair.plan import RepairPlan
    from ferrule.repair.wishes import RepairWishes

__all__ = ["Grafted", "graft_libraries"]


@dataclass(frozen=True)
class Grafted:
    """A wheel's members with what they need."""

    members: list[Member]
    built: list[Path]
    """The files that were built, or what they became."""
    left_out: tuple[str, ...] = ()
    """Libraries that count as promised, because the author says so."""
    notes: tuple[str, ...] = ()


def graft_libraries(
    compiled: CompiledBuild, members: list[Member], built: list[Path]
) -> Grafted:
    """Return the members of a wheel, with libraries where files need them.

    Libraries that cannot be found are told in the notes: the wheel then works
    only where they are installed. Raises `SearchFolderError`, `ProviderError`,
    `PatternError`, `BinaryEditError`, `ReadError` and `WriteError`.
    """
    settings = compiled.build.project.settings
    unchanged = Grafted(members, built)
    if settings.audit != "repair" or settings.compatibility in ("linux", "off"):
        return unchanged
    job = _Job(compiled, members, built)
    if not job.files:
        return unchanged
    answer = job.remembered()
    if answer is None:
        answer = job.answer()
    return job.grafted(answer) if answer else unchanged


@dataclass(frozen=True)
class _Job:
    compiled: CompiledBuild
    members: list[Member]
    built: list[Path]

    @cached_property
    def files(self) -> dict[str, Path]:
        """Return the files that may be binaries, by their places in the wheel."""
        return wheel_binaries(self.members, self.built)

    @property
    def link_paths(self) -> list[Path]:
        runs = [item.run for item in self.compiled.results.values()]
        return list(dict.fromkeys(path for run in runs for path in run.link_paths))

    @property
    def key(self) -> str:
        settings = self.compiled.build.project.settings
        files = sorted((path, str(source)) for path, source in self.files.items())
        identities = file_identities(self.files.values())
        told = settings.repair, settings.compatibility, list(map(str, self.link_paths))
        return repr([__version__, "repair", files, identities, *told])

    def remembered(self) -> dict[str, Any] | None:
        """Return the last answer if all that it depends on is as it was."""
        found = cache.read_json(self.compiled.build.env, "answers", self.key)
        if not isinstance(found, dict):
            return None
        if found and changed_path(found["identities"]) is not None:
            return None
        return found

    def answer(self) -> dict[str, Any]:
        """Plan, write the changed files, and return what to pack instead.

        Nothing if nothing changes. What is missing may be there next time, so
        such an answer is not remembered.
        """
        content, wishes = self._content(), self._wishes()
        plan = self._plan(content, wishes)
        answer: dict[str, Any] = {}
        if not plan.is_empty or plan.left_out or plan.notes:
            answer = self._written(plan, content, wishes)
        if not plan.notes:
            env = self.compiled.build.env
            cache.write_json(env, "answers", self.key, answer, label="repair")
        return answer

    def grafted(self, answer: Mapping[str, Any]) -> Grafted:
        """Return the members with an answer's files in place of their own."""
        moved = set(answer["moves"])
        new = {
            path: Member(path, Path(file), executable=executable)
            for path, file, executable in answer["members"]
        }
        members = [
            replace(member, source=new.pop(member.path).source)
            if member.path in new
            else member
            for member in self.members
            if member.path in new or member.path not in moved
        ]
        replaced = {Path(old): Path(file) for old, file in answer["replaced"].items()}
        self.compiled.repaired.update(replaced)
        return Grafted(
            [*members, *new.values()],
            [replaced.get(path, path) for path in self.built],
            tuple(answer["leftOut"]),
            tuple(answer["notes"]),
        )

    def _written(
        self, plan: RepairPlan, content: WheelContent, wishes: RepairWishes
    ) -> dict[str, Any]:
        from ferrule import atomic
        from ferrule.repair.application import apply_plan
        from ferrule.wheel.content import chunks

        changes = apply_plan(plan, content)
        contents: dict[str, Any] = dict(changes.contents)
        contents.update(self._sbom(plan, wishes))
        folder = self._folder()
        members = []
        for path, source in sorted(contents.items()):
            with atomic.replacing(folder / path, mode=0o755) as stream:
                for piece in chunks(source):
                    stream.write(piece)
            members.append([path, str(folder / path), path in changes.executable])
        files = self.files
        replaced = {
            str(files[path]): str(folder / plan.moves.get(path, path))
            for path in plan.edits
            if path in files
        }
        watched = [item.source for item in plan.grafts]
        watched += [folder / path for path in contents]
        return {
            "members": members,
            "replaced": replaced,
            "moves": sorted(plan.moves),
            "leftOut": sorted(plan.left_out),
            "notes": list(plan.notes),
            "identities": file_identities(watched),
        }

    def _sbom(self, plan: RepairPlan, wishes: RepairWishes) -> dict[str, bytes]:
        build = self.compiled.build
        if not plan.grafts or not build.project.settings.sbom.repair:
            return {}
        from ferrule.pipeline.finished.repair import SBOM_NAME, grafts_sbom, read_epoch

        metadata = build.project.metadata
        folder = f"{metadata.distribution_name}-{metadata.file_version}.dist-info"
        document = grafts_sbom(
            plan,
            wishes,
            distribution=metadata.distribution_name,
            version=metadata.version,
            epoch=read_epoch(build.env),
        )
        return {f"{folder}/sboms/{SBOM_NAME}": document}

    def _folder(self) -> Path:
        """Return where this build's changed files are kept."""
        import hashlib

        build = self.compiled.build
        root = build.keys[0].target_directory / "ferrule" / "repaired"
        places = repr(sorted((path, str(file)) for path, file in self.files.items()))
        return root / hashlib.sha256(places.encode()).hexdigest()[:16]

    def _content(self) -> WheelContent:
        from ferrule.repair.content import WheelContent

        sources = {member.path: member.source for member in self.members}
        return WheelContent(
            distribution=self.compiled.build.project.metadata.distribution_name,
            names=tuple(sources),
            images=_images(self.files),
            source=sources.__getitem__,
        )

    def _wishes(self) -> RepairWishes:
        from ferrule.pipeline.finished.repair import environment_folders, make_wishes
        from ferrule.repair.wishes import RepairWishes

        build = self.compiled.build
        settings, root = build.project.settings.repair, build.project.root
        wishes = RepairWishes(
            exclude=settings.exclude,
            include=tuple(_below(root, text) for text in settings.include),
            no_mangle=settings.no_mangle,
            lib_paths=tuple(root / text for text in settings.lib_paths),
            build_paths=tuple(self.link_paths),
            sysroots=tuple(root / text for text in settings.sysroots),
            environment=environment_folders(build.env),
            names_missing=True,
        )
        names = "repair.lib-paths", "repair.sysroots"
        return make_wishes(wishes, settings.provided_by, root, names=names)

    def _plan(self, content: WheelContent, wishes: RepairWishes) -> RepairPlan:
        from ferrule.pipeline.build.platforms import target_of, wanted_here
        from ferrule.pipeline.finished.repair_platforms import find_promises
        from ferrule.repair.planning import plan_repair
        from ferrule.wheel.tags import WheelTag

        build = self.compiled.build
        abis = [module.abi for module in build.modules]
        python = abis[0].python_tag if abis else "py3"
        compatibility = build.project.settings.compatibility
        wanted = wanted_here(compatibility, target_of(build)).partition(",")[0]
        tag = WheelTag(python, "none", ("linux",))
        promised = "auto" if wanted == "pypi" else wanted
        return plan_repair(
            content, wishes, find_promises(tag, content.images, promised)
        )


def _images(files: Mapping[str, Path]) -> dict[str, Image]:
    from ferrule.formats.image import identify, read_image
    from ferrule.formats.view import read_start

    return {
        path: read_image(file, path)
        for path, file in files.items()
        if identify(read_start(file)) in ("elf", "macho", "pe")
    }


def _below(root: Path, pattern: str) -> str:
    """Return an include pattern: paths are relative to the project."""
    return str(root / pattern) if "/" in pattern else pattern
