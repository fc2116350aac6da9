"""radmill report: what stands on the page against the sweep's tables, names that try to be more than names, the same
bytes again, and what is said where something is missing."""
import html
import math
import os
import re
import shutil
import statistics
import subprocess

import sweep_cases
from html_page import read_page
from program import ENVIRONMENT, RADMILL, content, expect, finish, folder, measured, run, save, table, write
from report_cases import CENTRES, FEATURES, GNUPLOT, NAMES, need_gnuplot, of_images, report, rows, sweep


def names_stay_names(where, out):
    with open(out, encoding="utf-8") as file:
        text = file.read()
    page = read_page(out)
    expect("script" not in page.n, "a script element")
    for name in NAMES:
        expect(not re.search(r"[<\"']", name) or name not in text, f"{name!r} stands on the page as it is")
    shown = "".join(page.texts)
    expect("permuted within centres" in " ".join(shown.split()), "permuted within centres")
    for name in CENTRES.values():
        expect(name.strip() in shown, f"centre {name!r} is not shown as it is")
    expect(FEATURES["f02"] in shown, "a feature's name is not shown as it is")
    expect(not re.search("[\U000f0000-\U000ffffd\u2800]", text), "a figure's placeholder is left")
    expect(len(page.ids) == len(set(page.ids)), f"ids twice: {sorted(i for i in page.ids if page.ids.count(i) > 1)[:5]}")
    expect(not any("INJECTED" in name for _, _, files in os.walk(where) for name in files), "a name was run")
    for link in page.links:
        expect(os.path.exists(os.path.join(os.path.dirname(out), link)), f"{link} leads nowhere")
    expect(not re.search(r"(https?:)?//[a-z]", re.sub(r"xmlns(:\w+)?=\S+", "", text)), "an address on the page")
    ids = {row["id"] for row in table(os.path.join(where, "report_csv", "waterfall.csv"))}
    expect(set(NAMES) - ids <= {"two\nlines"} or set(NAMES) <= ids, f"ids in the CSV: {sorted(set(NAMES) - ids)}")
    return page


def quantile(values, share):
    return statistics.quantiles(values, n=4, method="inclusive")[int(4 * share) - 1]


