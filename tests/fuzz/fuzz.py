#!/usr/bin/env python3
"""Runs every libFuzzer target for some seconds, two at a time, and tells what was tried and found.
Usage: fuzz.py FOLDER_OF_PROGRAMS SECONDS [TARGET...]

A target's growing corpus lies in build-fuzz/corpus/TARGET and is kept from run to run; what it finds in build-fuzz/found/TARGET.
"""
import concurrent.futures
import os
import re
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
# Bytes a file, and MiB for one allocation: what the longest file can justify. A gzip stream of 32 KiB inflates to 33 MiB at
# most; a text of 16 KiB is a tree of at most 16 Ki nodes, of less than 1 KiB each.
LIMITS = {"nifti": (32 << 10, 40), "nifti_gz": (32 << 10, 40), "nrrd": (32 << 10, 40), "h5ad": (128 << 10, 160),
          "model": (48 << 10, 48)}
OTHERS = (16 << 10, 16)


# HDF5 dies of damaged files (io/hdf5_watch.h), so this target goes on behind deaths; each is looked at afterwards.
GOES_ON = {"h5ad": ["-fork=1", "-detect_leaks=0", "-ignore_crashes=1", "-ignore_timeouts=1", "-ignore_ooms=1"]}


def is_library(program, path, options):
    """Whether what a file does is done by HDF5: of its frames and ours, whose is the innermost."""
    done = subprocess.run([program, *options, path], capture_output=True, text=True, errors="replace")
    for frame in re.findall(r"^ *#\d+ 0x.*$", done.stderr, re.M):
        if "libhdf5" in frame:
            return True
        if re.search(r"/(io|kernels|engine|jobs)/\w+\.c", frame):
            return False
    return "libhdf5" in done.stderr


def fuzz(programs, target, seconds):
    longest, allocation = LIMITS.get(target, OTHERS)
    build, program = os.path.dirname(os.path.abspath(programs)), os.path.join(programs, "fuzz_" + target)
    corpus, found = (os.path.join(build, kind, target) for kind in ("corpus", "found"))
    for folder in (corpus, found):
        os.makedirs(folder, exist_ok=True)
    inputs = [os.path.join(HERE, kind, target) for kind in ("seeds", "found")]
    bounds = [f"-malloc_limit_mb={allocation}", "-rss_limit_mb=1024", "-timeout=5"]
    command = [program, corpus, *[f for f in inputs if os.path.isdir(f)], *bounds, *GOES_ON.get(target, []),
               f"-max_total_time={seconds}", f"-max_len={longest}", "-print_final_stats=1", f"-artifact_prefix={found}/"]
    words = os.path.join(HERE, "dict", target.replace("nifti_gz", "nifti") + ".dict")
    if os.path.exists(words):
        command.append("-dict=" + words)
    log = os.path.join(build, f"fuzz-{target}.log")
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None
    before, begin = set(os.listdir(found)), time.monotonic()
    with open(log, "w", encoding="utf-8") as file, tempfile.TemporaryDirectory(dir=memory) as folder:
        status = subprocess.run(command, stdout=file, stderr=file, env=dict(os.environ, TMPDIR=folder)).returncode
    ran = time.monotonic() - begin
    with open(log, encoding="utf-8", errors="replace") as file:
        text = file.read()
    new = [os.path.join(found, name) for name in sorted(set(os.listdir(found)) - before)]
    library = [path for path in new if target in GOES_ON and is_library(program, path, bounds)]
    ours = [path for path in new if path not in library]
    n = re.findall(r"stat::number_of_executed_units: *(\d+)|^#(\d+): cov", text, re.M)
    cover = re.findall(r" cov: (\d+) ", text)
    return {"failed": bool(ours) or (status != 0 and target not in GOES_ON), "n": int("".join(n[-1])) if n else 0,
            "seconds": ran, "cover": int(cover[-1]) if cover else 0, "ours": ours, "library": library, "log": log}


def main():
    programs, seconds, targets = sys.argv[1], int(sys.argv[2]), sys.argv[3:]
    targets = targets or sorted(os.listdir(os.path.join(HERE, "seeds")))
    options = "detect_leaks=1:quarantine_size_mb=32:allocator_may_return_null=0"
    os.environ["ASAN_OPTIONS"] = options
    os.environ["LSAN_OPTIONS"] = f"suppressions={HERE}/lsan.supp:print_suppressions=0"
    os.environ["UBSAN_OPTIONS"] = "print_stacktrace=1"
    failed, total = False, 0
    print(f"{'target':12} {'inputs':>10} {'seconds':>8} {'edges':>7}  found", flush=True)
    with concurrent.futures.ThreadPoolExecutor(min(4, os.cpu_count() or 1)) as pool:
        runs = {t: pool.submit(fuzz, programs, t, seconds) for t in targets}
        for target, run in runs.items():
            r = run.result()
            failed |= r["failed"]
            total += r["n"]
            told = " ".join(r["ours"]) or (f"see {r['log']}" if r["failed"] else "nothing")
            if r["library"]:
                told += f"; {len(r['library'])} files that HDF5 dies of, in {os.path.dirname(r['library'][0])}"
            print(f"{target:12} {r['n']:10} {r['seconds']:8.0f} {r['cover']:7}  {told}", flush=True)
    print(f"{total} inputs")
    return 1 if failed else 0


sys.exit(main())
