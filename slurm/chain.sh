#!/bin/bash
# The whole way: features of a cohort, then a sweep of models on them, each a job that waits for the one before.
# Call it where cohort.csv and study.yaml lie: chain.sh. What it says of the site stands above what the scripts say.
: "${site=--partition=batch --account=project}" # what every job gets; more as sbatch takes it
: "${extract_site=--ntasks=64 --time=04:00:00}"
: "${sweep_site=--ntasks=32 --time=08:00:00}"
: "${array=no}"                   # yes: the extraction as a job array, for sites that forbid MPI; a merge joins it
: "${array_site=--array=1-64 --time=04:00:00}"

# What the jobs read of their settings; the meaning stands in the scripts.
: "${modules=radmill}"
: "${cohort=cohort.csv}"
: "${features=features.h5ad}"     # the table that study.yaml names
: "${study=study.yaml}"
: "${results=sweep}"
: "${extract_options=}"           # more for radmill extract, such as --params mr.yaml
: "${merge_options=}"             # more for radmill merge, such as --csv features.csv
: "${sweep_options=}"

# ---- nothing to edit below ----
set -eu
here=${RADMILL_SLURM:-$(cd "$(dirname "$0")" && pwd)}
export RADMILL_SLURM="$here" modules cohort features study results

submit() { # sbatch's arguments; prints the job's number
    local answer
    answer=$(sbatch --parsable "$@")
    echo "${answer%%;*}" # on a federation the cluster's name follows
}

after() { # job: without the second option a job whose turn never comes would wait for ever
    echo "--dependency=afterok:$1 --kill-on-invalid-dep=yes"
}

if [ "$array" = yes ]; then
    elements=$(options=$extract_options submit $site $array_site "$here/array.sbatch")
    extract=$(options=$merge_options submit $site $(after "$elements") "$here/merge.sbatch")
    echo "$elements features, an array"
    echo "$extract merge, after $elements"
else
    extract=$(options=$extract_options submit $site $extract_site "$here/extract.sbatch")
    echo "$extract features"
fi
[ -f "$study" ] || { echo "no $study here: no sweep is submitted"; exit 0; }
sweep=$(options=$sweep_options submit $site $sweep_site $(after "$extract") "$here/sweep.sbatch")
echo "$sweep sweep, after $extract"
