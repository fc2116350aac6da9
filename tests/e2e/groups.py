"""radmill groups through its command line: R's numbers on a made-up cohort, the same files on any number of ranks, and
what is wrong with a study or a table said."""
import math
import os
import pathlib
import random

from program import Measured, content, expect, finish, folder, run, save, table, write

ORACLE = pathlib.Path(__file__).resolve().parent.parent / "oracle"
TABLES = ("table1.csv", "table1_tests.csv", "correlations.csv", "scores.csv", "clusters.csv", "cluster_choice.csv",
          "cluster_centroids.csv", "cluster_survival.csv", "cluster_curves.csv")
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


CLUSTERS = """table: features.csv
clinical: {file: clinical.csv, by: id}
patient: id
features: {match: ["h*"]}
outcome: {time: months, event: dead}
groups:
  train: {part: here}
  clusters: {k: [2, 3, 4], resamples: 60}
  by: [cluster]
  describe: [age, sex]
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
        if what in ("score", "followed"):
            continue
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
    expect(tests["sex", "dead"]["test"] == "chi-square without Yates", f"counts above 5: {tests['sex', 'dead']}")
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
            row["f06"] = str(round(float(row["f06"]) * 1e7 + 5e7, 1))
    write_cohort(where, change)
    study = STUDY.replace("[age, f00, f03, months, stage, dead, sex]", "[stage, f04, f05, f06]")
    done = groups(where, study)
    expect(done.returncode == 0, f"few counts: {done.stderr}")
    tests = keyed(os.path.join(where, "out", "table1_tests.csv"), "by", "column")
    lines = [line for line in done.stdout.splitlines() if line.startswith(("  median (", "  f0"))]
    ends = {line.index("Wilcoxon" if "f06" in line else "test") for line in lines[:4] if "f06" in line or "median" in line}
    expect(len(ends) == 1 and "e+0" not in done.stdout, f"numbers too wide for the table: {done.stdout}")
    expect(tests["sex", "stage"]["test"] == "Fisher", f"3 of 140: {tests['sex', 'stage']}")
    other = groups(where, study + "  categories: chisq\n", out="chisq")
    row = keyed(os.path.join(where, "chisq", "table1_tests.csv"), "by", "column")["sex", "stage"]
    expect(row["test"] == "chi-square without Yates" and "a count below 5 is expected" in row["note"], f"{row}")
    expect("doubtful: a count below 5" in other.stdout, f"chi-square without a word: {other.stdout}")
    expect(tests["sex", "f04"]["p"] == "" and tests["sex", "f04"]["smd"] == "", f"one group alone: {tests['sex', 'f04']}")
    expect(tests["sex", "f05"]["p"] == "" and tests["sex", "f05"]["smd"] == "0", f"all equal: {tests['sex', 'f05']}")


def scores(where):
    """First components of some patients, their difference for everyone; a score as a column of the tables."""
    def change(rows):
        for row in rows:
            row["part"] = "there" if row["centre"] == "C" else "here"
            row["f08"] = row["f08"] if row["id"] != "p007" else ""
    write_cohort(where, change)
    study = STUDY.replace("[age, f00,", "[S, age, f00,").replace("correlate: [f00]", "correlate: [S]")
    made = "  train: {part: here}\n  scores: [{name: S, plus: [f01, f02, f04], minus: [\"f0[567]\"]}, {name: T, plus: f08}]\n"
    done = groups(where, study + made)
    expect(done.returncode == 0, f"scores: {done.returncode} {done.stderr}")
    out, measured = os.path.join(where, "out"), Measured()
    ours = keyed(os.path.join(out, "scores.csv"), "patient", "score")
    for row in table(ORACLE / "groups.csv"):
        if row["what"] != "score":
            continue
        off = abs(float(ours[row["by"], "S"][row["name"]]) - float(row["value"]))
        expect(off <= 1e-10, f"score of {row['by']}: {ours[row['by'], 'S']}, R {row['name']} {row['value']}")
        measured.add("groups.csv/score", "prcomp, predict (R 4.2.2)", off, 1e-10, row["name"], "absolute")
    measured.write()
    expect(ours["p007", "T"]["value"] == "" and ours["p008", "T"]["value"] != "", "a missing feature: no score")
    expect(sum(row["part"] == "training" for key, row in ours.items() if key[1] == "S") == 92, "who is trained on")
    described = keyed(os.path.join(out, "table1.csv"), "by", "group", "column", "value")
    expect(described["sex", "(all)", "S", ""]["n"] == "140", "a score is described")
    pairs = keyed(os.path.join(out, "correlations.csv"), "of", "with")
    expect(float(pairs["S", "f01"]["pearson"]) != 0.0 and len(pairs) == 16, f"a score is correlated: {len(pairs)}")
    cases = [(made.replace("f01, f02", "g01, f02"), "no feature is called \"g01\""),
             (made.replace("part: here", "part: nowhere"), "0 of 140 patients"),
             (made.replace("part: here", "prat: here"), "did you mean \"part\""),
             (made.replace("name: T", "name: S"), "two are called S"),
             (made.replace("name: T", "name: sex"), "which is the name of a score")]
    for made, sentence in cases:
        done = groups(where, study + made, out="wrong")
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")


# Of 299 patients, rows a, columns v; R 4.2.2: fisher.test stops with FEXACT error 6; with simulate.p.value = TRUE and B = 1e6
# after set.seed(3) p is 0.0445, chisq.test warns and has p 0.0387.
MANY = ((36, 16, 14, 5, 5), (23, 29, 15, 8, 6), (14, 18, 17, 11, 2), (21, 23, 17, 16, 3))


def many_tables(where):
    """A table that is too large for Fisher's exact test has the p of drawn ones."""
    rows = [{"id": f"p{i:03d}", "f": str(i * i % 101), "a": "abcd"[a], "v": "vwxyz"[v], "two": "kl"[v > 1]}
            for i, (a, v) in enumerate((a, v) for a in range(4) for v in range(5) for _ in range(MANY[a][v]))]
    save(os.path.join(where, "features.csv"), rows)
    study = ("table: features.csv\npatient: id\nfeatures: {match: [f]}\n"
             "groups:\n  by: [a, two]\n  describe: [v, two]\n  categories: ")
    done = groups(where, study + "auto")
    expect(done.returncode == 0 and "Fisher, simulated" in done.stdout, f"{done.returncode} {done.stdout} {done.stderr}")
    row = keyed(os.path.join(where, "out", "table1_tests.csv"), "by", "column")["a", "v"]
    expect(row["test"] == "Fisher, simulated" and "9999" in row["note"] and row["p_fisher"] == "", f"auto: {row}")
    expect(row["p"] == row["p_fisher_simulated"] != "" and abs(float(row["p"]) - 0.0445) < 0.011, f"auto: {row}, R 0.0445")
    expect(abs(float(row["p_chisq"]) - 0.03867279) < 1e-8, f"chi-square: {row}")


