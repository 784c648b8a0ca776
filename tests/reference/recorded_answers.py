"""The reference's answers that took long to compute, kept in the repository: answers/<part>.tar.xz.

They stand for a part's own work where its stamp is the recorded one, that is with the same scripts,
inputs and versions of the reference, and where the recordings, which are made anew, are the same to the
byte. Anywhere else the part is computed. `oracle.py OUT_DIR --record` writes them.
"""

import io
import shutil
import tarfile

from oracle_common import HERE, digest

ANSWERS = HERE / "answers"
STAMP, CLIPS = "stamp", "clips.sha256"


def restore(context, name, part, folder, stamp):
    """Fills the (new, empty) folder of a part out of the repository; False, and empty, where that does not fit."""
    kept = read(name)
    if kept.pop(STAMP, None) != stamp.encode():
        return False
    part.make_clips(context, folder)
    if kept.pop(CLIPS) != list_of_clips(folder):
        shutil.rmtree(folder / "clips")
        return False
    for file, content in kept.items():
        (folder / file).write_bytes(content)
    return True


def record(name, folder):
    """Keeps what a part made, without its recordings."""
    files = {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}
    files[CLIPS] = list_of_clips(folder)
    ANSWERS.mkdir(exist_ok=True)
    with tarfile.open(ANSWERS / f"{name}.tar.xz", "w:xz", preset=9) as archive:
        for file, content in files.items():
            entry = tarfile.TarInfo(file)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))


def read(name):
    """{file name: content}; empty where nothing is recorded."""
    path = ANSWERS / f"{name}.tar.xz"
    if not path.exists():
        return {}
    with tarfile.open(path) as archive:
        return {entry.name: archive.extractfile(entry).read() for entry in archive.getmembers()}


def list_of_clips(folder):
    clips = sorted((folder / "clips").iterdir())
    return "".join(f"{digest(clip)}  {clip.name}\n" for clip in clips).encode()
