#!/usr/bin/env python3
"""Faults in a seeded loop, on real extractions and sweeps: after each the run is gone on with, and must end with the bytes
of an undisturbed one on the final inputs, or refuse with a sentence that names the damage.

Usage: faults.py [--kills N] [--others N] [--seed S] [--only ROUND] [--stop SECONDS]
                 path/to/recorder.so path/to/radmill

Rounds are numbered; what a round does hangs on seed and number alone, but not when in a run it happens: that hangs on the
machine, too. --only repeats one.
"""
import argparse
import os
import pathlib
import random
import re
import shutil
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent
sys.path[:0] = [str(HERE), *(str(HERE.parent / name) for name in ("e2e", "oracle", "support"))]

import kinds
from launched import StillRunning, end_of
from program import content, expect, finish, folder, ranks_of, run, start, table
from runs import Extraction, Reader, Sweep

PATIENCE = 120  # seconds for anything that ends by itself


class Round:
    def __init__(self, work, kind, number, seed, where, stop_seconds, recorder):
        self.work, self.kind, self.number, self.stop_seconds = work, kind, number, stop_seconds
        self.recorder = os.path.abspath(recorder)
        self.rng = random.Random(f"{seed}/{number}")
        self.n_ranks = self.rng.choice((2, 2, 3))
        self.where, self.out = os.path.join(where, "in"), os.path.join(where, "out")
        os.makedirs(self.where)
        os.mkdir(self.out)
        work.copy(self.where)
        self.run_folder = work.run_folder(self.out)
        self.journal = os.path.join(self.run_folder, "journal")
        self.good_status = 1 if work.name == "extract" else 0
        self.seconds, self.n_bytes = work.seconds, work.n_bytes
        self.said, self.refused, self.deleted, self.changed, self.at_end = "", False, None, None, []
        self.kept = None  # how many results the journal has, where that is not what its records say
        self.told, self.cut = None, False  # of a damaged place: what --resume says, or that it is cut off
        self.stood_still = False  # a launcher, after the last of its ranks
        self.struck = None  # whether there was still somebody to disturb; None: the kind does not say

    def expect(self, condition, what):
        expect(condition, f"round {self.number}, {self.kind.__name__} of {self.work.name}: {what}")

    def begin(self, **options):
        self.begun = time.monotonic()
        return start(*self.work.arguments(self.where, self.out), ranks=self.n_ranks, **options)

    def end(self, process):
        try:
            self.said = end_of(process, PATIENCE)[0]
            self.stood_still = process.stood_still
        except StillRunning as stuck:
            self.expect(False, stuck)
        return process.returncode

    def wait_for_moment(self, process):
        """Any moment of a run: from its first, through the reading and the tables, to its last."""
        moment = self.begun + self.seconds * self.rng.uniform(0.02, 1.0)
        while process.poll() is None and time.monotonic() < moment:
            time.sleep(0.002)

    def wait_for_ranks(self, process):
        self.wait_for_moment(process)
        while process.poll() is None and time.monotonic() < self.begun + PATIENCE:
            ranks = ranks_of(process)
            if len(ranks) == self.n_ranks:
                return ranks
            time.sleep(0.002)
        return []

    def journal_size(self):
        return os.path.getsize(self.journal) if os.path.exists(self.journal) else 0

    def identity_end(self):
        return kinds.identity_end(self.journal)

    def resume(self):
        """Until it ends; ranks whose mpirun was killed may hold the folder for a while yet."""
        begun = time.monotonic()
        if self.kept is None:
            self.kept = kinds.n_done(kinds.records(self.journal))
        while True:
            done = run(*self.work.arguments(self.where, self.out), ranks=self.n_ranks)
            if "another run" not in done.stderr or time.monotonic() - begun > PATIENCE:
                return done
            time.sleep(0.2)

    def judge(self, done, reader):
        """The bytes of an undisturbed run."""
        got, first = self.work.results(self.out), self.work.expected(self.work.where, None)
        self.expect(done.returncode == self.good_status, f"resumed: {done.returncode} {done.stderr}")
        if self.deleted:
            without = got == self.work.expected(self.where, ("deleted", self.deleted))
            kept = f"S{self.deleted[1:4]}|all: its image is not there any more" in done.stderr
            self.expect(kept == self.recorded, f"{self.deleted} deleted, recorded: {self.recorded}, kept: {kept}; {done.stderr}")
            self.expect(got == first if kept else without, f"{self.deleted} deleted, kept: {kept}: other bytes; {done.stderr}")
        elif self.changed:
            self.expect(got == self.work.expected(self.where, self.changed), f"{self.changed}: other bytes")
        else:
            self.expect(got == first, "other bytes than an undisturbed run's")
        log = content(os.path.join(self.run_folder, "log")).decode()
        if self.told or self.cut:
            self.expect((self.told or "are not whole") in (done.stderr if self.told else log), f"the place is told: {done.stderr}")
            self.expect(self.told or "are damaged" not in done.stderr, f"a tail is cut off without a word: {done.stderr}")
        if not (self.deleted or self.changed):
            n_again = int(re.findall(r"start: \d+ tasks with (\d+) ", log)[-1])
            self.expect(n_again <= self.work.n_units - self.kept,
                        f"of {self.work.n_units} units {self.kept} were recorded, {n_again} were computed")
        self.expect(not reader.half, f"of {reader.n_read} readings, {len(reader.half)} were of half a file")
        self.expect(not reader.away, f"beside {reader.n_read} readings, {len(reader.away)} found no file any more: {reader.away[:1]}")
        self.expect(self.kind is not kinds.rewrite or reader.n_read > 0, "an output that is rewritten was there before")
        if self.work.name == "extract":
            rows = [(row["ID"], row["Label"]) for row in table(os.path.join(self.out, "f.csv"))]
            failed = {row["ID"] for row in table(os.path.join(self.run_folder, "failures.csv"))}
            self.expect(len(rows) == len(set(rows)) and len({row[0] for row in rows} | failed) == self.work.n_cases,
                        f"{len(rows)} rows, {len(set(rows))} different, failed: {failed}")

    def play(self):
        reader = Reader(self.work.output(self.out))
        reader.start()
        try:
            self.kind(self)
            done = self.resume()
            reader.end()
            self.judge(done, reader)
        finally:
            for action in self.at_end:
                action()
        return reader.n_read