def benjamini_hochberg(p):
    """Benjamini and Hochberg 1995: of the p that are at least as large, the smallest n p / place."""
    order, least, out = sorted(range(len(p)), key=lambda k: -p[k]), 1.0, [0.0] * len(p)
    for place, k in enumerate(order):
        out[k] = least = min(least, p[k] * len(p) / (len(p) - place))
    return out


def asked_alike(where, before, asked):
    """On 1, 2 and 3 ranks the same tables: those of what is asked for, and no others."""
    for ranks in (1, 2, 3):
        there = [name for name in TABLES if os.path.exists(os.path.join(where, f"ranks{ranks}", name))]
        expect(set(asked) <= set(there) and not set(there) - set(asked) - {"table1.csv", "table1_tests.csv"}, f"{before}tables: {there}")
    for name in there:
        of = [content(os.path.join(where, f"ranks{ranks}", name)) for ranks in (1, 2, 3)]
        expect(of[0] == of[1] == of[2], f"{before}{name} hangs on the number of ranks")


def circular(where):
    """What is made of the same features is marked, whoever is trained on, and is no test among the others."""
    write_cohort(where, lambda rows: [row.update(part="there" if row["centre"] == "C" else "here") for row in rows])
    study = STUDY.replace("by: [sex, centre]", "by: [sex, cluster]").replace("correlate: [f00]", "correlate: [S, f02]")
    study = study.replace("[age, f00, f03,", "[age, f00, f03, S, T, ")
    study += ("  train: {part: here}\n  clusters: {k: 2, method: kmeans}\n"
              "  scores: [{name: S, plus: [f01, f02], minus: f05}, {name: T, plus: [f02, f08]}]\n")
    done = groups(where, study)
    expect(done.returncode == 0, f"circular: {done.returncode} {done.stderr}")
    out = os.path.join(where, "out")
    pairs = keyed(os.path.join(out, "correlations.csv"), "of", "with")
    marked = {key for key, row in pairs.items() if row["note"].startswith("circular")}
    expect(marked == {("S", "f01"), ("S", "f02"), ("S", "f05"), ("S", "T"), ("f02", "S"), ("f02", "T")}, f"{marked}")
    for of in ("S", "f02"):
        for way in ("pearson", "spearman", "kendall"):
            others = [row for key, row in pairs.items() if key[0] == of and key not in marked]
            theirs = benjamini_hochberg([float(row[way + "_p"]) for row in others])
            off = max(abs(float(row[way + "_p_bh"]) - p) for row, p in zip(others, theirs))
            expect(len(others) > 9 and off < 1e-12, f"{of} {way}: the others' p by Benjamini and Hochberg: {off}")
            expect(all(pairs[key][way + "_p_bh"] == "" != pairs[key][way + "_p"] for key in marked if key[0] == of),
                   f"{of} {way}: a corrected p of what is circular")
    tests = keyed(os.path.join(out, "table1_tests.csv"), "by", "column")
    marked = {key for key, row in tests.items() if row["note"].startswith("circular")}
    expect(marked == {("cluster", name) for name in ("f00", "f03", "S", "T")}, f"Table 1: {marked}")
    marked = {key for key, row in tests.items() if row["note"].startswith("the grouping itself")}
    expect(marked == {("sex", "sex")} and done.stdout.count("  the grouping itself") == 1, f"the grouping itself: {marked}")
    for words in ("patients outside train, too", "and with 4 that it is made of", "and with 2 that it is made of"):
        expect(words in done.stdout, f"the summary says nothing of \"{words}\": {done.stdout}")
    of_s = done.stdout[done.stdout.index("\nS with"):done.stdout.index("\nf02 with")]
    expect("  f01 " not in of_s and "  f03 " in of_s, f"a circular one is listed: {of_s}")


