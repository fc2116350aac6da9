"""radmill submit: the scripts that it writes, read line by line and run by a shell; and what it hands to sbatch, of which a
stand-in in PATH writes down what it is given.

Oracles: check's own figures of the same cohort with the margins that --help states, worked out here; sweep's plan as
--explain prints it; the table that extract itself writes; and the scripts of slurm/, whose text the written ones share."""
import gzip
import math
import os
import re
import stat
import struct
import subprocess

import nifti
import program
from program import expect

SLURM = os.path.join(os.environ["RADMILL_SOURCE"], "slurm")
STUDY = """table: {table}
patient: ID
outcome: {{class: y, positive: 1}}
features: {{match: ["original_firstorder_*"]}}
split: {{kfold: 2}}
inner: {{kfold: 2}}
select: {{none: [], few: [{{mrmr: {{k: 2}}}}]}}
models: {{logistic: {{C: [1]}}}}
"""
# Answers with the next number, and says what it was called with; refuses a script that holds REFUSE.
SBATCH = """#!/bin/bash
here=$(dirname "$0")
printf '%s\\0' "$@" >>"$here/calls"; printf '\\n' >>"$here/calls"
if grep -q REFUSE "${@: -1}"; then echo "sbatch: error: no such partition" >&2; exit 1; fi
echo "sbatch: a site's own greeting"
echo "$((4710 + $(wc -l <"$here/calls")))CLUSTER"
"""


def stand_in(where, cluster=""):
    os.makedirs(os.path.join(where, "bin"), exist_ok=True)
    path = program.write(os.path.join(where, "bin", "sbatch"), SBATCH.replace("CLUSTER", cluster))
    os.chmod(path, os.stat(path).st_mode | stat.S_IXUSR)
    calls = os.path.join(where, "bin", "calls")
    if os.path.exists(calls):
        os.remove(calls)


def submit(where, *arguments, path=None):
    return subprocess.run(program.command(["submit", *arguments]), cwd=where, capture_output=True, text=True,
                          env=dict(program.ENVIRONMENT, PATH=path or os.path.join(where, "bin") + ":" + os.environ["PATH"]))


def calls(where):
    with open(os.path.join(where, "bin", "calls")) as file:
        return [line.split("\0")[:-1] for line in file.read().split("\n") if line]


def script(where, name, folder="."):
    with open(os.path.join(where, folder, f"radmill-{name}.sbatch")) as file:
        return file.read()


def head(text):
    """What SLURM reads: options up to the first line that is no comment."""
    found = {}
    for line in text.split("\n"):
        if line.startswith("#SBATCH --"):
            name, _, value = line[len("#SBATCH --"):].partition("=")
            found[name] = value
        elif line and not line.startswith("#"):
            break
    return found


def minutes(limit):
    days, _, clock = limit.rpartition("-")
    hours, minute, seconds = (int(part) for part in clock.split(":"))
    expect(seconds == 0, f"{limit}: whole minutes")
    return int(days or 0) * 1440 + hours * 60 + minute


def same_body(text, name):
    """Line by line the script of slurm/, but for the lines that are filled in, and with what it sources in its place."""
    with open(os.path.join(SLURM, f"{name}.sbatch")) as file:
        template = file.read().rstrip("\n").split("\n")
    with open(os.path.join(SLURM, "supervise.sh")) as file:
        supervise = file.read().rstrip("\n")
    expect(supervise in text, f"{name}: supervise.sh as it is")
    lines = text.replace(supervise, "").split("\n")
    filled = ("#SBATCH --partition", "#SBATCH --account", "#SBATCH --ntasks", "#SBATCH --mem-per-cpu", "#SBATCH --time",
              ': "${modules', ': "${cohort', ': "${features', ': "${study', ': "${results', ': "${options', ". ",
              "supervise ", "# The site's values", "# Features of", "# Selections and")
    for line in template:
        if not line.startswith(filled):
            expect(line in lines, f"{name}: the line of slurm/ is there: {line}")
    expect(subprocess.run(["bash", "-n"], input=text, text=True).returncode == 0, f"{name}: bash reads it")


