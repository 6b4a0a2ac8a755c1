# SPDX-License-Identifier: Apache-2.0
"""Looks for a secret in files: raw, in hexadecimal, in base64 at each offset, inside compressed bytes."""
import base64
import glob
import os
import subprocess
import zlib


def inflated(data):
    """The bytes, and what any zstd, gzip or zlib stream in them holds."""
    yield data
    for magic in (b'\x28\xb5\x2f\xfd', b'\x1f\x8b', b'\x78\x01', b'\x78\x9c', b'\x78\xda'):
        at = data.find(magic)
        while at >= 0:
            if magic[0] == 0x28:
                yield subprocess.run(['zstd', '-dc', '-q'], input=data[at:], capture_output=True,
                                     check=False).stdout
            else:
                try:
                    yield zlib.decompressobj(47).decompress(data[at:])
                except zlib.error:
                    pass
            at = data.find(magic, at + 1)


def needles(secret):
    raw = secret.encode()
    yield raw
    for shift in range(3):  # base64 at each alignment, without its edges
        yield base64.b64encode(b'x' * shift + raw)[4:-4]
    yield raw.hex().encode()


def files_with(secret, folder, besides=()):
    """Files that hold the secret in clear; names that end with one of `besides` may."""
    hits = []
    for path in glob.glob(folder + '/**', recursive=True):
        if not os.path.isfile(path) or path.endswith(besides):
            continue
        with open(path, 'rb') as f:
            data = f.read()
        for part in inflated(data):
            hits += [path for n in needles(secret) if n in part]
    return hits