def planted(rows):
    """Three heaps, row after row; a feature without spread, and patients who lack one."""
    for k, row in enumerate(rows):
        row["part"] = "there" if row["centre"] == "C" else "here"
        for j in range(5):
            row[f"h{j}"] = repr(float(row[f"f{j + 5:02d}"]) + 12.0 * (j % 3 == k % 3))
        row["h5"] = "7"


def write_clusters(where, change=planted):
    rows = write_cohort(where, change)
    heaps = [f"h{j}" for j in range(6)]
    save(os.path.join(where, "features.csv"), [{key: row[key] for key in ("id", *heaps)} for row in rows])
    save(os.path.join(where, "clinical.csv"), [{key: row[key] for key in row if key not in heaps} for row in rows])
    return rows


def clusters(where):
    """Planted clusters are found in training, new patients find theirs, and R follows each of them in time."""
    write_clusters(where)
    measured = Measured()
    for way, said in (("", "consensus of resamples clustered by k-means"), (", inner: pearson", "Pearson"),
                      (", method: kmeans", "k-means")):
        done = groups(where, CLUSTERS.replace(", resamples: 60", way if "method" in way else way + ", resamples: 60"),
                      "--fresh")
        expect(done.returncode == 0 and said in done.stdout, f"clusters{way}: {done.returncode} {done.stderr}")
        out = os.path.join(where, "out")
        of = table(os.path.join(out, "clusters.csv"))
        wrong = [row["patient"] for k, row in enumerate(of)
                 if row["cluster"] != str(k % 3 + 1) or row["nearest"] != row["cluster"]]
        expect(not wrong, f"clusters{way}: {wrong}")
        consensus = [row["consensus"] for row in of if row["part"] == "training"]
        expect(all(c == ("" if "method" in way else "1") for c in consensus), f"consensus{way}: {consensus}")
        choice = keyed(os.path.join(out, "cluster_choice.csv"), "k")
        expect(choice["3",]["chosen"] == "1" and choice["2",]["chosen"] == choice["4",]["chosen"] == "0", f"{choice}")
        centroids = table(os.path.join(out, "cluster_centroids.csv"))
        expect([row["feature"] for row in centroids] == [f"h{j}" for j in range(5)], f"centroids: {centroids}")
        followed = table(os.path.join(out, "cluster_survival.csv"))
        for row in table(ORACLE / "groups.csv"):
            if row["what"] != "followed":
                continue
            own = [f for f in followed if f["part"] == row["by"] and row["of"] in (f["cluster"] if not f["test"] else "", f["test"])]
            off = abs(float(own[0][row["name"]]) - float(row["value"])) / float(row["value"])
            expect(off <= 1e-9, f"{row['by']} {row['of']}: {own[0]}, R {row['name']} {row['value']}")
            measured.add("groups.csv/followed", "survfit, survdiff (survival 3.5-3)", off, 1e-9, row["name"])
        tests = keyed(os.path.join(out, "table1_tests.csv"), "by", "column")
        expect(tests["cluster", "age"]["test"] == "Kruskal-Wallis", "Table 1 by cluster")
    measured.write()

    def lacking(rows):
        planted(rows)
        rows[4]["h1"] = rows[7]["h2"] = ""
    write_clusters(where, lacking)
    done = groups(where, CLUSTERS.replace("  train: {part: here}\n", "").replace("[2, 3, 4]", "3"), "--fresh")
    of = table(os.path.join(where, "out", "clusters.csv"))
    expect(of[4]["cluster"] == of[7]["cluster"] == "" and of[5]["cluster"] == "3", f"who lacks a feature: {of[:8]}")
    expect("2 patients who lack a feature" in done.stdout and "say nothing" in done.stdout, f"summary: {done.stdout}")
    def wide(k):
        return CLUSTERS.replace("[2, 3, 4]", k)
    cases = [(wide("1"), "from 2 to 12"), (wide("[3, 2]"), "2 does not come after 3"),
             (wide("3, method: median"), "consensus or kmeans"),
             (wide("3, method: kmeans, inner: pearson"), "method: consensus"),
             (CLUSTERS.replace("part: here", "id: p001"), "1 of 140 patients"),
             (CLUSTERS.replace("part: here", "age: 58"), "ask for more than 8"),
             (CLUSTERS.replace("[age, sex]", "[age, cluster]").replace("clusters: {k: [2, 3, 4], resamples: 60}",
                                                                       "scores: [{name: cluster, plus: h0}]")
              .replace("by: [cluster]", "by: [age]"), "more than 6 different")]
    for study, sentence in cases:
        done = groups(where, study, out="wrong")
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")


