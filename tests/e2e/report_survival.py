"""radmill report of a time to an event: what `radmill survive` wrote, alone and beside a sweep, and a sweep whose outcome is
one. Curves by Kaplan and Meier's definition, ratios as the tables have them, names that try to be more than names."""
import math
import os
import re
import shutil
import statistics

from html_page import read_page
from program import expect, finish, folder, run, save, table, write
from report_cases import NASTY, ORACLE, need_gnuplot, report, survival


def kaplan_meier(rows):
    """(time, survival) at every time at which somebody has the event or leaves."""
    alive, curve = 1.0, []
    for time in sorted({float(row["months"]) for row in rows}):
        at_risk = sum(float(row["months"]) >= time for row in rows)
        alive *= 1 - sum(float(row["months"]) == time and row["dead"] == "1" for row in rows) / at_risk
        curve.append((time, alive, at_risk))
    return curve


def curves_by_definition(rows, csv):
    cut = statistics.median(float(row[NASTY["f00"]]) for row in rows)
    groups = {"low": [r for r in rows if float(r[NASTY["f00"]]) <= cut], "high": [r for r in rows if float(r[NASTY["f00"]]) > cut]}
    drawn = table(os.path.join(csv, "kaplan_meier_1.csv"))
    for name, own in groups.items():
        mine = [row for row in drawn if row["group"].startswith(name + " (")]
        wanted = kaplan_meier(own)
        expect(len(mine) == len(wanted), f"{name}: {len(mine)} steps, {len(wanted)}")
        for row, (time, alive, at_risk) in zip(mine, wanted):
            expect(float(row["time"]) == time and abs(float(row["survival"]) - alive) < 1e-12 and
                   int(row["n_risk"]) == at_risk, f"{name}: {row}, {time} {alive} {at_risk}")
    stages = {row["group"] for row in table(os.path.join(csv, "kaplan_meier_2.csv"))}
    expect(stages == {"1", "2", "3", "4"}, f"stages {stages}")


def texts(path):
    return " ".join(" ".join(read_page(path).texts).split())


def as_drawn(row, keys):
    """A table's row as its figure has it: ratios of one standard deviation, where the column has more than two values."""
    made = {key: row[key.replace("hr", "hr_sd") if row["sd"] and "hr" in key else key] for key in keys if key != "units"}
    return {**made, "units": row["sd"] or "1"}


def described_alone(where, rows):
    out = report(os.path.join(where, "survive"), os.path.join(where, "alone.html"))
    csv = os.path.join(where, "alone_csv")
    page, shown = read_page(out), texts(out)
    curves_by_definition(rows, csv)
    made = {name: table(os.path.join(where, "survive", name + ".csv")) for name in ("multivariable", "subgroups", "model", "groups", "at_risk")}
    drawn = table(os.path.join(csv, "forest.csv"))
    expect(len(drawn) == 4, f"{len(drawn)} terms")
    for row, wanted in zip(drawn, made["multivariable"]):
        expect(row == as_drawn(wanted, row), f"forest {row}, {wanted}")
    expect([row["units"] == "1" for row in drawn] == [False, False, False, True], f"units {drawn}")
    drawn = table(os.path.join(csv, "subgroups.csv"))
    expect(len(drawn) == 6 and all(row == as_drawn(wanted, row) for row, wanted in zip(drawn, made["subgroups"])),
           f"subgroups {drawn}")
    expect({"figure_kaplan_meier_1", "figure_kaplan_meier_2", "figure_kaplan_meier_3", "figure_forest", "figure_subgroups"} <=
           set(page.ids), f"figures {page.ids}")
    c = float(made["model"][0]["c_index_apparent"])
    for sentence in ("140 patients, 99 with the event", f"{c:.2f}", "C-index of the terms together, apparent",
                     "nothing is held out", "Log-rank p < 0.001", "Cut at the median, which no outcome chose", "not reached",
                     "A ratio is of one standard deviation of the column", "Hazard ratio of one SD, 95 % limits",
                     NASTY["female"], NASTY["male"], " ".join(NASTY["f00"].split()), "At risk"):
        expect(sentence in shown, f"not on the page: {sentence}")
    with open(out, encoding="utf-8") as file:
        text = file.read()
    for name in NASTY.values():
        expect(name not in text or not set(name) & set("<\"'"), f"{name!r} stands on the page as it is")
    at_risk = [row["at_risk"] for row in made["at_risk"] if row["column"] == NASTY["f00"]]
    begin = text.index("figure_kaplan_meier_1")
    figure = text[begin:text.index("</svg>", begin)]
    for number in at_risk:
        expect(f">{number}<" in "".join(figure.split()) or f"{number}</" in "".join(figure.split()), f"{number} at risk is not beneath")
    expect("all patients described, nothing held out" in figure, "the figure does not say what it is of")
    expect("nan" not in shown.lower().split(), "a number that is none")
    about = {row["what"]: row["value"] for row in table(os.path.join(where, "survive", "about.csv"))}
    for sentence in ("140 patients analysed: 99 with the event, 41 censored", "Survival is Kaplan and Meier’s", "ties by Efron",
                     "among all values that leave a share of 0.10", "likelihood ratio of a model with their interaction",
                     f"radmill survive {about['version']} (commit {about['commit']})", f"study_xxh3: {about['study_xxh3']}",
                     f"Time to the event \u201c{about['event']}\u201d ({about['time']})", f"Time ({about['time']})"):
        expect(sentence in shown, f"not on the page: {sentence}")
    expect("stratified" not in shown and "within each" not in shown, "strata that are none")
    expect("Reporting items" not in shown and "ROC" not in shown, "parts of a sweep's page")