def figures(where):
    """check's figures with the margins; asked-for ones go before them."""
    checked = program.run("check", "cohort.csv", cwd=where).stdout
    mebibytes = int(re.search(r"about (\d+) MiB a rank", checked)[1])
    seconds = float(re.search(r"\(([\d.e+-]+) s on one core\)", checked)[1])
    done = submit(where, "cohort.csv", "--out", "f.h5ad")
    text = script(where, "extract")
    said = head(text)
    expect(done.returncode == 0 and "Nothing is submitted" in done.stdout, f"written: {done.stderr}")
    expect("partition" not in said and "account" not in said, "the site's defaults stay")
    low, high = (max(256, 64 * math.ceil((1.25 * m + 64) / 64)) for m in (mebibytes, mebibytes + 1))
    expect(said["mem-per-cpu"] in (f"{low}M", f"{high}M"), f"memory {said['mem-per-cpu']} of {mebibytes} MiB")
    expect(said["ntasks"] == "1" and seconds < 1800, f"{said['ntasks']} ranks for {seconds} s")
    expect(minutes(said["time"]) == 5 * math.ceil((3 * seconds / 60 + 10) / 5), f"time {said['time']} of {seconds} s")
    fixed = {"open-mode": "append", "signal": "B:USR1@120", "requeue": "", "job-name": "radmill-extract"}
    expect({key: said.get(key) for key in fixed} == fixed, f"what the job needs: {said}")
    same_body(text, "extract")
    expect(f"memory   {said['mem-per-cpu'][:-1]} MiB a rank" in done.stdout and said["time"] in done.stdout, "the reasons")
    shown = [line for line in text.split("\n") if line.startswith(("#SBATCH", "cohort=", "supervise srun"))]
    expect(all(line in done.stdout for line in shown), "the head is shown")

    done = submit(where, "cohort.csv", "--out", "f.h5ad", "--ranks", "12", "--mem-per-rank", "3G", "--time", "1-02:30:00",
                  "--partition", "long", "--account", "p_4711", "--module", "radmill/0.1.0", "--launch", "mpirun -q")
    said = head(script(where, "extract"))
    expect(done.returncode == 0 and said["ntasks"] == "12" and said["mem-per-cpu"] == "3072M" and
           said["time"] == "1-02:30:00" and said["partition"] == "long" and said["account"] == "p_4711", f"as asked: {said}")
    text = script(where, "extract")
    expect("\nmodules=radmill/0.1.0\n" in text and "\nlaunch='mpirun -q'\n" in text and "\nsupervise $launch radmill extract " in
           text, "a module's program by its name")


def large_cohort(where):
    """check's core-hours grow with the rows, so that more ranks and a longer limit are reckoned."""
    lines = program.write_slow_cases(where, 1, size=(64, 64, 64))
    for i in range(2000):
        os.link(os.path.join(where, "s000.nii"), os.path.join(where, f"link{i}.nii"))
    for name, image in ("many", "link{}.nii"), ("one", "s000.nii"):
        rows = [lines[1].replace("S000,s000.nii", f"S{i},{image.format(i)}", 1) for i in range(2000)]
        program.write(os.path.join(where, f"{name}.csv"), "\n".join([lines[0], *rows]) + "\n")
    program.write(os.path.join(where, "heavy.yaml"),
                  "imageType: {LoG: {sigma: [%s]}}\n" % ", ".join(f"{1 + k / 100}" for k in range(64)))
    checked = program.run("check", "many.csv", "--params", "heavy.yaml", cwd=where).stdout
    seconds = float(re.search(r"\(([\d.e+-]+) s on one core\)", checked)[1])   # to three digits
    expect(seconds > 1800, f"{seconds} s are more than half an hour")
    for ranks, asked in ((math.ceil(seconds / 1800), []), (7, ["--ranks", "7"])):
        done = submit(where, "many.csv", "--params", "heavy.yaml", "--out", "f.h5ad", *asked)
        said = head(script(where, "extract"))
        expect(done.returncode == 0 and said["ntasks"] == str(ranks), f"{said['ntasks']} ranks for {seconds} s")
        expect(0 <= minutes(said["time"]) - (3 * seconds / 60 / ranks + 10) < 5.5, f"{said['time']} for {seconds} s on {ranks}")
    done = submit(where, "one.csv", "--params", "heavy.yaml", "--out", "f.h5ad", "--ranks", "7")
    said = head(script(where, "extract"))
    expect(said["ntasks"] == "1" and "one for each image with its mask" in done.stdout, f"rows of one image: {said['ntasks']} ranks")
    expect(minutes(said["time"]) > 3 * seconds / 60, f"{said['time']} for the rows of one image")


