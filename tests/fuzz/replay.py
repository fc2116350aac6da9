#!/usr/bin/env python3
"""Every seed and every file that a fuzzer found, through the reader: the status and the sentence that sentences.tsv has for
it, and no file without a line there; and files beyond a fuzzer's length, within the time and memory that they justify.
Usage: replay.py FOLDER_OF_PROGRAMS [--print]

--print writes the lines as they are now, for a new file to be added once its sentence has been read and found true.
"""
import gzip
import os
import resource
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


def listed(n, word):
    return b"[" + b", ".join(word(i).encode() for i in range(n)) + b"]"


# Files that a fuzzer's limit on their length keeps it from: target, name, contents, what is said of them, MiB beyond those of
# a small file. What a list of a text file takes is libfyaml's 200 bytes for each of its own.
LARGE = (
    ("params", "long-text.yaml", lambda: b"a: &a " + b"x" * 100000 + b"\nb: " + listed(900, lambda i: "*a"),
     "long-text.yaml line 2: its aliases (*name) stand for more than ", 16),
    ("params", "aliases.yaml", lambda: b"a: &a " + b"x" * 100000 + b"\nb: " + listed(20000, lambda i: "*a"),
     "aliases.yaml line 2: more than 1000 anchors and aliases (&name, *name), expected a few", 16),
    ("study", "lists.yaml", lambda: b"a: &a " + listed(300, lambda i: "1") + b"\nb: &b " + listed(300, lambda i: "*a") +
     b"\nc: " + listed(300, lambda i: "*b"), "study.yaml line 2: its aliases (*name) stand for more than ", 16),
    ("study", "anchors.yaml", lambda: b"a: " + listed(60000, lambda i: f"&a{i} 1") + b"\n",
     "study.yaml line 1: more than 1000 anchors and aliases (&name, *name), expected a few", 16),
    ("study", "one-anchor.yaml", lambda: b"- &a\n" * 200000,
     "study.yaml line 1: more than 1000 anchors and aliases (&name, *name), expected a few", 16),
    ("study", "directives.yaml", lambda: b"".join(b"%%TAG !e%d! tag:e:\n" % i for i in range(50000)) + b"---\na: 1\n",
     "study.yaml: more than 100 times %TAG, expected no tags of its own", 16),
    ("manifest", "wide.csv", lambda: b"Image,Mask" + b"".join(b",c%d" % (i * 7919 % 900001) for i in range(900000)) + b"\ni,m" +
     b",1" * 900000 + b"\n", "", 80),
)
CHECKED = 6 if "ASAN_OPTIONS" in os.environ else 1 # under sanitizers everything takes several times as much
SECONDS = 5 * CHECKED # of the processor's time for one of them


def cost(programs, target, path):
    """What is said of a file, the processor's seconds and MiB at most."""
    limit = lambda: resource.setrlimit(resource.RLIMIT_CPU, (4 * SECONDS, 4 * SECONDS))
    process = subprocess.Popen([os.path.join(programs, "fuzz_" + target), "--say", path], stdout=subprocess.PIPE,
                               preexec_fn=limit)
    said = process.stdout.read().decode(errors="replace").rstrip("\n").split("\t")[-1]
    status, used = os.wait4(process.pid, 0)[1:]
    process.returncode = os.waitstatus_to_exitcode(status)
    return said if status == 0 else f"ended with {process.returncode}", used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def large(programs):
    """What was wrong, a line each."""
    wrong = []
    with tempfile.TemporaryDirectory() as where:
        for target, name, contents, sentence, most in LARGE:
            small, path = os.path.join(where, "small"), os.path.join(where, name)
            for file, data in (small, b"a"), (path, contents()):
                with open(file, "wb") as stream:
                    stream.write(data)
            base, (said, seconds, memory) = cost(programs, target, small)[2], cost(programs, target, path)
            if not said.startswith(sentence) or bool(said) != bool(sentence) or seconds > SECONDS or memory > base + CHECKED * most:
                wrong.append(f"{target}/{name}: {seconds:.1f} s, {memory:.0f} MiB, of a small file {base:.0f}; said: {said[:200]}")
            os.unlink(path)
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
        others = die_of(programs) + large(programs)
        n += len(LARGE)
        wrong += len(others)
        print("".join(line + "\n" for line in others), end="")
        print(f"replay: {n} files, {wrong} with another sentence")
    return 1 if wrong else 0


sys.exit(main())
