"""Patients who were not all followed as far as a time: what is judged there, and what has no number."""
import os

from program import expect, finish, folder, run, save, table
from times_cases import STUDY, brier, curves, sweep, write_cohort

SMALL = (STUDY[:STUDY.index("select:")] +
         "select: {all: []}\nmodels: {cox: {penalty: ridge, choose: given, lambda: 0.1}}\n").replace(", repeats: 2", "")


def short(where, until=7):
    """A cohort of three centres, of which B was followed to a time alone; the last of all is censored."""
    rows = write_cohort(where)
    for i, row in enumerate(rows):
        row["centre"] = "ABC"[i % 3]
        if row["centre"] == "B" and row["months"] > until:
            row["months"], row["dead"] = until, 0
    max(rows, key=lambda row: row["months"])["dead"] = 0
    save(os.path.join(where, "clinical.csv"), [{key: row[key] for key in ("id", "months", "dead", "age", "centre")}
                                               for row in rows])
    save(os.path.join(where, "table.csv"), [{key: value for key, value in row.items() if key not in ("months", "dead", "age")}
                                            for row in rows])
    return {row["id"]: row for row in rows}


def held_out(where):
    """Centre by centre: what B was not followed to is judged on the others alone, and said so."""
    study = SMALL.replace("{kfold: 3, seed: 3}", "{leave_out: centre, seed: 3}") + "survive: {times: [6, 18]}\n"
    done = sweep(where, study, "centres")
    out = os.path.join(where, "centres")
    expect(done.returncode == 0, f"leave out: {done.stderr}")
    expect("over 2 of 3 held-out parts" in done.stdout, f"two centres alone: {done.stdout}")
    split = {row["fold"]: row for row in table(os.path.join(out, "survival_splits.csv")) if row["pipeline"] == "chosen"}
    expect(split["B"]["integrated_brier"] == split["B"]["integrated_brier_no_model"] == "", f"B beyond 7: {split['B']}")
    mean = next(row for row in table(os.path.join(out, "survival.csv")) if row["pipeline"] == "chosen")
    expect(mean["splits_brier"] == "2" and mean["splits"] == "3", f"splits: {mean}")
    for name in ("integrated_brier", "integrated_brier_no_model"):
        of = (float(split["A"][name]) + float(split["C"][name])) / 2
        expect(abs(float(mean[name]) - of) < 1e-12, f"{name} is of A and C alone: {mean} {of}")
    rows = table(os.path.join(out, "time_auc.csv"))
    counts = {(row["time"], row["splits_brier"]) for row in rows if row["pipeline"] == "chosen"}
    expect(counts == {("6", "3"), ("18", "2")}, f"each time: {counts}")
    return os.path.join(out, "model.json")


def nobody(where):
    """A time beyond everybody has no number, in words too."""
    done = sweep(where, SMALL + "survive: {times: [6, 500]}\n", "beyond")
    expect(done.returncode == 0 and "integrated Brier score - (over 0 of 3" in done.stdout, f"beyond: {done.stdout}")
    expect("nan" not in done.stdout, f"nan in words: {done.stdout}")
    for row in table(os.path.join(where, "beyond", "time_auc.csv")):
        expect((row["brier"] == row["brier_no_model"] == "") == (row["time"] == "500"), f"at 500: {row}")


def validated(where, rows, model):
    """Each group up to the last of the times that it was followed to."""
    files = (model, os.path.join(where, "table.csv"), "--clinical", os.path.join(where, "clinical.csv"), "--by", "id")
    done = run("validate", *files, "--outcome", "months", "--centre", "centre", "--time", "6", "--time", "18", "-o",
               os.path.join(where, "v"))
    expect(done.returncode == 0 and "centre B: not followed up to 18: Uno's C and the Brier score up to 6" in done.stdout,
           f"validate: {done.returncode} {done.stdout} {done.stderr}")
    steps = [6 * k / 20 for k in range(21)]
    for row in table(os.path.join(where, "v", "validation.csv")):
        expect(row["tau"] == ("6" if row["value"] == "B" else "18"), f"tau: {row}")
        if row["value"] == "B":
            held = [(r["months"], r["dead"], 0) for r in rows.values() if r["centre"] == "B"]
            alive, seen = curves([(time, event) for time, event, _ in held])
            at = [brier(held, alive(step), seen, step) for step in steps]
            area = sum((a + b) / 2 for a, b in zip(at, at[1:])) / 20
            expect(abs(float(row["integrated_brier_no_model"]) - area) < 1e-12, f"B up to 6: {row} {area}")
    for row in table(os.path.join(where, "v", "times.csv")):
        beyond = row["value"] == "B" and row["time"] == "18"
        for name in ("auc", "brier", "brier_no_model", "observed"):
            expect((row[name] == "") == beyond, f"{name} of {row}")
    done = run("validate", *files, "--outcome", "months", "--time", "500", "-o", os.path.join(where, "none"))
    expect(done.returncode == 0 and "followed to none of the times" in done.stdout and "nan" not in done.stdout,
           f"beyond everybody: {done.stdout}")
    row, = table(os.path.join(where, "none", "times.csv"))
    expect(row["brier"] == row["brier_no_model"] == "", f"at 500: {row}")


def main():
    with folder() as where:
        rows = short(where)
        model = held_out(where)
        nobody(where)
        validated(where, rows, model)
    finish("times_followed")


main()
