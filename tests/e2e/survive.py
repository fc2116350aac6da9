"""radmill survive through its command line: R's numbers on a made-up cohort, the same files on any number of ranks, and
what is wrong with a study or a table said."""
import math
import os
import pathlib
import random
import re
import resource
import shutil
import signal
import time

from program import Measured, content, expect, finish, folder, kill_all, run, save, start, table, write

ORACLE = pathlib.Path(__file__).resolve().parent.parent / "oracle"
TABLES = ("univariable.csv", "multivariable.csv", "model.csv", "groups.csv", "tests.csv", "curves.csv", "at_risk.csv",
          "subgroups.csv", "cutpoints.csv", "cutpoint_scan.csv", "nested.csv", "nested_times.csv",
          "nested_benefit.csv", "nomogram.csv", "nomogram_total.csv", "nomogram_calibration.csv",
          "nomogram_validation.csv", "reclassification.csv", "about.csv")
BY = "coxph, cox.zph, survfit, survdiff (survival 3.5-3)"
FEATURES = [f"f{j:02d}" for j in range(12)]

STUDY = """table: features.csv
clinical: {file: clinical.csv, by: id, use: [age, sex, stage]}
patient: id
outcome: {time: months, event: dead}
features: {match: ["f*"]}
survive:
  cox: [f00, f03, age, sex]
  groups: [f00, stage]
  times: [12, 24, 36]
  subgroups: {of: f00, by: [sex, stage]}
  nomogram: {resamples: 20, seed: 3}
  compare: {base: [age, sex], with: [f00, f03], reclassification: {time: 24, cuts: [0.5, 0.7], resamples: 40, seed: 5}}
  cutpoint: {of: [f00, stage], permutations: 999}
"""


def write_cohort(where, change=None):
    """The cohort as a table of features and a clinical file; change: what is done to its rows first."""
    rows = table(ORACLE / "survive_table.csv")
    if change:
        change(rows)
    save(os.path.join(where, "features.csv"), [{key: row[key] for key in ("id", *FEATURES)} for row in rows])
    save(os.path.join(where, "clinical.csv"), [{key: row[key] for key in row if key not in FEATURES} for row in rows])
    return rows


def tables(where, out):
    """Those of a folder, by name: of what the study asked for, and no others."""
    found = {name: content(os.path.join(where, out, name)) for name in TABLES if os.path.exists(os.path.join(where, out, name))}
    expect({"univariable.csv", "about.csv"} <= set(found), f"tables of {out}: {sorted(found)}")
    return found


def same_but_about(where, a, b, what):
    """about.csv has what was asked in its own words."""
    one, other = tables(where, a), tables(where, b)
    expect(set(one) == set(other), f"{what}: {sorted(one)} and {sorted(other)}")
    for name in set(one) - {"about.csv"}:
        expect(one[name] == other[name], f"{what}: {name}")


def survive(where, study=STUDY, *extra, out="out", ranks=1):
    path = write(os.path.join(where, "study.yaml"), study)
    return run("survive", path, "--out", os.path.join(where, out), *extra, ranks=ranks)


class Expected:
    """R's numbers, and how far off ours are."""

    def __init__(self):
        self.rows = table(ORACLE / "survive.csv")
        self.measured = Measured()

    def check(self, what, of, cells, relative=1e-7):
        expect(any((row["what"], row["of"]) == (what, of) for row in self.rows), f"R says nothing of {what} {of}")
        for row in self.rows:
            if (row["what"], row["of"]) != (what, of):
                continue
            ours, theirs = cells.get(row["name"], "no column"), row["value"]
            if not theirs or not ours:
                expect(ours == theirs, f"{what} {of} {row['name']}: \"{ours}\", R \"{theirs}\"")
                continue
            off = abs(float(ours) - float(theirs)) / abs(float(theirs)) if float(theirs) else abs(float(ours))
            # of two likelihoods that are nearly one, a difference has the digits that they have not in common
            near = row["name"] == "interaction_lrt" and abs(float(ours) - float(theirs)) <= 1e-10
            expect(off <= relative or near, f"{what} {of} {row['name']}: {ours}, R {theirs}")
            self.measured.add("survive.csv/" + what, BY, off, relative, row["name"])


def keyed(path, *keys):
    return {tuple(row[key] for key in keys): row for row in table(path)}


def tests_of(r, out, strata=""):
    """Tests between groups: two by f00, the four stages and each two of them."""
    tests = keyed(os.path.join(out, "tests.csv"), "column", "test", "group", "against")
    for column, name in (("f00", "f00_high"), ("stage", "stage")):
        whole = {key[1]: row for key, row in tests.items() if key[0] == column and not key[2]}
        r.check("test" + strata, name, {test: row["chisq"] for test, row in whole.items()})
        r.check("p" + strata, name, {test: row["p"] for test, row in whole.items()})
    pairs = {key[2:]: row for key, row in tests.items() if key[1] == "log-rank of a pair"}
    expect(len(pairs) == 6, "six pairs of stages")
    for (group, against), row in pairs.items():
        r.check("pair" + strata, f"{group} {against}", row)
    two = [row for key, row in tests.items() if key[1] == "hazard ratio"]
    expect(len(two) == 1 and two[0]["group"].startswith("high") and two[0]["against"].startswith("low"), f"two groups: {two}")
    r.check("two" + strata, "f00_high", two[0])


def check_subgroup(r, row, strata=""):
    by = "male" if row["by"] == "sex" else row["by"]
    r.check("subgroup" + strata, f"{by} {({'female': 0, 'male': 1}).get(row['subgroup'], row['subgroup'])}", row)
    r.check("subgroup" + strata, by, row)


def exact_ties(where, r):
    """Whole months as discrete times: R's numbers; proportional hazards tested, and all that goes on from the model there."""
    begin = STUDY.split("survive:")[0] + "survive:\n  ties: exact\n  times: [12, 24]\n"
    done = survive(where, begin + "  cox: [f00, f03, age, sex]\n  strata: centre\n", out="exact", ranks=2)
    expect(done.returncode == 0 and "Together (Cox, exact ties)" in done.stdout, f"exact ties: {done.stderr} {done.stdout}")
    out = os.path.join(where, "exact")
    terms, model = keyed(os.path.join(out, "multivariable.csv"), "term"), table(os.path.join(out, "model.csv"))[0]
    for term in ("f00", "f03", "age"):
        r.check("exact ties", term, terms[term,])
    r.check("exact ties", "male", terms["sex=male",])
    r.check("exact ties", "model", model)
    expect(model["ties"] == "exact" and all(0 < float(row["ph_p"]) < 1 for row in terms.values()), f"exact ties: {model}")
    more = ("  cox: [f00, age]\n  groups: [stage]\n  subgroups: {of: f00, by: [sex]}\n  nomogram: {resamples: 5}\n"
            "  compare: {base: [age], with: [f03], reclassification: {time: 24, resamples: 5}}\n")
    done = survive(where, begin + more, out="exact_more")
    expect(done.returncode == 0, f"exact ties: {done.stderr}")
    alone = keyed(os.path.join(where, "exact_more", "univariable.csv"), "feature")
    for feature in ("f00", "f01", "age"):
        r.check("alone of exact ties", feature, alone[feature,])
    r.check("nested of exact ties", "test", table(os.path.join(where, "exact_more", "nested.csv"))[0])
    expect(all(float(row["survival"]) > 0 for row in table(os.path.join(where, "exact_more", "nomogram_total.csv"))), "a baseline")


def with_offset(where, r):
    """Every Cox model beside a published log hazard; curves and tests as without."""
    study = STUDY.replace("  nomogram: {resamples: 20, seed: 3}\n", "") + "  offset: published\n"
    done = survive(where, study, out="offset", ranks=2)
    expect(done.returncode == 0 and "published is added to the log hazard of every Cox model (offset)" in done.stdout, f"offset: {done.stderr} {done.stdout}")
    expect(re.search("hazard ratio of high .*, beside the offset \\(which the tests do not know of\\): ", done.stdout), done.stdout)
    out, plain = os.path.join(where, "offset"), os.path.join(where, "out")
    alone = keyed(os.path.join(out, "univariable.csv"), "feature")
    for feature in (*FEATURES, "age", "stage", "published"):
        r.check("alone with offset", feature, alone[feature,])
    r.check("alone with offset", "male", alone["sex=male",])
    terms = keyed(os.path.join(out, "multivariable.csv"), "term")
    for term in ("f00", "f03", "age"):
        r.check("with offset", term, terms[term,])
    r.check("with offset", "male", terms["sex=male",])
    model = table(os.path.join(out, "model.csv"))[0]
    r.check("with offset", "model", model)
    expect(model["offset"] == "published", f"model: {model}")
    two = [row for row in table(os.path.join(out, "tests.csv")) if row["test"] == "hazard ratio"]
    r.check("two with offset", "f00_high", two[0])
    for row in table(os.path.join(out, "subgroups.csv")):
        check_subgroup(r, row, " with offset")
    r.check("nested with offset", "test", table(os.path.join(out, "nested.csv"))[0])
    for row in table(os.path.join(out, "nested_times.csv")):
        r.check("nested with offset", f"auc {row['time']}", row)
    for row in table(os.path.join(out, "nested_benefit.csv")):
        if row["threshold"] == "0.5":
            r.check("nested with offset", f"benefit {row['time']} 0.5", row)
    for name in ("groups.csv", "curves.csv", "at_risk.csv", "cutpoints.csv", "cutpoint_scan.csv"):
        expect(content(os.path.join(out, name)) == content(os.path.join(plain, name)), f"{name} knows of an offset")


