"""The image half of docs/oracles.md, for table.py: features, filters, interpolators and diagnostics, each of which the program
itself names (build/tests/catalogue), with what the tests measured of it."""
import math
import os
import re
import textwrap

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
# What stands before the "/" of a case that is the image half's, and the heading of its table.
SECTIONS = {
    "PyRadiomics": "Features of PyRadiomics",
    "PyRadiomics image": "Image types of PyRadiomics",
    "PyRadiomics interpolator": "Resampling of PyRadiomics",
    "PyRadiomics wavelet": "Wavelets",
    "PyRadiomics diagnostics": "Diagnostics of PyRadiomics",
    "IBSI-1": "Features of IBSI-1",
    "IBSI-1 part": "Solids of IBSI-1",
    "IBSI-1 interpolator": "Interpolation of IBSI-1",
    "IBSI-2 filter": "Filters of IBSI-2",
    "IBSI-2 phase 2": "Features on the filters of IBSI-2",
}
IMAGE_TYPES = (("original", "Original"), ("log-sigma", "LoG"), ("wavelet", "Wavelet"), ("squareroot", "SquareRoot"),
               ("square", "Square"), ("logarithm", "Logarithm"), ("exponential", "Exponential"), ("gradient", "Gradient"),
               ("lbp-2D", "LBP2D"), ("lbp-3D", "LBP3D"))
IBSI2_CODES = {"Mean": "S60F", "LoG": "L6PA", "Laws": "JTXT", "Gabor": "Q88H", "Wavelet": "25BO", "Simoncelli": "PRT7",
               "Riesz": "AYRS"}
AGGREGATION = re.compile(r"_(2D|2_5D|3D)(_avg|_comb)?$")


def bound(value):
    """A power of ten above it: what is measured moves with the processor, its size hardly."""
    return "0" if value == 0 else f"1e{max(-16, math.ceil(math.log10(value) - 1e-9)):d}"


def found_of(kind, worst, within):
    """"1e-13 of 1e-10"."""
    allowed = f"{within:.0e}".replace("e-0", "e-") if within > 0 else "0"
    found = bound(worst) if worst == 0 or float(bound(worst)) < within else allowed
    return f"{found} of {allowed}{' abs' if kind == 'absolute' and within > 0 else ''}"


def catalogue(text):
    """[(section, name, code, what it is of, words)] of all that the program computes."""
    return [tuple(line.split("\t")) for line in text.splitlines()]


class Compared:
    """Comparisons of one thing."""

    def __init__(self):
        self.n, self.exact, self.exceptional = 0, 0, 0  # all, those that must be equal, those with a tolerance of 1e-3
        self.groups = {}  # {(kind, decade of the tolerance): [worst, tolerance, largest part of a tolerance]}

    def add(self, kind, n, worst, within):
        self.n += n
        self.exact += n if within == 0 else 0
        self.exceptional += n if within == 1e-3 else 0
        self._widen((kind, math.ceil(math.log10(within) - 1e-9) if within > 0 else -99),
                    (worst, within, worst / within if within > 0 else 0.0))

    def merge(self, other):
        self.n, self.exact = self.n + other.n, self.exact + other.exact
        for key, values in other.groups.items():
            self._widen(key, values)

    def _widen(self, key, values):
        group = self.groups.setdefault(key, [0.0, 0.0, 0.0])
        group[:] = (max(pair) for pair in zip(group, values))

    def part(self):
        return max((part for _, _, part in self.groups.values()), default=0.0)

    def found(self):
        """The tightest tolerance first; a wider one where something was further off. Absolute ones of several sizes, which
        follow the numbers', in one: the largest part of a tolerance."""
        lines, furthest = [], -1.0
        for (kind, _), (worst, within, _) in sorted(self.groups.items(), key=lambda item: item[0][1]):
            if kind == "relative" and worst > furthest:
                lines.append(found_of(kind, worst, within))
                furthest = worst
        absolute = sorted((group for (kind, _), group in self.groups.items() if kind == "absolute" and (group[1] > 0 or not lines)),
                          key=lambda group: group[1])
        if len(absolute) == 1:
            lines.append(found_of("absolute", *absolute[0][:2]))
        elif absolute:
            lines.append(f"{max(group[2] for group in absolute):.1g} of the tolerance, {absolute[0][1]:.0e} to {absolute[-1][1]:.0e} abs"
                         .replace("e-0", "e-"))
        return "<br>".join(lines)