def rounds(seed, n_kills, n_others):
    """Kind and work of every round: kills in turn, then the others; three of four on an extraction."""
    rng = random.Random(seed)
    list_ = [(rng.choice(("extract", "extract", "extract", "sweep")), kinds.KILLS[i % len(kinds.KILLS)]) for i in range(n_kills)]
    others = kinds.OTHERS + kinds.INPUTS
    for i in range(n_others):
        kind = others[i % len(others)]
        work = "extract" if kind in kinds.INPUTS else rng.choice(("extract", "extract", "extract", "sweep"))
        list_.append((work, kind))
    return list_


def main():
    options = argparse.ArgumentParser(description="Faults in a seeded loop")
    options.add_argument("--kills", type=int, default=20)
    options.add_argument("--others", type=int, default=13)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--only", type=int)
    options.add_argument("--stop", type=float, default=10.0, help="seconds that a rank stands still")
    options.add_argument("recorder")
    options.add_argument("radmill")
    asked = options.parse_args()
    counts, n_read, begun = {}, 0, time.monotonic()

    with folder() as where:
        works = {}
        for Work in (Extraction, Sweep):
            home = os.path.join(where, Work.name)
            os.mkdir(home)
            works[Work.name] = work = Work(home)
            timed = time.monotonic()
            work.n_bytes = sum(map(len, work.expected(home, None).values())) * 2  # and the journal
            work.seconds = time.monotonic() - timed
        works["extract"].n_cases = 25
        for number, (name, kind) in enumerate(rounds(asked.seed, asked.kills, asked.others)):
            if asked.only is not None and number != asked.only:
                continue
            place = os.path.join(where, f"round{number}")
            round = Round(works[name], kind, number, asked.seed, place, asked.stop, asked.recorder)
            n_read += round.play()
            count = counts.setdefault(kind.__name__, [0, 0, 0, 0])
            count[2 if round.struck is False else round.refused] += 1
            count[3] += round.stood_still
            shutil.rmtree(place)
    print(f"{'fault':16} survived  refused too late; in these the launcher stood still")
    for kind, (survived, refused, late, stood_still) in counts.items():
        print(f"{kind:16} {survived:8d} {refused:8d} {late:8d}  {stood_still:8d}")
    print(f"seed {asked.seed}: {sum(sum(count[:3]) for count in counts.values())} faults in {time.monotonic() - begun:.0f} s, "
          f"{n_read} readings of features.h5ad or sweep.h5 meanwhile")
    print(f"one round again: {sys.executable} {sys.argv[0]} --kills {asked.kills} --others {asked.others} --seed {asked.seed} "
          f"--stop {asked.stop} --only ROUND {asked.recorder} {asked.radmill}")
    finish("faults")


main()
