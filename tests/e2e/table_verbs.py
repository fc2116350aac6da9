"""radmill icc, harmonise and select through their command lines: known figures, and what is wrong with a table said."""
import glob
import math
import json
import os
import random

from program import content, expect, finish, folder, run, save, table, write

SHARED = os.path.join(os.environ.get("RADMILL_SHARED", ""), "reference", "stats")

# Shrout and Fleiss 1979, table 2: six subjects, four judges; coefficients as printed in their table 4.
RATINGS = [(9, 2, 5, 8), (6, 1, 3, 2), (8, 4, 6, 8), (7, 1, 2, 6), (10, 5, 6, 9), (6, 2, 4, 7)]
PRINTED = {"1,1": 0.17, "2,1": 0.29, "3,1": 0.71, "1,k": 0.44, "2,k": 0.62, "3,k": 0.91}


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
    forms = os.path.join(where, "forms.csv")
    done = run(*command, "--forms", forms)
    every = {(row["feature"], row["form"]): row for row in table(forms)}
    expect(len(every) == 12 and forms in done.stdout, f"--forms: {done.stderr} {len(every)} rows")
    kinds = {"1": "one-way", "2": "agreement", "3": "consistency"}
    for form in PRINTED:
        run(*command, "--form", form)
        own, row = table(out)[0], every["f", form]
        expect(all(own[key] == row[key] for key in own), f"--forms: {row}, --form {form}: {own}")
        expect(row["type"] == kinds[form[0]] and row["unit"] == ("average" if form[2] == "k" else "single"), f"{row}")
    expect(every["flat", "2,1"]["icc"] == "", "a flat feature has no form")
    run(*[word if word != "--readers" else "--over" for word in command], "--form", "1,1")
    expect(round(float(table(out)[0]["icc"]), 2) == PRINTED["1,1"], "--over is --readers")
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
             (rows, ["--rows", "id=s99"], "rows has id = s99, as --rows asks; its values are s0, s1, s2"),
             (rows, ["--csv", path], "read here"),
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


STUDY = """
table: TABLE
patient: id
centre: centre
outcome: {class: y}
features: {match: ["f*"]}
split: {kfold: 3, seed: 2}
inner: {kfold: 3}
prepare: [PREPARE, {scale: zscore}]
select: {mrmr: [{mrmr: {k: 3}}], none: []}
models: {logistic: {C: [0.1, 1]}}
controls: {permute: 0}
"""


def patients(n=60, p=6, seed=3):
    draw = random.Random(seed)
    rows = []
    for i in range(n):
        y = i * 7 % 10 < 4
        rows.append({"id": f"p{i:02d}", "centre": "ABC"[i % 3], "y": str(int(y)), "age": str(40 + i * 13 % 37),
                     **{f"f{j}": repr(draw.gauss(0.8 * y * (j == 1) + (i % 3 == 1), 1 + (i % 3 == 2)))
                        for j in range(p)}})
    return rows


def study(where, name, prepare, rows=None, edit=lambda text: text):
    save(os.path.join(where, name + ".csv"), rows or patients())
    text = STUDY.replace("TABLE", name + ".csv").replace("PREPARE", prepare)
    return write(os.path.join(where, name + ".yaml"), edit(text))


