"""The faults: each takes a round (faults.py), does its harm at some moment of a run, and leaves the folder for --resume. What
ends with a refusal that names the damage says so (round.refused); --resume must end well all the same."""
import ctypes
import os
import resource
import signal
import struct
import subprocess
import time

from program import kill_all, table

HEADER, RECORD, KEY = 16, 40, 16  # bytes of the journal's header, of a record's, and of a key
DONE, FAILED = 4, 5


def send(round, pid, number):
    try:
        os.kill(pid, number)
        round.struck = True
    except ProcessLookupError:
        pass  # it has ended: the fault came too late, and nothing is left to disturb


def kill_rank(round):
    process = round.begin()
    ranks = round.wait_for_ranks(process)
    if ranks:
        send(round, round.rng.choice(ranks[1:] or ranks), signal.SIGKILL)
    round.end(process)


def kill_master(round):
    process = round.begin()
    ranks = round.wait_for_ranks(process)
    if ranks:
        send(round, ranks[0], signal.SIGKILL)
    round.end(process)


def kill_mpirun(round):
    """Its ranks notice, or run on for a while: then the folder is theirs until they end."""
    process = round.begin()
    if round.wait_for_ranks(process):
        send(round, process.pid, signal.SIGKILL)
    round.end(process)


def kill_everything(round):
    process = round.begin()
    round.wait_for_moment(process)
    round.struck = process.poll() is None
    kill_all(process)


def stop_rank(round):
    process = round.begin()
    ranks = round.wait_for_ranks(process)
    if ranks:
        stopped = round.rng.choice(ranks)
        send(round, stopped, signal.SIGSTOP)
        time.sleep(round.stop_seconds)
        send(round, stopped, signal.SIGCONT)
    status = round.end(process)
    round.expect(status == round.good_status, f"a rank that stood still for {round.stop_seconds} s: status {status}: {round.said}")


def stop_politely(round):
    process = round.begin()
    if round.wait_for_ranks(process):
        send(round, process.pid, signal.SIGUSR1)
    status = round.end(process)
    too_early = status == 128 + signal.SIGUSR1 and round.journal_size() == 0  # a rank had not come to its first line
    round.expect(too_early or status in (75, round.good_status), f"SIGUSR1: status {status}: {round.said}")


def terminate(round):
    process = round.begin()
    if round.wait_for_ranks(process):
        send(round, process.pid, signal.SIGTERM)
    round.end(process)


