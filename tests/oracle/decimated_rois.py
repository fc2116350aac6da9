"""Prints DECIMATED of tests/e2e/ibsi_rois.py: its image under PyWavelets' decimated transforms, of the coefficients that
stand in its ROI the number, mean, variance, minimum, maximum, and IBSI's global intensity peak.

Usage: python decimated_rois.py    (PyWavelets 1.5.0, numpy 1.26.4)
"""
import numpy
import pywt

MODES = {"zero": "zero", "nearest": "constant", "mirror": "symmetric", "periodic": "periodization"}
z, y, x = numpy.mgrid[:7, :8, :9]
IMAGE = (1 + (3 * x + 5 * y * y + 7 * z + x * y * z) % 6).astype(float)
BOX = (x >= 1) & (x <= 6) & (y >= 1) & (y <= 5) & (z >= 1) & (z <= 4)
SPACING = numpy.array([2.5, 1.25, 1.0])
RADIUS = 10 * (3 / (4 * numpy.pi)) ** (1 / 3)

for wavelet, bands, level, border in (("db3", "LLH", 1, "mirror"), ("db2", "HLH", 1, "zero"), ("haar", "LLL", 1, "nearest"),
                                      ("db2", "LHL", 1, "periodic"), ("db2", "HL", 2, "mirror"),
                                      ("db3", "LL", 2, "periodic")):
    one = IMAGE
    axes = tuple(range(3 - len(bands), 3))
    for j in range(1, level + 1):
        key = bands[::-1].replace("L", "a").replace("H", "d") if j == level else "a" * len(bands)
        one = pywt.dwtn(one, wavelet, MODES[border], axes)[key]
    # tap L/2 of every level's filter stands over the voxel
    first = 0 if border == "periodic" else (1 - pywt.Wavelet(wavelet).dec_len // 2) * (2 ** level - 1)
    places = [first + numpy.arange(n) * 2 ** level if a in axes else numpy.arange(n) for a, n in enumerate(one.shape)]
    at = numpy.stack(numpy.meshgrid(*places, indexing="ij"), -1).reshape(-1, 3)
    inside = ((at >= 0) & (at < IMAGE.shape)).all(1)
    at, values = at[inside], one.ravel()[inside]
    roi = BOX[tuple(at.T)]
    near = numpy.linalg.norm((at[roi][:, None] - at[None]) * SPACING, axis=2) <= RADIUS
    v = values[roi]
    print("    (%r, %r, %d, %r, %d," % (wavelet, bands, level, border, v.size))
    print("     (%s))," % ", ".join(repr(float(n)) for n in (v.mean(), v.var(), v.min(), v.max(),
                                                            (near @ values / near.sum(1)).max())))
