"""radmill icc, harmonise and select through their command lines: known figures, and what is wrong with a table said."""
import csv
import glob
import os
import random

from program import content, expect, finish, folder, run, table, write

SHARED = os.path.join(os.environ.get("RADMILL_SHARED", ""), "reference", "stats")

# Shrout and Fleiss 1979, table 2: six subjects, four judges; coefficients as printed in their table 4.
RATINGS = [(9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7)]
PRINTED = {"1,1": 0.17, "2,1": 0.29, "3,1": 0.71, "1,k": 0.44, "2,k": 0.62, "3,k": 0.91}


def save(path, rows):
    with open(path, "w", newline="") as file:
        writer = csv.DictWriter(file, rows[0].keys())
        writer.writeheader()
        writer.writerows(rows)
    return path


def near(a, b, relative):
    """Whether two cells are the same number, or both say nothing."""
    a, b = ("" if x in ("NaN", "NA", "nan") else x.lower() for x in (a, b))
    return a == b or bool(a and b and abs(float(a) - float(b)) <= relative * max(abs(float(a)), abs(float(b)), 1e-12))


def icc(where):
    rows = [{"id": f"s{s}", "judge": f"j{j}", "f": str(RATINGS[s][j]), "flat": "1"} for s in range(6) for j in range(4)]
    path, out = save(os.path.join(where, "ratings.csv"), rows), os.path.join(where, "icc.csv")
    command = ["icc", path, "--readers", "judge", "--patient", "id", "--match", "f*", "--csv", out]
    for form, value in PRINTED.items():
        done = run(*command, "--form", form)
        expect(done.returncode == 0, f"icc {form}: {done.stderr}")
        found = table(out)
        expect(round(float(found[0]["icc"]), 2) == value, f"ICC({form}) {found[0]['icc']}, Shrout and Fleiss {value}")
        expect(found[0]["n_subjects"] == "6" and found[0]["form"] == form, f"icc {form}: {found[0]}")
        expect(found[1]["feature"] == "flat" and found[1]["icc"] == "", f"a flat feature has no coefficient: {found[1]}")
    run(*command)
    before = content(out)
    expect("0 from 0.9" in done.stdout or "1 from 0.9" in done.stdout, f"summary: {done.stdout}")
    expect("Koo and Li" in done.stdout and "1 undefined" in done.stdout, f"summary: {done.stdout}")
    random.Random(1).shuffle(rows)
    save(path, rows)
    run(*command)
    expect(content(out) == before, "the order of rows changes icc.csv")

    twice = rows + [dict(rows[0])]
    cases = [(rows, ["--readers", "jugde"], "did you mean \"judge\""),
             (twice, [], "twice"),
             ([row for row in rows if row["judge"] == "j1"], [], "at least two readers"),
             (rows, ["--match", "g*"], None),
             (rows, ["--rows", "id=s1"], "at least 2 were expected"),
             (rows, ["--rows", "id=s99"], "no row"),
             (rows, ["--csv", path], "the table itself"),
             (rows, ["--form", "2.1"], "2,k or 3,k")]
    for data, extra, sentence in cases:
        save(path, data)
        done = run(*command, *extra)
        if sentence:
            expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    done = run("icc", path, "--readers", "judge", "--patient", "id", "--csv", out)
    expect(done.returncode == 2 and "--match" in done.stderr, f"a CSV without --match: {done.stderr}")


def icc_as_irr(where):
    """irr::icc's figures of the reference tables, readings laid one below the other."""
    models = {"1": ("oneway", "consistency"), "2": ("twoway", "agreement"), "3": ("twoway", "consistency")}
    for case in sorted(glob.glob(os.path.join(SHARED, "icc", "*", "expected.csv"))):
        given = table(os.path.join(os.path.dirname(case), "input.csv"))
        raters = sorted({name.rpartition("__r")[2] for name in given[0] if "__r" in name})
        names = sorted({name.rpartition("__r")[0] for name in given[0] if "__r" in name})
        rows = [{"id": f"p{number}", "reader": rater, **{name: row[f"{name}__r{rater}"] for name in names}}
                for number, row in enumerate(given) for rater in raters]
        path, out = save(os.path.join(where, "irr.csv"), rows), os.path.join(where, "irr_icc.csv")
        match = [word for name in names for word in ("--match", name)]
        levels = sorted({row["conf"] for row in table(case)})
        for form, level in ((form, level) for form in PRINTED for level in levels):
            done = run("icc", path, "--readers", "reader", "--patient", "id", *match, "--form", form, "--level", level,
                       "--csv", out)
            expect(done.returncode == 0, f"{case}: {done.stderr}")
            found = {row["feature"]: row for row in table(out)}
            wanted = [row for row in table(case) if (row["model"], row["type"]) == models[form[0]] and
                      row["unit"] == ("average" if form[-1] == "k" else "single") and row["conf"] == level]
            expect(len(wanted) > 0, f"{case}: no row of form {form}")
            for row in wanted:
                ours = found[row["feature"]]
                expect(near(ours["icc"], row["icc"], 1e-9), f"{case} {form}: {ours['icc']}, irr {row['icc']}")
                if row["lower"] not in ("", "NaN", "NA") and float(row["icc"]) < 1:
                    expect(near(ours["lower"], row["lower"], 1e-7), f"{case} {form}: {ours}, irr {row}")


def main():
    with folder() as where:
        icc(where)
        icc_as_irr(where)
    finish("table verbs")


main()