def numbers(where):
    write_cohort(where)
    done = survive(where)
    expect(done.returncode == 0, f"survive: {done.returncode} {done.stderr}")
    out, r = os.path.join(where, "out"), Expected()
    alone = keyed(os.path.join(out, "univariable.csv"), "feature")
    expect(len(alone) == 15, f"{len(alone)} features and clinical columns")
    for feature in (*FEATURES, "age", "stage"):
        r.check("alone", feature, alone[feature,])
    r.check("alone", "male", alone["sex=male",])
    expect(alone["sex=male",]["sd"] == alone["sex=male",]["hr_sd"] == "", f"a deviation of two values: {alone['sex=male',]}")
    expect(re.search(r"sex=male +[0-9.]+ \([0-9.]+ to [0-9.]+\) a unit", done.stdout), done.stdout)
    p = sorted((float(row["lrt_p"]), row["feature"]) for row in alone.values())
    bh, least = {}, 1.0
    for place in range(len(p), 0, -1):  # Benjamini and Hochberg 1995
        least = min(least, p[place - 1][0] * len(p) / place)
        bh[p[place - 1][1]] = least
    for (feature,), row in alone.items():
        expect(abs(float(row["lrt_p_bh"]) - bh[feature]) <= 1e-12, f"BH of {feature}: {row['lrt_p_bh']}")
    terms = keyed(os.path.join(out, "multivariable.csv"), "term")
    for term in ("f00", "f03", "age"):
        r.check("together", term, terms[term,])
    r.check("together", "male", terms["sex=male",])
    r.check("together", "model", table(os.path.join(out, "model.csv"))[0])
    groups = table(os.path.join(out, "groups.csv"))
    expect([row["group"][:3] for row in groups] == ["low", "hig", "1", "2", "3", "4"], f"groups: {groups}")
    for k, row in enumerate(groups):
        r.check("group", f"f00_high {k + 1}" if k < 2 else f"stage {k - 1}", row)
    tests_of(r, out)
    risk = table(os.path.join(out, "at_risk.csv"))
    for k, group in enumerate(row["group"] for row in groups[:2]):
        own = [row for row in risk if row["column"] == "f00" and row["group"] == group]
        r.check("at_risk", f"f00_high {k + 1}", {row["time"]: row["at_risk"] for row in own})
        r.check("survival", f"f00_high {k + 1}", {row["time"]: row["survival"] for row in own})
    for row in table(os.path.join(out, "subgroups.csv")):
        check_subgroup(r, row)
    nested = table(os.path.join(out, "nested.csv"))
    r.check("nested", "test", nested[0])
    expect(len(nested) == 1 and (nested[0]["base"], nested[0]["added"]) == ("age; sex", "f00; f03"), f"nested: {nested}")
    for row in table(os.path.join(out, "nested_benefit.csv")):
        if row["time"] in ("12", "24") and row["threshold"] in ("0.3", "0.5"):
            r.check("nested", f"benefit {row['time']} {row['threshold']}", row)
    for row in table(os.path.join(out, "nested_times.csv")):
        auc = [float(row[name + "_apparent"]) for name in ("auc_base", "auc_with", "auc_difference")]
        expect(abs(auc[1] - auc[0] - auc[2]) < 1e-12, f"AUC at a time: {row}")
        r.check("nested", f"auc {row['time']}", row)
    r.check("cohort", "all", {row["what"]: row["value"] for row in table(os.path.join(out, "about.csv"))})
    expect("median follow-up 33 (" in done.stdout, done.stdout)
    scale, by_term = table(os.path.join(out, "nomogram.csv")), {}
    for row in scale:
        by_term.setdefault(row["term"].replace("sex=male", "male"), []).append(float(row["points"]))
    expect(list(by_term) == ["f00", "f03", "age", "male"] and abs(max(map(max, by_term.values())) - 100) < 1e-9, f"scales: {by_term}")
    expect([row["label"] for row in scale if row["term"] == "sex=male"] == ["female", "male"], "a term of two texts")
    for term, points in by_term.items():
        r.check("nomogram", term, {"points": str(max(points))})
        expect(min(points) == 0 and points in (sorted(points), sorted(points)[::-1]), f"points of {term}: {points}")
    for at in ("12", "24"):
        totals = [row for row in table(os.path.join(out, "nomogram_total.csv")) if row["time"] == at]
        r.check("nomogram", f"least {at}", totals[0], 1e-6)
        r.check("nomogram", f"most {at}", totals[-1], 1e-6)
        expect(abs(float(totals[-1]["total_points"]) - sum(map(max, by_term.values()))) < 1e-9, f"all points: {totals[-1]}")
    parts = [row for row in table(os.path.join(out, "nomogram_calibration.csv")) if row["time"] == "12"]
    predicted = [float(row["predicted_apparent"]) for row in parts]
    expect(len(parts) == 5 and predicted == sorted(predicted) and sum(int(row["n"]) for row in parts) == 129, f"parts: {parts}")
    for row in table(os.path.join(out, "nomogram_calibration.csv")):
        r.check("optimism", f"part {row['part']} {row['time']}", row, 1e-8)
    for row in table(os.path.join(out, "nomogram_validation.csv")):
        r.check("optimism", f"error {row['time']}" if row["time"] else row["measure"], row, 1e-8)
        expect(abs(float(row["apparent"]) - float(row["optimism"]) - float(row["corrected"])) < 1e-12 and
               (row["resamples"], row["resamples_without_a_fit"]) == ("20", "0"), f"optimism: {row}")
    improved = table(os.path.join(out, "reclassification.csv"))
    expect(len(improved) == 9 and all("CAUTION" in row["caution"] and row["time"] == "24" for row in improved),
           f"reclassification: {improved}")
    for row in improved:
        r.check("reclassified", f"{row['measure']} {row['of']}", row, 1e-8)
    for words in ("asked for: reclassification at 24", "CAUTION: rises for models", "corrected for optimism by 20 resamples",
                  "Nomogram", "What is added by f00, f03 to age, sex", "a sweep's", "140 patients", "hazard ratio, one SD", "log-rank", "median follow-up", "apparent", "cut at its median", "interaction p"):
        expect(words in done.stdout, f"the summary says nothing of \"{words}\": {done.stdout}")

    done = survive(where, STUDY + "  strata: centre\n", out="nomogram_of_strata")
    expect(done.returncode == 2 and "no one survival" in done.stderr, f"a nomogram of strata: {done.stderr}")
    done = survive(where, STUDY.replace("  nomogram: {resamples: 20, seed: 3}\n", "") + "  strata: centre\n  ties: breslow\n", out="strata")
    expect(done.returncode == 0, f"strata: {done.stderr}")
    alone = keyed(os.path.join(where, "strata", "univariable.csv"), "feature")
    for feature in (*FEATURES, "age", "stage"):
        r.check("alone in strata", feature, alone[feature,])
    r.check("alone in strata", "male", alone["sex=male",])
    tests_of(r, os.path.join(where, "strata"), " in strata")
    r.check("nested in strata", "test", table(os.path.join(where, "strata", "nested.csv"))[0])
    for row in table(os.path.join(where, "strata", "nested_times.csv")):
        r.check("nested in strata", f"auc {row['time']}", row)
    for row in table(os.path.join(where, "strata", "nested_benefit.csv")):
        if row["threshold"] == "0.5":
            r.check("nested in strata", f"benefit {row['time']} 0.5", row)
    for row in table(os.path.join(where, "strata", "subgroups.csv")):
        check_subgroup(r, row, " in strata")
    terms = keyed(os.path.join(where, "strata", "multivariable.csv"), "term")
    for term in ("f00", "f03", "age"):
        r.check("stratified", term, terms[term,])
    r.check("stratified", "male", terms["sex=male",])
    r.check("stratified", "model", table(os.path.join(where, "strata", "model.csv"))[0])
    with_offset(where, r)
    exact_ties(where, r)
    r.measured.write()


