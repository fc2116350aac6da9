"""Rows that radmill's bootstraps draw: Philox4x32-10 (Salmon et al. 2011) from the paper, apart from kernels/base/rng.c.

    python3 philox.py SEED ROWS DRAWS

prints a draw a line: row floor(u ROWS), u the 53 upper bits of the first two words of counter {i, draw}, key {seed}."""
import sys

MASK = 0xFFFFFFFF


def philox(counter, key):
    counter, key = list(counter), list(key)
    for _ in range(10):
        first, second = 0xD2511F53 * counter[0], 0xCD9E8D57 * counter[2]
        counter = [(second >> 32) ^ counter[1] ^ key[0], second & MASK, (first >> 32) ^ counter[3] ^ key[1], first & MASK]
        key = [(key[0] + 0x9E3779B9) & MASK, (key[1] + 0xBB67AE85) & MASK]
    return counter


def uniform(seed, stream, draw):
    words = philox((draw & MASK, draw >> 32, stream & MASK, stream >> 32), (seed & MASK, seed >> 32))
    return ((words[0] | words[1] << 32) >> 11) / 2 ** 53


def main():
    seed, rows, draws = map(int, sys.argv[1:])
    # Random123's known answer for a counter and key of zeros
    assert philox((0, 0, 0, 0), (0, 0)) == [0x6627E8D5, 0xE169C58D, 0xBC57AC4C, 0x9B00DBD8]
    for draw in range(draws):
        print(*(int(uniform(seed, draw, i) * rows) for i in range(rows)))


main()
