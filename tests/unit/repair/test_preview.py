"""Tests of binaries as they will be."""

from __future__ import annotations

from ferrule.formats.elf import read_elf
from ferrule.repair.preview import repaired_images

MODULE = "demo/_core.so"


def test_the_preview_says_what_the_files_will(
    plan_for, add_library, elf_image, contents_after, content_of
):
    add_library("liba.so", elf_image(needed=["libc.so.6"]))
    files = {MODULE: elf_image(needed=["liba.so", "libcuda.so.1", "libc.so.6"])}
    plan = plan_for(files, exclude=("cuda",))
    before = repaired_images(content_of(files).images, plan)
    after, _ = contents_after(plan, files)
    for path, content in after.items():
        image = read_elf(content)
        assert before[path].soname == image.soname
        assert before[path].rpath == image.rpath
        wanted = [name for name in image.needed if name != "libcuda.so.1"]
        assert list(before[path].needed) == wanted


def test_the_preview_of_mach_o_files(
    plan_for, add_library, macho_image, contents_after, content_of
):
    add_library("liba.dylib", macho_image())
    libraries = (("/usr/lib/libSystem.B.dylib", 0xC), ("/opt/liba.dylib", 0xC))
    files = {MODULE: macho_image(name="", libraries=libraries, rpaths=("/x",))}
    plan = plan_for(files)
    before = repaired_images(content_of(files).images, plan)
    after, _ = contents_after(plan, files)
    from ferrule.formats.macho import read_macho

    for path, content in after.items():
        (made,), (seen,) = read_macho(content).slices, before[path].slices
        assert made.needed == seen.needed
        assert made.rpaths == seen.rpaths
        assert made.install_name == seen.install_name