def ranks_and_runs(where):
    write_cohort(where)
    for ranks in (1, 2, 3):
        done = survive(where, STUDY, "--quiet", out=f"ranks{ranks}", ranks=ranks)
        expect(done.returncode == 0 and done.stdout == "", f"{ranks} ranks: {done.returncode} {done.stdout} {done.stderr}")
    for name in TABLES:
        of = [content(os.path.join(where, f"ranks{ranks}", name)) for ranks in (1, 2, 3)]
        expect(of[0] == of[1] == of[2], f"{name} hangs on the number of ranks")
    done = survive(where, STUDY, out="ranks1")
    expect(done.returncode == 3 and "--resume goes on" in done.stderr, f"a second run: {done.returncode} {done.stderr}")
    before = content(os.path.join(where, "ranks1", "univariable.csv"))
    os.remove(os.path.join(where, "ranks1", "univariable.csv"))
    done = survive(where, STUDY, "--resume", out="ranks1")
    expect(done.returncode == 0 and content(os.path.join(where, "ranks1", "univariable.csv")) == before,
           f"--resume: {done.stderr}")
    done = survive(where, STUDY + "  ties: breslow\n", "--resume", out="ranks1")
    expect(done.returncode == 3 and "ties" in done.stderr, f"another study's journal: {done.returncode} {done.stderr}")
    done = survive(where, STUDY + "  ties: breslow\n", "--fresh", out="ranks1")
    expect(done.returncode == 0, f"--fresh: {done.stderr}")
    os.mkdir(os.path.join(where, "taken"))
    write(os.path.join(where, "taken", "groups.csv"), "mine\n")
    done = survive(where, STUDY, out="taken")
    expect(done.returncode == 3 and "groups.csv is already there" in done.stderr, f"another's file: {done.stderr}")
    few = STUDY.split("survive:")[0] + "survive:\n  cox: [f00, age]\n"
    done = survive(where, few, "--fresh", out="taken")  # does not write groups.csv, and leaves it
    expect(done.returncode == 0 and content(os.path.join(where, "taken", "groups.csv")) == b"mine\n", f"another's file: {done.stderr}")
    study = write(os.path.join(where, "groups.yaml"), STUDY.split("survive:")[0] + "groups: {by: [sex], describe: [age]}\n")
    swept = write(os.path.join(where, "swept.yaml"), STUDY.split("survive:")[0] + "split: {kfold: 3}\ninner: {kfold: 3}\nmodels: {cox: {}}\n")
    for verb, path, out, of in (("sweep", swept, "taken", "radmill survive"), ("survive", os.path.join(where, "study.yaml"), "of_groups", "radmill groups"),
                                ("groups", study, "taken", "radmill survive")):
        if verb == "survive":
            expect(run("groups", study, "--out", os.path.join(where, out)).returncode == 0, "groups")
        for option in ((), ("--resume",), ("--fresh",)):
            before = sorted(os.listdir(os.path.join(where, out)))
            done = run(verb, path, "--out", os.path.join(where, out), *option)
            expect(done.returncode == 3 and f"is of {of}, whose journal is in" in done.stderr and sorted(os.listdir(os.path.join(where, out))) == before,
                   f"{verb} {option} into the folder of {of}: {done.returncode} {done.stderr}")


def killed_half_way(where):
    """Killed among its features and gone on with, on another number of ranks: the bytes of a run that nobody disturbed."""
    rows, draw = write_cohort(where), random.Random(8)
    more = [f"f{j}" for j in range(100, 2600)]
    save(os.path.join(where, "features.csv"), [{**{key: row[key] for key in ("id", *FEATURES)},
                                                **{name: f"{draw.gauss(0, 1):.3f}" for name in more}} for row in rows])
    done = survive(where, STUDY, "--quiet", out="whole")
    expect(done.returncode == 0, f"undisturbed: {done.stderr}")
    out, path = os.path.join(where, "killed"), os.path.join(where, "study.yaml")
    journal, first = os.path.join(out, "run", "journal"), os.path.join(out, TABLES[0])
    for _ in range(5):  # on a machine that is busy elsewhere the run may end before this script has its turn
        shutil.rmtree(out, ignore_errors=True)
        process = start("survive", path, "--out", out, "--quiet", ranks=2)
        while process.poll() is None and (not os.path.exists(journal) or os.path.getsize(journal) < 20000):
            time.sleep(0.001)
        kill_all(process)
        if not os.path.exists(first):
            break
    expect(os.path.exists(journal) and not os.path.exists(first), "it was killed while features were fitted")
    kept = content(journal)[:20000]
    done = survive(where, STUDY, "--quiet", out="killed")
    expect(done.returncode == 3 and "--resume" in done.stderr, f"without --resume: {done.returncode} {done.stderr}")
    done = survive(where, STUDY, "--resume", "--quiet", out="killed", ranks=3)
    expect(done.returncode == 0 and content(journal).startswith(kept), f"--resume: {done.returncode} {done.stderr}")
    for name in TABLES:
        expect(content(os.path.join(out, name)) == content(os.path.join(where, "whole", name)), f"{name} after a kill")


def crash(arguments, path):
    """Sends SIGSEGV to a run while it computes a block of features."""
    handed_out = lambda: len(re.findall(rb"RMLr[\x03\x83]", content(path))) if os.path.exists(path) else 0
    before, process = handed_out(), start(*arguments)
    while process.poll() is None and handed_out() == before:
        time.sleep(0.002)
    time.sleep(0.2)
    if process.poll() is None:
        os.kill(process.pid, signal.SIGSEGV)
    process.communicate(timeout=60)


def features_that_crash(where):
    """What crashes its rank twice is left out; all else of the study is told."""
    rows, draw = [], random.Random(9)
    for i in range(30000):
        x = [draw.gauss(0, 1) for _ in range(6)] * 6
        rows.append({"id": f"p{i}", **{f"f{j}": f"{v:.4f}" for j, v in enumerate(x)},
                     "months": f"{draw.expovariate(0.02 * 2 ** x[0]):.2f}", "dead": int(draw.random() < 0.6)})
    save(os.path.join(where, "t.csv"), rows)
    path = write(os.path.join(where, "study.yaml"), "table: t.csv\npatient: id\noutcome: {time: months, event: dead}\n"
                 "features: {match: [\"f*\"]}\nsurvive: {groups: [f0]}\n")
    out = os.path.join(where, "out")
    for _ in range(6):  # on a busy machine it may be hit before its thread has begun, or when it is done
        shutil.rmtree(out, ignore_errors=True)
        for _ in range(2):
            crash(["survive", path, "--out", out, "--resume"], os.path.join(out, "run", "journal"))
        done = run("survive", path, "--out", out, "--resume")
        if done.returncode == 1:
            break
    alone = table(os.path.join(out, "univariable.csv"))
    expect(done.returncode == 1 and "36 features, from f0 to f35, are left empty" in done.stderr and "36 were not computed" in done.stdout,
           f"left out: {done.returncode} {done.stderr} {done.stdout}")
    expect(len(alone) == 36 and all(row["fit"] and not row["n"] and not row["hr"] and row["sd"] for row in alone), f"empty: {alone[0]}")
    expect(len(table(os.path.join(out, "tests.csv"))) >= 2, "the groups are told")
    about = {row["what"]: row["value"] for row in table(os.path.join(out, "about.csv"))}
    page = os.path.join(where, "page.html")
    expect(about["uncomputed"] == "36" and run("report", out, "--out", page).returncode == 0, f"about: {about}")
    expect("30000 patients, " in content(page).decode() and "of 0 columns tested alone" in content(page).decode(), "the report's headline")
    done = run("survive", path, "--out", out, "--resume", "--retry-quarantined")
    alone = table(os.path.join(out, "univariable.csv"))
    expect(done.returncode == 0 and all(row["n"] == "30000" and row["hr"] for row in alone), f"tried again: {done.returncode} {alone[0]}")


def logrank_scores(outcome):
    """Hothorn and Lausen 2003: d_i - sum over t_j <= t_i of d_j / (n - r_j + 1), r_j how many times are at most t_j."""
    n, scores = len(outcome), []
    weight = [event / (n - sum(other <= time for other, _ in outcome) + 1) for time, event in outcome]
    for time, event in outcome:
        scores.append(event - sum(w for w, (other, _) in zip(weight, outcome) if other <= time))
    return scores


def statistic(scores, total, m):
    """How far the sum of m scores is from its mean over all permutations, in their standard deviations."""
    n, s, squares = len(scores), sum(scores), sum(a * a for a in scores)
    return abs(total - m / n * s) / math.sqrt(m * (n - m) / (n * n * (n - 1)) * (n * squares - s * s))