def read_log(log):
    """{section: {name: {oracle: Compared}}}"""
    found = {section: {} for section in SECTIONS}
    with open(log) as lines:
        for line in lines:
            _, case, oracle, kind, n, worst, within, _ = line.rstrip("\n").split("\t")
            section, _, name = case.partition("/")
            if section in SECTIONS and int(n) > 0:
                found[section].setdefault(name, {}).setdefault(oracle, Compared()).add(kind, int(n), float(worst), float(within))
    return found


def together(compared):
    """Of several names or oracles: one Compared."""
    out = Compared()
    for one in compared:
        out.merge(one)
    return out


def image_type(image):
    return next((type_ for prefix, type_ in IMAGE_TYPES if image.startswith(prefix)), image)


def by_feature(columns):
    """{feature: {image type: {oracle: Compared}}} of columns "log-sigma-1-0-mm-3D_glcm_Idmn"."""
    out = {}
    for column, oracles in columns.items():
        image, _, feature = column.partition("_")
        kept = out.setdefault(feature, {}).setdefault(image_type(image), {})
        for oracle, compared in oracles.items():
            kept.setdefault(oracle, Compared()).merge(compared)
    return out


def heading(section, words, *columns):
    return ["", f"### {SECTIONS[section]}", "", *textwrap.wrap(words, 125, break_on_hyphens=False), "", "| " + " | ".join(columns) + " |", "|---" * len(columns) + "|"]


def row(*cells):
    return "| " + " | ".join(str(cell) for cell in cells) + " |"


def total(found, section):
    return together(c for oracles in found[section].values() for c in oracles.values()).n


def pyradiomics_features(shipped, found):
    features, bare = by_feature(found["PyRadiomics"]), []
    of_section = [entry for entry in shipped if entry[0] == "PyRadiomics"]
    types = [entry[1] for entry in shipped if entry[0] == "PyRadiomics image"]
    page = heading("PyRadiomics", f"{len(of_section)} features, {total(found, 'PyRadiomics')} numbers. Defined by: PyRadiomics' documentation, "
                   "module `radiomics.` and the class before `_`; the code is IBSI's where IBSI's number is the same one. A "
                   "deprecated feature is computed where it is named. A difference of up to 1e-12 counts as none in tables of whole runs. "
                   "*On filters' images*: of every image type together. Texture on LoG images may be off by 1e-3 where a float32 "
                   "voxel falls into the next bin, in at most 0.5 % of a table's values; "
                   f"{sum(c.exceptional for oracles in found['PyRadiomics'].values() for c in oracles.values())} do.",
                   "feature", "IBSI", "held against", "numbers", "found of allowed", "on filters' images: numbers", "found of allowed")
    for _, name, code, class_, words in of_section:
        measured = features.get(name, {})
        original = measured.get("Original", {})
        if not original:
            bare.append(f"PyRadiomics {name}")
            continue
        of_mask = class_.startswith("shape")
        if not of_mask and not words:
            bare += [f"PyRadiomics {name} on {type_}" for type_ in types if type_ not in measured]
        rest = together(c for type_, oracles in measured.items() if type_ != "Original" for c in oracles.values())
        mine = together(original.values())
        page.append(row(f"`{name}`" + (f" ({words})" if words else ""), code, "; ".join(sorted(original)), mine.n, mine.found(),
                        rest.n or "", rest.found()))
    return page, bare