def large_image(where):
    """An image of 300 MiB, of which check reads the header alone, with a mask of a corner of it: more than the least memory."""
    nifti.write(os.path.join(where, "small.nii"), "float64", program.SIZE, (1.0, 1.25, 2.5), program.image_voxels(0))
    header = bytearray(program.content(os.path.join(where, "small.nii"))[:352])
    struct.pack_into("<3h", header, 42, 340, 340, 340)
    with gzip.open(os.path.join(where, "large.nii.gz"), "wb") as file:
        file.write(header)
    os.truncate(os.path.join(where, "large.nii.gz"), 1 << 20)  # bytes that could hold so many voxels
    program.write(os.path.join(where, "large.csv"), "Image,Mask\nlarge.nii.gz,m000.nii.gz\n")
    program.write(os.path.join(where, "large.yaml"), "setting: {correctMask: true}\n")
    checked = program.run("check", "large.csv", "--params", "large.yaml", cwd=where).stdout
    mebibytes = int(re.search(r"about (\d+) MiB a rank", checked)[1])
    expect(mebibytes > 8 * 340**3 >> 20, f"{mebibytes} MiB for that image")
    done = submit(where, "large.csv", "--params", "large.yaml", "--out", "f.h5ad")
    said = head(script(where, "extract"))
    expect(said["mem-per-cpu"] in [f"{64 * math.ceil((1.25 * m + 64) / 64)}M" for m in (mebibytes, mebibytes + 1)],
           f"memory {said['mem-per-cpu']} of {mebibytes} MiB: {done.stderr}")


def odd_names(where):
    """Names with all that a shell reads, through the script as a shell runs it: the table is extract's own."""
    odd = "a 'b' \"c\" $(touch owned) `touch owned`; & \\ ü\n#SBATCH --time=1"
    os.makedirs(os.path.join(where, odd))
    lines = program.write_cases(os.path.join(where, odd), 2)
    cohort = program.write(os.path.join(where, odd, "-co hort.csv"), "\n".join(lines) + "\n")
    params = program.write(os.path.join(where, odd, "p.yaml"), "setting: {binWidth: 10}\n")
    name, table = os.path.join(odd, "-co hort.csv"), os.path.join(odd, "t.h5ad")
    done = submit(where, name, "--params", os.path.join(odd, "p.yaml"), "--out", table, "--csv", odd + ".csv", "--label", "1+2",
                  "--launch", "")
    text = script(where, "extract")
    expect(done.returncode == 0, f"odd names: {done.stderr}")
    expect(minutes(head(text)["time"]) > 1, "no name is read as SLURM's")
    ended = subprocess.run(["bash", "radmill-extract.sbatch"], cwd=where, capture_output=True, text=True,
                           env=dict(program.ENVIRONMENT, SLURM_JOB_ID="1", SLURM_SUBMIT_DIR=where))
    expect(ended.returncode == 0, f"the script runs: {ended.stdout} {ended.stderr}")
    expect(not os.path.exists(os.path.join(where, "owned")), "nothing in a name is run")
    expect(program.run("extract", cohort, "--params", params, "--out", os.path.join(where, "own.h5ad"), "--csv",
                       os.path.join(where, "own.csv"), "--label", "1+2").returncode == 0, "extract itself")
    for one, other in ((table, "own.h5ad"), (odd + ".csv", "own.csv")):
        expect(os.path.exists(os.path.join(where, one)) and
               program.content(os.path.join(where, one)) == program.content(os.path.join(where, other)), f"{other}'s bytes")
    os.chdir(os.path.join(where, odd))
    done = submit(".", "--out", "-f.h5ad", "--scripts", where, "--", "-co hort.csv")
    os.chdir("/")
    expect(done.returncode == 0 and "\ncohort='./-co hort.csv'\nfeatures=./-f.h5ad\n" in script(where, "extract"),
           f"a name that begins like an option: {done.stderr}")


