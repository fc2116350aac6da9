"""Writes kernels/image/wavelet_filters.c: the low-pass filters of PyWavelets' discrete wavelets.

Usage: python wavelet_filters.py > ../../kernels/image/wavelet_filters.c      (PyWavelets 1.5.0, numpy 1.26.4)
       python wavelet_filters.py sums > wavelet_sums.h                      (what tests/kernels/test_wavelet_table.c asks)

The coefficients are facts (Daubechies, "Ten Lectures on Wavelets", 1992, and, for the longer ones, computed by the same
construction); what follows from others is not stored: the script asserts that it does, to the last bit.
"""
import sys

import numpy
import pywt

assert pywt.__version__ == "1.5.0"
NAMES = pywt.wavelist(kind="discrete")


def kept(name):
    """The arrays kept of a wavelet: analysis low-pass, and synthesis low-pass where it is not the first reversed."""
    wavelet = pywt.Wavelet(name)
    lo, hi = numpy.array(wavelet.dec_lo), numpy.array(wavelet.dec_hi)
    rec_lo, rec_hi = numpy.array(wavelet.rec_lo), numpy.array(wavelet.rec_hi)
    sign = (-1.0) ** numpy.arange(len(lo))
    assert (hi == -sign * rec_lo).all() and (rec_hi == sign * lo).all()
    if name == "haar":
        assert (lo == pywt.Wavelet("db1").dec_lo).all()
        return []
    if name.startswith("rbio"):
        other = pywt.Wavelet("bior" + name[4:])
        assert (lo == other.rec_lo[::-1]).all() and (rec_lo == other.dec_lo[::-1]).all()
        return []
    if name.startswith("bior"):
        return [("lo", lo), ("rec", rec_lo)]
    assert (rec_lo == lo[::-1]).all()
    return [("lo", lo)]


def symbol(name, what):
    return name.replace(".", "_") + ("_rec" if what == "rec" else "")


def filters():
    print("""/* The low-pass filters of PyWavelets 1.5.0's discrete wavelets, written by tests/oracle/wavelet_filters.py. The numbers
 * are facts: I. Daubechies, Ten Lectures on Wavelets, 1992 (db, coif, sym, bior), Y. Meyer (dmey, cut to 62 taps), and
 * longer ones of the same construction; each as PyWavelets gives it, to the last bit. */
#include "kernels/image/wavelet_filters.h"

#include <stddef.h>

/* clang-format off */
""")
    for name in NAMES:
        for what, values in kept(name):
            print("static const double %s[%d] = {" % (symbol(name, what), len(values)))
            line = "   "
            for value in values:
                item = " %s," % repr(float(value))
                if len(line) + len(item) > 120:
                    print(line)
                    line = "   "
                line += item
            print(line + "\n};\n")
    print("/* In PyWavelets' order of names. */")
    print("const rml_wavelet_filters rml_wavelet_filter_list[RML_N_WAVELETS] = {")
    for name in NAMES:
        length = pywt.Wavelet(name).dec_len
        if name == "haar":
            lo, rec, backwards = "db1", "NULL", "false"
        elif name.startswith("rbio"):
            lo, rec, backwards = symbol("bior" + name[4:], "rec"), symbol("bior" + name[4:], "lo"), "true"
        else:
            lo, backwards = symbol(name, "lo"), "false"
            rec = symbol(name, "rec") if name.startswith("bior") else "NULL"
        print('    {"%s", %s, %s, %d, %s},' % (name, lo, rec, length, backwards))
    print("};\n\nconst char *const rml_wavelet_names[RML_N_WAVELETS] = {")
    for name in NAMES:
        print('    "%s",' % name)
    print("};")


def sums():
    print("/* clang-format off */")
    print("/* Sums over the analysis filters of PyWavelets 1.5.0 by numpy 1.26.4, written by wavelet_filters.py: name, length,")
    print(" * low-pass (sum, sum of squares, sum of j * coefficient, first, last), high-pass (the same). */")
    for name in NAMES:
        wavelet = pywt.Wavelet(name)
        numbers = []
        for values in (wavelet.dec_lo, wavelet.dec_hi):
            h = numpy.array(values)
            numbers += [h.sum(), (h * h).sum(), (numpy.arange(len(h)) * h).sum(), h[0], h[-1]]
        print('{"%s", %d, {%s}},' % (name, wavelet.dec_len, ", ".join(repr(float(v)) for v in numbers)))


sums() if sys.argv[1:] == ["sums"] else filters()
