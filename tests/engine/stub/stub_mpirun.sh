#!/bin/sh
# mpirun's place for programs that were linked with the stub: -n RANKS is taken, other options before it are not.
# Usage: stub_mpirun.sh [OPTION...] -n RANKS PROGRAM [ARGUMENT...]
while [ "$1" != -n ]; do shift; done
RADMILL_STUB_RANKS=$2
export RADMILL_STUB_RANKS
shift 2
exec "$@"
