#!/usr/bin/env python3
"""Nothing counts before it is on disk, and a disk that refuses a sync is believed: what a run asks of the disk, in its order,
as tests/support/recorder.c writes it down; and runs of which one sync fails and whatever no sync has made safe is lost.

Oracles: the journal's format (engine/record.h), read here anew; the bytes of an undisturbed run.

Usage: synced.py path/to/recorder.so path/to/radmill
"""
import os
import pathlib
import re
import shutil
import struct
import subprocess
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / name) for name in ("e2e", "support"))]

from program import RADMILL, command, content, environment, expect, finish, folder, write, write_slow_cases
from runs import Sweep

RECORDER = os.path.abspath(sys.argv[1])
DONE, FAILED, HEADER = 4, 5, 16


def run(arguments, out, ranks=1, **options):
    """The ended run and its events, each a tuple of the event's letter and its words, paths within `out`."""
    trace = out + ".trace"
    variables = {"LD_PRELOAD": RECORDER, "RECORDER_TRACE": trace, "RECORDER_FOLDER": out,
                 **{"RECORDER_" + name: str(value) for name, value in options.items()}}
    line = command(arguments, ranks)
    at = line.index(RADMILL)
    line[at:at] = ["env", *(f"{name}={value}" for name, value in variables.items())]
    ended = subprocess.run(line, capture_output=True, text=True, timeout=300, env=environment(ranks))
    with open(trace, errors="replace") as file:
        events = [tuple(part.removeprefix(out + "/") for part in text.rstrip("\n").split("\t")) for text in file]
    os.remove(trace)
    return ended, events


def records(journal):
    """(kind, begin, end, up to where it says that the file was synced) of each record."""
    data, at, found = content(journal), HEADER, []
    while data[at:at + 4] == b"RMLr":
        n_keys, = struct.unpack_from("<I", data, at + 8)
        n_bytes, synced = struct.unpack_from("<QQ", data, at + 16)
        end = at + 40 + (16 * n_keys + n_bytes + 7) // 8 * 8
        if end > len(data):
            break
        found.append((data[at + 4] & 127, at, end, synced))
        at = end
    return found


class Safe:
    """How much of the journal is on disk, event after event."""

    def __init__(self, journal):
        self.journal, self.asked, self.upto, self.failed = journal, {}, 0, False

    def see(self, event):
        if event[0] == "s" and event[-1].startswith(self.journal):  # also under the name that it has at first
            self.asked[event[1]] = int(event[2])
        elif event[0] == "S" and event[1] in self.asked:
            if event[2] == "0":
                self.upto = max(self.upto, self.asked[event[1]])
            else:
                self.failed = True


def look_at_journal(events, out, journal, output, what):
    """No record says that more is synced than is; nothing that has an outcome is told, or made an output of, before its record
    is on disk; and no failed sync is tried again. What is on disk at the end, the numbers that were told, and how many outcomes
    were on disk when the last one was written."""
    found = records(os.path.join(out, journal)) if os.path.exists(os.path.join(out, journal)) else []
    promised = {begin: synced for _, begin, _, synced in found}
    ends = [end for kind, _, end, _ in found if kind in (DONE, FAILED)]
    safe, made, told, n_before_last = Safe(journal), False, [], 0
    for event in events:
        if event[0] == "w" and event[-1] == journal:
            begin = int(event[1])
            expect(promised.get(begin, 0) <= safe.upto,
                   f"{what}: the record at {begin} says that {promised.get(begin)} bytes are synced, {safe.upto} are")
            if ends and begin < ends[-1] <= begin + int(event[2]):
                n_before_last = sum(end <= safe.upto for end in ends)
        if event[0] == "s" and event[-1] == journal:
            expect(not safe.failed, f"{what}: a journal that could not be synced is synced again")
        if event[0] in "wr" and event[-1].removesuffix(".tmp") == output and not made:
            made = True
            expect(ends and ends[-1] <= safe.upto, f"{what}: {output} is begun when {safe.upto} bytes are synced of {ends[-1:]}")
        if event[0] == "t" and (shown := re.search(r"(\d+)/\d+ ", event[1])):
            told.append(int(shown[1]))
            n_safe = sum(end <= safe.upto for end in ends)
            expect(told[-1] <= n_safe, f"{what}: {told[-1]} are told of, {n_safe} are on disk")
        safe.see(event)
    return safe, told, n_before_last


def look_at_files(events, out, what):
    """Whatever file there is has its name from a rename, its bytes were synced as they were renamed, and its folder after it."""
    synced, whole, named = {}, set(), set()
    for n, event in enumerate(events):
        if event[0] == "s":
            synced[event[1]] = event[2:4]
        elif event[0] == "S" and event[2] == "0":
            whole.add((event[3], *synced[event[1]]))
        elif event[0] == "r":
            source, target = event[3:]
            named.add(target)
            expect((source, *event[1:3]) in whole, f"{what}: {source} is renamed before its {event[1]} bytes are synced")
            if os.path.basename(target) != "lock":
                parent = os.path.dirname(target) or out
                expect(any(later[0] == "S" and later[2:] == ("0", parent) for later in events[n:]),
                       f"{what}: {parent} is synced after {target} has its name")
    there = {os.path.relpath(os.path.join(place, name), out) for place, _, names in os.walk(out) for name in names
             if name != "log"}
    expect(there <= named, f"{what}: written under their own names: {there - named}")