def numbers_are_the_sweeps(where, out):
    """Every CSV beside the page against what Python makes of the sweep's own tables."""
    csv, swept = out[:-5] + "_csv", os.path.join(where, "sweep")
    said = [row for row in table(os.path.join(swept, "predictions.csv")) if row["pipeline"] == "chosen"]
    board = {row["pipeline"]: row for row in table(os.path.join(swept, "leaderboard.csv"))}
    repeats = len({row["repeat"] for row in said})

    counts = {(row["outcome"], row["called"]): float(row["patients_a_repeat"])
              for row in table(os.path.join(csv, "confusion.csv"))}
    for y in "01":
        for call in "01":
            n = sum(row["y"] == y and row["positive"] == call for row in said) / repeats
            expect(abs(counts[y, call] - n) < 1e-12, f"confusion {y} {call}: {counts[y, call]}, {n}")

    grid = [row for row in table(os.path.join(csv, "roc.csv")) if row["pipeline"] == "chosen"]
    folds = {}
    for row in said:
        folds.setdefault((row["repeat"], row["fold"]), []).append((float(row["score"]), row["y"] == "1"))
    worst = 0.0
    for row in grid:
        curves = []
        for fold in folds.values():
            positive, negative = [s for s, y in fold if y], [s for s, y in fold if not y]
            curves.append(max((sum(s >= t for s in positive) / len(positive) for t in {s for s, _ in fold} | {math.inf}
                               if sum(s >= t for s in negative) / len(negative) <= float(row["false_positive_rate"]) + 1e-12),
                              default=0.0))
        mean, n = statistics.fmean(curves), len(curves)
        worst = max(worst, abs(mean - float(row["sensitivity"])))
        share = statistics.fmean(len(fold) / (len(said) / repeats - len(fold)) for fold in folds.values())
        se = math.sqrt((1 / n + share) * statistics.variance(curves))
        t = 2.3646242515927844  # qt(0.975, 7): two repeats of four folds
        for limit, sign in (("low", -1), ("high", 1)):
            wanted = min(1.0, max(0.0, mean + sign * t * se))
            expect(abs(wanted - float(row[limit])) < 1e-9, f"ROC at {row['false_positive_rate']}: {limit} {row[limit]}, {wanted}")
    expect(worst < 1e-12, f"ROC: {worst} off")
    expect(n == 8, f"{n} folds")

    for row in table(os.path.join(csv, "leaderboard.csv")):
        for ours, theirs in (("value", "auc"), ("low", "auc_low"), ("high", "auc_high"), ("apparent", "auc_apparent")):
            expect(row[ours] == board[row["pipeline"]][theirs], f"leaderboard {row['pipeline']} {ours}")
    expect(len(table(os.path.join(csv, "leaderboard.csv"))) == len(board), "rows of the leaderboard")

    centre = {row["id"]: row["centre"] for row in rows()}
    patients = {}
    for row in said:
        patients.setdefault((row["id"], row["y"]), []).append(float(row["probability"]))
    for row in table(os.path.join(csv, "groups.csv")):
        values = sorted(statistics.fmean(p) for (who, y), p in patients.items()
                        if y == row["y"] and row["group"] in ("all", centre.get(who)))
        expect(len(values) == int(row["n"]), f"group {row['group']} {row['y']}: {row['n']}, {len(values)}")
        for name, share in (("first_quartile", 0.25), ("median", 0.5), ("third_quartile", 0.75)):
            expect(abs(float(row[name]) - quantile(values, share)) < 1e-12, f"group {row['group']} {name}")

    mean = [row for row in table(os.path.join(swept, "calibration.csv"))
            if row["pipeline"] == "chosen" and row["repeat"] == "mean" and row["group"] != "all"]
    drawn = table(os.path.join(csv, "calibration.csv"))
    expect(len(mean) == len(drawn) > 5, f"{len(drawn)} groups of {len(mean)}")
    for theirs, ours in zip(mean, drawn):
        p, n, z = float(theirs["observed"]) / float(theirs["n"]), float(theirs["n"]), statistics.NormalDist().inv_cdf(0.975)
        middle, half = p + z * z / (2 * n), z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
        expect(abs(float(ours["low"]) - max(0, (middle - half) / (1 + z * z / n))) < 1e-9, f"Wilson {ours}")
        expect(abs(float(ours["high"]) - min(1, (middle + half) / (1 + z * z / n))) < 1e-9, f"Wilson {ours}")

    kept = {}
    for row in table(os.path.join(swept, "selected.csv")):
        if row["select"] == "mrmr-rfe" and row["fold"] != "all":
            kept[row["feature"]] = kept.get(row["feature"], 0) + 1
    if table(os.path.join(csv, "selection.csv"))[0]["feature"] in kept:
        for row in table(os.path.join(csv, "selection.csv")):
            expect(abs(float(row["kept"]) - kept[row["feature"]] / 8) < 1e-12, f"kept {row}")


# A word of each item as the statements print it: Kocak et al. 2023 (v1.0), Collins et al. 2024.
CLEAR = ("title abstract keywords background radiomic objective guidelines ethic|ethical size nature eligibility flowchart source "
         "overlap split protocol predictor reference|outcome segment segment pre-processing resampl discreti image|types extract "
         "class number default missing imbalance reliability scaling reduction algorithm tuning confounder select test metric "
         "uncertain compar non-radiomic interpretab baseline eligib feature performance non-radiomic finding previous practical "
         "limitation segmentation feature pre-processing source|code model ready").split()
TRIPOD = ("title abstract context|rationale population|users inequalit objective source date setting|centre eligib treatment "
          "preparation outcome assessor blind predictor predictor assessor size missing data predictor tuning heterogen measures "
          "updat predictions imbalance fairness output evaluation ethic funding conflict protocol registration data code public flow "
          "characteristic development participants|events full performance heterogen updat interpret limitation quality users "
          "next").split()


