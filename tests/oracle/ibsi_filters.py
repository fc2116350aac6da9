"""Writes ibsi_mean.h and others: IBSI-2's filters on a small image of a formula, by scipy and numpy from their definitions.

Usage: python ibsi_filters.py NAME > ibsi_NAME.h, where NAME is mean, log_sampled, laws, atrous, decimated,
       gabor or fourier
       (scipy 1.11.4, numpy 1.26.4, PyWavelets 1.5.0)

Of every response: the voxels (0, 0, 0), (4, 3, 2) and the last one, the sum of absolutes, and the sum of each voxel
times its index. Kernels are full n-dimensional arrays given to scipy.ndimage.convolve, rotated by numpy.rot90; wavelets
alone are filtered axis by axis, one rotation and level after the other, and the decimated ones by pywt.dwtn, each
level on the approximation before it: their size is given too, and the voxel in the middle instead of (4, 3, 2).
"""
import itertools
import math
import sys

import numpy
import pywt
from scipy import ndimage

MODES = {"ZERO": "constant", "NEAREST": "nearest", "PERIODIC": "wrap", "MIRROR": "reflect"}
NX, NY, NZ = 10, 8, 7
z, y, x = numpy.mgrid[:NZ, :NY, :NX]
IMAGE = ((7 * x * x + 13 * y * y + 29 * z * z + 3 * x * y * z + 5 * x) % 101 - 20).astype(float)


def product(*kernels):
    """Along x, y (and z); the array's axes are z, y, x."""
    out = numpy.ones(1)
    for kernel in kernels:
        out = numpy.multiply.outer(kernel, out)
    return out[..., 0]


def rotated(kernel):
    if kernel.ndim == 2:
        return [numpy.rot90(kernel, k) for k in range(4)]
    turned = []
    for a, b, c in itertools.product(range(4), repeat=3):
        one = numpy.rot90(numpy.rot90(numpy.rot90(kernel, a, (0, 1)), b, (1, 2)), c, (0, 1))
        index = numpy.rot90(numpy.rot90(numpy.rot90(numpy.arange(27).reshape(3, 3, 3), a, (0, 1)), b, (1, 2)), c, (0, 1))
        turned.append((tuple(index.ravel()), one))
    unique = dict(turned)
    assert len(unique) == 24
    return list(unique.values())


def respond(kernel, border, image=IMAGE):
    mode = MODES[border]
    if kernel.ndim == 3:
        return ndimage.convolve(image, kernel, mode=mode)
    return numpy.stack([ndimage.convolve(s, kernel, mode=mode) for s in image])


def pooled(kernel, border, pool):
    responses = [respond(k, border) for k in rotated(kernel)]
    return {"MAX": numpy.max, "MEAN": numpy.mean, "MIN": numpy.min}[pool](responses, axis=0)


def show(field, response, at=(2, 3, 4)):
    a = response.ravel()
    numbers = [a[0], response[tuple(at)], a[-1], abs(a).sum(), (a * numpy.arange(a.size)).sum()]
    print("    {%s, {%s}}," % (field, ", ".join(repr(float(v)) for v in numbers)))


def begin(name, fields):
    print("static const struct { %s double numbers[5]; } %s[] = {" % (fields, name))


def end():
    print("};")


def mean():
    begin("mean_cases", "rml_border border; int32_t support; int n_axes;")
    for border, support, n in (("ZERO", 3, 3), ("NEAREST", 5, 3), ("PERIODIC", 5, 2), ("MIRROR", 9, 3), ("MIRROR", 3, 2)):
        kernel = product(*[numpy.full(support, 1 / support)] * n)
        show("RML_BORDER_%s, %d, %d" % (border, support, n), respond(kernel, border))
    end()


def log_kernel(sigma, spacing, cut_off, n):
    s = [sigma / v for v in spacing[:n]]
    k = numpy.meshgrid(*[numpy.arange(-r, r + 1) for r in [int(numpy.floor(cut_off * v + 0.5)) for v in s[::-1]]],
                       indexing="ij")[::-1]
    u = sum((k[a] / s[a]) ** 2 for a in range(n))
    return -1 / s[0] ** 2 * (n - u) * numpy.exp(-u / 2) / numpy.prod([numpy.sqrt(2 * numpy.pi) * v for v in s])