class Extraction:
    """Small enough to be run again and again."""
    output, journal, good = "f.h5ad", "f.h5ad.run/journal", 1

    def __init__(self, where, n_cases, size):
        self.where = where
        os.mkdir(where)
        write(os.path.join(where, "cohort.csv"),
              "\n".join(write_slow_cases(where, n_cases, size) + ["bad,nowhere.nii,mask.nii,1,A"]) + "\n")
        write(os.path.join(where, "slow.yaml"), "setting: {binWidth: 1}\n")

    def arguments(self, out):
        return ["extract", os.path.join(self.where, "cohort.csv"), "--params", os.path.join(self.where, "slow.yaml"),
                "--out", os.path.join(out, "f.h5ad"), "--csv", os.path.join(out, "f.csv"), "--resume"]

    def results(self, out):
        return {name: os.path.exists(os.path.join(out, name)) and content(os.path.join(out, name)) for name in ("f.h5ad", "f.csv")}


def new(where, name):
    out = os.path.join(where, name)
    os.mkdir(out)
    return out


def undisturbed(work, out):
    ended, events = run(work.arguments(out), out)
    expect(ended.returncode == work.good, f"undisturbed: {ended.returncode} {ended.stderr}")
    look_at_journal(events, out, work.journal, work.output, "undisturbed")
    look_at_files(events, out, "undisturbed")
    return work.results(out)


def slow_disk(where):
    """A sync takes so long that results wait for it: they are not told of meanwhile, nor do all wait for the last one."""
    work = Extraction(os.path.join(where, "slow"), 24, (24, 24, 24))
    for ranks in (1, 2):
        out = new(where, f"slow{ranks}")
        ended, events = run(work.arguments(out), out, ranks, PAUSE=100)
        expect(ended.returncode == work.good, f"a slow disk, {ranks} ranks: {ended.returncode} {ended.stderr}")
        _, told, n_safe = look_at_journal(events, out, work.journal, work.output, f"a slow disk, {ranks} ranks")
        expect(n_safe > 0 and len(told) > 1, f"a slow disk, {ranks} ranks: {n_safe} on disk before the last result, told: {told}")


# Which sync of what, and after which output has its name.
REFUSED = ((1, "f.h5ad.run/journal", None), (2, "f.h5ad.run/journal", None), (3, "f.h5ad.run/journal", None),
           (1, "f.h5ad.run/journal", "f.h5ad"), (1, "f.h5ad.run/journal.new.*", None), (1, "f.h5ad.run/lock.taking", None),
           (1, "f.h5ad.run", None), (1, "f.csv.tmp", None), (1, "f.h5ad.tmp", None), (1, ".", None), (1, ".", "f.csv"),
           (1, ".", "f.h5ad"))


def refused_syncs(where, work, whole):
    for n, (number, path, after) in enumerate(REFUSED):
        out, what = new(where, f"refused{n}"), f"sync {number} of {path}" + (f" after {after} is there" if after else "")
        # The journal's syncs take a while: what is appended meanwhile would be the next one's.
        ended, events = run(work.arguments(out), out, FAIL=f"{number} {path}", PAUSE=40, **({"AFTER": after} if after else {}))
        failed = [k for k, event in enumerate(events) if event[0] == "S" and event[2] == "5"]
        expect(len(failed) == 1, f"{what} fails: {failed}")
        # That all is written need not be said.
        done = failed and any(event[0] == "r" and event[-1] == work.output for event in events[:failed[0]])
        goes_on = done and path.endswith("journal")
        expect(ended.returncode == (work.good if goes_on else 3), f"{what} fails: status {ended.returncode} {ended.stderr}")
        name = out if path == "." else os.path.basename(re.sub(r"\.(tmp|taking|\*)$", "", path))
        expect(goes_on or re.search(rf"{re.escape(name)}.*Input/output error", ended.stderr), f"{what} is named: {ended.stderr}")
        safe, _, _ = look_at_journal(events, out, work.journal, work.output, f"{what} fails")
        lose(os.path.join(out, work.journal), safe.upto)
        log = os.path.join(out, "f.h5ad.run", "log")
        said = re.findall(r"end: (\d+) cases done", content(log).decode()) if os.path.exists(log) else []
        ended = subprocess.run(command(work.arguments(out)), capture_output=True, text=True, timeout=300, env=environment(1))
        before = re.search(r"(\d+) cases were done before", ended.stdout)
        expect(ended.returncode == work.good and work.results(out) == whole, f"{what}, resumed: {ended.returncode} {ended.stderr}")
        expect(int(before[1] if before else 0) >= int(said[-1] if said else 0), f"{what}: {said} were done, and {before}")
        shutil.rmtree(out)


def lose(journal, upto):
    """What no sync has made safe, with the machine."""
    if os.path.exists(journal) and upto < (size := os.path.getsize(journal)):
        with open(journal, "r+b") as file:
            file.seek(upto)
            file.write(bytes(size - upto))


def sweep(where):
    home = new(where, "study")
    work, out = Sweep(home), new(where, "swept")
    ended, events = run(work.arguments(home, out), out, 2)
    expect(ended.returncode == 0, f"a sweep: {ended.returncode} {ended.stderr}")
    look_at_journal(events, out, "s/run/journal", "s/leaderboard.csv", "a sweep")
    look_at_files(events, out, "a sweep")


def main():
    with folder() as where:
        where = os.path.realpath(where)
        work = Extraction(os.path.join(where, "in"), 8, (14, 14, 14))
        refused_syncs(where, work, undisturbed(work, new(where, "undisturbed")))
        slow_disk(where)
        sweep(where)
    finish("synced")


main()
