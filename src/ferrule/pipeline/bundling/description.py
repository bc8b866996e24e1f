"""Describes a bundle: contents, bill of materials, licences of all its parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from ferrule import __version__
from ferrule.bundle.bill import Bill, bill_files
from ferrule.cargo.components import read_components
from ferrule.cargo.toolchain import ask_sysroot
from ferrule.repair.owners import find_owners

if TYPE_CHECKING:
    from ferrule.bundle.model import Bundle, BundleFile
    from ferrule.bundle.packages import Package
    from ferrule.pipeline.bundling.job import Job

__all__ = ["Description"]


@dataclass(frozen=True)
class Description:
    """What is told about every bundle of one program."""

    job: Job
    packages: Sequence[Package]

    def files(self, bundle: Bundle) -> tuple[BundleFile, ...]:
        """Return the files that describe a bundle, whose files are all known.

        Raises `ReadError` and what finding the toolchain raises.
        """
        job, case = self.job, self.job.case
        archives = job.mode.archives(case)
        origins = [item.origin for item in bundle.of("library") if item.origin]
        # What another system's libraries belong to is not known here.
        known = [] if case.interpreter.is_foreign else [*origins, *archives]
        return bill_files(
            Bill(
                bundle,
                case.interpreter,
                case.target.text,
                self.packages,
                read_components(job.key.component_rows),
                find_owners(known, Path("/")),
                __version__,
                job.opened.request.epoch,
                job.sources,
                archives,
                ask_sysroot(job.env, job.key.crate.folder),
                ".".join(map(str, job.opened.toolchain.release)),
            )
        )
