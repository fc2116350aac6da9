"""radmill groups through its command line: R's numbers on a made-up cohort, the same files on any number of ranks, and
what is wrong with a study or a table said."""
import os
import pathlib

from program import Measured, content, expect, finish, folder, run, save, table, write

ORACLE = pathlib.Path(__file__).resolve().parent.parent / "oracle"
TABLES = ("table1.csv", "table1_tests.csv", "correlations.csv")
BY = "wilcox.test, t.test, kruskal.test, chisq.test, fisher.test, cor.test, p.adjust (R 4.2.2)"
FEATURES = [f"f{j:02d}" for j in range(12)]

STUDY = """table: features.csv
clinical: {file: clinical.csv, by: id}
patient: id
features: {match: ["f*"]}
groups:
  by: [sex, centre]
  describe: [age, f00, f03, months, stage, dead, sex]
  correlate: [f00]
"""


def write_cohort(where, change=None):
    """The cohort as a table of features and a clinical file; change: what is done to its rows first."""
    rows = table(ORACLE / "survive_table.csv")
    for place in (2, 49, 76):
        rows[place]["age"] = ""
    for place in (3, 49):
        rows[place]["stage"] = ""
    if change:
        change(rows)
    save(os.path.join(where, "features.csv"), [{key: row[key] for key in ("id", *FEATURES)} for row in rows])
    save(os.path.join(where, "clinical.csv"), [{key: row[key] for key in row if key not in FEATURES} for row in rows])
    return rows


def groups(where, study=STUDY, *extra, out="out", ranks=1):
    path = write(os.path.join(where, "study.yaml"), study)
    return run("groups", path, "--out", os.path.join(where, out), *extra, ranks=ranks)


def keyed(path, *keys):
    return {tuple(row[key] for key in keys): row for row in table(path)}


def numbers(where):
    write_cohort(where)
    done = groups(where)
    expect(done.returncode == 0, f"groups: {done.returncode} {done.stderr}")
    out, measured = os.path.join(where, "out"), Measured()
    described = keyed(os.path.join(out, "table1.csv"), "by", "group", "column", "value")
    tests = keyed(os.path.join(out, "table1_tests.csv"), "by", "column")
    pairs = keyed(os.path.join(out, "correlations.csv"), "of", "with")
    compared = 0
    for row in table(ORACLE / "groups.csv"):
        what, by, of, name, theirs = (row[key] for key in ("what", "by", "of", "name", "value"))
        if what == "number":
            ours = described[(*by.split(" "), of, "")][name]
        elif what in ("count", "percent"):
            ours = described[(*by.split(" "), of, name)][what]
        else:
            ours = (tests if what == "test" else pairs)[by, of][name]
        expect(ours != "", f"{what} {by} {of} {name}: nothing, R {theirs}")
        within = 1e-7 if name == "p_fisher" else 1e-9
        off = abs(float(ours or "nan") - float(theirs)) / max(abs(float(theirs)), 1e-3)
        expect(off <= within, f"{what} {by} {of} {name}: {ours}, R {theirs}")
        measured.add("groups.csv/" + what, BY, off, within, name)
        compared += 1
    expect(compared > 300 and len(pairs) == 15, f"{compared} numbers, {len(pairs)} pairs")
    expect(tests["sex", "age"]["test"] == "Wilcoxon" and tests["sex", "age"]["p"] == tests["sex", "age"]["p_wilcoxon"],
           "a number in two groups has Wilcoxon's p")
    expect(tests["centre", "age"]["test"] == "Kruskal-Wallis" and tests["centre", "age"]["p_t"] == "", "three centres")
    expect(tests["sex", "dead"]["test"] == "chi-square", f"counts above 5: {tests['sex', 'dead']}")
    expect(tests["sex", "sex"]["smd"] == "Inf" or tests["sex", "sex"]["smd"].lower().startswith("inf"),
           f"sex by sex: {tests['sex', 'sex']}")
    for words in ("140 patients", "By sex", "By centre", "Wilcoxon", "2 missing", "Spearman", "p (BH)", "not corrected"):
        expect(words in done.stdout, f"the summary says nothing of \"{words}\": {done.stdout}")
    measured.write()

    done = groups(where, STUDY + "  numbers: welch\n  categories: fisher\n", out="other")
    expect(done.returncode == 0 and "Welch" in done.stdout and "SD" in done.stdout, f"welch: {done.stderr}")
    tests = keyed(os.path.join(where, "other", "table1_tests.csv"), "by", "column")
    expect(tests["sex", "age"]["p"] == tests["sex", "age"]["p_welch"] != "", "Welch's p is the headline")
    expect(tests["sex", "dead"]["p"] == tests["sex", "dead"]["p_fisher"] != "", "Fisher's p is the headline")