def log_rank(a, b):
    """p of Mantel's log-rank test of two groups of (time, event): observed less expected, hypergeometric variance."""
    off, variance, both = 0.0, 0.0, a + b
    for at in sorted({time for time, event in both if event}):
        n, first = sum(time >= at for time, _ in both), sum(time >= at for time, _ in a)
        d = sum(time == at and event for time, event in both)
        off += sum(time == at and event for time, event in a) - d * first / n
        if n > 1:
            variance += d * first / n * (1 - first / n) * (n - d) / (n - 1)
    return math.erfc(math.sqrt(off * off / variance / 2))


def followed(where):
    """Who is in no curve is counted, cluster by cluster; pairs of clusters that are there have their own p."""
    def change(rows):
        planted(rows)
        for k, row in enumerate(rows):
            row["scan"] = "" if k % 11 == 5 else str(k % 4 * 3)
            if k % 3 == 1 and row["part"] == "there":  # cluster 2 has no independent patient
                row["part"] = "here"
            if k % 13 == 4:
                row["months" if k % 2 else "dead"] = ""
    rows = write_clusters(where, change)
    study = CLUSTERS.replace("[2, 3, 4]", "4").replace("by: [cluster]", "by: [sex]").replace("age, sex", "age")
    # a fourth heap: among the third, so that clusters 1, 3 and 4 have independent patients
    heap = {row["id"]: k % 3 for k, row in enumerate(rows)}
    with_fourth = table(os.path.join(where, "features.csv"))
    for k, row in enumerate(with_fourth):
        if heap[row["id"]] == 2 and k % 2:
            heap[row["id"]] = 3
            row["h3"] = repr(float(row["h3"]) + 40)
    save(os.path.join(where, "features.csv"), with_fourth)
    for out, landmark in (("plain", ""), ("column", "landmark: scan\n"), ("number", "landmark: 6\n")):
        done = groups(where, study + landmark, out=out)
        expect(done.returncode == 0, f"{out}: {done.returncode} {done.stderr}")
        of = {row["patient"]: row["cluster"] for row in table(os.path.join(where, out, "clusters.csv"))}
        number = {heap[name]: of[name] for name in of}
        expect(all(of[name] == number[heap[name]] for name in of) and len(set(number.values())) == 4, f"{out}: heaps {number}")
        survival = table(os.path.join(where, out, "cluster_survival.csv"))
        for part, name in (("training", "here"), ("independent", "there")):
            curves, lost = {}, {}
            for row in rows:
                if row["part"] != name:
                    continue
                own, missing = curves.setdefault(of[row["id"]], []), lost.setdefault(of[row["id"]], [0, 0, 0])
                begin = {"plain": "0", "column": row["scan"], "number": "6"}[out]
                if not row["months"] or not row["dead"]:
                    missing[0] += 1
                elif not begin:
                    missing[2] += 1
                elif landmark and float(row["months"]) <= float(begin):
                    missing[1] += 1
                else:
                    own.append((float(row["months"]) - float(begin), row["dead"] == "1"))
            ours = {row["cluster"]: row for row in survival if row["part"] == part and not row["test"]}
            expect(sorted(ours) == sorted(curves), f"{out} {part}: {sorted(ours)}")
            for c, row in ours.items():
                said = [int(row[key]) for key in ("without_outcome", "before_landmark", "landmark_unknown")]
                expect(said == lost[c] and int(row["n"]) == len(curves[c]) and int(row["events"]) == sum(e for _, e in curves[c]),
                       f"{out} {part} {c}: {row}, {lost[c]} and {len(curves[c])} were expected")
                expect(row["time_from"] == {"plain": "", "column": "scan", "number": "6"}[out], f"{out}: {row}")
            for k, words in enumerate(("without a time", "by the landmark", "landmark is not known")):
                n = sum(missing[k] for missing in lost.values())
                expect(n == 0 or f"in no curve: {n} " in done.stdout and words in done.stdout, f"{n} {words}: {done.stdout}")
            pairs = {(row["against"], row["cluster"]): row for row in survival
                     if row["part"] == part and row["test"] == "log-rank of a pair"}
            there = sorted(c for c in curves if curves[c])
            expect(sorted(pairs) == [(a, b) for a in there for b in there if a < b], f"{out} {part}: {sorted(pairs)}")
            theirs = [log_rank(curves[a], curves[b]) for a, b in sorted(pairs)]
            for key, p, adjusted in zip(sorted(pairs), theirs, benjamini_hochberg(theirs)):
                expect(abs(float(pairs[key]["p"]) - p) < 1e-9 and abs(float(pairs[key]["p_bh"]) - adjusted) < 1e-9,
                       f"{out} {part} {key}: {pairs[key]}, p {p} and {adjusted} by the definition")
        begins = [row["time_from"] for row in table(os.path.join(where, out, "cluster_curves.csv"))]
        expect(set(begins) == {survival[0]["time_from"]}, f"curves of {out} begin at {set(begins)}")
        expect(("times begin at the landmark" in done.stdout) == bool(landmark), f"{out}: {done.stdout}")