def cutpoints(where):
    """Every cut's statistic and the closed forms of p by their formulas; p by permutations against another shuffle."""
    rows = write_cohort(where)
    done = survive(where)
    expect(done.returncode == 0, f"cut-points: {done.stderr}")
    expect("no hazard ratio or log-rank test at the learned cut" in done.stdout, f"nothing said: {done.stdout}")
    scan = table(os.path.join(where, "out", "cutpoint_scan.csv"))
    scores = logrank_scores([(float(row["months"]), int(row["dead"])) for row in rows])
    n, found = len(rows), keyed(os.path.join(where, "out", "cutpoints.csv"), "column")
    for column in ("f00", "stage"):
        order = sorted(range(n), key=lambda i: float(rows[i][column]))
        value = [float(rows[i][column]) for i in order]
        expected, sizes = {}, []
        for m in range(n // 10, n - n // 10 + 1):
            if value[m - 1] < value[m]:
                expected[value[m - 1]] = statistic(scores, sum(scores[i] for i in order[:m]), m)
                sizes.append(m)
        ours = {float(row["cut"]): row for row in scan if row["column"] == column}
        expect(sorted(ours) == sorted(expected), f"{column}: {len(ours)} cuts, {len(expected)} expected")
        for cut, row in ours.items():
            expect(abs(float(row["statistic"]) - expected[cut]) < 1e-10, f"{column} at {cut}: {row}, {expected[cut]}")
            expect(int(row["n_low"]) == sum(v <= cut for v in value), f"{column} at {cut}: {row['n_low']} low")
        row = found[column,]
        best = max(expected, key=lambda cut: (expected[cut], -cut))
        expect(float(row["cut"]) == best, f"{column}: cut at {row['cut']}, {best} is best")
        expect([float(r["cut"]) for r in scan if r["column"] == column and r["best"] == "1"] == [best], "the best is marked")
        b = expected[best]
        density = math.exp(-b * b / 2) / math.sqrt(2 * math.pi)
        lausen92 = 4 * density / b + density * (b - 1 / b) * math.log(0.9 ** 2 / 0.1 ** 2)
        expect(abs(float(row["p_lausen92"]) - lausen92) < 1e-12, f"{column}: {row['p_lausen92']}, {lausen92}")
        middle = (value[(n - 1) // 2] + value[n // 2]) / 2
        low = [scores[i] for i in order if float(rows[i][column]) <= middle]
        at_middle = statistic(scores, sum(low), len(low))
        expect(float(row["median"]) == middle and abs(float(row["median_statistic"]) - at_middle) < 1e-10, f"median: {row}")
        expect(abs(float(row["median_p"]) - math.erfc(at_middle / math.sqrt(2))) < 1e-12, f"{column}: p at the median")
        draw, drawn, as_large = random.Random(5), scores[:], 0
        for _ in range(2000):
            draw.shuffle(drawn)
            total, largest, at = 0.0, 0.0, 0
            for m in sizes:
                total += sum(drawn[at:m])
                at = m
                largest = max(largest, statistic(scores, total, m))
            as_large += largest >= b * (1 - 1e-12)
        p, theirs = float(row["p_permuted"]), (1 + as_large) / 2001
        expect(abs(p - theirs) < 5 * math.sqrt(max(theirs, 1e-3) * (1 / 1000 + 1 / 2001)), f"{column}: p {p}, shuffled {theirs}")
        expect(int(row["permutations"]) == 999 and "same patients chose it" in row["note"], f"{column}: {row}")
    for name in ("tests.csv", "groups.csv"):  # nothing there is cut where the outcome says
        expect(all(row.get("cut", "") in ("", found["f00",]["median"]) for row in table(os.path.join(where, "out", name))), name)
    write_cohort(where, lambda rows: [row.update(f04="1") for row in rows])
    done = survive(where, STUDY.split("survive:")[0] + "survive: {cutpoint: [f04, f01]}\n", out="constant")
    row = table(os.path.join(where, "constant", "cutpoints.csv"))[0]
    expect(done.returncode == 0 and int(row["permutations"]) == 9999 and row["cuts"] == "0" and row["cut"] == "" and
           "none leaves enough" in row["note"], f"a constant: {done.stderr} {row}")
    for compare, sentence in (("{base: [age]}", "with: [more terms]"), ("{base: [age], with: [age]}", "age is listed twice"),
                              ("{base: [aeg], with: [f00]}", 'did you mean "age"'),
                              ("{base: [age], with: [f00], reclassification: {cuts: [0.5]}}", '"time" is missing'),
                              ("{base: [age], with: [f00], reclassification: {time: soon}}", "time: soon; a number"),
                              ("{base: [age], with: [f00], reclassification: {time: 24, cuts: [0.5, 0.2]}}", "rising risks"),
                              ("{base: [age], with: [f00], reclassification: {time: 24, cut: 1}}", 'did you mean "cuts"')):
        done = survive(where, STUDY.split("survive:")[0] + f"survive:\n  compare: {compare}\n", out="uncompared")
        expect(done.returncode == 2 and sentence in done.stderr, f"{compare}: {done.returncode} {done.stderr}")
    cases = [("{of: [f00], least: 0.5}", "least: 0.5; a share"), ("{of: [f00], least: x}", "least: x"),
             ("{least: 0.1}", '"of" is missing'), ("[f0]", "f0"), ("{of: f00, permutations: -1}", "permutations")]
    for number, (cutpoint, sentence) in enumerate(cases):
        done = survive(where, STUDY.split("survive:")[0] + f"survive:\n  cutpoint: {cutpoint}\n", out=f"refused{number}")
        expect(done.returncode == 2 and sentence in done.stderr, f"{cutpoint}: {done.returncode} {done.stderr}")


def on_request(where):
    """Reclassification where it is asked for alone; a term that says what another does adds nothing; nothing beyond follow-up."""
    def change(rows):
        for row in rows:
            row["f07"] = row["f00"]

    write_cohort(where, change)
    begin = STUDY.split("survive:")[0] + "survive:\n  cox: [f00, age]\n  times: [12, 24]\n"
    compare = "  compare: {base: [age, f00], with: [f07]%s}\n"
    done = survive(where, begin + compare % "" + "  nomogram: {resamples: 0}\n", out="unasked")
    out = os.path.join(where, "unasked")
    expect(done.returncode == 0 and "NRI" not in done.stdout and "reclassification.csv" not in tables(where, "unasked"), done.stdout)
    expect("corrected" not in done.stdout and "apparent: on the patients" in done.stdout, done.stdout)
    for name in ("nomogram_calibration.csv", "nomogram_validation.csv"):
        expect(all(row[key] == "" for row in table(os.path.join(out, name)) for key in row if "corrected" in key or key == "optimism"),
               f"corrected by no resample: {table(os.path.join(out, name))}")
    for time, seed, apparent in ((24, 1, "0"), (24, 2, "0"), (500, 1, "")):
        of = f"time{time}{seed}"
        done = survive(where, begin + compare % f", reclassification: {{time: {time}, cuts: [0.5], resamples: 20, seed: {seed}}}", out=of)
        rows = table(os.path.join(where, of, "reclassification.csv"))
        expect(done.returncode == 0 and len(rows) == 9 and all(row["apparent"] == row["lower"] == row["upper"] == apparent
               for row in rows if row["measure"] != "IDI"), f"a term twice, at {time}: {done.stderr} {rows}")
        expect(all(abs(float(row["apparent"] or 0)) < 1e-12 for row in rows), f"IDI of a term twice: {rows}")
    expect("was followed beyond that time" in done.stdout, done.stdout)
    expect(all("no estimate: " in row["note"] for row in rows if not row["apparent"]), f"why there is none: {rows}")
    more = ", reclassification: {time: 24, resamples: 0}"
    done = survive(where, begin + compare % more + "  strata: centre\n", out="no_limits")
    expect(done.returncode == 0 and "asked for" in done.stdout and "nan" not in done.stdout and all(row["lower"] == "" and row["apparent"]
           for row in table(os.path.join(where, "no_limits", "reclassification.csv"))), f"no resamples: {done.stderr} {done.stdout}")
    of = []
    for seed in (1, 1, 2):
        more = f"  compare: {{base: [age], with: [f00], reclassification: {{time: 24, resamples: 20, seed: {seed}}}}}\n"
        survive(where, begin + more + f"  nomogram: {{resamples: 20, seed: {seed}}}\n", out=f"seed{len(of)}")
        of.append([content(os.path.join(where, f"seed{len(of)}", name)) for name in ("reclassification.csv", "nomogram_validation.csv")])
    expect(of[0] == of[1] and all(a != b for a, b in zip(of[0], of[2])), "a seed is not what draws hang on")


def scores(where):
    """A sweep's held-out scores as a column: the same files, to the byte, as with the log-odds of each patient's mean
    probability under "chosen", reckoned here, in the clinical file. A list of outcomes is read for its time."""
    rows = write_cohort(where)
    said, draw = {}, random.Random(8)
    predictions = []
    for repeat in "123":
        for k, row in enumerate(rows):
            if k == 7:
                continue  # never held out: no score
            p = 1 / (1 + math.exp(-float(row["f00"]) - draw.gauss(0, 1)))
            said.setdefault(row["id"], []).append(p)
            for pipeline, value in (("chosen", p), ("none/knn", draw.random())):
                predictions.append({"pipeline": pipeline, "repeat": repeat, "fold": 1 + k % 5, "id": row["id"], "y": row["dead"],
                                    "score": 3.0, "probability": repr(value), "positive": 1})
    os.mkdir(os.path.join(where, "sweep"))
    save(os.path.join(where, "sweep", "predictions.csv"), predictions + [dict(predictions[0], id="stranger")])
    asked = STUDY.replace("f00", "rad").replace("  cox:", "  score: {name: rad, sweep: sweep}\n  cox:")
    asked = asked.replace("outcome: {time: months, event: dead}", "outcome: [{class: stage}, {time: months, event: dead}]")
    asked = asked.replace(", use: [age, sex, stage]", ", use: [age, sex]").replace("by: [sex, stage]", "by: [sex]")
    asked = asked.replace("groups: [rad, stage]", "groups: [rad]").replace("of: [rad, stage]", "of: [rad]")
    done = survive(where, asked, out="scored")
    expect(done.returncode == 0, f"scores: {done.returncode} {done.stderr}")
    expect("rad: log-odds of the mean held-out probability of \"chosen\" in sweep" in done.stdout, done.stdout[:400])

    known = table(os.path.join(where, "clinical.csv"))
    for row in known:
        mean = sum(said[row["id"]]) / 3 if row["id"] in said else None
        row["rad"] = repr(math.log(mean / (1 - mean))) if mean else ""
    save(os.path.join(where, "clinical.csv"), known)
    written = asked.replace("  score: {name: rad, sweep: sweep}\n", "").replace("use: [age, sex]", "use: [age, sex, rad]")
    done = survive(where, written.replace("[{class: stage}, {time: months, event: dead}]", "{time: months, event: dead}"),
                   out="written")
    expect(done.returncode == 0, f"written: {done.returncode} {done.stderr}")
    same_but_about(where, "scored", "written", "a score")
    expect(keyed(os.path.join(where, "scored", "univariable.csv"), "feature")["rad",]["n"] == "139", "who has a score")

    times = [{"pipeline": "chosen", "repeat": 1, "fold": 1, "id": "p001", "time": 1, "event": 1, "score": 1}]
    os.mkdir(os.path.join(where, "of_times"))
    save(os.path.join(where, "of_times", "predictions.csv"), times)
    os.mkdir(os.path.join(where, "sure"))
    save(os.path.join(where, "sure", "predictions.csv"), [dict(predictions[0], probability="1")])
    cases = [("name: rad, sweep: sweep", "has a column \"rad\" already"),
             ("name: rid, sweep: nowhere", "run it first"),
             ("name: rid, sweep: of_times", "survival_tests.csv beside it"),
             ("name: rid, sweep: sure", "infinite"),
             ("name: rid", "\"sweep\" is missing"),
             ("nam: rid, sweep: sweep", "did you mean \"name\"")]
    for number, (score, sentence) in enumerate(cases):
        done = survive(where, asked.replace("rad]", "rid]").replace("name: rad, sweep: sweep", score), out=f"unscored{number}")
        expect(done.returncode == 2 and sentence in done.stderr, f"{score}: {done.returncode} {done.stderr}")


def limits(where):
    """Limits of curves by each of the three words, from the curve's own numbers at risk (Greenwood); the first is R's default."""
    write_cohort(where)
    begin = STUDY.split("survive:")[0] + "survive:\n  groups: [f00]\n"
    of = {"plain": lambda s, spread: (max(s - s * spread, 0), min(s + s * spread, 1)),
          "log": lambda s, spread: (s * math.exp(-spread), min(s * math.exp(spread), 1)),
          "log-log": lambda s, spread: (s ** math.exp(spread / -math.log(s)), s ** math.exp(spread / math.log(s)))}
    for word, by in of.items():
        done = survive(where, begin + f"  limits: {word}\n", out="limits-" + word)
        expect(done.returncode == 0, f"limits: {word}: {done.stderr}")
        greenwood, seen = {}, 0
        for row in table(os.path.join(where, "limits-" + word, "curves.csv")):
            group, d, n = row["group"], int(row["n_event"]), int(row["n_risk"])
            greenwood[group] = greenwood.get(group, 0) + (d / (n * (n - d)) if n > d else 0)
            s = float(row["survival"])
            if not 0 < s < 1:
                continue
            seen += 1
            for name, wanted in zip(("lower", "upper"), by(s, 1.959963984540054 * math.sqrt(greenwood[group]))):
                expect(abs(float(row[name]) - wanted) < 1e-12, f"{word}: {name} of {row}, {wanted}")
        expect(seen > 50, f"{word}: {seen} steps")
    expect(content(os.path.join(where, "limits-log", "curves.csv")) != content(os.path.join(where, "limits-plain", "curves.csv")), "one is the other")
    done = survive(where, begin + "  limits: logit\n", out="limits-none")
    expect(done.returncode == 2 and "limits" in done.stderr and "log-log" in done.stderr, f"limits: logit: {done.stderr}")


def odd_columns(where):
    """Features that no model fits, and patients without an outcome, are told and counted."""
    def change(rows):
        for k, row in enumerate(rows):
            row["f04"] = "1"
            row["f05"] = "" if k > 1 else row["f05"]
            row["f06"] = str(int(row["dead"] == "1" and float(row["months"]) < 8))  # no event outlives it
            if k < 3:
                row["months" if k else "dead"] = ""

    write_cohort(where, change)
    done = survive(where, STUDY, out="odd")
    expect(done.returncode == 0, f"odd columns: {done.stderr}")
    alone = keyed(os.path.join(where, "odd", "univariable.csv"), "feature")
    expect("137 patients" in done.stdout and "3 without a time or an event" in done.stdout, done.stdout)
    expect(alone["f00",]["n"] == "137", f"rows: {alone['f00',]}")
    for feature in ("f04", "f05"):
        row = alone[feature,]
        expect(row["hr"] == row["lrt_p"] == row["lrt_p_bh"] == "" and row["fit"] != "converged", f"{feature}: {row}")
    row = alone["f06",]
    expect(row["hr"] == row["coefficient"] == row["p"] == "" and float(row["lrt_p_bh"]) < 0.05 and
           "no finite hazard ratio" in row["fit"], f"f06: {row}")
    expect("1 without a finite hazard ratio" in done.stdout, done.stdout)


def words_of_events(where):
    """Truths are events in words, too; a patient whose landmark is not known is counted as that."""
    write_cohort(where)
    study = STUDY.split("survive:")[0]
    expect(survive(where, study, out="numbers").returncode == 0, "events in numbers")
    for number, words in enumerate((("FALSE", "TRUE"), ("no", "Yes"))):
        write_cohort(where, lambda rows: [row.update(dead=words[int(row["dead"])]) for row in rows])
        done = survive(where, study, out=f"words{number}")
        expect(done.returncode == 0 and content(os.path.join(where, f"words{number}", "univariable.csv")) ==
               content(os.path.join(where, "numbers", "univariable.csv")), f"events as {words}: {done.stderr}")

    def second(rows):
        for k, row in enumerate(rows):
            row["second"] = "" if k % 20 == 3 else "4"
            row["dead"] = "" if k in (1, 3) else row["dead"]

    rows = write_cohort(where, second)
    done = survive(where, study + "landmark: second\n", out="landmark")
    early = sum(float(row["months"]) <= 4 for k, row in enumerate(rows) if k % 20 != 3 and k != 1)
    about = {row["what"]: row["value"] for row in table(os.path.join(where, "landmark", "about.csv"))}
    expect((about["without_outcome"], about["without_landmark"], about["before_landmark"]) == ("2", "6", str(early)), f"{about} {early}")
    expect("left out: 6 whose landmark, second, is not known" in done.stdout and "left out: 2 without a time" in done.stdout, done.stdout)


def without_a_stratum(where):
    """Who is in no stratum is left out of everything, and counted: the numbers of a cohort without these patients."""
    study = STUDY.split("survive:")[0] + "survive:\n  cox: [f00, age]\n  groups: [f00]\n  strata: centre\n"
    write_cohort(where, lambda rows: [row.update(centre="") for row in rows[5::9]])
    done = survive(where, study, out="empty")
    n = len(table(ORACLE / "survive_table.csv")[5::9])
    expect(done.returncode == 0 and f"left out: {n} without a centre" in done.stdout and f"{140 - n} patients" in done.stdout,
           f"no stratum: {done.stderr} {done.stdout}")
    write_cohort(where, lambda rows: rows.__delitem__(slice(5, None, 9)))
    expect(survive(where, study, out="fewer").returncode == 0, "the others alone")
    same_but_about(where, "empty", "fewer", "others' strata")


def strata_that_tell_little(where):
    """Strata in which nobody is at risk when another has the event are counted; none but such, or one alone, refused."""
    study = STUDY.split("survive:")[0] + "survive:\n  cox: [f00, age]\n  strata: centre\n"

    def alone(rows):
        for row in rows[:3]:
            row["centre"] = "only " + row["id"]

    def nobody(rows):
        for row in rows:
            row["centre"] = row["id"]

    write_cohort(where)
    expect(survive(where, study, out="plain").returncode == 0, "strata")
    write_cohort(where, alone)
    done = survive(where, study, out="alone")
    expect(done.returncode == 0 and "in 3 of the strata nobody is at risk" in done.stdout, f"lone patients: {done.stderr} {done.stdout}")
    about = {row["what"]: row["value"] for row in table(os.path.join(where, "alone", "about.csv"))}
    known = {row["what"]: row["value"] for row in table(os.path.join(where, "plain", "about.csv"))}
    expect(int(about["strata_values"]) == int(known["strata_values"]) + 3 and (about["strata_silent"], known["strata_silent"]) == ("3", "0"),
           f"about.csv: {about} {known}")
    expect(int(about["events_silent"]) == sum(row["dead"] == "1" for row in table(os.path.join(where, "clinical.csv"))[:3]), f"events: {about}")
    write_cohort(where, nobody)
    done = survive(where, study, out="nobody")
    expect(done.returncode == 2 and "within none of them is anybody at risk" in done.stderr, f"nobody: {done.returncode} {done.stderr}")
    write_cohort(where, lambda rows: [row.update(centre="A") for row in rows])
    done = survive(where, study, out="one")
    expect(done.returncode == 0 and "centre has one value: as without strata" in done.stdout, f"one: {done.returncode} {done.stderr} {done.stdout}")


def a_nomogram_of_no_model(where):
    """A model whose ratio runs off has no points: that is said, in about.csv too, and all else is there."""
    def change(rows):
        for row in rows:
            row["f05"] = "1" if row["dead"] == "1" else "0"

    write_cohort(where, change)
    study = STUDY.split("survive:")[0] + "survive:\n  cox: [f05, age]\n  times: [12, 24]\n  nomogram: {resamples: 5}\n"
    done = survive(where, study)
    expect(done.returncode == 0 and "No nomogram: the model together has no finite ratios" in done.stdout, f"{done.stderr} {done.stdout}")
    made = tables(where, "out")
    expect("multivariable.csv" in made and not [name for name in made if name.startswith("nomogram")], f"{sorted(made)}")
    about = {row["what"]: row["value"] for row in table(os.path.join(where, "out", "about.csv"))}
    expect(about["nomogram"] == "true" and "no finite hazard ratio of f05: it tells the order" in about["nomogram_missing"], f"about.csv: {about}")
    expect("NOTE: no finite hazard ratio of f05: it tells" in done.stdout, done.stdout)
    model = table(os.path.join(where, "out", "model.csv"))[0]
    # 0.71: concordance(coxph(Surv(months, dead) ~ f05 + age)), survival 3.5-3; a ratio of counts of pairs
    expect(model["fit"] == about["nomogram_missing"] and abs(float(model["c_index_apparent"]) - 0.71) < 1e-12, f"model: {model}")
    # and what an earlier question left goes when it is not asked again
    write_cohort(where)
    done = survive(where, study, "--fresh")
    expect(done.returncode == 0 and "nomogram.csv" in tables(where, "out"), f"a nomogram: {done.stderr}")
    done = survive(where, study.replace("  nomogram: {resamples: 5}\n", ""), "--resume")
    expect(done.returncode == 0 and "nomogram.csv" not in tables(where, "out"), f"without: {done.stderr} {sorted(tables(where, 'out'))}")


def alike(where, some, others, name):
    """A table of two folders, but for rounding and the line of an offset."""
    ours = [row for row in table(os.path.join(where, some, name)) if row.get("feature") != "published"]
    theirs = table(os.path.join(where, others, name))
    expect(len(ours) == len(theirs) > 0, f"{name}: {len(ours)} rows, {len(theirs)}")
    for own, row in zip(ours, theirs):
        for key in set(row) - {"lrt_p_bh"}:  # of one more column
            close = own[key] == row[key] or abs(float(own[key]) - float(row[key])) <= 1e-9 * abs(float(row[key])) + 1e-12
            expect(close, f"{name} {key}: {own[key]}, in {others} {row[key]}")


def without_an_offset(where):
    """Who has no offset is left out of everything, and counted; one that is the same for all, however large, changes nothing."""
    begin = STUDY.split("survive:")[0] + "survive:\n  cox: [f00, age]\n  groups: [f00]\n"
    compare = "  compare: {base: [age], with: [f00], reclassification: {time: 24, resamples: 10}}\n"
    write_cohort(where, lambda rows: [row.update(published="") for row in rows[5::9]])
    done = survive(where, begin + "  offset: published\n", out="empty")
    n = len(table(ORACLE / "survive_table.csv")[5::9])
    expect(done.returncode == 0 and f"left out: {n} without an offset, published" in done.stdout and f"{140 - n} patients" in done.stdout,
           f"no offset: {done.stderr} {done.stdout}")
    write_cohort(where, lambda rows: rows.__delitem__(slice(5, None, 9)))
    expect(survive(where, begin + "  offset: published\n", out="fewer").returncode == 0, "the others alone")
    same_but_about(where, "empty", "fewer", "others' offsets")
    write_cohort(where, lambda rows: [row.update(published="500") for row in rows])
    done = survive(where, begin + compare + "  offset: published\n", out="same")
    expect(done.returncode == 0, done.stderr)
    write_cohort(where)
    expect(survive(where, begin + compare, out="none").returncode == 0, "without")
    for name in ("univariable.csv", "multivariable.csv", "nested.csv", "nested_times.csv", "nested_benefit.csv", "reclassification.csv"):
        alike(where, "same", "none", name)
    done = survive(where, begin.replace("cox: [f00", "cox: [f00, published") + "  offset: published\n", out="own")
    shown = [line for line in done.stdout.splitlines() if line.strip().startswith("published  ")]
    expect(shown and all("  * " in line for line in shown) and "* the offset: its ratio is not its effect" in done.stdout, f"the offset's own row: {done.stdout}")
    # nor does one that is a term as well, in any draw of patients
    compare, study = compare.replace("[age]", "[age, published]"), begin.replace("use: [", "use: [published, ")
    for out, more in (("term", "  offset: published\n"), ("no_offset", "")):
        expect(survive(where, study + compare + more, out=out).returncode == 0, out)
    for name in ("nested.csv", "nested_times.csv", "nested_benefit.csv", "reclassification.csv"):
        alike(where, "term", "no_offset", name)


def file_size_limit(where):
    """A limit of file sizes ends with the sentence of a write that failed, not by a signal without a word."""
    write_cohort(where)
    limit = resource.getrlimit(resource.RLIMIT_FSIZE)
    path = write(os.path.join(where, "study.yaml"), STUDY)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8192, limit[1]))
    try:
        done = run("survive", path, "--out", os.path.join(where, "out"))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limit)
    expect(done.returncode == 3 and "File too large" in done.stderr, f"a file too large: {done.returncode} {done.stderr}")