def icc_of_a_fixed_table(where):
    """A study by coefficients from elsewhere: which features stay, what is said of the file, and what it belongs to."""
    fixed = os.path.join(where, "fixed.csv")
    values = {"f0": "0.9", "f1": "0.75", "f2": "0.7499", "f3": "", "f4": "-inf", "f5": "0.8"}
    lines = [{"feature": name, "icc": value, "lower": "0.1" if name != "f5" else "0.76", "form": "3,1"}
             for name, value in reversed(values.items())]
    save(fixed, lines)
    path = study(where, "fixed_study", "{icc: {table: fixed.csv, min: 0.75}}")
    out = os.path.join(where, "fixed")
    explained = run("sweep", path, "--explain")
    expect("table fixed.csv (form 3,1, checksum " in explained.stdout, f"--explain: {explained.stdout} {explained.stderr}")
    done = run("sweep", path, "--out", out, "--quiet")
    expect(done.returncode == 0, f"a study by a fixed table: {done.stderr}")
    kept = {row["feature"] for row in table(os.path.join(out, "selected.csv")) if row["select"] == "none"}
    expect(kept == {"f0", "f1", "f5"}, f"kept by the table: {kept}")
    expect(b"fixed.csv (form 3,1, checksum " in content(os.path.join(out, "model.json")), "model.json names the table")
    scored = run("score", os.path.join(out, "model.json"), os.path.join(where, "fixed_study.csv"), "--csv",
                 os.path.join(where, "fixed_scores.csv"))
    expect(scored.returncode == 0, f"a model by a fixed table scores: {scored.stderr}")
    lower = run("sweep", study(where, "by_lower", "{icc: {table: fixed.csv, min: 0.75, on: lower}}"), "--out",
                os.path.join(where, "by_lower"), "--quiet")
    kept = {row["feature"] for row in table(os.path.join(where, "by_lower", "selected.csv")) if row["select"] == "none"}
    expect(lower.returncode == 0 and kept == {"f5"}, f"kept by the lower limit: {kept} {lower.stderr}")
    late = run("sweep", study(where, "late", "{clean: constant}, {impute: median}, {icc: {table: fixed.csv}}",
                              [dict(row, f0="1") for row in patients()]), "--out", os.path.join(where, "late"), "--quiet")
    kept = {row["feature"] for row in table(os.path.join(where, "late", "selected.csv")) if row["select"] == "none"}
    expect(late.returncode == 0 and kept == {"f1", "f5"}, f"behind a step that leaves columns out: {kept} {late.stderr}")
    save(fixed, [dict(line, icc=line["icc"].replace("0.8", "0.81")) for line in lines])
    done = run("sweep", path, "--out", out, "--quiet", "--resume")
    expect(done.returncode != 0, "another table is another study, and not what the journal is of")

    cases = [("{icc: {table: fixed.csv, readers: centre}}", lines, "one of readers"),
             ("{icc: {min: 0.5}}", lines, "one of readers"),
             ("{icc: {table: fixed.csv}}", lines[1:], "says nothing of feature f5;"),
             ("{icc: {table: fixed.csv}}", lines + lines[:1], "feature f5 stands on lines 2 and 8"),
             ("{icc: {table: fixed.csv}}", [dict(lines[0], icc="good"), *lines[1:]], "\"good\""),
             ("{icc: {table: fixed.csv}}", [{"feature": "f0", "lower": "1"}], "no column \"icc\""),
             ("{pca: {k: 6}}, {icc: {table: fixed.csv}}", lines, "put icc before pca"),
             ("{icc: {table: nowhere.csv}}", lines, "nowhere.csv")]
    for number, (prepare, data, sentence) in enumerate(cases):
        save(fixed, data)
        out = os.path.join(where, f"fixed_wrong{number}")
        done = run("sweep", study(where, f"fixed_wrong{number}", prepare), "--out", out)
        said = done.stderr + done.stdout
        if os.path.exists(os.path.join(out, "failures.csv")):
            said += content(os.path.join(out, "failures.csv")).decode()
        expect(done.returncode != 0 and sentence in said, f"{sentence}: {done.returncode} {said}")


def a_missing_value(command, path, out, rows):
    """It reaches complete features, as in sva, by the divisor of the pooled variances: what is left of a feature about its mean is
    wider by sqrt(n / (n - 1)) where nothing is shrunk. That is said, with the count."""
    save(path, rows)
    command = [*command, "--prior", "none"]
    done = run(*command)
    expect(done.returncode == 0 and "missing:" not in done.stdout, f"complete: {done.stdout} {done.stderr}")
    whole = table(out)
    save(path, [dict(row, f3="") if i in (4, 7) else row for i, row in enumerate(rows)])
    done = run(*command)
    expect(done.returncode == 0 and "missing: 2 values of 1 harmonised feature, still missing; complete features' numbers hang on them"
           in done.stdout, f"counted: {done.stdout} {done.stderr}")
    holed, n = table(out), len(rows)
    expect([i for i, row in enumerate(holed) if row["f3"] == ""] == [4, 7], "still missing")
    mean = sum(float(row["f2"]) for row in whole) / n
    far = max(abs((float(a["f2"]) - mean) * math.sqrt(n / (n - 1)) - (float(b["f2"]) - mean)) for a, b in zip(whole, holed))
    expect(far < 1e-9, f"a complete feature is wider by sqrt(n / (n - 1)): {far}")