def items_are_the_lists(out):
    """Kocak et al. 2023 has items 1 to 58; Collins et al. 2024 has 27 items, of which these have parts: 52 in all. A run of a
    table that is no extraction knows nothing of images."""
    rows_ = table(os.path.join(out[:-5] + "_csv", "items.csv"))
    parts = {3: "abc", 5: "ab", 6: "abc", 8: "abc", 9: "abc", 12: "abcdefg", 18: "abcdef", 20: "abc", 23: "ab", 27: "abc"}
    lists = {"CLEAR": [str(n) for n in range(1, 59)],
             "TRIPOD+AI": [f"{n}{part}" for n in range(1, 28) for part in parts.get(n, ("",))]}
    expect(len(lists["TRIPOD+AI"]) == 52, "the list itself")
    for name, numbers in lists.items():
        expect([row["item"] for row in rows_ if row["list"] == name] == numbers, f"items of {name}")
    for row, words in zip(rows_, CLEAR + TRIPOD):
        expect(any(word in row["asks"].lower() for word in words.split("|")), f"{row['list']} {row['item']}: no \"{words}\"")
        expect((row["answered_by_run"] == "yes") == (row["authors"] == ""), f"who answers {row['list']} {row['item']}: {row}")
    how = {(row["list"], row["item"]): row["answered_by_run"] for row in rows_}
    for item in ("16", "22", "23", "24", "25", "26", "28", "55"):
        expect(how["CLEAR", item] == "no", f"CLEAR {item} without an extraction: {how['CLEAR', item]}")
    expect(how["CLEAR", "9"] == how["TRIPOD+AI", "10"] == "in part", "a number of patients is no sample size calculation")
    return how


def the_same_again(where, out):
    other = os.path.join(where, "elsewhere")
    os.mkdir(other)
    again = report("sweep", os.path.join(other, "report.html"), cwd=where)
    expect(content(again) == content(out), "the same run gives another page")
    for name in os.listdir(out[:-5] + "_csv"):
        expect(content(os.path.join(out[:-5] + "_csv", name)) == content(os.path.join(other, "report_csv", name)), name)
    shutil.rmtree(other)


def what_is_said(where):
    out = os.path.join(where, "r.html")
    bare = dict(ENVIRONMENT, PATH=os.path.join(where, "nothing"))
    done = subprocess.run([RADMILL, "report", os.path.join(where, "sweep"), "--out", out], capture_output=True, text=True,
                          env=bare)
    expect(done.returncode == 3 and "gnuplot-nox" in done.stderr, f"without gnuplot: {done.returncode} {done.stderr}")
    expect(not os.path.exists(out), "a page without figures")
    os.mkdir(bare["PATH"])
    os.symlink(GNUPLOT, os.path.join(bare["PATH"], "gnuplot"))
    done = subprocess.run([RADMILL, "report", os.path.join(where, "sweep"), "--out", out, "--pdf", out + ".pdf"],
                          capture_output=True, text=True, env=bare)
    expect(done.returncode == 3 and "apt-get install chromium" in done.stderr, f"without chromium: {done.stderr}")
    expect(os.path.exists(out) and not os.path.exists(out + ".pdf"), "the page is there, the PDF is not")
    os.mkdir(os.path.join(where, "several"))
    write(os.path.join(where, "several", "outcomes.csv"), "outcome\n")
    of_groups, of_validate = os.path.join(where, "of_groups"), os.path.join(where, "of_validate")
    for place, name in ((of_groups, "correlations.csv"), (of_validate, "validation.csv")):
        os.mkdir(place)
        write(os.path.join(place, name), "a\n")
    cases = [((os.path.join(where, "nowhere"), "--out", out), "no sweep's folder"),
             ((os.path.join(where, "several"), "--out", out), "a folder of its name"),
             ((of_groups, "--out", out), "of `radmill groups`, whose tables stand in no report"),
             ((of_validate, "--out", out), "of `radmill validate`; the sweep's folder was expected"),
             ((os.path.join(where, "sweep"),), "--out FILE is missing"),
             (("--out", out), "Its folder is missing"),
             ((os.path.join(where, "sweep"), "--out", os.path.join(where, "sweep", "model.json")), "read here"),
             ((os.path.join(where, "sweep"), "--out", out, "--features", os.path.join(where, "study.csv")), "h5ad file"),
             ((os.path.join(where, "sweep"), "--out", out, "--features", os.path.join(where, "images.h5ad")), "none of the sweep's"),
             ((os.path.join(where, "sweep"), "--out", out, "--icc", os.path.join(where, "study.csv")), "radmill icc"),
             ((os.path.join(where, "sweep"), "--out", out, "--icc", os.path.join(where, "other_icc.csv")),
              f"other_icc.csv: none of its features (the first is g0) is of the sweep {os.path.join(where, 'sweep')} (the first is ")]
    save(os.path.join(where, "other_icc.csv"), [{"feature": f"g{k}", "icc": "0.9"} for k in range(3)])
    for arguments, sentence in cases:
        done = run("report", *arguments)
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    done = run("report", "--help")
    expect(done.returncode == 0 and "--survive" in done.stdout, "help")
    damaged = os.path.join(where, "damaged")
    shutil.copytree(os.path.join(where, "sweep"), damaged)
    with open(os.path.join(damaged, "sweep.h5"), "r+b") as file:
        file.truncate(5000)
    done = run("report", damaged, "--out", out)
    expect(done.returncode in (2, 3) and "sweep.h5" in done.stderr, f"damaged: {done.returncode} {done.stderr}")
    shutil.copy(os.path.join(where, "sweep", "sweep.h5"), damaged)
    os.remove(os.path.join(damaged, "model.json"))
    for name in ("centres.csv", "harmonisation.csv", "calibration.csv", "decision_curve.csv", "features.csv"):
        os.remove(os.path.join(damaged, name))
    read_page(report(damaged, out))
    shutil.copytree(os.path.join(where, "sweep"), os.path.join(where, "own_csv"))
    done = run("report", os.path.join(where, "own_csv"), "--out", os.path.join(where, "own.html"))
    expect(done.returncode == 2 and "read here" in done.stderr, f"over its own tables: {done.returncode} {done.stderr}")
    for name in os.listdir(os.path.join(where, "sweep")):
        if name != "run":
            expect(content(os.path.join(where, "sweep", name)) == content(os.path.join(where, "own_csv", name)), name)
    expect(not [name for name in os.listdir(where) if name.endswith(".tmp")], "a temporary file is left")