def groups_that_never_meet(where):
    """Groups that are the strata have no test, and that is said; of a column of two values nobody may be above the median."""
    def change(rows):
        for k, row in enumerate(rows):
            row["f04"] = str(int(k % 3 > 0))
            row["f05"] = "9" if k == 0 else "1"

    write_cohort(where, change)
    done = survive(where, STUDY.split("survive:")[0] + "survive: {groups: [f04], cutpoint: {of: [f04], permutations: 9}}\n", out="two")
    expect(done.returncode == 0 and "at the median, 1, nobody is above it" in done.stdout and "nan" not in done.stdout, done.stdout)
    expect("multivariable.csv" not in done.stdout and "nomogram" not in done.stdout and "tests.csv" in done.stdout and
           "about.csv" in done.stdout, f"tables that nobody asked for: {done.stdout[-300:]}")
    write_cohort(where, lambda rows: [row.update(f04=str("ABC".index(row["centre"]))) for row in rows])
    done = survive(where, STUDY.split("survive:")[0] + "survive: {groups: [f04], strata: centre}\n", out="strata")
    tests = [row for row in table(os.path.join(where, "strata", "tests.csv")) if row["test"] != "hazard ratio"]
    expect(done.returncode == 0 and "no test or ratio: within a stratum there is one group" in done.stdout, f"{done.stderr} {done.stdout}")
    expect(len(tests) == 6 and all(row["p"] == "" and "within a stratum there is one group" in row["note"] for row in tests), f"tests: {tests}")