def choice(where):
    """What is chosen among numbers of clusters, and what is said of it, where there is nothing and where there is an outlier."""
    draw = random.Random(3)

    def cohort(n, heaps, n_out):
        rows = [{"id": f"p{i:03d}", "months": str(1 + i % 29), "dead": str(int(i % 3 > 0))} for i in range(n)]
        for i, row in enumerate(rows):
            for j in range(12):
                row[f"h{j:02d}"] = repr(draw.gauss(0, 1) + (5 * (j % heaps == i % heaps) if heaps > 1 else 0)
                                        + (40 if i >= n - n_out else 0))
        save(os.path.join(where, "features.csv"), rows)
    study = ("table: features.csv\npatient: id\nfeatures: {match: [\"h*\"]}\noutcome: {time: months, event: dead}\n"
             "groups:\n  clusters: {k: [2, 3, 4, 8], resamples: 60")

    def ask(more=""):
        done = groups(where, study + more + "}\n", "--fresh")
        expect(done.returncode == 0, f"choice: {done.returncode} {done.stderr}")
        of = keyed(os.path.join(where, "out", "cluster_choice.csv"), "k")
        return done.stdout, of, [k for (k,), row in of.items() if row["chosen"] == "1"]

    cohort(100, 1, 0)  # noise: pairs grow less ambiguous with k for no reason; two clusters are as many as nothing asks for
    for inner in ("kmeans", "pearson"):
        said, of, chosen = ask(f", inner: {inner}")
        falling = [float(of[k,]["ambiguous"]) for k in "2348"]
        expect(falling[1:] == sorted(falling[1:], reverse=True), f"noise: {falling}")
        expect(chosen == ["2"] and all(float(row["ambiguous_of_joined"]) > 0.5 for row in of.values()), f"{inner}: {of}")
        for words in ("resamples do not agree", "no substantial structure", "no test that there are clusters"):
            expect(words in said, f"noise, {inner}: nothing of \"{words}\": {said}")
        expect("resamples do not agree; no substantial" in of[chosen[0],]["note"], f"noise: {of}")
    cohort(90, 3, 0)
    said, of, chosen = ask()
    expect(chosen == ["3"] and "caution" not in said and of["3",]["note"] == "", f"three heaps: {chosen} {said}")
    expect(of["3",]["smallest"] == "30", f"three heaps: {of}")
    cohort(90, 2, 1)  # two heaps and one outlier: 2 is the outlier against all others, 3 is right
    said, of, chosen = ask()
    sizes = sorted(row["cluster"] for row in table(os.path.join(where, "out", "clusters.csv")))
    expect(chosen == ["3"] and min(sizes.count(c) for c in sizes) == 1, f"an outlier: {chosen} {of}")
    expect("a cluster of 1 patient" in said and "fewer than 5 are outliers" in said, f"an outlier: {said}")
    expect("caution: 1 followed in cluster" in said, f"a log-rank test of one patient: {said}")
    survival = table(os.path.join(where, "out", "cluster_survival.csv"))
    last = next(row["cluster"] for row in survival if row["n"] == "1")
    for row in survival:
        few = row["test"] == "log-rank" or last in (row["cluster"], row["against"])
        expect(bool(row["note"]) == few, f"few patients: {row}")
    said, of, chosen = ask(", least: 1")
    expect(chosen == ["3"] and "caution: a cluster" not in said, f"least: 1: {said}")
    cohort(90, 1, 0)  # heaps of 44 and 43, and of 3 that are nearer to the second
    rows = table(os.path.join(where, "features.csv"))
    for i, row in enumerate(rows):
        for name in row:
            row[name] = repr(float(row[name]) + (19 if i > 86 else 6 * (i % 2))) if name[0] == "h" else row[name]
    save(os.path.join(where, "features.csv"), rows)
    said, of, chosen = ask()
    expect(chosen == ["2"] and of["3",]["smallest"] == "3" and of["3",]["note"] == "a cluster of few patients", f"3 of 90: {of}")
    said, of, chosen = ask(", least: 3")
    expect(chosen == ["3"] and of["3",]["note"] == "" and "caution" not in said, f"least: 3: {said}")
    done = groups(where, study + ", least: 0}\n", out="wrong")
    expect(done.returncode == 2 and "least is 0" in done.stderr, f"least: 0: {done.stderr}")


