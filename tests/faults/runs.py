"""What faults are tried on: an extraction and a sweep, each with what an undisturbed run of it gives."""
import hashlib
import os
import re
import shutil
import struct
import threading

import nifti
from program import content, image_voxels, run, write, write_slow_cases
from sweep_cases import cohort as sweep_cohort, study

SIZE = (24, 24, 24)
N_CASES = 24
TABLES = ("leaderboard.csv", "predictions.csv", "selected.csv", "failures.csv", "model.json", "sweep.h5")


def n_units(run_folder):
    """What a run that began with nothing had to do, by its log."""
    return int(re.search(r"start: \d+ tasks with (\d+) ", content(os.path.join(run_folder, "log")).decode())[1])


class Extraction:
    """A folder with inputs of its own, which a fault may delete or replace."""
    name = "extract"

    def __init__(self, where):
        self.where, self.undisturbed = where, {}
        lines = write_slow_cases(where, N_CASES, SIZE) + ["bad,nowhere.nii,mask.nii,1,A"]
        write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n")
        write(os.path.join(where, "slow.yaml"), "setting: {binWidth: 1}\n")

    def copy(self, where):
        shutil.copytree(self.where, where, dirs_exist_ok=True)  # with the files' times

    def arguments(self, where, out):
        return ["extract", os.path.join(where, "cohort.csv"), "--params", os.path.join(where, "slow.yaml"),
                "--out", os.path.join(out, "f.h5ad"), "--csv", os.path.join(out, "f.csv"), "--resume"]

    def run_folder(self, out):
        return os.path.join(out, "f.h5ad.run")

    def output(self, out):
        return os.path.join(out, "f.h5ad")

    def results(self, out):
        return {name: content(os.path.join(out, name)) for name in ("f.h5ad", "f.csv") if os.path.exists(os.path.join(out, name))}

    def inputs(self, rng):
        return f"s{rng.randrange(N_CASES):03d}.nii"

    def replace(self, where, name):
        """Other voxels under the same name, whole at once."""
        path = os.path.join(where, name)
        nifti.write(path + ".other.nii", "int16", SIZE, (1.0, 1.25, 2.5), image_voxels(100 + int(name[1:4]), SIZE))
        os.rename(path + ".other.nii", path)

    def expected(self, where, key):
        """What an undisturbed run gives on the inputs as they are in `where`; key says how they differ from the first."""
        if key not in self.undisturbed:
            out = os.path.join(where, "undisturbed")
            os.mkdir(out)
            done = run(*self.arguments(where, out), ranks=2)
            assert done.returncode == 1, f"undisturbed: {done.returncode} {done.stderr}"
            self.n_units = n_units(self.run_folder(out))
            self.undisturbed[key] = self.results(out)
            shutil.rmtree(out)
        return self.undisturbed[key]


class Sweep:
    name = "sweep"

    def __init__(self, where):
        self.where, self.undisturbed = where, {}
        study(where, "study", sweep_cohort(), permute=20)

    def copy(self, where):
        pass  # no fault changes its inputs

    def arguments(self, where, out):
        return ["sweep", os.path.join(self.where, "study.yaml"), "--out", os.path.join(out, "s"), "--quiet", "--resume"]

    def run_folder(self, out):
        return os.path.join(out, "s", "run")

    def output(self, out):
        return os.path.join(out, "s", "sweep.h5")

    def results(self, out):
        return {name: content(os.path.join(out, "s", name)) for name in TABLES if os.path.exists(os.path.join(out, "s", name))}

    def expected(self, where, key):
        if key not in self.undisturbed:
            out = os.path.join(where, "undisturbed")
            os.mkdir(out)
            done = run(*self.arguments(where, out), ranks=2)
            assert done.returncode == 0, f"undisturbed: {done.returncode} {done.stderr}"
            self.n_units = n_units(self.run_folder(out))
            self.undisturbed[key] = self.results(out)
            shutil.rmtree(out)
        return self.undisturbed[key]


class Reader(threading.Thread):
    """Reads a file over and over while it is written, as someone who waits for it would, and keeps what was not whole: an
    HDF5 file says in its superblock where it ends, and its last byte is written last. Once it was there it must not be
    away, not even between an old one and a new one."""

    def __init__(self, path):
        super().__init__(daemon=True)
        self.path, self.ended, self.half, self.away, self.n_read, self.seen = path, threading.Event(), [], [], 0, set()

    def run(self):
        while not self.ended.wait(0.002):
            try:
                data = content(self.path)
            except OSError as why:
                if self.seen:
                    self.away.append(str(why))
                continue
            self.seen.add(hashlib.sha1(data).digest())
            self.n_read += 1
            place = 28 if data[8:9] in (b"\2", b"\3") else 40  # by the superblock's version
            if data[:8] != b"\x89HDF\r\n\x1a\n" or len(data) < 96 or struct.unpack_from("<Q", data, place)[0] != len(data):
                self.half.append(len(data))

    def end(self):
        self.ended.set()
        self.join()