def few_counts(where):
    """Fisher's test where chi-square's approximation is doubtful; no test where one group alone has values."""
    def change(rows):
        for place, row in enumerate(rows):
            row["stage"] = "4" if place in (1, 6, 90) else "1"
            row["f04"] = "" if row["sex"] == "male" else row["f04"]
            row["f05"] = "1"
    write_cohort(where, change)
    study = STUDY.replace("[age, f00, f03, months, stage, dead, sex]", "[stage, f04, f05]")
    done = groups(where, study)
    expect(done.returncode == 0, f"few counts: {done.stderr}")
    tests = keyed(os.path.join(where, "out", "table1_tests.csv"), "by", "column")
    expect(tests["sex", "stage"]["test"] == "Fisher", f"3 of 140: {tests['sex', 'stage']}")
    expect(tests["sex", "f04"]["p"] == "" and tests["sex", "f04"]["smd"] == "", f"one group alone: {tests['sex', 'f04']}")
    expect(tests["sex", "f05"]["p"] == "" and tests["sex", "f05"]["smd"] == "0", f"all equal: {tests['sex', 'f05']}")


def ranks_and_runs(where):
    write_cohort(where)
    for ranks in (1, 2, 3):
        done = groups(where, STUDY, "--quiet", out=f"ranks{ranks}", ranks=ranks)
        expect(done.returncode == 0 and done.stdout == "", f"{ranks} ranks: {done.returncode} {done.stdout} {done.stderr}")
    for name in TABLES:
        of = [content(os.path.join(where, f"ranks{ranks}", name)) for ranks in (1, 2, 3)]
        expect(of[0] == of[1] == of[2], f"{name} hangs on the number of ranks")
    done = groups(where, out="ranks1")
    expect(done.returncode == 3 and "--fresh" in done.stderr, f"a second run: {done.returncode} {done.stderr}")
    done = groups(where, STUDY, "--fresh", out="ranks1")
    expect(done.returncode == 0, f"--fresh: {done.stderr}")


def refusals(where):
    rows = write_cohort(where)
    cases = [(STUDY.replace("by: [sex, centre]", "by: [sexe]"), "did you mean \"sex\""),
             (STUDY.replace("by: [sex, centre]", "by: [age]"), "more than 6 different numbers"),
             (STUDY.replace("by: [sex, centre]", "by: [id]"), "makes 140 groups"),
             (STUDY.replace("[age, f00", "[age, f99"), "f99"),
             (STUDY.replace("correlate: [f00]", "correlate: [sex]"), "no numbers"),
             (STUDY.replace("  describe: [age, f00, f03, months, stage, dead, sex]\n", ""), "\"describe\" is missing"),
             (STUDY.split("groups:")[0], "\"groups\" is missing"),
             (STUDY.replace("correlate:", "corelate:"), "did you mean \"correlate\""),
             (STUDY + "  numbers: anova\n", "wilcoxon, t or welch"),
             (STUDY + "rois: separate\n", "separate")]
    for study, sentence in cases:
        done = groups(where, study, out="wrong")
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    expect(not os.path.exists(os.path.join(where, "wrong")), "a folder of a study that was refused")
    save(os.path.join(where, "features.csv"), [{key: row[key] for key in ("id", *FEATURES)} for row in rows + rows[:1]])
    done = groups(where, STUDY, out="wrong")
    expect(done.returncode == 2 and "2 rows" in done.stderr, f"two rows of a patient: {done.stderr}")


def main():
    for part in (numbers, few_counts, ranks_and_runs, refusals):
        with folder() as where:
            part(where)
    finish("groups")


main()