def cluster_ranks(where):
    """The same bytes on any number of ranks, and after a run that was cut short."""
    def noisy(rows):
        planted(rows)
        for row in rows:
            for j in range(5):
                row[f"h{j}"] = row[f"f{j:02d}"] or "0"
    write_clusters(where, noisy)
    for inner in ("kmeans", "pearson"):
        study = CLUSTERS.replace("resamples: 60", f"resamples: 60, inner: {inner}")
        for ranks in (1, 2, 3):
            done = groups(where, study, "--quiet", "--fresh", out=f"ranks{ranks}", ranks=ranks)
            expect(done.returncode == 0 and done.stdout == "", f"{ranks} ranks: {done.returncode} {done.stderr}")
        asked_alike(where, f"{inner}: ", TABLES[4:])
    of = table(os.path.join(where, "ranks1", "clusters.csv"))
    expect(all(row["cluster"] == row["nearest"] for row in of if row["part"] == "independent"), "nearest centroids")
    expect(any(row["cluster"] != row["nearest"] for row in of if row["part"] == "training"), "a consensus of noise")
    before = content(os.path.join(where, "ranks1", "clusters.csv"))
    os.remove(os.path.join(where, "ranks1", "clusters.csv"))
    done = groups(where, study, "--resume", out="ranks1")
    expect(done.returncode == 0 and content(os.path.join(where, "ranks1", "clusters.csv")) == before,
           f"--resume: {done.stderr}")
    done = groups(where, study.replace("resamples: 60", "resamples: 50"), "--resume", out="ranks1")
    expect(done.returncode == 3 and "clustered" in done.stderr, f"another study's journal: {done.returncode} {done.stderr}")
    done = groups(where, study.replace("resamples: 60", "resamples: 60, seed: 2"), "--fresh",
                  out="ranks2")
    expect(content(os.path.join(where, "ranks2", "clusters.csv")) != before, "another seed draws other resamples")