def log_sampled():
    begin("log_cases", "double sigma, cut_off, spacing[3]; rml_border border; int n_axes;")
    for border, sigma, cut_off, spacing, n in (("MIRROR", 1.3, 4, (1, 1, 1), 3), ("ZERO", 2, 3, (2, 2, 2), 3),
                                               ("NEAREST", 1.5, 4, (0.75, 0.75, 2), 3), ("PERIODIC", 2, 2.4, (1, 1, 3), 2)):
        show("%s, %s, {%s, %s, %s}, RML_BORDER_%s, %d" % (sigma, cut_off, *spacing, border, n),
             respond(log_kernel(sigma, spacing, cut_off, n), border))
    end()


LAWS = {"L5": ([1, 4, 6, 4, 1], 70), "E5": ([-1, -2, 0, 2, 1], 10), "S5": ([-1, 0, 2, 0, -1], 6),
        "W5": ([-1, 2, 0, -2, 1], 10), "R5": ([1, -4, 6, -4, 1], 70), "L3": ([1, 2, 1], 6), "E3": ([-1, 0, 1], 2),
        "S3": ([-1, 2, -1], 6)}


def laws():
    begin("laws_cases", "const char *name; rml_border border; rml_pool pool; int32_t delta; int n_axes;")
    for border, name, pool, delta in (("ZERO", "E5L5S5", "NONE", 0), ("MIRROR", "E3W5R5", "MAX", 0),
                                      ("NEAREST", "E3W5R5", "MIN", 0), ("PERIODIC", "L3S3R5", "MEAN", 0),
                                      ("MIRROR", "E5S5", "MAX", 2), ("ZERO", "L5S5", "MEAN", 0), ("ZERO", "R5L3", "NONE", 0),
                                      ("MIRROR", "E5W5S3", "MAX", 3), ("PERIODIC", "L5E5E5", "MIN", 2),
                                      ("ZERO", "E5W5E3", "MAX", 2), ("NEAREST", "E5W5", "MAX", 0)):
        kernel = product(*[numpy.array(LAWS[name[k:k + 2]][0]) / numpy.sqrt(LAWS[name[k:k + 2]][1])
                           for k in range(0, len(name), 2)])
        response = respond(kernel, border) if pool == "NONE" else pooled(kernel, border, pool)
        if delta > 0:
            response = respond(numpy.full((2 * delta + 1,) * kernel.ndim, (2 * delta + 1.0) ** -kernel.ndim), border,
                               abs(response))
        show('"%s", RML_BORDER_%s, RML_POOL_%s, %d, %d' % (name, border, pool, delta, kernel.ndim), response)
    end()


def dilated(kernel, step):
    """Tap L / 2 in the middle of an odd length."""
    long = numpy.zeros((len(kernel) - 1) * step + 1)
    long[::step] = kernel
    ahead = len(kernel) // 2 * step
    return numpy.append(long, numpy.zeros(2 * ahead + 1 - len(long)))


