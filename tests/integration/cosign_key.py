# SPDX-License-Identifier: Apache-2.0
"""A private key in the form that cosign and skopeo read: PKCS#8 in NaCl's secretbox (XSalsa20 and
Poly1305, cr.yp.to), under a key that scrypt makes of a passphrase. For tests: nothing here hides from a
clock."""
import base64
import hashlib
import json
import os
import struct

MASK = 0xffffffff


def rounds(x):
    def quarter(a, b, c, d):
        for to, p, q, n in ((b, a, d, 7), (c, b, a, 9), (d, c, b, 13), (a, d, c, 18)):
            v = (x[p] + x[q]) & MASK
            x[to] ^= ((v << n) | (v >> (32 - n))) & MASK
    for _ in range(10):
        for one in ((0, 4, 8, 12), (5, 9, 13, 1), (10, 14, 2, 6), (15, 3, 7, 11),
                    (0, 1, 2, 3), (5, 6, 7, 4), (10, 11, 8, 9), (15, 12, 13, 14)):
            quarter(*one)
    return x


def state(key, middle):
    c, k, m = struct.unpack('<4I', b'expand 32-byte k'), struct.unpack('<8I', key), struct.unpack('<4I', middle)
    return [c[0], *k[:4], c[1], *m, c[2], *k[4:], c[3]]


def hsalsa20(key, nonce):
    x = rounds(state(key, nonce))
    return struct.pack('<8I', *(x[i] for i in (0, 5, 10, 15, 6, 7, 8, 9)))


def salsa20(key, nonce, n):
    out = b''
    for block in range((n + 63) // 64):
        start = state(key, nonce + struct.pack('<Q', block))
        out += struct.pack('<16I', *((a + b) & MASK for a, b in zip(rounds(start[:]), start)))
    return out[:n]


def poly1305(key, text):
    r = int.from_bytes(key[:16], 'little') & 0x0ffffffc0ffffffc0ffffffc0fffffff
    total = 0
    for i in range(0, len(text), 16):
        total = (total + int.from_bytes(text[i:i + 16] + b'\1', 'little')) * r % ((1 << 130) - 5)
    return ((total + int.from_bytes(key[16:32], 'little')) & ((1 << 128) - 1)).to_bytes(16, 'little')


def secretbox(key, nonce, text):
    stream = salsa20(hsalsa20(key, nonce[:16]), nonce[16:], 32 + len(text))
    sealed = bytes(a ^ b for a, b in zip(text, stream[32:]))
    return poly1305(stream[:32], sealed) + sealed


def encrypted(pkcs8, passphrase):
    """The PEM file of a key in DER."""
    salt, nonce = os.urandom(32), os.urandom(24)
    key = hashlib.scrypt(passphrase, salt=salt, n=32768, r=8, p=1, maxmem=1 << 26, dklen=32)
    words = [base64.b64encode(x).decode() for x in (salt, nonce, secretbox(key, nonce, pkcs8))]
    text = json.dumps({'kdf': {'name': 'scrypt', 'params': {'N': 32768, 'r': 8, 'p': 1}, 'salt': words[0]},
                       'cipher': {'name': 'nacl/secretbox', 'nonce': words[1]}, 'ciphertext': words[2]})
    return ('-----BEGIN ENCRYPTED COSIGN PRIVATE KEY-----\n' + base64.encodebytes(text.encode()).decode() +
            '-----END ENCRYPTED COSIGN PRIVATE KEY-----\n')
