#!/usr/bin/env bash
# Words that have no place in the tree: what is left open belongs in an issue, and the addresses of package registries
# in a machine's own configuration. Usage: tests/words.sh [source folder]
set -u
cd "${1:-.}" || exit 1
bad=0

forbid() { # pattern, why
    local hits
    hits=$(git grep -nIE "$1" -- . ':!tests/words.sh' || true)
    [ -z "$hits" ] && return
    printf '%s\n  ^ %s\n' "$hits" "$2"
    bad=1
}

forbid '\b(TODO|FIXME|XXX)\b' 'what is open belongs in an issue'
forbid '(pypi\.org|pythonhosted\.org|deb\.debian\.org|packages\.debian\.org|conda\.anaconda\.org|registry\.npmjs|crates\.io|rubygems\.org|proxy\.golang)' \
    'a registry is the machine'"'"'s choice'
[ $bad = 0 ] && echo "words: nothing left open, no registry named"
exit $bad