def atrous():
    begin("atrous_cases", "const char *wavelet, *bands; int32_t level; rml_border border; rml_pool pool;")
    for name, bands, level, border, pool in (("db2", "LHL", 1, "ZERO", "NONE"), ("coif1", "HHL", 1, "PERIODIC", "MEAN"),
                                             ("haar", "HHH", 2, "MIRROR", "MEAN"), ("db3", "LH", 1, "MIRROR", "MAX"),
                                             ("bior2.2", "HL", 3, "PERIODIC", "MIN"),
                                             ("db2", "LLH", 2, "NEAREST", "NONE")):
        wavelet = pywt.Wavelet(name)
        width = 40
        z, y, x = [slice(width, width + v) for v in (NZ, NY, NX)]
        mode = {"ZERO": "constant", "NEAREST": "edge", "PERIODIC": "wrap", "MIRROR": "symmetric"}[border]
        flat = len(bands) == 2
        wide = numpy.pad(IMAGE, ((0 if flat else width,) * 2, (width,) * 2, (width,) * 2), mode)
        responses = []
        kernels = [[dilated(wavelet.dec_lo, 2 ** (j - 1)) for j in range(1, level)] for _ in bands]
        for a, band in enumerate(bands):
            kernels[a].append(dilated(wavelet.dec_hi if band == "H" else wavelet.dec_lo, 2 ** (level - 1)))
        for order in itertools.permutations(range(len(bands))):
            for flips in itertools.product((1, -1), repeat=len(bands)):
                turn = numpy.zeros((len(bands),) * 2)
                for axis in range(len(bands)):
                    turn[axis, order[axis]] = flips[axis]
                if round(numpy.linalg.det(turn)) != 1 or (pool == "NONE" and (turn != numpy.eye(len(bands))).any()):
                    continue
                one = wide
                for axis in range(len(bands)):
                    for kernel in kernels[order[axis]]:
                        one = ndimage.convolve1d(one, kernel[::flips[axis]], axis=2 - axis)
                responses.append(one[slice(None) if flat else z, y, x])
        assert len(responses) == (1 if pool == "NONE" else 4 if flat else 24)
        pooling = {"MAX": numpy.max, "MEAN": numpy.mean, "MIN": numpy.min, "NONE": numpy.mean}[pool]
        show('"%s", "%s", %d, RML_BORDER_%s, RML_POOL_%s' % (name, bands, level, border, pool),
             pooling(responses, axis=0))
    end()