def chain(where):
    program.write(os.path.join(where, "study.yaml"), STUDY.format(table="tables/f.h5ad"))
    os.makedirs(os.path.join(where, "tables"), exist_ok=True)
    done = submit(where, "study.yaml", "--out", "sweep")
    expect(done.returncode == 2 and "tables/f.h5ad" in done.stderr and "--cohort" in done.stderr, f"no table: {done.stderr}")
    for cluster in ("", ";north"):
        stand_in(where, cluster)
        done = submit(where, "study.yaml", "--cohort", "outcome.csv", "--out", "sweep", "--sweep-time", "90", "--ranks", "3",
                      "--go")
        expect(done.returncode == 0 and done.stdout.endswith("\njob 4711: features\njob 4712: sweep, after 4711\n"), f"go: {done}")
        expect(calls(where) == [["--parsable", "./radmill-extract.sbatch"],
                                ["--parsable", "--dependency=afterok:4711", "--kill-on-invalid-dep=yes",
                                 "./radmill-sweep.sbatch"]], f"what sbatch was given: {calls(where)}")
    extract, sweep = script(where, "extract"), script(where, "sweep")
    expect("\nfeatures=./tables/f.h5ad\n" in extract or "\nfeatures=tables/f.h5ad\n" in extract, "the study's table")
    expect(head(sweep)["time"] == "01:30:00" and head(sweep)["ntasks"] == "3", f"the sweep: {head(sweep)}")
    expect("\nstudy=study.yaml\nresults=sweep\n" in sweep, "the sweep's names")
    same_body(sweep, "sweep")

    # for real, as two jobs one after the other; the plan of the table that is there now
    env = dict(program.ENVIRONMENT, SLURM_JOB_ID="1", launch="")
    for name in ("extract", "sweep"):
        ended = subprocess.run(["bash", f"radmill-{name}.sbatch"], cwd=where, capture_output=True, text=True, env=env)
        expect(ended.returncode == 0, f"{name}: {ended.stdout[-500:]} {ended.stderr}")
    expect(os.path.exists(os.path.join(where, "sweep", "leaderboard.csv")), "the sweep's results")
    done = submit(where, "study.yaml", "--out", "sweep2")
    n_rows = len(program.table(os.path.join(where, "outcome.csv")))
    found = re.search(r"sweep of (\d+) rows with (\d+) features", done.stdout)
    expect(done.returncode == 0 and found and int(found[1]) == n_rows and int(found[2]) == 18, f"a table: {done}")
    expect(head(script(where, "sweep"))["time"] == "08:00:00", "a sweep's time is not foretold")

    program.write(os.path.join(where, "csv.yaml"), STUDY.format(table="tables/g.csv"))
    done = submit(where, "csv.yaml", "--cohort", "outcome.csv", "--out", "sweep")
    extract = script(where, "extract")
    expect(done.returncode == 0 and re.search(r"\nfeatures=(\./)?tables/g\.h5ad\n", extract) and
           re.search(r" --csv (\./)?tables/g\.csv ", extract), f"a study of a CSV: {done.stderr}")