def subgroups_without_events(where):
    """Where events are in one subgroup alone nothing is said to differ; a third without any adds nothing to the test."""
    def change(rows):
        for row in rows:
            if row["sex"] == "female" or row["stage"] == "4":
                row["dead"] = "0"

    write_cohort(where, change)
    done = survive(where, STUDY.split("survive:")[0] + "survive:\n  subgroups: {of: f00, by: [sex, stage]}\n")
    rows = keyed(os.path.join(where, "out", "subgroups.csv"), "by", "subgroup")
    one, three = rows["sex", "male"], rows["stage", "4"]
    expect(done.returncode == 0 and one["interaction_p"] == one["interaction_lrt"] == "" and one["interaction_df"] == "0", f"{one}")
    expect(three["hr"] == "" and three["interaction_df"] == "2" and 0 < float(three["interaction_p"]) < 1, f"{three}")
    expect(len(re.findall("  0  no events ", done.stdout)) == 2 and
           "no finite ratio" not in done.stdout.split("in subgroups")[1], done.stdout)
    expect("no test: it takes two" in done.stdout and "interaction p 1.000" not in done.stdout, done.stdout)


def strata_of_short_follow_up(where):
    """At a time to which nobody of one centre was followed the model has no risk for its patients: no AUC, no net benefit."""
    def change(rows):
        for row in rows:
            if row["centre"] == "B" and float(row["months"]) > 20:
                row.update(months="20", dead="0")

    write_cohort(where, change)
    study = STUDY.split("survive:")[0] + "survive:\n  times: [12, 24]\n  strata: centre\n  compare: {base: [age, sex], with: [f00]%s}\n"
    done = survive(where, study % "")
    expect(done.returncode == 0 and "at 24 neither AUC nor net benefit" in done.stdout and "at 12 neither" not in done.stdout,
           f"beyond a centre's follow-up: {done.stderr} {done.stdout}")
    times = table(os.path.join(where, "out", "nested_times.csv"))
    expect(times[0]["auc_base_apparent"] and times[1]["auc_base_apparent"] == times[1]["auc_with_apparent"] == "", f"{times}")
    for row in table(os.path.join(where, "out", "nested_benefit.csv")):
        if row["time"] == "24" or float(row["threshold"]) <= 0.5:  # beyond, those few who are at risk may not be followed
            expect(bool(row["with_apparent"]) == bool(row["base_apparent"]) == (row["time"] == "12"), f"{row}")
    done = survive(where, study % ", reclassification: {time: 24, resamples: 5}", out="reclassified")
    expect(done.returncode == 0 and all(row["apparent"] == "" for row in table(os.path.join(where, "reclassified", "reclassification.csv"))),
           f"reclassified beyond a centre's follow-up: {done.stderr}")


