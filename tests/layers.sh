#!/usr/bin/env bash
# Arrows point one way only: reads every include line and says which one crosses a layer that it must not know.
# Usage: tests/layers.sh [source folder]
set -u
cd "${1:-.}" || exit 1
bad=0

forbid() { # folder, pattern of what its include lines may not name, why
    local hits
    hits=$(grep -rnE --include='*.c' --include='*.h' "^ *# *include *$2" "$1" || true)
    [ -z "$hits" ] && return
    printf '%s\n  ^ %s\n' "$hits" "$3"
    bad=1
}

forbid kernels '"(io|engine|jobs|tests|benchmarks)/' 'kernels know numbers in memory and nothing else'
forbid kernels '<(mpi|hdf5|H5|nifti|argp|libfyaml|csv|libdeflate|unistd|fcntl|sys/)' 'kernels know no files, ranks or command line'
forbid io '"(engine|jobs|tests|benchmarks)/' 'io knows kernels/base alone'
forbid io '"kernels/[^b]' 'io knows kernels/base alone'
forbid io '<(mpi|argp)' 'io knows no ranks and no command line'
forbid engine '"(io|jobs|tests|benchmarks)/' 'engine knows kernels/base alone'
forbid engine '"kernels/[^b]' 'engine knows kernels/base alone'
forbid engine '<(hdf5|H5|nifti|libfyaml|csv)' 'engine knows no file formats'
forbid jobs '"(tests|benchmarks)/' 'jobs know no tests'

exits=$(grep -rnE --include='*.c' '\b(exit|abort|printf|puts) *\(' kernels | grep -vE 'snprintf|sprintf|^\S+ *\*' || true)
if [ -n "$exits" ]; then
    printf '%s\n  ^ kernels neither print nor exit\n' "$exits"
    bad=1
fi
[ $bad = 0 ] && echo "layers: every include points the right way"
exit $bad