def harmonise(where):
    """sva::ComBat's tables, the reference batch bit for bit, and a study with a reference."""
    options = {"par_cov": ["--covariates", "y", "--covariates", "age"], "par_nocov": [], "nonpar_nocov":
               ["--prior", "nonparametric"], "par_ref": ["--reference", "B"], "par_meanonly": ["--mean-only"], "par_cov_ref_meanonly":
               ["--covariates", "y", "--covariates", "age", "--reference", "A", "--mean-only"]}
    for name, extra in options.items():
        for case in sorted(glob.glob(os.path.join(SHARED, "combat", "s[0-9]_" + name, "input.csv"))):
            out = os.path.join(where, "harmonised.csv")
            done = run("harmonise", case, "--batch", "batch", "--match", "f[0-9]*", *extra, "--out", out)
            expect(done.returncode == 0 and "NOT BEFORE A SPLIT" in done.stdout, f"{case}: {done.stderr}")
            wanted, found = table(os.path.join(os.path.dirname(case), "expected.csv")), table(out)
            expect(list(found[0]) == list(table(case)[0]) and len(found) == len(wanted), f"{case}: columns and rows")
            far = [(row["id"], key) for row, want in zip(found, wanted) for key in want
                   if key.startswith("f") and not near(row[key], want[key], 1e-8)]
            expect(not far, f"{case}: {len(far)} values differ from sva's, the first of row and feature {far[:1]}")
    rows = patients()
    path, out = save(os.path.join(where, "centres.csv"), rows), os.path.join(where, "out.csv")
    command = ["harmonise", path, "--batch", "centre", "--match", "f*", "--out", out]
    done = run(*command, "--reference", "B", "--covariates", "age")
    found = table(out)
    expect(all(a["f3"] == b["f3"] for a, b in zip(rows, found) if a["centre"] == "B"), f"the reference stays: {done.stderr}")
    expect(any(a["f3"] != b["f3"] for a, b in zip(rows, found) if a["centre"] == "A"), "the others do not")
    done = run(*command, "--rows", "centre=A", "--rows", "centre=A")
    expect(done.returncode == 2 and "centre is A in all" in done.stderr and "two batches" in done.stderr,
           f"one batch: {done.stderr}")
    cases = [(rows, ["--reference", "D"], "no row has centre D"), (rows, ["--covariates", "aeg"], "did you mean \"age\""),
             (rows, ["--prior", "flat"], "nonparametric or none"), (rows, ["--out", path], "read here"),
             (rows[:5] + rows[6:8], [], f"{path}: centre C has 1 row, and ComBat needs 3 of each batch"),
             ([dict(rows[0], centre="")] + rows[1:], [], f"{path} line 2: centre is empty; a value was expected in every row"),
             ([dict(row, twin=row["centre"]) for row in rows], ["--covariates", "twin"], "--covariates twin has one value alone in each centre"),
             (rows, ["--covariates", "id"], f"--covariates id: centre and one another determine one of these ({len(rows) - 1} columns"),
             (rows, ["--match", "g*"], "no feature matches")]
    for data, extra, sentence in cases:
        save(path, data)
        done = run(*command, *extra)
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    one = [word if word != "f*" else "f3" for word in command]
    save(path, rows)
    done = run(*one)
    expect(done.returncode == 2 and "fewer than two of 1 feature can be harmonised" in done.stderr, f"one feature: {done.stderr}")
    a_missing_value(command, path, out, rows)

    out = os.path.join(where, "reference")
    done = run("sweep", study(where, "reference", "{combat: {batch: centre, reference: B}}"), "--out", out, "--quiet")
    expect(done.returncode == 0, f"a study with a reference: {done.stderr}")
    model = content(os.path.join(out, "model.json")).decode()
    expect('"reference":\t"B"' in model or '"reference": "B"' in model, "model.json names the reference")
    scored = run("score", os.path.join(out, "model.json"), os.path.join(where, "reference.csv"), "--csv",
                 os.path.join(where, "reference_scores.csv"))
    expect(scored.returncode == 0, f"a model with a reference scores: {scored.stderr}")
    done = run("sweep", study(where, "no_reference", "{combat: {batch: centre, reference: D}}"), "--explain")
    expect(done.returncode == 2 and "no row has centre D" in done.stderr, f"a reference that is not there: {done.stderr}")
    lost = study(where, "lost", "{combat: {batch: centre, reference: B, unseen: pass}}", edit=lambda text: text.replace(
        "split: {kfold: 3, seed: 2}", "split: {leave_out: centre}").replace("zscore}", "zscore}"))
    done = run("sweep", lost, "--out", os.path.join(where, "lost"), "--quiet")
    expect(done.returncode == 1, f"folds that fail are status 1: {done.returncode} {done.stderr}")
    said = content(os.path.join(where, "lost", "failures.csv")).decode()
    expect("no training row is of the reference B" in said, f"a fold without its reference is said to be one: {said}")