def columns_of_texts(where):
    """Three to six texts make groups, as their numbers do, and terms against the first of them, as R's factor."""
    def named(rows, names="one two three four".split()):
        for row in rows:
            row["stage"] = names[int(row["stage"]) - 1]

    study = STUDY.replace("cutpoint: {of: [f00, stage]", "cutpoint: {of: [f00]")
    write_cohort(where)
    expect(survive(where, study, out="numbered").returncode == 0, "a study of numbers")
    write_cohort(where, named)
    done = survive(where, study, out="named")
    expect(done.returncode == 0 and "trend" not in done.stdout, f"texts: {done.stderr}")
    as_number = {"one": "1", "two": "2", "three": "3", "four": "4"}
    for name, key, values in (("groups.csv", "group", ("n", "events", "median", "restricted_mean")),
                              ("subgroups.csv", "subgroup", ("n", "events", "hr", "p"))):
        texts, numbered = (keyed(os.path.join(where, out, name), "column" if key == "group" else "by", key)
                           for out in ("named", "numbered"))
        for text, number in as_number.items():
            expect(all(texts["stage", text][v] == numbered["stage", number][v] for v in values), f"{name}: {text}")
    tests = {out: keyed(os.path.join(where, out, "tests.csv"), "column", "test", "group", "against") for out in ("named", "numbered")}
    one, other = (float(tests[out]["stage", "log-rank", "", ""]["chisq"]) for out in ("named", "numbered"))
    expect(abs(one - other) < 1e-9 * other and ("stage", "trend", "", "") not in tests["named"], f"log-rank {one}, {other}")
    alone = table(os.path.join(where, "named", "univariable.csv"))
    expect(not any(row["feature"] == "stage" for row in alone) and len(alone) == 14, f"{len(alone)} columns alone")
    expect("without a model" not in done.stdout, f"a column of texts is no failed model: {done.stdout}")
    expect('stage is of texts ("four", "one", "three", "two"): not here, but as groups, subgroups or terms' in done.stdout, done.stdout)
    about = [(row["what"], row["value"]) for row in table(os.path.join(where, "named", "about.csv"))]
    expect(("texts", "stage") in about and "CAUTION: \"" not in done.stdout, f"about.csv: {about}")
    r = Expected()
    begin = STUDY.split("survive:")[0] + "survive:\n  cox: [f00, stage, age]\n"
    done = survive(where, begin + "  compare: {base: [age], with: [stage]}\n", out="terms")
    expect(done.returncode == 0 and "the texts of stage are against four" in done.stdout, f"texts as terms: {done.stderr}")
    terms = keyed(os.path.join(where, "terms", "multivariable.csv"), "term")
    expect(list(terms) == [("f00",), ("stage=one",), ("stage=three",), ("stage=two",), ("age",)], f"terms: {list(terms)}")
    expect([row["against"] for row in terms.values()] == ["", "four", "four", "four", ""], f"against: {terms}")
    for word in ("one", "two", "three"):
        r.check("texts", word, terms[f"stage={word}",])
        r.check("texts alone", word, terms[f"stage={word}",])
        expect(terms[f"stage={word}",]["sd"] == terms[f"stage={word}",]["hr_sd"] == "", "a deviation of a text")
    r.check("texts", "model", table(os.path.join(where, "terms", "model.csv"))[0])
    r.check("texts added", "test", table(os.path.join(where, "terms", "nested.csv"))[0])
    r.measured.write()
    done = survive(where, begin.replace("f00", "stage, f00"), out="refused_text")
    expect(done.returncode == 2 and "cox: stage is listed twice" in done.stderr, f"a category twice: {done.stderr}")
    done = survive(where, begin + "  nomogram: true\n", out="refused_text")
    expect(done.returncode == 2 and "stage of \"cox\" has more than two texts" in done.stderr, f"a nomogram: {done.stderr}")
    for key, asked in (("cutpoint", "cutpoint: stage"), ("subgroups", "subgroups: {of: stage, by: sex}")):
        done = survive(where, STUDY.split("survive:")[0] + f"survive: {{{asked}}}\n", out="refused_text")
        expect(done.returncode == 2 and f"{key}: stage has more than two texts" in done.stderr, f"{asked}: {done.stderr}")
    write_cohort(where, lambda rows: [row.update(stage=f"s{k % 7}") for k, row in enumerate(rows)])
    done = survive(where, study, out="seven")
    expect(done.returncode == 2 and "stage has 7 different texts; numbers or two to six texts were expected; the first are "
           '"s0", "s1", "s2"' in done.stderr, done.stderr)


def blanks_and_capitals(where):
    """Texts and names of patients that differ by blanks or capitals alone are not one, and that is said."""
    write_cohort(where, lambda rows: rows[0].update(sex="male "))
    clinical = os.path.join(where, "clinical.csv")
    with open(clinical, encoding="utf-8") as file:
        text = file.read()
    expect('"male "' not in text, "the file quotes it already")
    write(clinical, text.replace("male ", '"male "'))
    done = survive(where, STUDY.split("survive:")[0] + "survive: {}\n")
    expect(done.returncode == 0 and 'sex is of texts ("female", "male", "male ")' in done.stdout and
           'CAUTION: "male" and "male " are two texts of sex' in done.stdout, f"a blank: {done.stderr} {done.stdout}")


def unmatched(where):
    """Patients who are in the table alone are named, and how their names are spelled in the clinical file."""
    rows = write_cohort(where)
    outcome = [{key: row[key] for key in ("id", "months", "dead", *FEATURES)} for row in rows]
    save(os.path.join(where, "features.csv"), outcome)
    clinical = [{key: row[key] for key in ("id", "age", "sex", "stage")} for row in rows]
    study = STUDY.split("survive:")[0] + "survive: {}\n"
    for n, sentence in ((1, '  1 is not in the clinical file: "p001"\n'), (3, '  3 are not in the clinical file: "p001", "p002", "p003"\n'),
                        (5, '  5 are not in the clinical file: "p001", "p002", "p003" and 2 others\n')):
        save(os.path.join(where, "clinical.csv"), clinical[n:])
        done = survive(where, study, out=f"out{n}")
        expect(done.returncode == 0 and sentence in done.stdout and "but for blanks" not in done.stdout, f"{n}: {done.stderr} {done.stdout}")
    for spelled, cell in ((" p001", '" p001"'), ("P001", "P001")):
        save(os.path.join(where, "clinical.csv"), clinical)
        with open(os.path.join(where, "clinical.csv"), encoding="utf-8") as file:
            text = file.read()
        write(os.path.join(where, "clinical.csv"), text.replace("p001,", cell + ",", 1))
        done = survive(where, study, out="spelled" + spelled.strip())
        expect(done.returncode == 0 and f'it has "{spelled}", which is "p001" but for blanks' in done.stdout, f"{done.stderr} {done.stdout}")


def one_group(where):
    """A column of nine values, of which more than half are the largest, makes no groups: said, and all else goes on."""
    def change(rows):
        for k, row in enumerate(rows):
            row["f04"] = "9" if k % 8 else str(k % 9)

    write_cohort(where, change)
    study = STUDY.split("survive:")[0] + "survive:\n  groups: [%s]\n"
    done = survive(where, study % "f04, stage")
    made = table(os.path.join(where, "out", "groups.csv"))
    about = [(row["what"], row["value"]) for row in table(os.path.join(where, "out", "about.csv"))]
    expect(done.returncode == 0 and "NOTE: no groups of f04: 12" in done.stdout and {row["column"] for row in made} == {"stage"},
           f"one group: {done.stderr} {done.stdout} {made}")
    expect(("groups_left_out", "f04") in about and ("groups", "stage") in about and ("groups", "f04") not in about, f"about.csv: {about}")
    done = survive(where, study % "f04", out="none")
    expect(done.returncode == 0 and "groups.csv" not in tables(where, "none"), f"no groups at all: {done.stderr}")


def compare_beyond(where):
    """Where a ratio runs off the likelihood ratio and the order of the patients are known, the risks are not."""
    def change(rows):
        for row in rows:
            row["f05"] = "1" if row["dead"] == "1" else "0"

    write_cohort(where, change)
    begin = STUDY.split("survive:")[0] + "survive:\n  times: [12, 24]\n  compare: {base: [%s], with: [%s], reclassification: {time: 24, resamples: 3}}\n"
    for base, more in (("age", "f05"), ("age, f05", "f00")):
        done = survive(where, begin % (base, more), out="out" + more)
        row = table(os.path.join(where, "out" + more, "nested.csv"))[0]
        expect(done.returncode == 0 and re.search(r"likelihood ratio [0-9.]+ on 1 df, p .* \(of the likelihoods that", done.stdout) and
               "no likelihood ratio" not in done.stdout and "no AUC or net benefit: a model without finite ratios" in done.stdout,
               f"{more}: {done.stderr} {done.stdout}")
        expect(float(row["lrt"]) > 0 and f"C-index {float(row['c_index_base_apparent']):.3f}, with {float(row['c_index_with_apparent']):.3f}"
               in done.stdout, f"{more}: {row} {done.stdout}")
        expect(all(r["apparent"] == r["lower"] == "" and "no finite ratios" in r["note"]
                   for r in table(os.path.join(where, "out" + more, "reclassification.csv"))), f"{more}: reclassification")


def strata_as_a_term(where):
    """The stratum is no term, nor is what is one within each of its values."""
    def change(rows):
        for row in rows:
            row["f04"] = str("ABC".index(row["centre"]))

    write_cohort(where, change)
    begin = STUDY.replace("use: [age, sex, stage]", "use: [age, sex, stage, centre]").split("survive:")[0] + "survive:\n"
    cases = (("  strata: sex\n  cox: [f00, sex]\n", "cox: sex is the stratum: within a stratum it does not vary; another column was expected"),
             ("  strata: sex\n  compare: {base: [age], with: [sex]}\n", "compare: sex is the stratum"),
             ("  strata: centre\n  cox: [f00, centre]\n", "cox: centre is the stratum"),
             ("  strata: centre\n  cox: [f00, f04]\n", "cox: f04 has one value within each centre, the stratum"),
             ("  strata: sex\n  subgroups: {of: sex, by: [stage]}\n", "subgroups: sex is the stratum"))
    for number, (asked, sentence) in enumerate(cases):
        done = survive(where, begin + asked, out=f"refused{number}")
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    done = survive(where, begin + "  strata: sex\n  groups: [sex, stage]\n  subgroups: {of: f00, by: [sex]}\n", out="as_groups")
    expect(done.returncode == 0 and done.stdout.count("no test or ratio: within a stratum there is one group") == 1 and
           "no finite ratio" not in done.stdout, f"as groups: {done.stderr} {done.stdout}")
    ratio = [row for row in table(os.path.join(where, "as_groups", "tests.csv")) if row["test"] == "hazard ratio"]
    expect(len(ratio) == 1 and ratio[0]["hr"] == "" and "one group" in ratio[0]["note"], f"{ratio}")


