"""radmill score through its command line: published scores to 1e-12; a sweep's model against its own file worked through
here; what may not matter (order, other columns, other rows) does not; what does not fit is said by name."""
import json
import math
import os
import random

from program import content, expect, finish, folder, measured, run, save, table, write, write_cases
from score_cases import COMBAT, cohort, refused, sweep

SHARED = os.environ.get("RADMILL_SHARED", os.path.join(os.environ.get("RADMILL_SOURCE", "."), "..", "shared"))

def score(where, model, rows, *options, name="scored"):
    """The finished process and its scores by ID."""
    out = os.path.join(where, name + ".out.csv")
    if os.path.exists(out):
        os.remove(out)
    path = rows if isinstance(rows, str) else save(os.path.join(where, name + ".csv"), rows)
    done = run("score", model, path, "--csv", out, *options)
    return done, {row["id"]: row for row in table(out)} if os.path.exists(out) else {}


def published_scores(where):
    """Oracle: 40-digit decimal arithmetic of the published formula."""
    top = os.path.join(SHARED, "reference", "stats", "rad_score")
    if not os.path.isdir(top):
        print("published scores: left out, no reference there")
        return
    for case in sorted(os.listdir(top)):
        path = os.path.join(top, case)
        if not os.path.isdir(path):
            continue
        done, found = score(where, os.path.join(path, "model.json"), os.path.join(path, "input.csv"))
        expected = table(os.path.join(path, "expected.csv"))
        expect(done.returncode == int(any(row["rad_score"] == "" for row in expected)), f"{case}: {done.stderr}")
        expect(len(found) == len(expected), f"{case}: {len(found)} of {len(expected)}")
        n, worst = 0, 0.0
        for row in expected:
            mine = found[row["id"]]
            expect(mine["positive"] == row["predicted"], f"{case} {row['id']}: predicted")
            if row["rad_score"] == "":
                expect(mine["score"] == mine["probability"] == "" and mine["missing"], f"{case} {row['id']}: no score")
                continue
            for key, column in (("rad_score", "score"), ("probability", "probability")):
                a, b = float(row[key]), float(mine[column])
                n, worst = n + 1, max(worst, abs(a - b) / max(1, abs(a) / 100))
                expect(abs(a - b) <= max(1e-12, 1e-14 * abs(a)), f"{case} {row['id']}: {key} {a} and {b}")
        measured(f"rad_score/{case}", "own code, 40-digit decimal arithmetic", n, worst, 1e-12, "score, probability")


def work_through(model, row):
    """The score of one row as model.json tells it to a person: impute, ComBat, scale, sum."""
    x = {}
    for name, feature in model["features"].items():
        cell = row[feature.get("column", name)]
        x[name] = (math.nan if cell == "" else feature["levels"].index(cell) if "levels" in feature else float(cell))
    for step in model["steps"]:
        fitted = step["fitted"]
        if step["kind"] == "impute":
            x = {k: fitted["fill"][k] if math.isnan(v) else v for k, v in x.items()}
        elif step["kind"] == "scale":
            x = {k: (v - fitted["offset"][k]) / fitted["scale"][k] for k, v in x.items()}
        elif step["kind"] == "combat":
            b = model["factors"]["centre"].index(row["centre"])
            sex = model["covariates"]["sex"]["levels"].index(row["sex"])
            for j, k in enumerate(fitted["gamma"]["columns"]):
                if fitted["state"][k] != 0:
                    continue
                expected = fitted["grand_mean"][k] + fitted["beta"][k] * sex
                sd = math.sqrt(fitted["var_pooled"][k])
                z = (x[k] - expected) / sd
                x[k] = (z - fitted["gamma"]["rows"][b][j]) / math.sqrt(fitted["delta"]["rows"][b][j]) * sd + expected
        x = {k: x[k] for k in step["keeps"]}
    return model["model"]["fitted"]["intercept"] + sum(v * x[k] for k, v in model["model"]["fitted"]["coefficient"].items())