def refusals(where):
    bare = os.path.join(where, "nothing")
    os.makedirs(bare)
    for name in ("extract", "sweep"):
        os.remove(os.path.join(where, f"radmill-{name}.sbatch"))
    done = submit(where, "cohort.csv", "--out", "f.h5ad", "--go", path=bare)
    expect(done.returncode == 3 and "no sbatch here" in done.stderr, f"no sbatch: {done}")
    expect(not os.path.exists(os.path.join(where, "radmill-extract.sbatch")), "nothing is written then")

    program.write(os.path.join(where, "radmill-extract.sbatch"), "#!/bin/bash\n# my own\n")
    done = submit(where, "cohort.csv", "--out", "f.h5ad")
    expect(done.returncode == 3 and "not written by submit" in done.stderr, f"another's file: {done}")
    expect(script(where, "extract") == "#!/bin/bash\n# my own\n", "which stays")
    os.remove(os.path.join(where, "radmill-extract.sbatch"))

    stand_in(where)
    done = submit(where, "study.yaml", "--cohort", "outcome.csv", "--out", "REFUSE", "--go")
    expect(done.returncode == 3 and "job 4711: features\n" in done.stdout and "sbatch ./radmill-sweep.sbatch ended with 1" in
           done.stderr and "no such partition" in done.stderr, f"sbatch refuses the second: {done}")
    for arguments, words in (
            (["cohort.csv"], "--out FILE.h5ad is missing"),
            (["study.yaml"], "--out FOLDER is missing"),
            ([], "A cohort (CSV) or a study (YAML)"),
            (["cohort.csv", "--out", "f", "--partition", "a b"], "--partition a b"),
            (["cohort.csv", "--out", "f", "--account", "a\n#SBATCH --time=1"], "--account"),
            (["cohort.csv", "--out", "f", "--module", ""], "--module"),
            (["cohort.csv", "--out", "f", "--time", "3"], "minutes (5 to 525600)"),
            *((["cohort.csv", "--out", "f", "--time", limit], f"--time {limit}: minutes") for limit in (
                "12:99:00", "12:00", "1-2-03:00:00", "-03:00:00", "3h", "366-00:00:00", "00:04:00", "1:00:00 ", "")),
            (["cohort.csv", "--out", "f", "--ranks", "0"], "--ranks 0; a number from 1 to 1000000"),
            (["cohort.csv", "--out", "f", "--ranks", "100000000"], "a number from 1 to 1000000"),
            (["cohort.csv", "--out", "f", "--cohort", "c.csv"], "cohort itself"),
            (["cohort.csv", "--out", "f", "--sweep-time", "60"], "goes with a study"),
            (["study.yaml", "--out", "f", "--params", "p.yaml"], "of which --cohort?"),
            (["absent.csv", "--out", "f.h5ad"], "absent.csv"),
            (["cohort.csv", "--out", "f.h5ad", "--prams", "x"], "did you mean --params?")):
        done = submit(where, *arguments)
        expect(done.returncode == 2 and words in done.stderr, f"{arguments}: {done.returncode} {done.stderr}")

    rows = program.table(os.path.join(where, "cohort.csv"))
    rows[2]["Image"] = "absent.nii.gz"
    program.save(os.path.join(where, "bad.csv"), rows)
    done = submit(where, "bad.csv", "--out", "f.h5ad")
    expect(done.returncode == 0 and "1 row has a problem" in done.stdout, f"a bad row: {done.stdout[:400]} {done.stderr}")
    program.save(os.path.join(where, "bad.csv"), [rows[2]])
    done = submit(where, "bad.csv", "--out", "f.h5ad")
    expect(done.returncode == 2 and "no ROI of it" in done.stderr, f"nothing but bad rows: {done.stderr}")