def ranks_and_runs(where):
    write_cohort(where)
    for ranks in (1, 2, 3):
        done = groups(where, STUDY, "--quiet", out=f"ranks{ranks}", ranks=ranks)
        expect(done.returncode == 0 and done.stdout == "", f"{ranks} ranks: {done.returncode} {done.stdout} {done.stderr}")
    asked_alike(where, "", TABLES[:3])
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
             (STUDY + "  scores: [{name: S, plus: [f01, f02], minus: [f03, \"f02\"]}]\n",
              "scores: S: f02 is of \"plus\" and of \"minus\"; features of one of the two were expected"),
             (STUDY + "rois: separate\n", "separate")]
    for study, sentence in cases:
        done = groups(where, study, out="wrong")
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    expect(not os.path.exists(os.path.join(where, "wrong")), "a folder of a study that was refused")
    done = groups(where, STUDY + "  scores: [{name: S, plus: [f01, f02], minus: [f03]}]\n", out="apart")
    expect(done.returncode == 0, f"a score of two sides: {done.stderr}")
    spelled = table(os.path.join(where, "clinical.csv"))
    spelled[4]["id"] = spelled[4]["id"].upper()
    save(os.path.join(where, "clinical.csv"), spelled)
    done = groups(where, STUDY, out="spelled")
    name = spelled[4]["id"]
    expect(done.returncode == 0 and f'1 is not in the clinical file: "{name.lower()}"' in done.stdout and
           f'it has "{name}", which is "{name.lower()}" but for' in done.stdout, f"a name in capitals: {done.stderr} {done.stdout}")
    save(os.path.join(where, "features.csv"), [{key: row[key] for key in ("id", *FEATURES)} for row in rows + rows[:1]])
    done = groups(where, STUDY, out="wrong")
    expect(done.returncode == 2 and "2 rows" in done.stderr, f"two rows of a patient: {done.stderr}")


def main():
    for part in (numbers, few_counts, many_tables, scores, circular, clusters, followed, choice, cluster_ranks, ranks_and_runs, refusals):
        with folder() as where:
            part(where)
    finish("groups")


main()
