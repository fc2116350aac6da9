#!/usr/bin/env python3
"""Writes seeds/TARGET: sound files, small and of every kind that a reader knows, for a fuzzer to change. Those of programs
(journal, model, h5ad) are what the programs write; the rest is written here.
Usage: make_seeds.py FOLDER_OF_TEST_PROGRAMS RADMILL
"""
import gzip
import os
import shutil
import struct
import subprocess
import sys
import tempfile

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "e2e"))
import nifti
import score_cases
from program import SIZE, content, image_voxels, mask_voxels, run, write

ANOVA = "{univariate: {test: anova, k: 4}}"
VOXELS = bytes(i * 37 % 256 for i in range(1024))


def put(target, name, data):
    os.makedirs(os.path.join(HERE, "seeds", target), exist_ok=True)
    with open(os.path.join(HERE, "seeds", target, name), "wb") as file:
        file.write(data.encode() if isinstance(data, str) else data)


def nifti_1(datatype, bits, slope):
    """5 x 4 x 3 voxels with qform, sform and, where not 0, a slope."""
    header = bytearray(352)
    struct.pack_into("<i", header, 0, 348)
    struct.pack_into("<8h", header, 40, 3, 5, 4, 3, 1, 1, 1, 1)
    struct.pack_into("<2h", header, 70, datatype, bits)
    struct.pack_into("<8f", header, 76, 1, 0.5, 0.75, 2, 1, 1, 1, 1)
    struct.pack_into("<2f", header, 108, 352, slope)
    struct.pack_into("<2h", header, 252, 1, 1)
    for axis in range(3):
        struct.pack_into("<f", header, 280 + 20 * axis, 1)
    header[123], header[344:348] = 2, b"n+1\0"
    return bytes(header) + VOXELS[:60 * bits // 8]


def nifti_2(datatype, bits):
    header = bytearray(544)
    struct.pack_into("<i8s2h8q", header, 0, 540, b"n+2\0\r\n\x1a\n", datatype, bits, 3, 5, 4, 3, 1, 1, 1, 1)
    struct.pack_into("<8d", header, 104, 1, 0.5, 0.75, 2, 1, 1, 1, 1)
    struct.pack_into("<q", header, 168, 544)
    struct.pack_into("<2i", header, 344, 1, 1)
    for axis in range(3):
        struct.pack_into("<d", header, 400 + 40 * axis, 1)
    return bytes(header) + VOXELS[:60 * bits // 8]


def images():
    kinds = {"int16": nifti_1(4, 16, 0), "float64": nifti_1(64, 64, 2), "v2-int16": nifti_2(4, 16), "v2-float64": nifti_2(64, 64),
             "uint8": nifti_1(2, 8, 0)}
    for name, data in kinds.items():
        put("nifti", name + ".nii", data)
        put("nifti_gz", name + ".nii.gz", gzip.compress(data, mtime=0))
    halves = kinds["int16"][:400], kinds["int16"][400:]
    put("nifti_gz", "members.nii.gz", b"".join(gzip.compress(h, mtime=0) for h in halves))
    gz = lambda data: gzip.compress(data, mtime=0)
    put("nrrd", "short.nrrd", b"NRRD0004\n# made\ntype: short\ndimension: 3\nspace: left-posterior-superior\nsizes: 5 4 3\n"
        b"space directions: (0.5,0,0) (0,0.75,0) (0,0.1,2)\nkinds: domain domain domain\nendian: little\n"
        b"encoding: raw\nspace origin: (-1.5,2.25,3)\nkey:=value\n\n" + VOXELS[:120])
    put("nrrd", "double.nrrd", b"NRRD0005\ntype: double\ndimension: 4\nsizes: 2 5 4 3\nspacings: nan 0.5 0.75 2\nendian: big\n"
        b"encoding: raw\nkinds: vector domain domain domain\nbyte skip: -1\n\n" + VOXELS[:960])
    put("nrrd", "skips.nrrd", b"NRRD0001\ntype: uchar\ndimension: 3\nsizes: 5 4 3\nencoding: raw\nline skip: 1\nbyte skip: 2\n"
        b"axis mins: 1 2 3\naxis maxs: 4 5 6\ncenters: cell node ???\n\nskipped\n.." + VOXELS[:60])
    put("nrrd", "float-gz.nrrd", b"NRRD0004\ntype: float\ndimension: 3\nspace: RAS\nsizes: 5 4 3\n"
        b"space directions: (1,0,0) (0,1,0) (0,0,1)\nendian: little\nencoding: gzip\n\n" + gz(VOXELS[:240]))
    put("nrrd", "list-gz.nrrd", b"NRRD0004\r\ntype: int\r\ndimension: 4\r\nsizes: 5 4 3 2\r\nspace dimension: 3\r\n"
        b"space directions: (1,0,0) (0,1,0) (0,0,1) none\r\nkinds: domain domain domain list\r\nendian: little\r\n"
        b"encoding: gzip\r\nbyte skip: 4\r\n\r\n" + gz(VOXELS))


def texts():
    put("manifest", "all.csv", "ID,Image,Mask,Label,Label_channel,Sequence,Timepoint,Reader,age\n"
        "p1,a.nii.gz,./m//a.nii.gz,1,0,T1,1,A,63\np1,/data/b.nrrd,m/b.nhdr,1;2;5,,T2,1.0,B,\n\"p 2\",c.nii,c.nii,1+3,,,,,\"a \"\"b\"\"\"\n"
        "p3,d.nii,d.nii,all,,,,,\n")
    put("manifest", "bare.csv", "\ufeffImage,Mask\r\n\"a, b.nii\",m.nii\r\n\r\nü.nii.gz,../m.nii.gz\r\n")
    put("manifest", "short.csv", "Image,Mask,Label\na.nii,m.nii\nb.nii,m.nii,4294967295\nc.nii,,1\nd.nii,m.nii,1 + 2; 3\n")
    put("params", "all.yaml", "imageType:\n  Original: {}\n  LoG: {sigma: [1.0, 3], binWidth: 10}\n  Wavelet: {wavelet: coif1, level: 2}\n"
        "  Gradient: {gradientUseSpacing: false}\n  LBP2D: {lbp2DRadius: 2.5}\n  LBP3D: {}\n  SquareRoot: {}\n"
        "featureClass:\n  shape:\n  firstorder: [Mean, 'Energy']\n  glcm: []\nsetting:\n  binWidth: 25\n  label: 1\n"
        "  resampledPixelSpacing: [1, 1, 0]\n  interpolator: sitkBSpline\n  padDistance: 5\n  normalize: true\n"
        "  resegmentRange: [-3, 3]\n  resegmentMode: sigma\n  distances: [1, 2]\n  weightingNorm: euclidean\n"
        "  minimumROISize: 10\n  geometryTolerance: 1.0e-4\n")
    put("params", "json.yaml", '{"imageType": {"Original": {"binCount": 32}}, "setting": {"force2D": true, "force2Ddimension": 1}}')
    put("params", "classes.yaml", "setting: {label: &two 2, distances: [1, *two]}\nfeatureClass: {glrlm: null, gldm: , ngtdm: [], "
        "glszm: [ZoneEntropy]}\nimageType: {Exponential: {}, Logarithm: {}, Square: {}}\n")
    for name in ("ibsi_A", "ibsi_E", "ibsi2_4B", "ibsi2_8A", "ibsi2_9B", "ibsi_phantom"):
        shutil.copy(os.path.join(HERE, "..", "..", "jobs", "params", name + ".yaml"), folder("params_ibsi"))
    put("study", "small.yaml", "table: t.csv\npatient: id\noutcome: {class: y}\nfeatures: {match: [f*]}\nmodels: {logistic: {C: [0.1, 1]}}\n")
    put("study", "outcomes.yaml", "table: {file: t.h5ad, rows: {reader: 1, label: '2'}}\nclinical: {file: c.csv, by: id, use: [age], "
        "as: control}\npatient: id\ncentre: c\noutcome: [{class: y, positive: yes}, {value: v}, {classes: g, name: who}]\n\n"
        "pivot: {by: [Timepoint], delta: {from: 1, to: 2, relative: true}}\nfeatures: {match: ['*'], allow: [f1]}\n"
        "split: {leave_out: centre}\ninner: {kfold: 3, repeats: 2, metric: auc, choose: one_se}\n"
        "prepare: [{icc: {readers: r, form: '3,k'}}, {combat: {batch: c, covariates: [age]}}, {scale: robust}]\n"
        "select: {a: [{mrmr: {k: 5}}, {rfe: {to: 4}}], none: []}\n"
        "models: {svm-rbf: {C: [1, 10], gamma: 0.1}, forest: {trees: 50}, linear: {}, lda: {}}\ncontrols: {permute: 10, baselines: true}\n"
        "report: {file: r.csv, by: feature, columns: [icc]}\n")
    shutil.copy(os.path.join(HERE, "..", "..", "docs", "study.yaml"), folder("study"))
    put("model", "plain.json", '{"type": "logistic", "name": "n", "source": "paper", "intercept": -0.5, "threshold": 0.25,\n'
        '"features": [{"name": "a", "coef": 1.5}, {"name": "b", "coef": -2e-3}],\n"standardise": {"means": [1, 2], "sds": [3, 4]}}\n')
    put("model", "named.json", '{"type":"logistic","intercept":0,"features":[{"name":"a","coef":1}],"standardise":{"means":{"a":1},'
        '"sds":{"a":"Inf"}}}')


def folder(target):
    where = os.path.join(HERE, "seeds", target)
    os.makedirs(where, exist_ok=True)
    return where


def journals(where, programs):
    for name, options in {"units": ["--tasks", "6", "--units", "3"], "none": ["--tasks", "0"]}.items():
        at = os.path.join(where, name)
        subprocess.run([os.path.join(programs, "farm_program"), at, *options], check=True, stdout=subprocess.DEVNULL,
                       env=dict(os.environ, OMPI_MCA_ess_singleton_isolated="1"))
        put("journal", name, content(os.path.join(at, "journal")))
    subprocess.run([os.path.join(programs, "farm_program"), os.path.join(where, "crash"), "--tasks", "3", "--crash", "1",
                    "--signal", "11"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL,
                   env=dict(os.environ, OMPI_MCA_ess_singleton_isolated="1"))
    subprocess.run([os.path.join(programs, "farm_program"), os.path.join(where, "crash"), "--tasks", "3"],
                   stdout=subprocess.DEVNULL, env=dict(os.environ, OMPI_MCA_ess_singleton_isolated="1"))
    put("journal", "crashed", content(os.path.join(where, "crash", "journal")))


def models(where):
    studies = {
        "combat-logistic": dict(prepare="{impute: median}, " + score_cases.COMBAT % "own" + ", {scale: zscore}"),
        "svm": dict(prepare="{scale: robust}", models="{svm-rbf: {C: 1}}", edit=lambda rows: rows[:30]),
        "trees": dict(prepare="{impute: {method: nearest}}", models="{forest: {trees: 3, max_depth: 2}}", use="age"),
        "neighbours": dict(prepare="{scale: yeo-johnson}, {pca: {k: 3}}", select="", models="{knn: {k: 3}}",
                           edit=lambda rows: rows[:30]),
        "classes": dict(prepare="", outcome="{classes: grade}", models="{naive-bayes: {}}", select=ANOVA, use="age",
                        edit=lambda rows: [dict(row, grade="xyz"[int(row["age"]) % 3]) for row in rows]),
        "number": dict(prepare="{redundancy: {cutoff: 0.8}}", outcome="{value: f11}", models="{linear: {}}", match='"f0*"', select=ANOVA,
                       use="age"),
    }
    for name, options in studies.items():
        put("model", name + ".json", content(score_cases.sweep(where, name, **options)))


def tables(where, programs):
    subprocess.run([os.path.join(programs, "make_h5ad"), os.path.join(where, "t.h5ad"), "7", "3"], check=True)
    put("h5ad", "types.h5ad", content(os.path.join(where, "t.h5ad")))
    nifti.write(os.path.join(where, "i.nii"), "int16", SIZE, (1.0, 1.25, 2.5), image_voxels(0))
    nifti.write(os.path.join(where, "m.nii"), "uint8", SIZE, (1.0, 1.25, 2.5), mask_voxels())
    write(os.path.join(where, "c.csv"), "ID,Image,Mask,Label\na,i.nii,m.nii,1;2\n")
    write(os.path.join(where, "p.yaml"), "featureClass: {firstorder: [Mean, Skewness]}\n")
    run("extract", "c.csv", "--params", "p.yaml", "--out", "f.h5ad", cwd=where)
    put("h5ad", "features.h5ad", content(os.path.join(where, "f.h5ad")))


def main():
    programs = sys.argv[1]
    shutil.rmtree(os.path.join(HERE, "seeds"), ignore_errors=True)
    images()
    texts()
    with tempfile.TemporaryDirectory() as where:
        journals(where, programs)
        models(where)
        tables(where, programs)


main()
