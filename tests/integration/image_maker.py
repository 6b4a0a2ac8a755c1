# SPDX-License-Identifier: Apache-2.0
"""Images for the tests: archives as `docker save` writes them, from layers that are made here."""
import hashlib
import io
import json
import tarfile


def tar(files):
    """A layer: names and bytes, or bytes and mode, in their order; None makes a whiteout of the name."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode='w', format=tarfile.USTAR_FORMAT) as t:
        for name, text in files.items():
            if text is None:
                folder, _, last = name.rpartition('/')
                name, text = f'{folder}/.wh.{last}' if folder else f'.wh.{last}', b''
            info = tarfile.TarInfo(name)
            text, info.mode = text if isinstance(text, tuple) else (text, 0o644)
            info.size = len(text)
            t.addfile(info, io.BytesIO(text))
    return out.getvalue()


def status(*packages):
    return b''.join(f'Package: {n}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {v}\n\n'.encode()
                    for n, v in packages)


def diff_id(layer):
    return 'sha256:' + hashlib.sha256(layer).hexdigest()


def config(layers, history, settings=None):
    """history: build steps; those that begin with CMD, ENV or LABEL make no layer."""
    empty = ('CMD', 'ENV', 'LABEL', 'USER')
    return json.dumps({'architecture': 'amd64', 'os': 'linux', 'config': settings or {},
                       'created': '2026-01-01T00:00:00Z',
                       'rootfs': {'type': 'layers', 'diff_ids': [diff_id(x) for x in layers]},
                       'history': [{'created_by': h, 'empty_layer': h.startswith(empty)} for h in history]}).encode()


def save(path, reference, layers, history, settings=None):
    """An archive as `docker save` writes it."""
    text = config(layers, history, settings)
    name = hashlib.sha256(text).hexdigest() + '.json'
    files = {f'{diff_id(x)[7:]}/layer.tar': x for x in layers}
    manifest = [{'Config': name, 'RepoTags': [reference] if reference else None,
                 'Layers': [f'{diff_id(x)[7:]}/layer.tar' for x in layers]}]
    with open(path, 'wb') as f:
        f.write(tar({**files, name: text, 'manifest.json': json.dumps(manifest).encode()}))


def layout(layers, history, settings=None, reference=None):
    """Files of an OCI layout, by name, and the digest of its manifest."""
    blobs = {}

    def blob(data, media):
        digest = hashlib.sha256(data).hexdigest()
        blobs['blobs/sha256/' + digest] = data
        return {'mediaType': media, 'digest': 'sha256:' + digest, 'size': len(data)}

    manifest = json.dumps({
        'schemaVersion': 2, 'mediaType': 'application/vnd.oci.image.manifest.v1+json',
        'config': blob(config(layers, history, settings), 'application/vnd.oci.image.config.v1+json'),
        'layers': [blob(x, 'application/vnd.oci.image.layer.v1.tar') for x in layers]}).encode()
    entry = blob(manifest, 'application/vnd.oci.image.manifest.v1+json')
    if reference:
        entry['annotations'] = {'org.opencontainers.image.ref.name': reference}
    index = {'schemaVersion': 2, 'manifests': [entry]}
    return {'oci-layout': b'{"imageLayoutVersion": "1.0.0"}', 'index.json': json.dumps(index).encode(),
            **blobs}, entry['digest']