def decimated():
    modes = {"ZERO": "zero", "NEAREST": "constant", "MIRROR": "symmetric", "WHOLE": "reflect",
             "PERIODIC": "periodization"}
    begin("decimated_cases", "const char *wavelet, *bands; int32_t level; rml_border border; int32_t size[3], out[3];")
    for name, bands, level, border, size in (
            ("haar", "LLH", 1, "ZERO", (10, 8, 7)), ("db2", "HLH", 1, "NEAREST", (9, 8, 7)),
            ("db3", "LLH", 1, "MIRROR", (10, 9, 8)), ("coif1", "HHL", 1, "WHOLE", (11, 8, 7)),
            ("db3", "LHL", 1, "PERIODIC", (9, 8, 7)), ("db2", "LLL", 2, "MIRROR", (13, 10, 7)),
            ("db3", "LLH", 2, "PERIODIC", (13, 11, 6)), ("bior2.2", "HHH", 2, "ZERO", (12, 9, 5)),
            ("db3", "HLL", 3, "MIRROR", (23, 17, 11)), ("rbio3.1", "LHL", 3, "NEAREST", (16, 16, 9)),
            ("sym4", "LHH", 3, "PERIODIC", (24, 17, 11)), ("db2", "HHL", 3, "WHOLE", (21, 12, 9)),
            ("haar", "HHH", 3, "ZERO", (19, 16, 8)), ("db3", "LH", 1, "MIRROR", (10, 9, 3)),
            ("db2", "HL", 2, "PERIODIC", (13, 12, 2)), ("coif1", "HH", 3, "NEAREST", (25, 14, 2)),
            ("db38", "LLL", 2, "MIRROR", (7, 5, 3))):
        nx, ny, nz = size
        z, y, x = numpy.mgrid[:nz, :ny, :nx]
        one = ((7 * x * x + 13 * y * y + 29 * z * z + 3 * x * y * z + 5 * x) % 101 - 20).astype(float)
        axes = tuple(range(3 - len(bands), 3))
        for j in range(1, level + 1):
            key = bands[::-1].replace("L", "a").replace("H", "d") if j == level else "a" * len(bands)
            one = pywt.dwtn(one, name, modes[border], axes)[key]
        show('"%s", "%s", %d, RML_BORDER_%s, {%d, %d, %d}, {%d, %d, %d}' % (
            name, bands, level, border, *size, *one.shape[::-1]), one, [n // 2 for n in one.shape])
    end()


def gabor():
    begin("gabor_cases", "double sigma, lambda, gamma, theta, step, spacing[3]; bool three; rml_pool pool; rml_border border;")
    turn = 2 * numpy.pi
    for border, sigma, lam, gamma, theta, step, spacing, three, pool in (
            ("ZERO", 2.0, 3.0, 0.5, turn / 6, 0, (1, 1, 1), False, "NONE"),
            ("MIRROR", 1.5, 4.0, 1.5, 0, turn / 8, (1, 1, 1), False, "MEAN"),
            ("PERIODIC", 2.0, 4.0, 1.0, 0, turn / 5, (1, 1, 1), False, "MAX"),
            ("NEAREST", 1.0, 2.5, 0.8, 0, turn / 8, (0.8, 1, 1.25), True, "MEAN"),
            ("MIRROR", 1.0, 2.5, 0.7, 1.0, 0, (1, 1, 1), True, "MIN")):
        responses = []
        for p, q in ((0, 1), (0, 2), (1, 2))[:3 if three else 1]:
            for angle in numpy.arange(0, turn - 1e-9, step) if step else [theta]:
                width = int(numpy.ceil(12 * max(sigma, sigma / gamma) / min(spacing)))
                k = numpy.arange(-width, width + 1)
                a, b = k[None, :] * spacing[p], k[:, None] * spacing[q]
                u, v = a * numpy.cos(angle) + b * numpy.sin(angle), b * numpy.cos(angle) - a * numpy.sin(angle)
                kernel = numpy.exp(-(u ** 2 + gamma ** 2 * v ** 2) / (2 * sigma ** 2) + 2j * numpy.pi * u / lam)
                kernel = numpy.expand_dims(kernel, 2 - (3 - p - q))
                mode = MODES[border]
                responses.append(abs(ndimage.convolve(IMAGE, kernel.real, mode=mode)
                                     + 1j * ndimage.convolve(IMAGE, kernel.imag, mode=mode)))
        pooling = {"MAX": numpy.max, "MEAN": numpy.mean, "MIN": numpy.min, "NONE": numpy.mean}[pool]
        show("%r, %r, %r, %r, %r, {%s, %s, %s}, %s, RML_POOL_%s, RML_BORDER_%s" % (
            sigma, lam, gamma, theta, step, *spacing, str(three).lower(), pool, border), pooling(responses, axis=0))
    end()


def fourier():
    begin("fourier_cases", "int simoncelli; int32_t riesz[3]; int n_axes;")
    for level, order, n in ((1, (0, 0, 0), 3), (2, (0, 0, 0), 3), (3, (0, 0, 0), 3), (1, (0, 0, 0), 2), (0, (1, 0, 0), 3),
                            (0, (0, 2, 0), 3), (0, (1, 1, 1), 3), (2, (1, 2, 1), 3), (0, (0, 1, 0), 2), (1, (1, 1, 0), 2)):
        volumes = [IMAGE] if n == 3 else list(IMAGE)
        grids = [numpy.fft.ifftshift((numpy.arange(v) - (v - 1) / 2) / ((v - 1) / 2)) for v in volumes[0].shape]
        nu = numpy.meshgrid(*grids, indexing="ij")[::-1]
        length = numpy.sqrt(sum(v ** 2 for v in nu))
        transfer = numpy.ones(length.shape, complex)
        if level > 0:
            top = 2.0 ** (1 - level)
            band = (length >= top / 4) & (length <= top)
            transfer[~band] = 0
            transfer[band] *= numpy.cos(numpy.pi / 2 * numpy.log2(2 * length[band] / top))
        total = sum(order)
        if total > 0:
            ways = math.factorial(total) / math.prod(math.factorial(v) for v in order)
            transfer *= (-1j) ** total * numpy.sqrt(ways) * math.prod(nu[a] ** order[a] for a in range(n))
            transfer[length > 0] /= length[length > 0] ** total
        show("%d, {%d, %d, %d}, %d" % (level, *order, n),
             numpy.stack([numpy.fft.ifftn(numpy.fft.fftn(v) * transfer).real for v in volumes]).reshape(IMAGE.shape))
    end()


print("/* clang-format off */")
print("/* Written by ibsi_filters.py: scipy 1.11.4, numpy 1.26.4, PyWavelets 1.5.0. */")
globals()[sys.argv[1]]()