def held_out(where, csv):
    """Curves of the chosen pipeline's held-out patients, each above the cut of the patient's own split or not."""
    made = {name: table(os.path.join(where, "times", name + ".csv")) for name in
            ("predictions", "survival_splits", "survival_tests", "time_auc")}
    chosen = [row for row in made["predictions"] if row["pipeline"] == "chosen"]
    for cut in ("median", "learned"):
        at = {row["fold"]: float(row[cut + "_cut"]) for row in made["survival_splits"] if row["pipeline"] == "chosen"}
        drawn = table(os.path.join(csv, f"held_out_{cut}.csv"))
        for group, high in (("low", False), ("high", True)):
            own = [{"months": row["time"], "dead": row["event"]} for row in chosen
                   if (float(row["score"]) > at[row["fold"]]) == high]
            mine = [row for row in drawn if row["group"] == group]
            wanted = kaplan_meier(own)
            expect(len(mine) == len(wanted) > 5, f"{cut} {group}: {len(mine)} steps, {len(wanted)}")
            for row, (time, alive, at_risk) in zip(mine, wanted):
                expect(float(row["time"]) == time and abs(float(row["survival"]) - alive) < 1e-12 and
                       int(row["n_risk"]) == at_risk, f"{cut} {group}: {row}, {time} {alive} {at_risk}")
    shown = texts(os.path.join(where, "time.html"))
    p = [float(row["permutation_p"]) for row in made["survival_tests"]
         if row["pipeline"] == "chosen" and row["repeat"] == "mean" and row["cut"] == "median"]
    expect(f"p of the separation {p[0]:.3f}, by 3 permutations" in shown and "naive" in shown, "p of the separation")
    wanted = {(row["pipeline"], row["time"]): row for row in made["time_auc"]}
    drawn = table(os.path.join(csv, "time_auc.csv"))
    expect({row["pipeline"] for row in drawn} >= {"chosen", "clinical"}, "lines of the AUC")
    for row in drawn:
        of = wanted[row["pipeline"], row["time"]]
        expect((row["auc"], row["low"], row["high"]) == (of["auc"], of["auc_low"], of["auc_high"]), f"AUC {row}")


