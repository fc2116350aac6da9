"""Does anndata read what io/h5ad_write.c writes, and io/h5ad_read.c what anndata writes? Names, obs columns and their types, X, NaN, the layer of reasons, uns;
with every warning an error. Oracle: anndata and h5py themselves, in a virtual environment of this test's own.

Usage: anndata_reads.py MAKE_H5AD FOLDER        ($RADMILL_ANNDATA_PYTHON: an interpreter that has both already)
"""
import os
import pathlib
import subprocess
import sys


def skip(why):
    print("skipped:", why)
    sys.exit(1 if os.environ.get("CI") == "true" else 77)


def interpreter(folder):
    """The path of a Python that can import anndata and h5py."""
    given = os.environ.get("RADMILL_ANNDATA_PYTHON")
    if given:
        return given
    python = folder / "venv" / "bin" / "python"
    have = [str(python), "-c", "import anndata, h5py"]
    if python.exists() and subprocess.run(have, capture_output=True).returncode == 0:
        return str(python)
    for command in ([sys.executable, "-m", "venv", "--clear", str(folder / "venv")],
                    [str(python), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "anndata", "h5py"]):
        made = subprocess.run(command, capture_output=True, text=True)
        if made.returncode != 0:
            skip(f"{' '.join(command)}: {(made.stderr or made.stdout).strip().splitlines()[-1:]}")
    return str(python)


def check(path, n_rows, n_columns):
    import anndata
    import numpy as np

    a = anndata.read_h5ad(path)
    assert a.shape == (n_rows, n_columns), a.shape
    assert list(a.obs_names) == [f"p{r:06d}|1" for r in range(n_rows)]
    assert list(a.var_names) == [f"original_glcm_F{c}" for c in range(n_columns)]
    r, c = np.indices((n_rows, n_columns))
    missing = (r + c) % 7 == 6
    assert a.X.dtype == np.float64
    assert np.array_equal(a.X, np.where(missing, np.nan, r / 3 + c), equal_nan=True)
    reason = a.layers["reason"]
    assert reason.dtype == np.uint8 and np.array_equal(reason, np.where(missing, 1 + c % 3, 0))

    rows = range(n_rows)
    assert list(a.obs.columns) == ["Image", "Centre", "Label", "Volume (ml)", "Second reader", "Nothing"]
    assert list(a.obs["Image"]) == ["" if r % 5 == 4 else f"bilder/größe{r}.nii.gz" for r in rows]
    assert a.obs["Centre"].dtype == "category" and not a.obs["Centre"].cat.ordered
    assert list(a.obs["Centre"].cat.categories) == ["Zürich", "Lyon"]
    assert list(a.obs["Centre"].cat.codes) == [r % 3 - 1 for r in rows]
    assert a.obs["Label"].dtype == np.int64 and list(a.obs["Label"]) == [r + 2**40 for r in rows]
    assert a.obs["Volume (ml)"].dtype == np.float64
    assert np.array_equal(a.obs["Volume (ml)"], [np.nan if r % 4 == 3 else 0.1 * r for r in rows], equal_nan=True)
    assert a.obs["Second reader"].dtype == bool and list(a.obs["Second reader"]) == [r % 2 == 1 for r in rows]
    assert a.obs["Nothing"].isna().all()
    assert list(a.var.columns) == ["class", "ibsi"]
    assert list(a.var["class"]) == [["glcm", "shape"][c % 2] for c in range(n_columns)]
    assert list(a.var["ibsi"]) == [["TU9B", ""][c % 2] for c in range(n_columns)]

    made = a.uns["radmill"]
    assert made["version"] == "0.1.0" and made["empty"] == ""
    assert made["parameters"] == "setting:\n  binWidth: 25 # größer\n"
    assert made["libraries"]["hdf5"] == "1.10.8"
    assert list(made["reasons"]) == ["defined", "flat", "no pairs"] and len(made["none"]) == 0
    assert made["seed"] == -42 and made["tolerance"] == 1e-6
    assert made["failures"].to_dict("list") == {"case": ["p9"], "sentence": ["no such file"]}
    assert list(made["failures"].index) == ["0"] and made["warnings"].shape == (0, 0)
    assert list(a.obsm) == list(a.varm) == list(a.obsp) == list(a.varp) == []

    if n_rows and n_columns:
        again = path.with_suffix(".again.h5ad")
        a.write_h5ad(again)
        b = anndata.read_h5ad(again)
        assert np.array_equal(a.X, b.X, equal_nan=True) and a.obs.equals(b.obs) and a.var.equals(b.var)
        backed = anndata.read_h5ad(path, backed="r")
        assert np.array_equal(np.asarray(backed.X[n_rows - 1]), a.X[n_rows - 1], equal_nan=True)
        backed.file.close()


def write_other(path):
    """A file by anndata itself, with the types of column that radmill does not write."""
    import anndata
    import numpy as np
    import pandas as pd

    anndata.settings.allow_write_nullable_strings = True
    obs = pd.DataFrame(
        {"category": pd.Categorical(["b", "a", None]), "number category": pd.Categorical([3, 1, 3]),
         "float": [0.1, np.nan, 2.0], "float32": np.array([0.1, 1e10, -2], np.float32), "int8": np.array([-1, 0, 1], np.int8),
         "uint64": np.array([2**64 - 1, 0, 1], np.uint64), "bool": [True, False, True], "text": ["ä", "", "c d"],
         "maybe int": pd.array([1, None, 3], "Int64"), "maybe bool": pd.array([None, True, False], "boolean")},
        index=pd.Index(["r0", "r1", "r2"], name="row"))
    anndata.AnnData(np.arange(6, dtype=np.float32).reshape(3, 2), obs, pd.DataFrame(index=["v0", "v1"])).write_h5ad(path)


OTHER = {"_index": "r0,r1,r2", "category": "b,a,", "number category": "3,1,3", "float": "0.1,,2", "float32": "0.1,1e+10,-2",
         "int8": "-1,0,1", "uint64": "18446744073709551615,0,1", "bool": "true,false,true", "text": "ä,,c d",
         "maybe int": "1,,3", "maybe bool": ",true,false"}


def main():
    if sys.argv[1] == "--write":
        write_other(sys.argv[2])
        return
    if sys.argv[1] == "--inside":
        import warnings

        warnings.simplefilter("error")
        check(pathlib.Path(sys.argv[2]), int(sys.argv[3]), int(sys.argv[4]))
        return
    program, folder = sys.argv[1], pathlib.Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    python = interpreter(folder)
    for n_rows, n_columns in ((5, 3), (5000, 107), (1, 1), (0, 0), (0, 4), (3, 0), (2, 70000)):
        path = folder / f"{n_rows}x{n_columns}.h5ad"
        subprocess.run([program, str(path), str(n_rows), str(n_columns)], check=True)
        subprocess.run([python, "-W", "error", __file__, "--inside", str(path), str(n_rows), str(n_columns)], check=True)
        print(f"{n_rows} x {n_columns}: {path.stat().st_size} bytes, read by anndata")
        path.unlink()
        path.with_suffix(".again.h5ad").unlink(missing_ok=True)
    other = folder / "other.h5ad"
    subprocess.run([python, __file__, "--write", str(other)], check=True)
    for column, values in OTHER.items():
        read = subprocess.run([program, "--read", str(other), "obs", column], check=True, capture_output=True, text=True)
        assert read.stdout.splitlines() == values.split(","), (column, read.stdout, values)
    print("a file by anndata: every column read by radmill")


main()