def with_icc(where):
    done = run("icc", os.path.join(where, "study.csv"), "--readers", "reader", "--patient", "id", "--match", "f[!o]*",
               "--match", "f*", "--csv", os.path.join(where, "icc.csv"))
    if done.returncode != 0:
        done = run("icc", os.path.join(where, "study.csv"), "--readers", "reader", "--patient", "id", "--match", "f0*",
                   "--csv", os.path.join(where, "icc.csv"))
    expect(done.returncode == 0, f"icc: {done.stderr}")
    report(os.path.join(where, "sweep"), os.path.join(where, "i.html"), "--icc", os.path.join(where, "icc.csv"))
    wanted = {row["feature"]: row for row in table(os.path.join(where, "icc.csv")) if row["icc"]}
    drawn = table(os.path.join(where, "i_csv", "icc.csv"))
    expect(len(drawn) == len(wanted), "features of the ICC plot")
    for row in drawn:
        expect([row[k] for k in ("icc", "lower", "upper")] == [wanted[row["feature"]][k] for k in ("icc", "lower", "upper")],
               f"ICC {row}")
    page = words_of(os.path.join(where, "i.html"))
    n = {row["n_subjects"] for row in wanted.values()}
    expect("ICC(2,1) with 95 % limits, 2 readings of " + " to ".join(sorted(n)) + " patients, of the given table" in page,
           f"{n} patients; the figure's words: {icc_words(page)}")
    icc_borders(where)
    icc_of_the_step(where)


def icc_of_the_step(where):
    """Without a table: what the study's step went by, estimates or lower limits."""
    small = content(os.path.join(where, "study.yaml")).decode().replace("min: 0.5", "min: 0.5, on: lower")
    small = re.sub(r"select:\n.*controls:.*", "select: {none: []}\nmodels: {logistic: {C: [0.1]}}\ncontrols: {permute: 0}", small,
                   flags=re.DOTALL)
    done = run("sweep", write(os.path.join(where, "lower.yaml"), small), "--out", os.path.join(where, "lower"))
    expect(done.returncode == 0, f"icc on lower limits: {done.returncode} {done.stderr}")
    for name, on, words in (("sweep", "estimate", "estimate"), ("lower", "lower", "lower limit")):
        page = words_of(report(os.path.join(where, name), os.path.join(where, on + ".html")))
        for said in (f"form 2,1, on {on}", f"count {words}s: ", f"by {words} "):
            expect(said in page, f"on: {on}: {said}: {icc_words(page)}")


def words_of(path):
    return re.sub(r"\s+", " ", html.unescape(re.sub(r"<[^>]*>", "", content(path).decode())))


def icc_words(page):
    return page[page.index("Agreement of readers"):][:1500]