def outputs(where):
    """What extract would refuse at once is refused before anything is queued."""
    stand_in(where)
    lines = program.write_cases(where, 3)
    program.write(os.path.join(where, "few.csv"), "\n".join(lines) + "\n")
    program.write(os.path.join(where, "wide.yaml"), "setting: {binWidth: 40}\n")
    expect(program.run("extract", "few.csv", "--out", "old.h5ad", "-q", cwd=where).returncode == 0, "a finished run")
    for out, more, what in (("few.csv", (), "is the cohort itself"), ("i000.nii.gz", (), "is the image of the cohort's line"),
                            ("nowhere/f.h5ad", (), "its folder is not there"), ("/dev/null", (), "is a device"),
                            ("old.h5ad", ("--params", "wide.yaml"), "binWidth"), ("", (), "--out FILE.h5ad is missing"),
                            ("old.h5ad.run/x.h5ad", (), "lies in the run folder of another run")):
        done = submit(where, "few.csv", "--out", out, *more, "--go")
        expect(done.returncode in (2, 3) and what in done.stderr and not done.stdout, f"{out}: {done.returncode} {done.stderr}")
        if out and not more:
            alone = program.run("extract", "few.csv", "--out", out, "--resume", cwd=where)
            expect(alone.returncode in (2, 3) and what in alone.stderr, f"extract says the same: {alone.stderr}")
    expect(not os.path.exists(os.path.join(where, "bin", "calls")), "nothing is submitted")
    for option in ("--out=", "--csv="):
        done = program.run("extract", "few.csv", "--out", "new.h5ad", option, cwd=where)
        expect(done.returncode == 2 and not os.path.exists(os.path.join(where, ".run")), f"{option}: {done.stderr}")
    done = submit(where, "few.csv", "--out", "old.h5ad", "--mem-per-rank", "4096", "--ranks", "9")
    text = script(where, "extract")
    expect("#SBATCH --mem-per-cpu=4096M" in text and "#SBATCH --ntasks=3" in text, f"MiB, and a rank a row: {done.stderr}")
    for size in ("0", "1", "31M", "17T", "99999999999999", "4GG"):
        expect(submit(where, "few.csv", "--out", "o.h5ad", "--mem-per-rank", size).returncode == 2, f"{size} is no size")


def unread(where):
    """Who reads what submit says may stop: the chain is submitted whole."""
    stand_in(where)
    program.write(os.path.join(where, "few2.csv"), "\n".join(
        [line + (",y" if n == 0 else f",{n % 2}") for n, line in enumerate(program.write_cases(where, 8))]) + "\n")
    program.write(os.path.join(where, "few2.yaml"), STUDY.format(table="few2.h5ad"))
    process = subprocess.Popen(program.command(["submit", "few2.yaml", "--cohort", "few2.csv", "--out", "few2", "--go"]),
                               cwd=where, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                               env=dict(program.ENVIRONMENT, PATH=os.path.join(where, "bin") + ":" + os.environ["PATH"]))
    process.stdout.close()
    said = process.stderr.read().decode()
    process.stderr.close()
    process.wait()
    expect(os.path.exists(os.path.join(where, "bin", "calls")) and len(calls(where)) == 2, f"both jobs, {process.returncode}: {said}")


def main():
    with program.folder() as where:
        lines = program.write_cases(where, 16)
        program.write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n")
        rows = [dict(row, Label="1", y=str(i % 2)) for i, row in enumerate(program.table(os.path.join(where, "cohort.csv")))]
        program.save(os.path.join(where, "outcome.csv"), rows)
        stand_in(where)
        figures(where)
        large_cohort(where)
        large_image(where)
        odd_names(where)
        chain(where)
        refusals(where)
        outputs(where)
        unread(where)
    program.finish("submit")


main()