def select(where):
    """The selection on all patients is the one that a sweep's model of all patients was made with."""
    path, out = study(where, "select", "{clean: constant}"), os.path.join(where, "kept.csv")
    done = run("select", path, "--select", "mrmr", "--csv", out)
    expect(done.returncode == 0 and "NOT BEFORE A SPLIT" in done.stdout, f"select: {done.stderr}")
    kept = table(out)
    expect(list(kept[0]) == ["place", "feature", "mrmr_score"] and len(kept) == 3, f"select: {kept}")
    expect(kept[0]["feature"] == "f1", f"the planted feature comes first: {kept}")
    alone = study(where, "select_alone", "{clean: constant}", edit=lambda text: text.replace(", none: []", ""))
    run("sweep", alone, "--out", os.path.join(where, "select_alone"), "--quiet")
    with open(os.path.join(where, "select_alone", "model.json")) as file:
        steps = json.load(file)["steps"]
    scores = next(step for step in steps if step["kind"] == "mrmr")["fitted"]["score"]
    expect({row["feature"]: float(row["mrmr_score"]) for row in kept} == scores,
           f"model.json's mRMR scores {scores}, select's {kept}")
    done = run("select", alone, "--csv", out)
    expect(done.returncode == 0 and table(out) == kept, f"a study's only selection needs no name: {done.stderr}")
    done = run("select", study(where, "select_pca", "{pca: {k: 2}}"), "--select", "none", "--csv", out)
    expect(done.returncode == 0 and [row["feature"] for row in table(out)] == ["component_1", "component_2"],
           f"columns that a step made: {done.stderr} {table(out)}")
    for extra, sentence in (([], "2 selections"), (["--select", "mrmmr"], "did you mean \"mrmr\"")):
        done = run("select", path, *extra, "--csv", out)
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")


def pivot(where):
    """A long table that the study puts side by side gives the scores of the wide table, and of the differences."""
    draw = random.Random(8)
    base = patients(p=4)
    times = [{key: repr(draw.gauss(float(value), 0.7)) for key, value in row.items() if key.startswith("f")}
             for row in base]
    known = {key: None for key in base[0] if not key.startswith("f")}
    wide = [{**{key: row[key] for key in known}, **{f"{key}|1": row[key] for key in later},
             **{f"{key}|2": later[key] for key in later}} for row, later in zip(base, times)]
    change = [{**{key: row[key] for key in known}, **{f"{key}|(2-1)/1": repr((float(later[key]) - float(row[key])) /
                                                                             float(row[key])) for key in later}}
              for row, later in zip(base, times)]
    long = [dict(row, time="1") for row in base] + [dict(row, time="2", **later) for row, later in zip(base, times)]
    for name, flat, line in (("side", wide, "pivot: {by: [time]}"),
                             ("change", change, "pivot: {by: [time], delta: {from: 1, to: 2, relative: true}}")):
        said = []
        for kind, rows, edit in (("wide", flat, lambda text: text), ("long", long, lambda text: text + line + "\n")):
            out = os.path.join(where, f"{name}_{kind}")
            done = run("sweep", study(where, f"{name}_{kind}", "{impute: median}", rows, edit), "--out", out, "--quiet")
            expect(done.returncode == 0, f"{name} {kind}: {done.stderr}")
            said.append([content(os.path.join(out, file)) for file in ("predictions.csv", "selected.csv")])
        expect(said[0] == said[1], f"{name}: a long table gives other predictions than the wide one")
    save(os.path.join(where, "agreed.csv"), [{"feature": f"f{j}", "icc": str(0.7 + 0.1 * j), "lower": "0"} for j in range(4)])
    prepare = "{icc: {table: agreed.csv, min: 0.75}}"
    done = run("select", study(where, "side_icc", prepare, long, lambda text: text + "pivot: {by: [time]}\n"), "--select",
               "none", "--csv", os.path.join(where, "side.csv"))
    expect(done.returncode == 0 and [row["feature"] for row in table(os.path.join(where, "side.csv"))] ==
           ["f1|1", "f2|1", "f3|1", "f1|2", "f2|2", "f3|2"], f"a feature's coefficient is that of each place: {done.stderr}")
    done = run("sweep", study(where, "side_missing", "{impute: median}", long[:-3],
                              lambda text: text + "pivot: {by: [time]}\n"), "--explain")
    expect("3 places without a row" in done.stdout and "side by side: time" in done.stdout, f"--explain: {done.stdout}")


def main():
    with folder() as where:
        icc(where)
        icc_as_irr(where)
        icc_of_a_fixed_table(where)
        harmonise(where)
        select(where)
        pivot(where)
    finish("table verbs")


main()
