"""Nested cross-validation on published radiomics tables with given outer and inner folds against scikit-learn 1.9.1
(tests/oracle/real_tables.py): inner scores, the C that they choose, the features that are kept, the held-out scores."""
import csv
import gzip
import json
import os
import sys

from program import expect, finish, folder, measured, run, table, write

ROOT = os.environ.get("RADMILL_SHARED") or os.path.join(os.environ.get("RADMILL_SOURCE", "."), "..", "shared")
TABLES = os.path.join(ROOT, "data", "tables", "radmlbench")
EXPECTED = os.path.join(os.environ.get("RADMILL_SOURCE", "."), "tests", "oracle", "real_tables.json")
OUTER, INNER = 5, 4

GRID = "C: [0.001, 0.01, 0.1, 1, 10]"
ANOVA, MRMR = "{univariate: {test: anova, k: 15}}", "{mrmr: {form: f-mean, k: 10}}"
PIPELINES = {
    "none/logistic": ("[]", f"logistic: {{{GRID}}}", 1e-6),
    "anova/logistic": (f"[{ANOVA}]", f"logistic: {{{GRID}}}", 1e-6),
    "anova-rfe/logistic": ("[{univariate: {test: anova, k: 30}}, {rfe: {model: logistic, C: 1, step: 1, to: 6}}]",
                           f"logistic: {{{GRID}}}", 1e-6),
    "mrmr/logistic": (f"[{MRMR}]", f"logistic: {{{GRID}}}", 1e-6),
    "anova/svm-linear": (f"[{ANOVA}]", f"svm-linear: {{{GRID}}}", 1e-4),
    "mrmr/svm-rbf": (f"[{MRMR}]", f"svm-rbf: {{{GRID}}}", 1e-4),
}


def dealt(rows, k):
    """Patients of a class in turn."""
    place, fold = {"0": 0, "1": 0}, {}
    for row in rows:
        fold[row["ID"]] = str(place[row["Target"]] % k)
        place[row["Target"]] += 1
    return fold


def read(name):
    with gzip.open(os.path.join(TABLES, name + ".csv.gz"), "rt", newline="") as file:
        rows = [{column.strip(): cell for column, cell in row.items()} for row in csv.DictReader(file)]
    for i, row in enumerate(rows):
        row["ID"] = f"{i:04d}"  # some tables name a patient twice
    outer = dealt(rows, OUTER)
    for row in rows:
        row["outer"] = outer[row["ID"]]
    for f in range(OUTER):
        inner = dealt([row for row in rows if row["outer"] != str(f)], INNER)
        for row in rows:
            row[f"inner{f}"] = inner.get(row["ID"], "0")
    return rows


def twins(rows, features):
    """Columns with the same values are copies: which of them stays is nobody's to say. {column: first of its copies}"""
    first = {}
    return {column: first.setdefault(tuple(row[column] for row in rows), column) for column in features}


def compare(where, name, rows, folds):
    of_table, pipeline = name.split(": ")
    select, model, tolerance = PIPELINES[pipeline]
    short = name.replace(": ", "_").replace("/", "_")
    features = [column for column in rows[0] if column not in ("ID", "Target", "outer") and not column.startswith("inner")]
    path = write(os.path.join(where, short + ".yaml"), f"""
table: {of_table}.csv
patient: ID
outcome: {{class: Target}}
features: {{match: {json.dumps(features)}, allow: {json.dumps(features)}}}
split: {{column: outer}}
inner: {{column: "inner{{fold}}"}}
prepare: [{{impute: median}}, {{clean: constant}}, {{scale: zscore}}]
select: {{s: {select}}}
models: {{{model}}}
controls: {{permute: 0, baselines: false}}
""")
    out = os.path.join(where, short)
    done = run("sweep", path, "--out", out, "--quiet")
    expect(done.returncode == 0, f"{name}: {done.returncode} {done.stderr}")
    settings = [row for row in table(os.path.join(out, "settings.csv")) if row["repeat"] != "all"]
    selected = [row for row in table(os.path.join(out, "selected.csv")) if row["repeat"] != "all"]
    score = {row["id"]: float(row["score"]) for row in table(os.path.join(out, "predictions.csv"))
             if row["pipeline"] != "chosen"}
    same, worst, n, apart = twins(rows, features), 0.0, 0, 0
    for f, fold in enumerate(folds):
        own = [row for row in settings if row["fold"] == str(f)]
        means = [float(row["inner_mean"]) for row in own]
        off = max(abs(a - b) for a, b in zip(means, fold["inner"]))
        expect(len(means) == len(fold["inner"]) and off < 1e-9, f"{name} fold {f}: inner AUC {means}, {fold['inner']}")
        best = sorted(fold["inner"])
        used = [row["settings"].split("C=")[1].split()[0] for row in own if row["used"] == "1"]
        if best[-1] - best[-2] > 1e-6:
            expect(used == [f"{fold['C']:g}"], f"{name} fold {f}: C {used}, expected {fold['C']}")
        kept = [row["feature"] for row in selected if row["fold"] == str(f)]
        if select == "[]":
            expect(len(kept) == fold["kept"], f"{name} fold {f}: kept {len(kept)}, expected {fold['kept']}")
        else:
            kept, wanted = (sorted(same[column] for column in columns) for columns in (kept, fold["kept"]))
            expect(kept == wanted, f"{name} fold {f}: kept {kept}, expected {wanted}")
        if used != [f"{fold['C']:g}"]:
            apart += 1  # equals: which of them is taken is each program's own
            continue
        patients = [row["ID"] for row in rows if row["outer"] == str(f)]
        n += len(patients)
        worst = max(worst, *(abs(score[who] - value) for who, value in zip(patients, fold["scores"])))
    expect(worst <= tolerance, f"{name}: a held-out score differs by {worst:.3g}, at most {tolerance} was expected")
    measured(f"real_tables.json/{name}", "scikit-learn 1.9.1", n, worst, tolerance, "score")
    print(f"{name}: largest difference {worst:.2g}" + (f", {apart} folds with another of equal C" if apart else ""))


def main():
    if not os.path.isdir(TABLES):
        print("skipped: no tables at", TABLES)
        sys.exit(77)
    with open(EXPECTED) as file:
        expected = json.load(file)
    with folder() as where:
        for name in sorted({name.split(": ")[0] for name in expected}):
            rows = read(name)
            with open(os.path.join(where, name + ".csv"), "w", newline="") as file:
                writer = csv.DictWriter(file, rows[0].keys())
                writer.writeheader()
                writer.writerows(rows)
            for case in (case for case in expected if case.startswith(name + ": ")):
                compare(where, case, rows, expected[case])
    finish("real_tables")


main()