def fill_disk(round):
    """A small file system where this user may mount one, else files that may not grow beyond a length."""
    n_bytes = int(round.n_bytes * round.rng.uniform(0.1, 1.1))
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={max(n_bytes, 8192)}", "tmpfs", round.out],
                             capture_output=True).returncode == 0
    if mounted:
        round.at_end.append(lambda: subprocess.run(["umount", round.out], check=False))
        process = round.begin()
        status = round.end(process)
        subprocess.run(["mount", "-o", "remount,size=64m", round.out], check=True)
    else:
        round.n_ranks = 1  # a launcher has larger files, and gives its ranks the signal back
        process = round.begin(preexec_fn=lambda: signal.signal(signal.SIGXFSZ, signal.SIG_IGN))
        round.wait_for_moment(process)
        if process.poll() is None:
            resource.prlimit(process.pid, resource.RLIMIT_FSIZE, (n_bytes // 2, n_bytes // 2))
        status = round.end(process)
    round.expect(status in (3, round.good_status), f"a full disk: status {status}: {round.said}")
    if status == 3:
        round.refused = "space" in round.said or "too large" in round.said or "cannot be" in round.said
        round.expect(round.refused, f"the full disk is named: {round.said}")


def read_only(round):
    """The output's folders lose their write permission half-way; root without the right to overlook that."""
    folders = [round.out, round.run_folder]
    process = round.begin(preexec_fn=lambda: ctypes.CDLL(None).prctl(24, 1, 0, 0, 0))  # PR_CAPBSET_DROP, CAP_DAC_OVERRIDE
    round.wait_for_moment(process)
    there = [folder for folder in folders if os.path.isdir(folder)]
    for folder in there:
        os.chmod(folder, 0o555)
    status = round.end(process)
    for folder in there:
        os.chmod(folder, 0o755)
    round.expect(status in (3, round.good_status), f"a folder that is read-only now: status {status}: {round.said}")
    if status == 3:
        round.refused = round.out in round.said
        round.expect(round.refused, f"the folder is named: {round.said}")


def cut_journal(round):
    kill_everything(round)
    size = round.journal_size()
    if size > round.identity_end():
        os.truncate(round.journal, round.rng.randrange(round.identity_end(), size))
        round.struck = True


def flip_tail(round):
    """A bit of the last records, which may have been promised or not."""
    kill_everything(round)
    size = round.journal_size()
    round.struck = size > round.identity_end()
    if size > round.identity_end():
        flip_record(round, max(round.identity_end(), size - 3000), size)


def flip_middle(round):
    """A bit anywhere behind the identity: what it belongs to is told and computed again, and nothing else."""
    kill_everything(round)
    size = round.journal_size()
    round.struck = size > round.identity_end()
    if size > round.identity_end():
        flip_record(round, round.identity_end(), size)


def flip_unsynced(round):
    """A bit of what no sync has reached, on a disk that takes long for one: the records behind it are as whole as elsewhere."""
    n = round.rng.randrange(4, 16)
    process = round.begin(variables={"LD_PRELOAD": round.recorder, "RECORDER_PAUSE": "1000",
                                     "RECORDER_FOLDER": os.path.realpath(round.out)})
    while process.poll() is None and n_done(records(round.journal)) < n:
        time.sleep(0.002)
    kill_all(process)
    whole = records(round.journal)
    promise = max((record[4] for record in whole), default=0)
    round.struck = bool(whole) and whole[-1][1] > promise
    if round.struck:
        flip_record(round, promise, whole[-1][1])


def flip_record(round, begin, end):
    """With what is to be told of it: the record's place, or that of the last ones nothing is whole."""
    whole = records(round.journal)
    place = flip(round, begin, end)
    hit = [n for n, record in enumerate(whole) if record[0] <= place < record[1]]
    round.kept = n_done(whole[:hit[0]] + whole[hit[0] + 1:] if hit else whole)
    if hit and hit[0] + 1 < len(whole):
        round.told = f"bytes {whole[hit[0]][0]} to {whole[hit[0]][1]} of {os.path.getsize(round.journal)} are damaged"
    else:
        round.cut = True


def flip_identity(round):
    """Whose journal this is cannot be read any more: refused, and nothing of it is touched."""
    kill_everything(round)
    size = round.journal_size()
    round.struck = size > 0
    if size == 0:
        return
    with open(round.journal, "rb") as file:
        sound = file.read()
    place = flip(round, 0, min(round.identity_end(), size), meaningless=(12, 13, 14, 15))
    status = round.end(round.begin())
    round.expect(status == 3 and ("damaged at byte" in round.said or "not a journal" in round.said or "journal format" in round.said),
                 f"a damaged identity is refused by name (byte {place}): status {status}: {round.said}")
    round.refused = status == 3
    with open(round.journal, "wb") as file:
        file.write(sound)


def flip(round, begin, end, n=1, meaningless=()):
    place = begin
    with open(round.journal, "r+b") as file:
        for _ in range(n):
            place = round.rng.choice([at for at in range(begin, end) if at not in meaningless])
            file.seek(place)
            byte = file.read(1)[0] ^ 1 << round.rng.randrange(8)
            file.seek(place)
            file.write(bytes([byte]))
    return place


def delete_input(round):
    """The result stands, with a warning, if it was recorded before; else the case fails as it would undisturbed."""
    name = round.work.inputs(round.rng)
    process = round.begin()
    round.wait_for_moment(process)
    round.struck = process.poll() is None
    os.unlink(os.path.join(round.where, name))
    round.end(process)
    round.deleted = name
    round.recorded = f"S{name[1:4]}" in {row["ID"] for row in table(os.path.join(round.out, "f.csv"))}


def replace_input(round):
    name = round.work.inputs(round.rng)
    process = round.begin()
    round.wait_for_moment(process)
    round.struck = process.poll() is None
    round.work.replace(round.where, name)
    round.end(process)
    round.changed = ("replaced", name)


def rewrite(round):
    """A run that has ended, gone on with where it has something new to write, and killed at any moment of that."""
    status = round.end(round.begin())
    round.expect(status == round.good_status, f"undisturbed: status {status}: {round.said}")
    if round.work.name == "extract":
        name = round.work.inputs(round.rng)
        round.work.replace(round.where, name)
        round.changed = ("replaced", name)
    kill_everything(round)


KILLS = (kill_rank, kill_master, kill_mpirun, kill_everything)
OTHERS = (stop_rank, stop_politely, terminate, fill_disk, read_only, cut_journal, flip_tail, flip_middle, flip_unsynced,
          flip_identity, rewrite)
INPUTS = (delete_input, replace_input)  # of an extraction alone: a sweep has its table in memory and in its identity


def records(path):
    """(begin, end, kind, keys, up to where the file was synced) of each, up to the first that ends behind the file's end."""
    found, at = [], HEADER
    if not os.path.exists(path):
        return found
    with open(path, "rb") as file:
        data = file.read()
    while data[at:at + 4] == b"RMLr" and at + RECORD <= len(data):
        n_keys, = struct.unpack_from("<I", data, at + 8)
        n_bytes, synced = struct.unpack_from("<QQ", data, at + 16)
        end = at + RECORD + (KEY * n_keys + n_bytes + 7) // 8 * 8
        if end > len(data):
            break
        keys = [data[at + RECORD + KEY * k:at + RECORD + KEY * (k + 1)] for k in range(n_keys)]
        found.append((at, end, data[at + 4] & 127, keys, synced))
        at = end
    return found


def n_done(found):
    """Units whose last outcome among these records is a result."""
    last = {key: kind for _, _, kind, keys, _ in found if kind in (DONE, FAILED) for key in keys}
    return sum(kind == DONE for kind in last.values())


def identity_end(path):
    """Where the journal's second record begins; 0 without a journal, which gets its name when it has an identity."""
    if not os.path.exists(path):
        return 0
    with open(path, "rb") as file:
        file.seek(HEADER + 16)
        n_bytes = struct.unpack("<Q", file.read(8))[0]
    return HEADER + RECORD + (n_bytes + 7) // 8 * 8