def icc_borders(where):
    """The words of a table that is not as most are: level, form, -Inf, no coefficient, limits below the picture."""
    rows = [("a", "0.95", "0.91", "0.99", "39"), ("b", "0.9", "0.7", "0.95", "40"), ("c", "0.5", "0.1", "0.8", "40"),
            ("d", "0.2", "-0.6", "0.5", "40"), ("e", "-Inf", "", "", "40"), ("f", "", "", "", "40")]
    save(os.path.join(where, "b.csv"), [dict(zip(("feature", "icc", "lower", "upper", "n_subjects"), row), n_readers="4",
                                             form="1,k", level="0.9") for row in rows])
    report(os.path.join(where, "sweep"), os.path.join(where, "b.html"), "--icc", os.path.join(where, "b.csv"))
    page = words_of(os.path.join(where, "b.html"))
    for words in ("ICC(1,k) with 90 % limits, 4 readings of 39 to 40 patients, of the given table",
                  "Features without a coefficient, left out: 1.", "Triangles: 2 go on below",
                  "count estimates: 2 excellent, 0 good, 1 moderate, 2 poor",
                  "by the lower one it is 1 excellent, 0 good, 1 moderate, 2 poor"):
        expect(words in page, f"{words}: {icc_words(page)}")
    drawn = re.sub(r"\s+", "", page)
    for words in ("poor: 2", "moderate: 1", "excellent: 2", "2 go on below", "5 features, by coefficient; 1 without one left out"):
        expect(words.replace(" ", "") in drawn, f"{words} is not on the figure: {icc_words(page)}")