def names_in_full(where):
    """Texts that differ at their end alone and numbers of seven digits are groups by their own names, in the report too."""
    texts = [80 * "\u00e9" + end for end in ("one", "two")] + ["three", "four"]

    def change(rows):
        for row in rows:
            row["f04"] = str(20230100 + int(row["stage"]))
            row["f05"] = str(1000000 + 0.25 * float(row["f05"]))
            row["f06"] = str(round(2 * float(row["f06"])) / 2)
            row["stage"] = texts[int(row["stage"]) - 1]

    write_cohort(where, change)
    done = survive(where, STUDY.split("survive:")[0] + """survive:
  groups: [stage, f04, f05, f06]
  subgroups: {of: f00, by: [stage, f04]}
  nomogram: {resamples: 0}
  cox: [f00, f04]
""")
    expect(done.returncode == 0, f"long names: {done.stderr}")
    expect(done.stdout.encode("utf-8", "surrogateescape").decode("utf-8", "replace").count("\ufffd") == 0, "half a character")
    numbers = [str(20230100 + k) for k in (1, 2, 3, 4)]
    for name, column, group in (("groups.csv", "column", "group"), ("curves.csv", "column", "group"),
                                ("at_risk.csv", "column", "group"), ("subgroups.csv", "by", "subgroup")):
        for of, expected in (("stage", texts), ("f04", numbers)):
            found = {row[group] for row in table(os.path.join(where, "out", name)) if row[column] == of}
            expect(found == set(expected), f"{name}, {of}: {found}")
    expect([row["label"] for row in table(os.path.join(where, "out", "nomogram.csv")) if row["term"] == "f04"] == numbers, "a scale")
    value = sorted(round(2 * float(row["f06"])) / 2 for row in table(ORACLE / "survive_table.csv"))
    middle = (value[69] + value[70]) / 2
    sides = [row for row in table(os.path.join(where, "out", "groups.csv")) if row["column"] == "f06"]
    expect(value.count(middle) > 5 and [int(row["n"]) for row in sides] == [sum(v <= middle for v in value), sum(v > middle for v in value)]
           and [row["group"] for row in sides] == [f"low (<= {middle:g})", f"high (> {middle:g})"], f"values at the median: {sides}")
    sides = [row for row in table(os.path.join(where, "out", "groups.csv")) if row["column"] == "f05"]
    cut = float(sides[0]["group"].removeprefix("low (<= ").removesuffix(")"))
    value = [1000000 + 0.25 * float(row["f05"]) for row in table(ORACLE / "survive_table.csv")]
    expect(sum(v <= cut for v in value) == int(sides[0]["n"]) == 70 and sides[1]["group"] == f"high (> {sides[0]['group'][8:]}",
           f"a cut that parts other patients than its name says: {sides}")
    done = run("report", os.path.join(where, "out"), "--out", os.path.join(where, "page.html"))
    expect(done.returncode in (0, 3) and "UTF-8" not in done.stderr, f"a report of long names: {done.stderr}")
    if done.returncode == 0:
        drawn = {row["group"] for row in table(os.path.join(where, "page_csv", "kaplan_meier_2.csv"))}
        expect(drawn == set(numbers), f"curves: {drawn}")


def refusals(where):
    def negative(rows):
        rows[4]["months"] = "-2"

    def third(rows):
        rows[4]["dead"] = "2"

    def text(rows):
        rows[4]["months"] = "soon"

    def nothing(rows):
        for row in rows:
            row["published"] = ""

    def far(rows):
        rows[4]["published"] = "800"

    def few(rows):
        for k, row in enumerate(rows):
            row["dead"] = str(int(k < 4))

    def none(rows):
        for row in rows:
            row["dead"] = ""

    def disguise(rows):
        for row in rows:
            row["f07"] = str(3.5 - float(row["months"]) / 7)

    def eight(rows):
        for k, row in enumerate(rows):
            row["dead"] = str(int(k < 8))

    nine = STUDY.replace("cox: [f00, f03, age, sex]", "cox: [f00, f01, f02, f04, f05, f06, f07, f08, f09]")
    time = "{time: months, event: dead}"
    def as_of_r(rows):
        for row in rows:
            row["dead"] = str(int(row["dead"]) + 1)

    cases = [(as_of_r, STUDY, "where 2 is the event and 1 none so far, write 1 for 2 and 0 for 1"),
             (None, STUDY + "landmark: 100\n", "of nobody observation goes on beyond it (140 have the event"),
             (negative, STUDY, "months of patient p005 is -2; a time from the start of observation, 0 or more"),
             (third, STUDY, "dead of patient p005 is \"2\"; 1 (the event was at months) or 0"),
             (text, STUDY, "months of patient p005 is \"soon\", a number was expected"),
             (few, STUDY, "4 of 140 patients have the event; at least 5"),
             (none, STUDY, "no patient has an outcome"),
             (disguise, STUDY, "feature f07 tells the outcome (C-index 0.9"),
             (eight, nine, "9 terms for 8 events"),
             (None, STUDY.replace("cox: [f00", "cox: [f0o"), "is called \"f0o\"; did you mean \"f00\""),
             (None, STUDY.replace("cox: [f00", "cox: [age"), "age is listed twice"),
             (None, STUDY.replace("groups: [f00", "groups: [months"), "is called \"months\""),
             (None, STUDY.replace("times: [12, 24, 36]", "times: [12, 6]"), "6 does not come after 12"),
             (None, STUDY.replace("times: [12, 24, 36]", "times: [0]"), "above 0"),
             (None, STUDY.replace("by: [sex, stage]", "by: [f01]"), "f01 has many values; up to 6"),
             (None, STUDY.replace("of: f00, by: [sex, stage]", "of: f00"), "\"by\" is missing"),
             (None, STUDY.replace("  times:", "  timez:"), "did you mean \"times\""),
             (None, STUDY.replace(time, "{class: dead}"), "{time: COLUMN, event: COLUMN} was expected"),
             (None, STUDY.replace(time, "{time: months}"), "\"event\" is missing"),
             (None, STUDY.replace(time, "{time: months, event: months}"), "one column, months"),
             (None, STUDY.replace(time, "{time: months, event: daed}"), "did you mean \"dead\""),
             (None, STUDY + "  offset: published\n", "a nomogram has no points for it"),
             (None, STUDY.replace("  nomogram: {resamples: 20, seed: 3}\n", "  offset: publisht\n"), "survive: offset: "),
             (None, STUDY.replace("  nomogram: {resamples: 20, seed: 3}\n", "  offset: publisht\n"), "did you mean \"published\""),
             (None, STUDY.replace("  nomogram: {resamples: 20, seed: 3}\n", "  offset: months\n"), "survive: offset: months is the outcome"),
             (far, STUDY.replace("  nomogram: {resamples: 20, seed: 3}\n", "  offset: published\n"), "published goes from -1"),
             (None, STUDY.replace("  nomogram: {resamples: 20, seed: 3}\n", "  offset: sex\n"), "sex holds texts; a column of numbers, log hazards"),
             (None, STUDY.replace("use: [age, sex, stage]", "use: [age, sex, stage, age]"), "age is listed twice"),
             (nothing, STUDY.replace("  nomogram: {resamples: 20, seed: 3}\n", "  offset: published\n"), "has a value of survive: offset"),
             (None, STUDY + "rois: separate\n", "one row; \"largest\" or \"mean\"")]
    for number, (change, study, sentence) in enumerate(cases):
        write_cohort(where, change)
        done = survive(where, study, out=f"refused{number}")
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    write_cohort(where)
    done = run("survive", os.path.join(where, "study.yaml"))
    expect(done.returncode == 2 and "--out DIR is missing" in done.stderr, done.stderr)
    write(os.path.join(where, "sweep.yaml"), STUDY.split("survive:")[0] + "models: {logistic: {C: 1}}\n")
    done = run("sweep", os.path.join(where, "sweep.yaml"), "--out", os.path.join(where, "swept"))
    expect(done.returncode == 2 and "logistic cannot be fitted to an outcome that is the time" in done.stderr,
           f"a sweep: {done.stderr}")


def main():
    for part in (numbers, on_request, cutpoints, scores, ranks_and_runs, killed_half_way, features_that_crash, limits, odd_columns, without_a_stratum, strata_that_tell_little, a_nomogram_of_no_model, without_an_offset,
                 file_size_limit, groups_that_never_meet, words_of_events, subgroups_without_events, strata_of_short_follow_up,
                 columns_of_texts, blanks_and_capitals, unmatched, one_group, compare_beyond,
                 strata_as_a_term, names_in_full, refusals):
        with folder() as where:
            part(where)
    finish("survive")


main()