def added(where, csv):
    shown = texts(os.path.join(where, "time.html"))
    for row in table(os.path.join(where, "times", "survival_added.csv")):
        if row["measure"] == "c_index":
            minus = "\u2212" if float(row["difference"]) < -0.0005 else ""
            expect(f"{row['pipeline']} {row['against']} C-index {minus}{abs(float(row['difference'])):.3f} (" in shown,
                   f"not on the page: {row}")
    made = table(os.path.join(where, "times", "survival_benefit.csv"))
    times = sorted({float(row["time"]) for row in made})
    wanted = {(row["pipeline"], row["threshold"]): row["net_benefit"] for row in made
              if float(row["time"]) == times[len(times) // 2]}
    drawn = {(row["pipeline"], row["threshold"]): row["net_benefit"] for row in table(os.path.join(csv, "time_benefit.csv"))}
    expect(drawn == wanted and len(drawn) > 100, f"net benefit: {len(drawn)} of {len(wanted)}")


def cut_points(where):
    scan = [row for row in table(os.path.join(where, "survive", "cutpoint_scan.csv")) if row["column"] == NASTY["f00"]]
    best = table(os.path.join(where, "survive", "cutpoints.csv"))[0]
    drawn = table(os.path.join(where, "alone_csv", "cutpoint_1.csv"))
    expect(len(drawn) == len(scan) > 50, f"{len(drawn)} cuts of {len(scan)}")
    for row, wanted in zip(drawn, scan):
        expect(all(row[key] == wanted[key] for key in row), f"cut {row}, {wanted}")
    shown = texts(os.path.join(where, "alone.html"))
    for sentence in (f"({best['n_low']} at or below, {best['n_high']} above; {best['events_low']} and {best['events_high']} of them with the event)", "p of the largest of all cuts, by permutations: < 0.001",
                     "No hazard ratio and no log-rank test is given at the learned cut"):
        expect(sentence in shown, f"not on the page: {sentence}")


def of_a_sweep(where):
    board = table(os.path.join(where, "times", "leaderboard.csv"))[0]
    for name, more in (("time", ()), ("both", ("--survive", os.path.join(where, "survive")))):
        out = report(os.path.join(where, "times"), os.path.join(where, name + ".html"), *more)
        page, shown = read_page(out), texts(out)
        for sentence in ("Prediction of the time to dead (months)", f"{float(board['c-index']):.2f} C-index, chosen",
                         "99 with the event, 41 censored", "99 of them with the event", "time and event together"):
            expect(sentence in shown, f"{name}: not on the page: {sentence}")
        for word in ("ROC", "Confusion at", "Sensitivity", "Decision curve, held-out", "Youden", "AUC, chosen", "DeLong"):
            expect(word not in shown, f"{name}: {word} on the page of a time")
        expect(("figure_kaplan_meier_1" in page.ids) == bool(more), f"{name}: {page.ids}")
        expect(not {"figure_roc", "figure_calibration", "figure_waterfall"} & set(page.ids), f"{name}: {page.ids}")
    held_out(where, os.path.join(where, "time_csv"))
    added(where, os.path.join(where, "time_csv"))
    for row in table(os.path.join(where, "both_csv", "cohort.csv")):
        expect(row["events"] == str(sum(r["dead"] == "1" and r["centre"] == row["centre"] for r in table(ORACLE / "survive_table.csv"))),
               f"events of {row}")


def compared(where):
    """The two models' numbers as the tables have them, and the caution before those that need it."""
    shown = texts(os.path.join(where, "alone.html"))
    made = {name: table(os.path.join(where, "survive", name + ".csv")) for name in
            ("nested", "nested_times", "nested_benefit", "reclassification", "nomogram_validation")}
    for name, row, key in (("C-index", made["nested"][0], "c_index"),
                           *((f"AUC at {row['time']}", row, "auc") for row in made["nested_times"])):
        base, larger = (float(row[f"{key}_{side}_apparent"]) for side in ("base", "with"))
        expect(f"{name} {base:.3f} {larger:.3f} {digits(larger - base)}" in shown, f"{name}: not on the page")
    asked = made["reclassification"]
    expect(len(asked) == 9 and 0 < shown.find(asked[0]["caution"]) < shown.find("NRI(>0) both"), "the caution is not before the numbers")
    for row in asked:
        expect(f"{row['of']} {digits(row['apparent'])} ({digits(row['lower'])} to {digits(row['upper'])})" in shown, f"not on the page: {row}")
    c = made["nomogram_validation"][0]
    expect(f"C-index {digits(c['apparent'])} apparent, {digits(c['corrected'])} corrected by 200 resamples" in shown, f"not on the page: {c}")
    drawn = table(os.path.join(where, "alone_csv", "nested_benefit.csv"))
    wanted = [row for row in made["nested_benefit"] if row["time"] == "24"]
    expect(len(drawn) == len(wanted) == 99 and all(row[key] == of[key] for row, of in zip(drawn, wanted) for key in row), "net benefit")


def digits(value):
    return ("\u2212" if round(float(value), 3) < 0 else "") + f"{abs(float(value)):.3f}"


def axis(where):
    """Numbers at risk stand at the study's times, as far as these are followed and have room, at 0 before them, and beyond
    them in their step; at round times where the study's are all beyond the last one (58 months)."""
    for times, ticks in (("[12, 24, 36]", [0, 12, 24, 36, 48]), ("[6, 12, 60]", [6, 18, 30, 42, 54]), ("[500]", [0, 10, 20, 30, 40, 50]),
                         ("[20, 50]", [0, 20, 50])):
        study = write(os.path.join(where, "axis.yaml"), "table: features.csv\nclinical: {file: clinical.csv, by: id}\npatient: id\n"
                      "outcome: {time: months, event: dead}\nfeatures: {match: [\"f*\"]}\n"
                      f"survive:\n  groups: [f01]\n  times: {times}\n")
        done = run("survive", study, "--out", os.path.join(where, "axis"), "--fresh", "-q")
        expect(done.returncode == 0, f"times {times}: {done.stderr}")
        with open(report(os.path.join(where, "axis"), os.path.join(where, "axis.html")), encoding="utf-8") as file:
            svg = file.read().split("<svg", 1)[1].split("</svg>", 1)[0]
        numbers = [float(text) for text in re.findall(r"<text>([0-9.]+)</text>", svg)]
        expect(numbers[:len(ticks)] == ticks and len(numbers) == 3 * len(ticks), f"times {times}: ticks, then two groups: {numbers}")


def said(where):
    """What about.csv tells of an offset, of strata and of a nomogram that could not be made; a part of NRI beyond 1."""
    shutil.copytree(os.path.join(where, "survive"), os.path.join(where, "told"))
    plain = texts(os.path.join(where, "alone.html"))
    terms = [row["term"] for row in table(os.path.join(where, "told", "multivariable.csv"))]
    about = os.path.join(where, "told", "about.csv")
    lines = [row for row in table(about) if row["what"] not in ("offset", "nomogram_missing", "strata_silent", "strata_values")]
    save(about, lines + [{"what": "offset", "value": terms[0]}, {"what": "nomogram_missing", "value": "a ratio runs off"},
                         {"what": "strata_values", "value": "9"}, {"what": "strata_silent", "value": "4"}])
    moved = table(os.path.join(where, "told", "reclassification.csv"))
    moved[1]["upper"] = "1.25"
    save(os.path.join(where, "told", "reclassification.csv"), moved)
    shown = texts(report(os.path.join(where, "told"), os.path.join(where, "told.html")))
    for words in (f"{terms[0]} (the offset*)", "own ratio is not its effect", f"The ratio of {terms[0]}, the offset", "is not drawn: the model\u2019s ratios are not finite (a ratio runs off)",
                  "In 4 of the 9 strata nobody is at risk", "a part beyond 1 comes of it"):
        expect(words in shown and words not in plain, f"\"{words}\" is not said, or is without cause")


def calibrated(where, corrected):
    save(os.path.join(where, "survive", "nomogram_calibration.csv"),
         [{"time": time, "part": k, "n": 30, "predicted_apparent": k / 4, "observed_apparent": k / 5, "observed_lower": k / 8,
           "observed_upper": k / 4, "observed_corrected": k / 6 if corrected else ""} for time in (1, 5) for k in (1, 2, 3)])


def calibration_words(page):
    shown = " ".join(" ".join(page.texts).split())
    return shown[shown.index("Calibration of the nomogram"):].split("What is added")[0]


def nomogram(where):
    """Tables as `radmill survive` writes them, made here: 0.2 a point by exp(-exp(total / 50 - 3) t)."""
    sex = "sex=" + NASTY["male"]
    names = [("dose", "0", 0, 0), ("dose", "10", 10, 100), (sex, NASTY["female"], 0, 0), (sex, NASTY["male"], 1, 35)]
    save(os.path.join(where, "survive", "nomogram.csv"),
         [dict(zip(("term", "label", "value", "points"), row)) for row in names])
    survival = lambda time, total: math.exp(-math.exp(total / 50 - 3) * time)
    save(os.path.join(where, "survive", "nomogram_total.csv"),
         [{"time": time, "total_points": 135 * k / 50, "linear_predictor": 0, "survival": survival(time, 135 * k / 50)}
          for time in (1, 5) for k in range(51)])
    calibrated(where, True)
    page = read_page(report(os.path.join(where, "survive"), os.path.join(where, "points.html")))
    expect({"figure_nomogram", "figure_nomogram_calibration"} <= set(page.ids), f"figures {page.ids}")
    expect("Total points sex dose Points" in " ".join(" ".join(page.texts).split()), "axes of the nomogram")
    drawn = {(row["axis"], row["label"]): float(row["position"]) for row in table(os.path.join(where, "points_csv", "nomogram.csv"))}
    expect(drawn["dose", "10"] == 100 and drawn[sex, NASTY["male"]] == 35 and drawn["Points", "50"] == 50, f"points {drawn}")
    expect(abs(drawn["Total points", "100"] - 100 / 1.35) < 1e-9, f"totals {drawn}")
    shown = 0
    for time in (1, 5):
        for part in (0.99, 0.95, *[k / 10 for k in range(9, 0, -1)], 0.05, 0.01):
            total = 50 * (3 + math.log(-math.log(part) / time))
            at = drawn.get((f"Without the event at {time}", f"{part:g}"))
            expect((at is not None) == (0 <= total <= 135), f"{part} at {time}: {at}, {total}")
            shown += at is not None
            if at is not None:  # between totals that are 2.7 points apart
                expect(abs(at * 1.35 - total) < 0.1, f"{part} at {time}: {at * 1.35}, {total}")
    expect(shown > 12, f"{shown} ticks")
    drawn = table(os.path.join(where, "points_csv", "nomogram_calibration.csv"))
    expect([float(row["observed_corrected"]) for row in drawn] == [k / 6 for _ in (1, 5) for k in (1, 2, 3)], f"calibration {drawn}")
    expect(all(f"at 5, {what}" in calibration_words(page) for what in ("apparent", "corrected")), "the figure does not say what is corrected")
    calibrated(where, False)
    page = read_page(report(os.path.join(where, "survive"), os.path.join(where, "points.html")))
    expect("at 5, apparent" in calibration_words(page) and "at 5, corrected" not in calibration_words(page), "apparent alone")


def long_nomogram(where):
    """Ticks at round values, where the points of a number say; terms that the figure has no room for are told."""
    ranges = [(33, 91), (-2.82442, 2.78383), (12.5, 661000), (0.0003, 0.0007)] + [(0, 1)] * 39
    save(os.path.join(where, "survive", "nomogram.csv"),
         [{"term": f"t{t:02d}", "label": f"{low + (high - low) * k / 10:g}", "value": low + (high - low) * k / 10,
           "points": 100 * k / 10 if t != 1 else 60 - 6 * k} for t, (low, high) in enumerate(ranges) for k in range(11)])
    save(os.path.join(where, "survive", "nomogram_total.csv"),
         [{"time": time, "total_points": 80 * k, "linear_predictor": 0, "survival": math.exp(-time * k / 50)}
          for time in range(1, 9) for k in range(51)])
    out = report(os.path.join(where, "survive"), os.path.join(where, "long.html"))
    drawn = [(row["axis"], row["label"], float(row["position"])) for row in table(os.path.join(where, "long_csv", "nomogram.csv"))]
    for t, (low, high) in enumerate(ranges[:40]):
        own = [(float(label), at) for name, label, at in drawn if name == f"t{t:02d}"]
        expect(len(own) >= 5, f"t{t:02d}: {own}")
        for value, at in own:
            share = (value - low) / (high - low)
            expect(0 <= share <= 1 and abs(at - (100 * share if t != 1 else 60 - 60 * share)) < 1e-6, f"t{t:02d}: {value} at {at}")
        steps = {round(abs(b - a) / (high - low), 9) for (a, _), (b, _) in zip(own, own[1:])}
        expect(len(steps) == 1 and all(float(f"{value:.3g}") == value for value, _ in own), f"t{t:02d}: {own}")
    expect(not any(name in ("t40", "t42") for name, _, _ in drawn), "more terms than there is room for")
    expect({f"Without the event at {time}" for time in range(1, 9)} <= {name for name, _, _ in drawn}, "a time is not drawn")
    shown = texts(out)
    expect("Not drawn: 3 of the 43 terms" in shown, "what is not drawn is not told")
    with open(out, encoding="utf-8") as file:
        text = file.read()
    figure = text[text.index("figure_nomogram"):]
    figure = figure[:figure.index("</svg>")]
    expect(all(f">{label}<" in "".join(figure.split()) or f"{label}</" in "".join(figure.split()) for label in ("40", "60", "80", "400000", "99")),
           "labels at round values")


def long_names(where):
    """Names that differ in their middle alone are told apart beside an axis: every word of them stands there."""
    kinds = [f"log-sigma-3-0-mm-3D_gldm_{size}Dependence{grey}GrayLevelEmphasis" for size in ("Small", "Large") for grey in ("High", "Low")]
    kinds += ["LargeDependenceHighGrayLevelEmphasis.original", "LargeDependenceLowGrayLevelEmphasis.original",
              "M\u00fcller \u65e5\u672c" * 9, "x" * 300, "age"]
    save(os.path.join(where, "survive", "multivariable.csv"),
         [{"term": name, "hr": 1 + k / 9, "hr_lower": 0.8, "hr_upper": 3, "p": 0.04, "alone_hr": 1.1, "alone_hr_lower": 0.9,
           "alone_hr_upper": 1.3, "alone_p": 0.2, "ph_p": 0.5} for k, name in enumerate(kinds)])
    out = report(os.path.join(where, "survive"), os.path.join(where, "names.html"))
    with open(out, encoding="utf-8") as file:
        text = file.read()
    figure = text[text.index("figure_forest"):]
    lines = [" ".join(re.sub("<[^>]*>", "", line).split())
             for line in re.findall("<text>.*?</text>", figure[:figure.index("</svg>")], re.S)]
    for wanted in ("LargeDependenceHighGray", "LargeDependenceLowGray", "LevelEmphasis.original", "age"):
        expect(wanted in lines, f"{wanted} is not beside the axis: {lines}")
    words = [(grey, size) for size in ("Sma", "Lar") for grey in ("High", "Low")]
    for grey, size in words:
        expect(sum(size in line or size in lines[k - 1] for k, line in enumerate(lines) if f"{grey}Gr" in line) >= 1, f"{size} {grey}: {lines}")
    shown = [line for line in lines if "GrayLe" in line or "3D" in line]
    expect(len(set(shown)) >= 5 and all(len(line) <= 26 for line in lines if "Gray" in line or "3D" in line or "xx" in line), f"{lines}")
    expect("Words of long names are shortened" in texts(out), "that names are shortened is not told")


def tests_by_name(where):
    """Each p by its test's name; a limit on one side of 1 is not written as 1; small p among many columns beside chance's."""
    save(os.path.join(where, "survive", "multivariable.csv"),
         [{"term": "age", "hr": 1.4091, "hr_lower": 1.0034, "hr_upper": 1.9724, "p": 0.043, "alone_hr": 0.77, "alone_hr_lower": 0.59,
           "alone_hr_upper": 0.99961, "alone_p": 0.0497, "ph_p": 0.5}])
    small = [0.0001, 0.02, 0.03, 0.05]
    save(os.path.join(where, "survive", "univariable.csv"),
         [{"feature": f"f{k:02d}", "n": 140, "events": 99, "hr": 1.5, "hr_lower": 1.2, "hr_upper": 2, "lrt_p": 0.01 + k / 100,
           "lrt_p_bh": (0.05, 0.050001)[min(k, 1)], "c_index": 0.6, "ph_p": (small + [0.2 + k / 100] * 40)[k]} for k in range(40)])
    page = read_page(report(os.path.join(where, "survive"), os.path.join(where, "named.html")))
    shown = " ".join(" ".join(page.texts).split())
    for sentence in ("Together (95 %) p (Wald) Alone (95 %) p (Wald)", "1.409 (1.003 to 1.972)", "0.7700 (0.5900 to 0.9996)",
                     "Hazard ratio (95 %) p (likelihood ratio)", "1.50 (1.20 to 2.00)", "1 of 40 columns tested alone with p \u2264 0.05",
                     "4 of 40 columns have at most 0.05, where chance alone gives some 2; corrected by Benjamini and Hochberg 1 have"):
        expect(sentence in shown, f"not on the page: {sentence}")


def words_beside_numbers(where):
    """What a number is beside, why one is missing, and what has no row: on the page as in the summary."""
    here = os.path.join(where, "words")
    os.mkdir(here)
    rows = table(ORACLE / "survive_table.csv")
    for k, row in enumerate(rows):
        row["f04"] = "9" if k % 8 else str(k % 9)
        row["f05"] = "1" if row["dead"] == "1" else "0"
        row["stage"] = "one two three four".split()[int(row["stage"]) - 1]
        row["few"] = "no" if row["dead"] == "0" and k % 2 else "yes"
    save(os.path.join(here, "features.csv"), [{key: row[key] for key in ("id", "f00", "f01", "f02", "f04", "f05")} for row in rows])
    save(os.path.join(here, "clinical.csv"), [{key: row[key] for key in row if not key.startswith("f") or key == "few"} for row in rows])
    study = ("table: features.csv\nclinical: {file: clinical.csv, by: id, use: [age, sex, stage, few]}\npatient: id\n"
             "outcome: {time: months, event: dead}\nfeatures: {match: [\"f0*\"]}\nsurvive:\n  times: [12, 24]\n")

    def page_of(asked, name, said=study):
        done = run("survive", write(os.path.join(here, name + ".yaml"), said + asked), "--out", os.path.join(here, name))
        expect(done.returncode == 0, f"{name}: {done.stderr}")
        return texts(report(os.path.join(here, name), os.path.join(here, name + ".html"))), done.stdout

    shown, _ = page_of("  groups: [f01, f04]\n  offset: published\n  cox: [f00, f01, f02, age, sex, stage, few]\n", "offset")
    wanted = ["10 features and clinical columns (1 of three or more texts)", ", beside the offset published, of which the tests do not know, ",
              "Not here, as of three or more texts: stage: such columns are groups, subgroups or terms of models",
              "Of f04 no groups are made: more than half of the patients have its largest value"]
    expect(all(words in shown for words in wanted), f"not on the page: {[words for words in wanted if words not in shown]}")
    events = float(table(os.path.join(here, "offset", "model.csv"))[0]["events"])
    expect(f"Caution : {events / 9:.1f} events a term; below 10 ratios" in shown or events / 9 >= 10, f"{events} events of 9 terms")
    shown, _ = page_of("  groups: [sex, f01]\n  strata: sex\n  subgroups: {of: f00, by: [few]}\n"
                       "  compare: {base: [age], with: [f00], reclassification: {time: 500, resamples: 3}}\n", "strata")
    wanted = ["No test or ratio: within a stratum there is one group.", "Tests and ratio within each sex.",
              "by the own baseline of the patient\u2019s sex, and so of what lies between", "no events", "\u2013: no estimate: "]
    expect(all(words in shown for words in wanted), f"not on the page: {[words for words in wanted if words not in shown]}")
    expect(shown.count("Tests and ratio within each sex.") == 1, "the stratum's own groups are tested within it")
    shown, said = page_of("  cox: [f05, age]\n  compare: {base: [age], with: [f05]}\n", "runs_off")
    c = float(table(os.path.join(here, "runs_off", "model.csv"))[0]["c_index_apparent"])
    wanted = [f"{c:.2f} C-index of the terms together", "The fit: no finite hazard ratio of f05: it tells the order of the events (separation)",
              "so that there is no AUC or net benefit"]
    expect(all(words in shown for words in wanted), f"not on the page: {[words for words in wanted if words not in shown]}")
    model = table(os.path.join(here, "runs_off", "model.csv"))
    save(os.path.join(here, "runs_off", "model.csv"), [{**model[0], "c_index_apparent": "", "c_index_se": ""}])
    shown = texts(report(os.path.join(here, "runs_off"), os.path.join(here, "no_c.html")))
    expect("The terms together have no C-index: no finite hazard ratio of f05" in shown and "C-index of the terms together" not in shown,
           "a headline without a number")


def refused(where):
    out, other = os.path.join(where, "r.html"), os.path.join(where, "other")
    shutil.copytree(os.path.join(where, "survive"), other)
    rows = table(os.path.join(other, "about.csv"))
    save(os.path.join(other, "about.csv"), [dict(row, value="others.csv") if row["what"] == "table" else row for row in rows])
    cases = [((os.path.join(where, "times"), "--survive", other, "--out", out), "is of the table others.csv"),
             ((os.path.join(where, "survive"), "--survive", os.path.join(where, "survive"), "--out", out), "goes with a sweep's folder"),
             ((os.path.join(where, "times"), "--survive", os.path.join(where, "times"), "--out", out), "univariable.csv"),
             ((os.path.join(where, "survive"), "--out", os.path.join(where, "survive", "curves.csv")), "read here")]
    for arguments, sentence in cases:
        done = run("report", *arguments)
        expect(done.returncode in (2, 3) and sentence in done.stderr, f"{sentence}: {done.returncode} {done.stderr}")
    expect(not os.path.exists(out), "a page all the same")
    for option, name, text in (("--out", "patients.csv", "id,months,dead\np1,3,1\n"), ("--out", "paper.html", "<!DOCTYPE html>\n<title>Paper</title>\n"),
                               ("--pdf", "patients.csv", "id,months,dead\np1,3,1\n")):
        theirs = write(os.path.join(where, name), text)
        done = run("report", os.path.join(where, "survive"), *(("--out", out) if option == "--pdf" else ()), option, theirs)
        with open(theirs, encoding="utf-8") as file:
            kept = file.read() == text
        expect(done.returncode == 2 and "is there already and is no " in done.stderr and kept, f"{name}: {done.returncode} {done.stderr} {kept}")
        expect(not os.path.exists(os.path.splitext(theirs)[0] + "_csv") and not os.path.exists(out), f"{name}: work before the refusal")
    again = os.path.join(where, "again.html")
    report(os.path.join(where, "survive"), again)
    report(os.path.join(where, "survive"), again)
    for name in os.listdir(os.path.join(where, "survive")):
        if name.endswith(".csv") and name != "univariable.csv":
            os.remove(os.path.join(where, "survive", name))
    shown = texts(report(os.path.join(where, "survive"), out))
    expect("Each column alone" in shown, "a folder of one table")


need_gnuplot()
with folder() as where:
    cohort = survival(where)
    described_alone(where, cohort)
    compared(where)
    cut_points(where)
    of_a_sweep(where)
    said(where)
    axis(where)
    nomogram(where)
    long_nomogram(where)
    long_names(where)
    tests_by_name(where)
    words_beside_numbers(where)
    refused(where)
    expect(not any("INJECTED" in name for _, _, files in os.walk(where) for name in files), "a name was run")
finish("report_survival")
