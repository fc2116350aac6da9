#!/usr/bin/env python3
"""The commit that a build names, which a journal is held to: other sources have another name, also where no commit says so,
and what is not built from changes nothing."""
import os
import shutil
import subprocess
import sys

from program import expect, finish, folder, write

SCRIPT = os.path.join(os.environ["RADMILL_SOURCE"], "jobs", "commit.cmake")


def name(source):
    out = os.path.join(source, "name.h")
    subprocess.run(["cmake", f"-DSOURCE={source}", f"-DOUTPUT={out}", "-P", SCRIPT], check=True)
    with open(out) as file:
        text = file.read().split('"')[1]
    os.remove(out)
    return text


def git(source, *arguments):
    subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", "-C", source, *arguments], check=True,
                   capture_output=True)


def sources_in(where):
    for path in ("CMakeLists.txt", "README.md", "kernels/texture/glcm.c", "jobs/main.c", "io/file.h", "engine/farm.h"):
        os.makedirs(os.path.dirname(os.path.join(where, path)), exist_ok=True)
        write(os.path.join(where, path), f"first of {path}\n")
    return where


def changed(where, clean):
    """Names of a tree after this and that; those of the unchanged one are `clean`."""
    kernel, names = os.path.join(where, "kernels/texture/glcm.c"), set()
    for text in ("second\n", "third\n"):
        write(kernel, text)
        names.add(name(where))
        expect(name(where) in names, "the same sources have the same name")
    write(os.path.join(where, "README.md"), text)
    expect(name(where) in names, "the README is no source")
    write(os.path.join(where, "kernels/new.h"), "a header\n")
    names.add(name(where))
    expect(len(names) == 3 and clean not in names and all("+" in n for n in names), f"a name each: {clean} {names}")
    os.remove(os.path.join(where, "kernels/new.h"))
    for path in ("kernels/texture/glcm.c", "README.md"):
        write(os.path.join(where, path), f"first of {path}\n")
    expect(name(where) == clean, f"as it was: {name(where)} {clean}")


def commits(where):
    sources_in(where)
    git(where, "init", "-q")
    git(where, "add", ".")
    git(where, "commit", "-qm", "first")
    clean = name(where)
    expect(len(clean) == 12 and "+" not in clean, f"a commit's name alone: {clean}")
    changed(where, clean)


def no_history(where):
    """As from a tarball, also when that is unpacked inside another project."""
    clean = name(sources_in(where))
    expect(clean.startswith("unknown+"), f"no commit: {clean}")
    changed(where, clean)
    inside = sources_in(os.path.join(where, "inside"))
    git(where, "init", "-q")
    git(where, "add", ".")
    git(where, "commit", "-qm", "of another project")
    expect(name(inside) == clean, f"the other project's commit says nothing: {name(inside)}")


if __name__ == "__main__":
    if not shutil.which("git") or not shutil.which("cmake"):
        print("commit: no git or no cmake here")
        sys.exit(77)
    for test in (commits, no_history):
        with folder() as where:
            test(where)
    finish("commit")
