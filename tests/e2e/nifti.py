"""Reads and writes NIfTI-1 files with the standard library alone."""
import gzip
import struct

TYPES = {"uint8": (2, 8, "B"), "int16": (4, 16, "h"), "int32": (8, 32, "i"), "float32": (16, 32, "f"),
         "float64": (64, 64, "d")}


def write(path, type, size, spacing, voxels):
    """path ends in .nii or .nii.gz; voxels x fastest. Direction identity and origin 0 in ITK's world (sform code 1)."""
    code, bits, letter = TYPES[type]
    header = struct.pack("<i10s18sihcB", 348, b"", b"", 0, 0, b"r", 0)
    header += struct.pack("<8h", 3, *size, 1, 1, 1, 1)
    header += struct.pack("<3f4h", 0, 0, 0, 0, code, bits, 0)
    header += struct.pack("<8f", 1, *spacing, 0, 0, 0, 0)
    header += struct.pack("<3fhBB", 352, 1, 0, 0, 0, 2)  # vox_offset, slope, intercept, slice_end, slice_code, mm
    header += struct.pack("<4f2i80s24s", 0, 0, 0, 0, 0, 0, b"", b"")
    header += struct.pack("<2h6f", 0, 1, 0, 0, 0, 0, 0, 0)  # sform alone
    header += struct.pack("<12f", -spacing[0], 0, 0, 0, 0, -spacing[1], 0, 0, 0, 0, spacing[2], 0)
    header += struct.pack("<16s4s", b"", b"n+1\0") + bytes(4)
    assert len(header) == 352, len(header)
    content = header + struct.pack(f"<{len(voxels)}{letter}", *voxels)
    with open(path, "wb") as file:
        file.write(gzip.compress(content, mtime=0) if path.endswith(".gz") else content)


def read(path):
    """Size, spacing and voxels of a compressed file of floats, as radmill writes them."""
    with gzip.open(path) as file:
        content = file.read()
    size = struct.unpack_from("<3h", content, 42)
    code, spacing = struct.unpack_from("<h", content, 70)[0], struct.unpack_from("<3f", content, 80)
    n = size[0] * size[1] * size[2]
    return size, spacing, struct.unpack_from(f"<{n}{'f' if code == 16 else 'd'}", content, 352)


def origin(path):
    """The centre of the first voxel in ITK's world, as the sform has it."""
    with gzip.open(path) as file:
        content = file.read(348)
    x, y, z = (struct.unpack_from("<4f", content, 280 + 16 * row)[3] for row in range(3))
    return -x, -y, z
