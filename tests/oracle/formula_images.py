"""Three images whose voxels are formulas in integers, so that any language makes the same ones.

Each is an entry of IMAGES: name, stored type, size (x, y, z), spacing in mm (exact in float32), the image's value and
whether a voxel is in the mask, both as functions of the voxel's index. tests/jobs/test_oracle.c has the same formulas.
"""
from typing import Callable, NamedTuple


class Image(NamedTuple):
    name: str
    type: str  # "int16", "float32", "uint8"
    size: tuple
    spacing: tuple
    value: Callable
    inside: Callable

    def voxels(self, function):
        """function(x, y, z) of every voxel, x fastest."""
        nx, ny, nz = self.size
        return [function(x, y, z) for z in range(nz) for y in range(ny) for x in range(nx)]


IMAGES = [
    # Anisotropic, negative values, an ellipsoid with holes.
    Image("holes", "int16", (14, 13, 9), (0.75, 1.25, 2.5),
          lambda x, y, z: (5 * x * x + 3 * y * y + 11 * z * z + x * y * z) % 331 * 2 - 210,
          lambda x, y, z: 36 * (2 * x - 13) ** 2 + 49 * (2 * y - 12) ** 2 + 100 * (2 * z - 8) ** 2 <= 5400
          and (x + 3 * y + 5 * z) % 11 != 0),
    # Fractional values (thirty-seconds, exact in float32), two lumps that do not touch.
    Image("fractions", "float32", (19, 17, 12), (1.5, 1.5, 3.0),
          lambda x, y, z: ((7 * x + 13 * y + 29 * z) % 97 * 61 + x * y * z) % 8191 / 32,
          lambda x, y, z: (x - 5) ** 2 + (y - 6) ** 2 + 4 * (z - 5) ** 2 <= 30
          or (x - 14) ** 2 + (y - 12) ** 2 + 4 * (z - 6) ** 2 <= 12),
    # Few levels with gaps between them, a ROI that reaches every border.
    Image("levels", "uint8", (7, 6, 5), (1.0, 1.0, 4.0),
          lambda x, y, z: 10 + 40 * ((x * y + 2 * z + x * x) % 5),
          lambda x, y, z: (x + y + z) % 4 != 3),
]