def pyradiomics_images(shipped, found):
    features, bare = by_feature(found["PyRadiomics"]), []
    page = heading("PyRadiomics image", "Defined by: PyRadiomics' documentation, `radiomics.imageoperations`. *Voxels*: the image itself; "
                   "*features*: of ROIs in it, by the table above.",
                   "image type", "voxels held against", "voxels", "found of allowed", "features' numbers", "found of allowed")
    for section, name, *_ in shipped:
        if section != "PyRadiomics image":
            continue
        voxels = found[section].get(name, {})
        of = together(c for types in features.values() for c in types.get(name, {}).values())
        if of.n == 0 or not voxels and name != "Original":
            bare.append(f"PyRadiomics image type {name}")
            continue
        mine = together(voxels.values())
        page.append(row(f"`{name}`", "; ".join(sorted(voxels)) or "the image itself", mine.n or "", mine.found(), of.n, of.found()))
    return page, bare


def plain(section, shipped, found, words, what, shorten=lambda name: name, extra=()):
    """A row a name, whatever the oracle."""
    page, bare = heading(section, words, what, "held against", "numbers", "found of allowed"), []
    names = [name for kind, name, *_ in shipped if kind == section]
    for name in [*names, *extra]:
        oracles = found[section].get(name, {})
        if not oracles:
            bare.append(f"{section} {name}")
            continue
        mine = together(oracles.values())
        page.append(row(f"`{shorten(name)}`", "; ".join(sorted(oracles)), mine.n, mine.found()))
    return page, bare


def ibsi_features(shipped, found):
    """A row a feature; its aggregations have an oracle each, or it is not complete."""
    columns = [entry for entry in shipped if entry[0] == "IBSI-1"]
    features, bare = {}, []
    for _, tag, code, family, name in columns:
        texture = family in ("glcm", "glrlm", "glszm", "gldzm", "ngtdm", "ngldm")
        base = AGGREGATION.sub("", tag) if texture else tag
        features.setdefault((family, base, code, name), []).append(tag)
        if not found["IBSI-1"].get(tag):
            bare.append(f"IBSI-1 {tag}")
    page = heading("IBSI-1", f"{len(features)} features, {len(columns)} with their aggregations, {total(found, 'IBSI-1')} numbers. Defined by: the "
                   "IBSI reference manual, under the feature's code. *Consensus*: IBSI's values "
                   "of the digital phantom and of configurations A, B and C on the CT phantom, through `radmill extract` and `jobs/params/ibsi_*.yaml`; of D and E none are "
                   "at hand. "
                   "*Of the tolerance*: the largest deviation from the value, rounded to three digits as IBSI asks, as a part of IBSI's "
                   "tolerance; *=*: all values have tolerance 0 and are equal in three digits. Programs have all digits; those within "
                   "5e-4 hang on the triangles of a mesh, which MIRP cuts otherwise, 1e-6 and 1e-7 on MIRP's single precision.",
                   "feature", "tag", "code", "aggregations", "consensus: values", "of the tolerance", "held against", "numbers", "found of allowed")
    for (family, base, code, name), tags in features.items():
        consensus, others = Compared(), {}
        for tag in tags:
            for oracle, compared in found["IBSI-1"].get(tag, {}).items():
                if oracle == "IBSI-1 consensus":
                    consensus.merge(compared)
                else:
                    others.setdefault(oracle, Compared()).merge(compared)
        mine = together(others.values())
        part = "none" if consensus.n == 0 else "=" if consensus.exact == consensus.n else f"{consensus.part():.2f}"
        page.append(row(name, f"`{base}`", code, len(tags), consensus.n or "not standardised", part if consensus.n else "",
                        "; ".join(sorted(others)), mine.n or "", mine.found()))
    return page, bare