def beside_others(where):
    """Training, held-out and other patients side by side: the leaderboard's numbers and those of validation.csv; trained-on
    patients are named; what does not fit is refused. The columns of `report` stand beside the features that were kept."""
    swept = os.path.join(where, "sweep")
    others = rows(9)
    for k, row in enumerate(others):
        row["id"] = f"other {k}" if row["reader"] == "1" else "unread"
    for name, cohort in (("others", [row for row in others if row["reader"] == "1"]),
                         ("own", [row for row in rows() if row["reader"] == "1"])):
        done = run("validate", os.path.join(swept, "model.json"), save(os.path.join(where, name + ".csv"), cohort),
                   "--outcome", "y", "--out", os.path.join(where, name))
        expect(done.returncode == 0, f"validate: {done.returncode} {done.stderr}")
        out = report(swept, os.path.join(where, name + ".html"), "--validation", os.path.join(where, name))
        shown = " ".join(" ".join(read_page(out).texts).split())
        expect(f"{len(cohort)} {'others' if name == 'others' else 'given, not all others'}" in shown, f"{name}: how many")
        expect(f"also tried on {len(cohort)} patients, nothing fitted again" + (f", of whom {len(cohort)} were trained on" if name == "own"
               else ".") in shown, f"{name}: in CLEAR's testing technique")
        expect(("of these were trained on" in shown) == (name == "own"), f"{name}: trained on")
        told = {row["measure"]: row for row in table(os.path.join(where, name + "_csv", "validation.csv"))}
        board = table(os.path.join(swept, "leaderboard.csv"))[0]
        all_ = table(os.path.join(where, name, "validation.csv"))[0]
        expect(board["pipeline"] == "chosen" and all_["group"] == "all", "first rows")
        for ours, theirs in (("apparent", board["auc_apparent"]), ("held_out", board["auc"]), ("held_out_low", board["auc_low"]),
                             ("held_out_high", board["auc_high"]), ("others", all_["auc"]), ("others_low", all_["auc_low"]),
                             ("others_high", all_["auc_high"])):
            expect(told["AUC"][ours] == theirs, f"{name}: AUC {ours} {told['AUC'][ours]}, {theirs}")
        for measure, column in (("Sensitivity", "sensitivity"), ("Brier score", "brier"), ("NPV", "npv"),
                                ("Calibration slope", "calibration_slope"), ("Hosmer-Lemeshow p", "hosmer_lemeshow_p")):
            expect(told[measure]["held_out"] == board[column] and told[measure]["others"] == all_[column] and
                   not told[measure]["apparent"], f"{name}: {told[measure]}")
        expect(told["NPV"]["others_high"] == all_["npv_high"], f"{name}: {told['NPV']}")
    for wrong, sentence in ((swept, "validation.csv"), (os.path.join(where, "nowhere"), "validation.csv")):
        done = run("report", swept, "--out", os.path.join(where, "w.html"), "--validation", wrong)
        expect(done.returncode in (2, 3) and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    about = os.path.join(where, "others", "about.csv")
    lines = content(about).decode()
    for text, sentence in ((lines.replace("model_xxh3,", "model_xxh3,f"), "is of another model than"), (None, "has no about.csv")):
        os.unlink(about)
        if text:
            write(about, text)
        done = run("report", swept, "--out", os.path.join(where, "w.html"), "--validation", os.path.join(where, "others"))
        expect(done.returncode == 2 and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
        write(about, lines)
    os.mkdir(os.path.join(where, "a_time"))
    write(os.path.join(where, "a_time", "validation.csv"), "group,n,c_index\nall,3,0.5\n")
    done = run("report", swept, "--out", os.path.join(where, "w.html"), "--validation", os.path.join(where, "a_time"))
    expect(done.returncode == 2 and "has no auc" in done.stderr, f"of a time: {done.returncode} {done.stderr}")

    page = " ".join(" ".join(read_page(os.path.join(where, "images.html")).texts).split())
    study = content(os.path.join(where, "images.yaml")).decode()
    kept = study.replace("controls:", "report: {file: phantom/truth.csv, by: id, columns: [b, ell]}\ncontrols:")
    kept = kept.replace("select: {none: []}", "select: {few: [{univariate: {k: 3}}]}")
    done = run("sweep", write(os.path.join(where, "told.yaml"), kept), "--out", os.path.join(where, "told"))
    expect(done.returncode == 0, f"told: {done.stderr}")
    shown = " ".join(" ".join(read_page(report(os.path.join(where, "told"), os.path.join(where, "told.html"))).texts).split())
    expect("b, \u03c1" not in page and "b, \u03c1 ell, \u03c1" in shown and "used by no step: b ell" in shown,
           "columns of report")
    found = table(os.path.join(where, "told", "features.csv"))
    most = max(found, key=lambda row: float(row["kept_few"]))
    share = f"{100 * float(most['kept_few']):.0f} %"
    line = f"{most['feature'].removeprefix('original_')} {share} " + " ".join(
        f"{float(most[key]):.2f}".replace("-", "\u2212") if most[key] else "\u2013"
        for key in ("volume_rho", "centre_eta2", "centre_eta2_prepared", "rho_b", "rho_ell"))
    expect(line in shown or line.replace("\u2212", "-") in shown, f"not on the page: {line}")


def one_against_others(said, names, curves, shown, whole):
    """Each class's curve is the mean over folds of how many of it score above where so many of the others do."""
    areas = []
    expect([row["class"] for row in curves[::101]] == names, f"a curve each: {[row['class'] for row in curves[::101]]}")
    for name in names:
        folds, area = {}, []
        for row in said:
            folds.setdefault(row["fold"], []).append((float(row["score_" + name]), row["y"] == name))
        heights = [0.0] * 101
        for fold in folds.values():
            own, others = ([s for s, y in fold if y == is_own] for is_own in (True, False))
            area.append(sum((a > b) + 0.5 * (a == b) for a in own for b in others) / len(own) / len(others))
            for g in range(101):
                heights[g] += max([0.0] + [sum(s >= cut for s in own) / len(own) for cut in own + others
                                           if sum(s >= cut for s in others) / len(others) <= g / 100 + 1e-12]) / len(folds)
        drawn = [float(row["sensitivity"]) for row in curves if row["class"] == name]
        expect(all(abs(a - b) < 1e-9 for a, b in zip(drawn, heights)), f"{name}: {drawn[:9]} {heights[:9]}")
        areas.append(sum(area) / len(area))
        expect(f"AUC {areas[-1]:.2f}" in shown, f"{name}: AUC {areas[-1]}")
    expect(abs(sum(areas) / len(areas) - whole) < 1e-9, f"the leaderboard's {whole} is the mean of {areas}")


def other_outcomes(where):
    """A number, several classes, a held-out centre: a page, and no figure that makes no sense there."""
    base = sweep_cases.cohort(5, 60, 8)
    for row in base:
        row["value"] = repr(float(row["f02"]) * 2 + float(row["f05"]))
        row["grade"] = ["low", "mid<", "high"][sum(float(row["f02"]) > t for t in (0, 1))]
    for name, outcome, models, split in (
            ("number", "{value: value}", "{linear: {lambda: [0.1, 1]}}", "{kfold: 4, seed: 1}"),
            ("grades", "{classes: grade}", "{lda: {}}", "{kfold: 4, seed: 1}"),
            ("holdout", "{class: y, positive: yes}", "{logistic: {C: [0.1]}}", "{holdout: [C]}")):
        text = f"""
table: {{file: {name}.csv, rows: {{reader: 1}}}}
patient: id
centre: centre
outcome: {outcome}
features: {{match: ["f0[0134678]"]}}
split: {split}
inner: {{kfold: 3}}
prepare: [{{impute: median}}, {{scale: zscore}}]
select: {{none: []}}
models: {models}
controls: {{permute: 0}}
""".replace('"f0[0134678]"', '"f00", "f01", "f03", "f04", "f06"')
        save(os.path.join(where, name + ".csv"), base)
        done = run("sweep", write(os.path.join(where, name + ".yaml"), text), "--out", os.path.join(where, name))
        expect(done.returncode == 0, f"{name}: {done.returncode} {done.stderr}")
        page = read_page(report(os.path.join(where, name), os.path.join(where, name + ".html")))
        expect(page.n.get("svg", 0) >= 2, f"{name}: {page.n.get('svg')} figures")
        said = [row for row in table(os.path.join(where, name, "predictions.csv")) if row["pipeline"] == "chosen"]
        if name == "number":
            told = {row["id"]: row for row in said}
            for row in table(os.path.join(where, "number_csv", "predicted.csv")):
                expect(abs(float(row["predicted"]) - float(told[row["id"]]["score"])) < 1e-12, f"predicted {row}")
                expect(float(row["observed"]) == float(told[row["id"]]["y"]), f"observed {row}")
            expect(len(told) == len(table(os.path.join(where, "number_csv", "predicted.csv"))), "patients")
        if name == "grades":
            shown, n_of = " ".join(" ".join(page.texts).split()), {}
            for row in {row["id"]: row for row in said}.values():
                n_of[row["y"]] = n_of.get(row["y"], 0) + 1
            expect(f"{len({row['id'] for row in said})} patients: {n_of['high']} high, {n_of['low']} low, {n_of['mid<']} mid<." in shown and
                   "Fewer than 100 of the rarest class" in shown, "how many of each class")
            names = [key for key in said[0] if key.startswith("score_")]
            for row in table(os.path.join(where, "grades_csv", "confusion.csv")):
                n = sum(max(names, key=lambda key: float(one[key]))[6:] == row["called"] and one["y"] == row["outcome"]
                        for one in said)
                expect(abs(float(row["patients_a_repeat"]) - n) < 1e-9, f"confusion {row}, {n}")
            whole = table(os.path.join(where, "grades", "leaderboard.csv"))[0]["auc"]
            one_against_others(said, [key[6:] for key in names], table(os.path.join(where, "grades_csv", "roc.csv")),
                               " ".join(page.texts), float(whole))
        expect((name != "number") == ("figure_roc" in page.ids), f"{name}: {page.ids}")


def few_centres(where):
    """No centre, or one: nothing is said of several, and of one that it is alone."""
    rows_ = [row | {"centre": "Here"} for row in sweep_cases.cohort(5, 60, 8) if row["reader"] == "1"]
    save(os.path.join(where, "few.csv"), rows_)
    n = sum(row["y"] == "yes" for row in rows_)
    rarer = min((n, "positive"), (len(rows_) - n, "negative"))
    for name, centre in (("one", "centre: centre"), ("none", "")):
        done = run("sweep", write(os.path.join(where, name + ".yaml"), f"""
table: few.csv
patient: id
{centre}
outcome: {{class: y, positive: yes}}
features: {{match: ["f00", "f01", "f03"]}}
split: {{kfold: 4, seed: 1}}
inner: {{kfold: 3}}
prepare: [{{impute: median}}, {{scale: zscore}}]
models: {{logistic: {{C: [0.1]}}}}
controls: {{permute: 5}}
"""), "--out", os.path.join(where, name))
        expect(done.returncode == 0, f"{name} centre: {done.returncode} {done.stderr}")
        page = read_page(report(os.path.join(where, name), os.path.join(where, name + ".html")))
        shown = " ".join(" ".join(page.texts).split())
        for sentence in ("Prediction of y (positive: yes)", "on outcomes permuted.", "5 permutations of the outcome: p ",
                         f"Uncertain: {len(rows_)} patients, {n} of them positive: {rarer[0] / 3:.{0 if rarer[0] >= 30 else 2}f} "
                         f"{rarer[1]} patients for each of the 3 features", "In the same folds, never chosen: volume alone,"):
            expect(sentence in shown, f"{name} centre, not on the page: {sentence}")
        expect(("All patients are of one centre" in shown) == ("One centre: nothing" in shown) == (name == "one"), f"{name} centre")
        expect("figure_harmonisation" not in page.ids, f"{name} centre: how well it is told")
        groups = {row["group"] for row in table(os.path.join(where, name + "_csv", "groups.csv"))}
        expect(groups == {"all"}, f"{name} centre: boxes of {groups}")


def clusters_by_definition(columns, height):
    """Average linkage of 1 - |r|, joined while the nearest clusters are at most so far apart: a set of sets."""
    names, unit = list(columns), {}
    for name, values in columns.items():
        mean = statistics.fmean(values)
        length = math.sqrt(sum((v - mean) ** 2 for v in values))
        unit[name] = [(v - mean) / length for v in values]
    apart = {(a, b): 1 - abs(sum(x * y for x, y in zip(unit[a], unit[b]))) for a in names for b in names}
    clusters = [{name} for name in names]
    while len(clusters) > 1:
        found = min((statistics.fmean(apart[a, b] for a in clusters[i] for b in clusters[j]), i, j)
                    for i in range(len(clusters)) for j in range(i))
        if found[0] > height:
            break
        clusters[found[2]] |= clusters.pop(found[1])
    return {frozenset(cluster) for cluster in clusters}


def from_images(where):
    """An extraction with cases that fail: how many and why, centres, and the heatmap's clusters."""
    cohort = of_images(where)
    out = os.path.join(where, "images.html")
    shown = " ".join(" ".join(read_page(out).texts).split())
    failed = table(os.path.join(where, "images_csv", "failures.csv"))
    expect([row["id"] for row in failed] == ["lost <i>", "label"], f"failures: {failed}")
    for sentence in (f"{len(cohort) + 2} rows of image and mask", f"{len(cohort)} regions computed", "2 failed",
                     "1 absent-label" if any(row["code"] == "absent-label" for row in failed) else failed[1]["code"],
                     "40 patients analysed", failed[0]["sentence"], "Not resampled", "binWidth: 25"):
        expect(sentence in shown, f"not on the page: {sentence}")
    for row in table(os.path.join(where, "images_csv", "items.csv")):
        if row["list"] == "CLEAR" and row["item"] in ("22", "24", "25", "26", "28"):
            expect(row["answered_by_run"] == "yes", f"an extraction says it: {row}")
    for row in table(os.path.join(where, "images_csv", "cohort.csv")):
        expect(row["patients"] == "20", f"centre {row}")
    rows_ = [row for row in table(os.path.join(where, "images.csv")) if row["Timepoint"] == "1" and row["Reader"] == "1"]
    features = [name for name in rows_[0] if name.startswith("original_")]
    wanted = clusters_by_definition({name: [float(row[name]) for row in rows_] for name in features}, 0.5)
    found = {}
    for row in table(os.path.join(where, "images_csv", "heatmap_features.csv")):
        found.setdefault(row["cluster"], set()).add(row["feature"])
    expect({frozenset(cluster) for cluster in found.values()} == wanted, f"clusters: {found}\n{wanted}")
    z = {(row["row"], row["column"]): float(row["z"]) for row in table(os.path.join(where, "images_csv", "heatmap.csv"))}
    expect(len(z) == len(features) * 40, f"{len(z)} cells")
    first = table(os.path.join(where, "images_csv", "heatmap_features.csv"))[0]["feature"]
    who = [row["id"] for row in table(os.path.join(where, "images_csv", "heatmap_patients.csv"))]
    value = {row["ID"]: float(row[first]) for row in rows_}
    mean, sd = statistics.fmean(value.values()), statistics.pstdev(value.values())
    for place, name in enumerate(who, 1):
        wanted_z = (value[name] - mean) / sd
        expect(abs(z["1", str(place)] - wanted_z) <= 1e-3 * max(1, abs(wanted_z)), f"z of {name}")


need_gnuplot()
with folder() as where:
    swept = sweep(where)
    out = report(swept, os.path.join(where, "report.html"))
    names_stay_names(where, out)
    numbers_are_the_sweeps(where, out)
    items_are_the_lists(out)
    the_same_again(where, out)
    from_images(where)
    what_is_said(where)
    with_icc(where)
    beside_others(where)
    other_outcomes(where)
    few_centres(where)
finish("report")