def the_model_says_what_it_holds(where):
    path = sweep(where, "full", "{impute: median}, " + COMBAT % "refuse" + ", {scale: zscore}")
    with open(path) as file:
        model = json.load(file)
    needed = [name for name, feature in model["features"].items() if "column" not in feature]
    expect(len(model["features"]) == 4, f"four features were selected, four are named: {list(model['features'])}")
    expect(model["contains_patient_data"] is False and model["estimate"]["metric"] == "auc", "what it says of itself")
    rows = cohort(2, 40)
    rows[3][needed[0]] = ""
    rows[5][needed[1]] = "1e3"
    rows[7].update({name: "" for name in needed})
    done, found = score(where, path, rows)
    expect(done.returncode == 0 and len(found) == 40, f"scored: {done.returncode} {done.stderr}")
    for row in rows:
        mine, theirs = found[row["id"]], work_through(model, row)
        expect(math.isclose(float(mine["score"]), theirs, rel_tol=1e-10, abs_tol=1e-12), f"{row['id']}: {theirs} {mine}")
        expect(mine["positive"] == str(int(theirs >= model["threshold"])), f"{row['id']}: positive")
        p = 1 / (1 + math.exp(-(model["probability"]["slope"] * theirs + model["probability"]["intercept"])))
        expect(math.isclose(float(mine["probability"]), p, rel_tol=1e-9), f"{row['id']}: probability")
        ranges = {k: model["features"][k]["training_range"] for k in needed}
        outside = sum(not low <= float(row[k]) <= high for k, (low, high) in ranges.items() if row[k] != "")
        expect(mine["n_out_of_range"] == str(outside), f"{row['id']}: {outside} out of range, not {mine}")
    expect(found[rows[3]["id"]]["missing"] == needed[0], f"imputed and named: {found[rows[3]['id']]}")
    expect("2 scored although values are missing" in done.stdout and "without any measured feature: 1," in done.stdout,
           f"what is filled in is counted: {done.stdout}")
    expect(len(needed) == 4 and int(found[rows[5]["id"]]["n_out_of_range"]) > 0, f"outside: {found[rows[5]['id']]}")

    # What may not matter.
    draw = random.Random(4)
    shuffled = [dict(sorted(dict(row, other="x", f99="text").items(), key=lambda _: draw.random())) for row in rows]
    shuffled = [{k: row[k] for k in shuffled[0]} for row in shuffled]
    draw.shuffle(shuffled)
    _, other = score(where, path, shuffled)
    expect(other == found, "shuffled rows and columns, and columns that are not the model's: the same scores")
    for row in rows[3:7]:
        _, alone = score(where, path, [row])
        expect(alone == {row["id"]: found[row["id"]]}, f"{row['id']} alone: {alone}")
    features = [{k: row[k] for k in row if k not in ("age", "sex")} for row in rows]
    done, joined = score(where, path, features, "--clinical", save(os.path.join(where, "people.csv"), rows[::-1]), "--by", "id")
    expect(joined == found, f"clinical columns from a file of their own: {done.stderr}")
    done, some = score(where, path, rows, "--rows", "centre=B")
    expect(some == {k: v for k, v in found.items() if k in {r["id"] for r in rows if r["centre"] == "B"}}, "--rows")

    # What does not fit.
    lacking = [{k: row[k] for k in row if k not in needed[:2]} for row in rows]
    refused(score(where, path, lacking)[0], f"2 of the 4 features of the model are missing: {needed[0]}, {needed[1]}")
    strange = [dict(row, centre="Z") if i == 7 else row for i, row in enumerate(rows)]
    refused(score(where, path, strange)[0], "combat: 1 of 40 rows is of Z", f"patient {rows[7]['id']};", "a sweep of its study",
            "not by this one")
    many = [dict(row, centre="WXYZ"[i % 4]) if i < 20 else row for i, row in enumerate(rows)]
    refused(score(where, path, many)[0], "20 of 40 rows are of W, X, Y and others, which", f"patients {rows[0]['id']}, ")
    refused(score(where, path, [dict(rows[0], centre="")])[0], rows[0]["id"], "has no centre")
    refused(score(where, path, [dict(rows[0], sex="x")])[0], "sex", "f or m was expected")
    refused(score(where, path, [dict(rows[0], **{needed[0]: "high"})])[0], needed[0], "a number was expected")
    refused(score(where, path, [{k: v for k, v in row.items() if k != "sex"} for row in rows])[0], "the model also takes sex,",
            "--clinical FILE --by COLUMN")
    bare = [{k: v for k, v in row.items() if k not in ("sex", "centre")} for row in rows]
    refused(score(where, path, bare)[0], "the model also takes centre, sex, which the table has not")
    people = save(os.path.join(where, "people.csv"), [{"id": row["id"], "centre": row["centre"], "sx": row["sex"]} for row in rows])
    refused(score(where, path, bare, "--clinical", people, "--by", "id")[0], 'no column "sex"; did you mean "sx"?')
    refused(score(where, path, rows, "--rows", "centre=Q")[0], "no row of 40 has centre = Q")
    done, numbered = score(where, path, [{("who" if k == "id" else k): row[k] for k in row} for row in rows])
    expect(done.returncode == 0 and list(numbered) == [str(i) for i in range(1, 41)] and "rows are numbered from 1" in done.stdout,
           f"without names: {done.stdout} {done.stderr}")
    upper = [{(k.upper() if k == needed[0] else k): row[k] for k in row} for row in rows]
    refused(score(where, path, upper)[0], f"is missing: {needed[0]}; did you mean \"{needed[0].upper()}\"?")
    refused(score(where, path, write(os.path.join(where, "empty.csv"), ",".join(rows[0]) + "\n"))[0], "no row; at least one")
    refused(score(where, path, rows, "--id", "idd")[0], "did you mean \"id\"")
    text = content(path).decode()
    cuts = [text[:text.index(word) + n] for word, n in (('"steps"', 4), ("null", 3), ('"method": "zscore"', 2), ("{", 1))]
    for broken, sentence in (*((cut, "ends in its middle") for cut in (text[:len(text) // 2], *cuts)), (text.replace("\"scale\",", "scale,", 1), "line"),
                             (text.replace("\"steps\"", "\"stepz\""), "\"steps\" is missing"),
                             (text.replace("\"kind\": \"scale\"", "\"kind\": \"scales\""), "\"scales\" is not known"),
                             (text.replace("\"format_version\": 1", "\"format_version\": 9"), "format_version 9"),
                             (text.replace("\"method\": \"zscore\"", "\"method\": \"zz\""), "\"zz\" is not known"),
                             ("", "ends in its middle"), ("{}", "radmill-model")):
        wrong = write(os.path.join(where, "wrong.json"), broken)
        refused(score(where, wrong, rows)[0], sentence, "wrong.json")
    done, _ = score(where, path, rows + rows[:2])
    expect(done.returncode == 0 and "2 patients have several rows (4 in all): each scored by itself" in done.stdout, done.stdout)
    refused(score(where, os.path.join(where, "nowhere.json"), rows)[0], "nowhere.json")


def each_row_has_its_scanner(where):
    """rois: separate, and a ComBat batch that differs between a patient's rows. Oracle: the mean of the scores that the rows
    get as patients of their own. Of mean rows no step knows a scanner: refused."""
    def lesions(rows):
        draw = random.Random(8)
        return [{**row, "scanner": scanner, **{f"f{j:02d}": repr(float(row[f"f{j:02d}"]) + 5 * (scanner == "Y") + draw.gauss(0, 0.3))
                                               for j in range(12)}}
                for row in rows for scanner in draw.choice(["X", "Y", "XY", "YX"])]
    rows = lesions(cohort(2, 40))
    path = sweep(where, "scanners", "{combat: {batch: scanner}}, {scale: zscore}", more="rois: separate", long=lesions)
    done, found = score(where, path, rows)
    expect(done.returncode == 0 and len(found) == 40, f"scored: {done.returncode} {done.stderr}")
    _, alone = score(where, path, [dict(row, id=f"row{number}") for number, row in enumerate(rows)])
    for name, mine in found.items():
        of = [float(alone[f"row{number}"]["score"]) for number, row in enumerate(rows) if row["id"] == name]
        expect(math.isclose(float(mine["score"]), sum(of) / len(of), rel_tol=1e-12, abs_tol=1e-12), f"{name}: {of} {mine}")
    twice = next(number for number, (row, after) in enumerate(zip(rows, rows[1:])) if row["id"] == after["id"])
    unseen = [dict(row, scanner="Z") if number == twice + 1 else row for number, row in enumerate(rows)]
    refused(score(where, path, unseen)[0], f"patient {rows[twice]['id']}; such rows are taken by a model")
    path = sweep(where, "one_scanner", "{combat: {batch: scanner}}, {scale: zscore}", "{univariate: {k: 14}}", more="rois: mean",
                 long=lambda rows: [dict(row, scanner="XY"[number % 2]) for number, row in enumerate(rows)])
    both = next(row["id"] for row, after in zip(rows, rows[1:]) if row["id"] == after["id"])
    refused(score(where, path, rows)[0], f"patient {both} has scanner")
    refused(score(where, path, [dict(row, scanner="X", age=str(number)) for number, row in enumerate(rows)])[0],
            f"patient {both} has age")


def what_a_score_stands_on(where):
    """Values that are filled in say nothing; the clinical columns beside them do."""
    path = sweep(where, "stands", "{impute: median}, {scale: zscore}", match="f02, f05", select="{univariate: {k: 4}}")
    rows = cohort(2, 40)
    rows[3].update(f02="", f05="")
    rows[5].update(f02="", f05="", age="", sex="")
    rows[7].update(age="")
    done, _ = score(where, path, rows)
    expect("3 scored although values are missing" in done.stdout and "without any measured feature: 1, whose" in done.stdout and
           "; by clinical columns alone: 1\n" in done.stdout, f"what scores stand on: {done.stdout} {done.stderr}")


def without_imputing(where, name, prepare):
    path = sweep(where, name, prepare)
    with open(path) as file:
        needed = [name for name, feature in json.load(file)["features"].items() if "column" not in feature]
    rows = cohort(3, 12)
    _, found = score(where, path, rows)
    holed = [dict(row) for row in rows]
    holed[2][needed[0]] = "NA"
    holed[2][needed[1]] = ""
    done, other = score(where, path, holed)
    mine = other.pop(holed[2]["id"])
    found.pop(holed[2]["id"])
    expect(done.returncode == 1 and "1 without a score" in done.stdout, f"{done.returncode} {done.stdout}")
    expect(mine["score"] == mine["probability"] == mine["positive"] == "", f"a missing value: {mine}")
    expect(mine["missing"] == f"{needed[0]}; {needed[1]}", f"named: {mine}")
    expect(other == found, "the other rows keep their scores")


def unknown_centres(where):
    rows = cohort(5, 24, "ZA")
    path = sweep(where, "pass", COMBAT % "pass" + ", {scale: zscore}")
    done, found = score(where, path, rows)
    expect(done.returncode == 0, f"pass: {done.stderr}")
    _, alone = score(where, path, [rows[0]])
    expect(alone == {rows[0]["id"]: found[rows[0]["id"]]}, "pass: a row alone")
    for column, value in (("centre", "B"), ("sex", "f" if rows[3]["sex"] == "m" else "m")):  # read of both files
        people = [{"id": row["id"], column: row[column]} for row in rows]
        clinical = ("--clinical", save(os.path.join(where, "both.csv"), people), "--by", "id")
        _, same = score(where, path, rows, *clinical)
        expect(same == found, f"{column} in both files")
        save(os.path.join(where, "both.csv"), [dict(p, **{column: value}) if i == 3 else p for i, p in enumerate(people)])
        refused(score(where, path, rows, *clinical)[0], f"patient {rows[3]['id']} has {column} \"{rows[3][column]}\" in ",
                f"and \"{value}\" in " + os.path.join(where, "both.csv"))
    path = sweep(where, "own", COMBAT % "own" + ", {scale: zscore}")
    done, found = score(where, path, rows)
    expect(done.returncode == 0 and len(found) == 24, f"own: {done.returncode} {done.stderr}")
    told = "transductive (combat, unseen: own): centre Z (12 rows) had no training row and was adjusted by the rows of "
    expect("(37 positive: y = yes)" in done.stdout, f"what is positive: {done.stdout}")
    expect(told in done.stdout and done.stdout.count("transductive") == 1, f"own: {done.stdout}")
    more, _ = score(where, path, rows + [dict(row, id="y" + row["id"], centre="Y") for row in rows])
    expect("own): centre Y (24 rows), centre Z (12 rows) had no training row and were each adjusted" in more.stdout or
           "own): centre Z (12 rows), centre Y (24 rows) had no training row and were each adjusted" in more.stdout,
           f"own: {more.stdout} {more.stderr}")
    judged = run("validate", path, os.path.join(where, "scored.csv"), "--outcome", "y")
    expect(judged.returncode == 0 and "centre Z (12 rows)" in judged.stdout, f"own: {judged.stdout} {judged.stderr}")
    refused(score(where, path, rows[:10])[0], "Z had no row to train on and has 5 now; unseen: own takes 10 or more")
    done, known = score(where, path, rows[1::2])
    expect("transductive" not in done.stdout, f"own: {done.stdout}")
    expect(known == {row["id"]: found[row["id"]] for row in rows[1::2]}, "own: rows of a known centre stand alone")


def several_rows_a_patient(where):
    """As the study says what becomes of them: the mean of the scores, the score of the means, the largest's score."""
    rows = [dict(row, id=f"q{i // 2}", original_shape_VoxelVolume=str(100 + 7 * i % 5)) for i, row in enumerate(cohort(6, 20))]
    for rois in ("separate", "mean", "largest"):
        path = sweep(where, rois, "{scale: zscore}", "{univariate: {k: 2}}", more=f"rois: {rois}", use="",
                     match="\"f*\", \"original_shape_VoxelVolume\"",
                     edit=lambda train: [dict(row, original_shape_VoxelVolume="1") for row in train])
        with open(path) as file:
            model = json.load(file)
        expect(model["rows_a_patient"] == rois, rois)
        done, found = score(where, path, rows[::2] + rows[1::2])
        expect(done.returncode == 0 and list(found) == [f"q{i}" for i in range(10)], f"{rois}: {done.stderr} {list(found)}")
        expect("10 patients have several rows (20 in all)" in done.stdout and "as the model says" in done.stdout, done.stdout)
        for i in range(10):
            a, b = rows[2 * i], rows[2 * i + 1]
            means = dict(a, **{k: repr((float(a[k]) + float(b[k])) / 2) for k in a if k.startswith("f")})
            larger = b if float(b["original_shape_VoxelVolume"]) > float(a["original_shape_VoxelVolume"]) else a
            theirs = {"separate": (work_through(model, a) + work_through(model, b)) / 2,
                      "mean": work_through(model, means), "largest": work_through(model, larger)}[rois]
            mine = float(found[f"q{i}"]["score"])
            expect(math.isclose(mine, theirs, rel_tol=1e-10, abs_tol=1e-12), f"{rois} q{i}: {mine} and {theirs}")


def rows_and_pivot_of_the_study(where):
    """The model knows which rows its study took and put side by side: a long table scores as the wide one does."""
    draw = random.Random(12)

    def long(rows):
        """Two time points by two readers; what the second reader says is noise."""
        out = []
        for row in rows:
            for point in ("1", "2"):
                for reader in ("a", "b"):
                    x = {k: repr(float(row[k]) * (1 if point == "1" else 0.5) + (5 * draw.random() if reader == "b" else 0))
                         for k in row if k.startswith("f")}
                    out.append({"id": row["id"], "point": point, "reader": reader, "centre": row["centre"], **x})
        return out

    def wide(rows, delta):
        out = []
        for a, b in zip(rows[::4], rows[2::4]):
            assert a["id"] == b["id"] and a["reader"] == b["reader"] == "a"
            x = {f"{k}|2-1": repr(float(b[k]) - float(a[k])) for k in a if k.startswith("f")} if delta else \
                {f"{k}|{r['point']}": r[k] for r in (a, b) for k in a if k.startswith("f")}
            out.append({"id": a["id"], "centre": a["centre"], **x})
        return out

    for name, pivot in (("side", "{by: [point]}"), ("delta", "{by: [point], delta: {from: 1, to: 2}}")):
        path = sweep(where, name, "{scale: zscore}", more=f"pivot: {pivot}", use="age", match="\"f*\"", long=long,
                     table="{file: train.csv, rows: {reader: a}}")
        with open(path) as file:
            model = json.load(file)
        expect(model["rows"] == {"reader": "a"} and model["pivot"]["by"] == ["point"], f"{name}: {model['rows']} {model['pivot']}")
        people = cohort(11, 12)
        rows = long(people)
        clinical = ("--clinical", save(os.path.join(where, "p.csv"), people), "--by", "id")
        done, found = score(where, path, rows, *clinical)
        expect(done.returncode == 0 and len(found) == 12, f"{name}: {done.stderr}")
        expect("rows, as in the model's study: reader = a; 24 others left out" in done.stdout, f"{name}: {done.stdout}")
        expect("side by side by point" in done.stdout and "12 patients" in done.stdout, f"{name}: {done.stdout}")
        done, there = score(where, path, wide(rows, name == "delta"), *clinical)
        expect(done.returncode == 0 and there == found, f"{name}: the wide table scores alike: {done.stderr}")
        expect("no such column, all its rows count" in done.stdout and "side by side already" in done.stdout, done.stdout)
        done, other = score(where, path, rows, "--rows", "reader=b", *clinical)
        expect(done.returncode == 0 and other.keys() == found.keys() and other != found, f"{name}: another reader")
        expect("reader = a" not in done.stdout and "by --rows: reader = b; 24 others" in done.stdout, done.stdout)
        done, there = score(where, path, [dict(r, reader="c" if r["reader"] == "a" else "b") for r in rows], "--all-rows", "--rows",
                            "reader=c", *clinical)
        expect(there == found and "took rows with reader = a: not asked (--all-rows)" in done.stdout, f"{name}: {done.stderr}")
        only = [r for r in rows if r["reader"] == "a"]
        done, there = score(where, path, [dict(r, reader=r["centre"]) for r in only], "--all-rows", *clinical)
        expect(there == found, f"{name}: all rows: {done.stderr}")
        done, some = score(where, path, rows, "--rows", "centre=B", *clinical)
        expect(some == {k: v for k, v in found.items() if k in {r["id"] for r in people if r["centre"] == "B"}}, "both")
        refused(score(where, path, [dict(r, reader="c") for r in rows], *clinical)[0], "no row of 48 has reader = a (the model's)")
        refused(score(where, path, [dict(r, reader="a") for r in rows], *clinical)[0], "has two rows of point 1")
        refused(score(where, path, [{k: r[k] for k in r if k != "point"} for r in rows], *clinical)[0], "model.json", "no column \"point\"")
        refused(score(where, path, [{("who" if k == "id" else k): r[k] for k in r} for r in rows])[0],
                "which column names the patients?", "--id COLUMN was expected")
        with open(path) as file:
            text = file.read()
        older = json.loads(text)
        del older["rows"], older["pivot"]
        old = write(os.path.join(where, "older.json"), json.dumps(older))
        done, there = score(where, old, wide(rows, name == "delta"), *clinical)
        expect(done.returncode == 0 and there == found, f"{name}: a model.json of before: {done.stderr}")
        for wrong in ({"rows": 1}, {"rows": {"reader": 1}}, {"pivot": 1}, {"pivot": {"by": []}}, {"pivot": {}}):
            bad = write(os.path.join(where, "bad.json"), json.dumps({**json.loads(text), **wrong}))
            refused(score(where, bad, rows, *clinical)[0], "bad.json", "expected" if wrong != {"pivot": {}} else "missing")


def other_outcomes(where):
    """A number, and several classes: columns as the outcome asks."""
    number = lambda rows: [dict(row, y=repr(2 * float(row["f02"]) - float(row["f05"]))) for row in rows]
    path = sweep(where, "number", "{scale: zscore}", use="", edit=number, outcome="{value: y}", models="{linear: {lambda: 0}}",
                 more="", match="\"f02\", \"f05\"", select="")
    rows = number(cohort(8, 20))
    _, found = score(where, path, rows)
    for row in rows:
        expect(math.isclose(float(found[row["id"]]["score"]), float(row["y"]), rel_tol=1e-6, abs_tol=1e-6), f"{row['id']}: {found[row['id']]}")
    expect(list(found[rows[0]["id"]]) == ["id", "score", "n_out_of_range", "missing", "trained_on"], f"columns: {found[rows[0]['id']]}")

    spread = lambda rows: [dict(row, y="low" if float(row["f02"]) < -0.4 else "high" if float(row["f02"]) > 0.4 else "mid")
                           for row in rows]
    path = sweep(where, "classes", "{scale: zscore}", use="", edit=spread, outcome="{classes: y}", models="{centroid: {}}",
                 match="\"f02\"", select="")
    rows = spread(cohort(9, 40))
    _, found = score(where, path, rows)
    for row in rows:
        mine = found[row["id"]]
        best = max(("high", "low", "mid"), key=lambda name: float(mine[f"score_{name}"]))
        expect(mine["predicted"] == best, f"{row['id']}: {mine}")
    right = sum(found[row["id"]]["predicted"] == row["y"] for row in rows)
    expect(right >= 30, f"{right} of 40 classes of one separable feature")


def other_parameters(where):
    lines = write_cases(where, 30)
    lines = [lines[0]] + [",".join([*line.split(",")[:3], "1", line.split(",")[4]]) for line in lines[1:]]
    manifest = write(os.path.join(where, "cohort.csv"), "\n".join(lines) + "\n")
    tables = {}
    for width in (25, 10):
        params = write(os.path.join(where, f"w{width}.yaml"), f"setting: {{binWidth: {width}}}\n")
        tables[width] = os.path.join(where, f"w{width}.h5ad")
        done = run("extract", manifest, "--params", params, "--out", tables[width])
        expect(done.returncode == 0, f"extract: {done.stderr}")
    draw = random.Random(2)
    save(os.path.join(where, "y.csv"), [{"ID": f"P{i:03d}", "y": str(int(draw.random() < 0.5))} for i in range(30)])
    study = write(os.path.join(where, "p.yaml"), "table: w25.h5ad\nclinical: {file: y.csv, by: ID}\npatient: ID\n"
                  "outcome: {class: y}\nsplit: {kfold: 3}\ninner: {kfold: 3}\nfeatures: {match: [\"original_glcm_*\"]}\n"
                  "prepare: [{clean: constant}, {scale: zscore}]\nselect: {one: [{univariate: {k: 3}}]}\n"
                  "models: {logistic: {C: 1}}\ncontrols: {permute: 0}\n")
    done = run("sweep", study, "--out", os.path.join(where, "params"), "--quiet")
    expect(done.returncode == 0, f"sweep: {done.stderr}")
    path = os.path.join(where, "params", "model.json")
    done, found = score(where, path, tables[25])
    expect(done.returncode == 0 and len(found) == 30 and "P000" in found, f"same parameters: {done.stderr}")
    done, _ = score(where, path, tables[10])
    refused(done, "binWidth", "25", "10", "--allow-parameters")
    params = write(os.path.join(where, "few.yaml"), "setting: {binWidth: 25}\nfeatureClass: {glcm: null}\n")
    run("extract", manifest, "--params", params, "--out", os.path.join(where, "few.h5ad"))
    _, few = score(where, path, os.path.join(where, "few.h5ad"))
    expect(few == found, "a table of fewer features, extracted the same way, scores the same")
    done, other = score(where, path, tables[10], "--allow-parameters")
    expect(done.returncode == 0 and "other parameters" in done.stdout, f"allowed: {done.stdout} {done.stderr}")
    expect(len(other) == 30 and other != found, "other parameters give other scores")


def main():
    with folder() as where:
        published_scores(where)
        the_model_says_what_it_holds(where)
        what_a_score_stands_on(where)
        each_row_has_its_scanner(where)
        without_imputing(where, "bare", "{scale: zscore}")
        without_imputing(where, "whole", "{scale: zscore}, {pca: {k: 6}}")  # a step that takes no missing value at all
        unknown_centres(where)
        several_rows_a_patient(where)
        rows_and_pivot_of_the_study(where)
        other_outcomes(where)
        other_parameters(where)
    finish("score")


main()