def ibsi_filters(shipped, found):
    page = heading("IBSI-2 filter", "Defined by: the IBSI reference manual 2 (image filters), under the code. *Response maps*: of phase 1, "
                   "through `radmill filter`; every one of a map's 262144 voxels is compared; the largest difference, as a part of the "
                   "1 % of the map's range that IBSI allows.",
                   "filter", "code", "response maps", "of the tolerance", "held against", "numbers", "found of allowed")
    bare, names = [], [name for section, name, *_ in shipped if section == "IBSI-2 filter"]
    for name in [*names, *sorted(name for name in found["IBSI-2 filter"] if name not in names)]:  # parts, kernels without a key
        oracles = dict(found["IBSI-2 filter"].get(name, {}))
        if not oracles:
            bare.append(f"IBSI-2 filter {name}")
            continue
        maps = oracles.pop("IBSI-2 consensus, response map", Compared())
        mine = together(oracles.values())
        page.append(row(f"`{name}`", " + ".join(IBSI2_CODES.get(part.split(",")[0], "") for part in name.split(" + ")), maps.n or "",
                        f"{maps.part():.2g}" if maps.n else "", "; ".join(sorted(oracles)), mine.n or "", mine.found()))
    return page, bare


def ibsi_phase_2(found):
    page = heading("IBSI-2 phase 2", "Parameter files of `jobs/params`, through `radmill extract` on the CT phantom: the statistics (UHIW) of the "
                   "response. *Of the tolerance*: as for IBSI-1.",
                   "parameter file", "held against", "values", "of the tolerance")
    without = []
    for file in sorted(os.listdir(os.path.join(ROOT, "jobs", "params"))):
        name = file.removesuffix(".yaml")
        if not name.startswith("ibsi2_"):
            continue
        oracles = found["IBSI-2 phase 2"].get(name, {})
        if not oracles:
            without.append(f"`{name}`")
            continue
        mine = together(oracles.values())
        page.append(row(f"`{name}`", "; ".join(sorted(oracles)), mine.n, f"{mine.part():.2f}"))
    if without:
        page += ["", f"Files for which the reference data have no values: {', '.join(without)}."]
    return page, []


def image(log, shipped):
    """The page's half, and what has no oracle."""
    found = read_log(log)
    parts = [
        (["## PyRadiomics"], []), pyradiomics_features(shipped, found), pyradiomics_images(shipped, found),
        plain("PyRadiomics interpolator", shipped, found, "Defined by: SimpleITK, as `radiomics.imageoperations` calls it. Twelve voxels "
              "a case stand as numbers; of images that are not float64 every voxel is equal, by a checksum, and so are grid and mask of all.",
              "interpolator", extra=["preCrop"]),
        plain("PyRadiomics wavelet", shipped, found, "Defined by: PyWavelets. Of both analysis filters: sums, sums of squares, first moments, and "
              "the taps at the ends, which are equal to the last bit.", "wavelet"),
        plain("PyRadiomics diagnostics", shipped, found, "Defined by: PyRadiomics' documentation, `radiomics.generalinfo`. Texts and counts are equal to "
              "the letter; intensities of an interpolated image may differ in their last bits.", "column"),
        (["", "## IBSI"], []), ibsi_features(shipped, found),
        plain("IBSI-1 part", shipped, found, "Parts of morphology by themselves.", "solid", extra=sorted(found["IBSI-1 part"])),
        plain("IBSI-1 interpolator", shipped, found, "Of image and mask.", "method"),
        ibsi_filters(shipped, found), ibsi_phase_2(found),
    ]
    return "\n".join(line for page, _ in parts for line in page), [name for _, bare in parts for name in bare]


def without_row(shipped, page):
    """What the program computes and the page has no row for."""
    tables = {}
    for part in page.split("\n### ")[1:]:
        title, _, body = part.partition("\n")
        tables[title] = {cell for line in body.splitlines() if line.startswith("| ")
                         for cell in re.findall(r"`([^`]+)`", " ".join(line.split(" | ")[:2]))}
    bare = []
    for section, name, _, family, _ in shipped:
        texture = section == "IBSI-1" and family in ("glcm", "glrlm", "glszm", "gldzm", "ngtdm", "ngldm")
        if (AGGREGATION.sub("", name) if texture else name) not in tables.get(SECTIONS[section], ()):
            bare.append(f"{section} {name}")
    return bare
