#!/usr/bin/env python3
"""Every seed and every file that a fuzzer found, through the reader: the status and the sentence that sentences.tsv has for
it, and no file without a line there. Usage: replay.py FOLDER_OF_PROGRAMS [--print]

--print writes the lines as they are now, for a new file to be added once its sentence has been read and found true.
"""
import gzip
import os
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
LIMIT = 60  # seconds for all files of a target; a file takes milliseconds


def files_of(target):
    """name -> path of its seeds and found cases."""
    found = {}
    for kind in ("seeds", "found"):
        folder = os.path.join(HERE, kind, target)
        for name in sorted(os.listdir(folder)) if os.path.isdir(folder) else []:
            assert name not in found, f"{target}: two files are named {name}"
            found[name] = os.path.join(folder, name)
    return found


def said_now(programs, target):
    """name -> (status, sentence), by the program."""
    done = subprocess.run([os.path.join(programs, "fuzz_" + target), "--say", *files_of(target).values()], timeout=LIMIT,
                          capture_output=True)
    if done.returncode != 0:
        raise SystemExit(f"fuzz_{target} ended with {done.returncode}: {done.stderr.decode(errors='replace')}")
    lines = done.stdout.decode("utf-8", "backslashreplace").split("\n")[:-1]
    return {line.split("\t", 2)[0]: tuple(line.split("\t", 2)[1:]) for line in lines}


def expected():
    """target -> name -> (status, sentence)."""
    table = {}
    with open(os.path.join(HERE, "sentences.tsv"), encoding="utf-8", newline="\n") as file:
        for line in file.read().split("\n")[1:-1]:
            target, name, status, sentence = line.split("\t", 3)
            table.setdefault(target, {})[name] = (status, sentence)
    return table


def die_of(programs):
    """Files that HDF5 1.10 dies of or never ends with (found_h5ad, packed since HDF5's files are mostly zeros): whatever the
    library makes of them, the program ends with a sentence. What was wrong, a line each."""
    wrong = []
    with tempfile.TemporaryDirectory() as where:
        for name in sorted(os.listdir(os.path.join(HERE, "found_h5ad"))):
            path = os.path.join(where, name.removesuffix(".gz"))
            with gzip.open(os.path.join(HERE, "found_h5ad", name)) as packed, open(path, "wb") as file:
                file.write(packed.read())
            done = subprocess.run([os.path.join(programs, "fuzz_h5ad"), "--say", path], timeout=LIMIT, capture_output=True)
            said = done.stderr.decode(errors="replace")
            told = done.returncode == 3 and said.count("\n") == 1 and ": damaged: the HDF5 library " in said
            sanitized = "AddressSanitizer" in said and "libhdf5" in said # which is quicker than the death
            if not (done.returncode == 0 or told or sanitized):
                wrong.append(f"h5ad/{name}: ended with {done.returncode}: {said}")
    return wrong


def main():
    programs, table, wrong, n = sys.argv[1], expected(), 0, 0
    targets = sorted(set(table) | set(os.listdir(os.path.join(HERE, "seeds"))))
    for target in targets:
        now, then = said_now(programs, target), table.get(target, {})
        if "--print" in sys.argv:
            for name, (status, sentence) in now.items():
                print(target, name, status, sentence, sep="\t")
            continue
        for name in sorted(set(now) | set(then) | set(files_of(target))):
            n += 1
            if now.get(name) != then.get(name):
                wrong += 1
                print(f"{target}/{name}:\n  expected {then.get(name)}\n  found    {now.get(name)}")
    if "--print" not in sys.argv:
        deaths = die_of(programs)
        wrong += len(deaths)
        print("".join(line + "\n" for line in deaths), end="")
        print(f"replay: {n} files, {wrong} with another sentence")
    return 1 if wrong else 0


sys.exit(main())
