"""The key-encryption key: where it is kept, and how it wraps the keys of a workspace.

Here: the provider's shape and the file provider. Not here: what is wrapped (keys). Another provider is one more class and
one more line in open_kek.
"""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Final, Protocol, final
from uuid import UUID

from cryptography.hazmat.primitives.hashes import SHA512
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from privacy.sealed import Cell, FieldAuthError, Sealed, seal
from privacy.sealed import open as unseal

_LENGTH: Final = 32
_PLANNED: Final = ("env", "awskms", "gcpkms", "vault")


class KekError(Exception):
    """The key-encryption key cannot be used; the text is a sentence for the operator, without key material."""


class KekProvider(Protocol):
    """Wraps keys under one that never stands in the database.

    Errors: every method raises KekError.
    """

    @property
    def uri(self) -> str:
        """Where the key is, stored beside what it wrapped."""
        ...

    def wrap(self, key: bytes, context: Mapping[str, str]) -> bytes:
        """The key wrapped; it unwraps under the same context only."""
        ...

    def unwrap(self, blob: bytes, context: Mapping[str, str]) -> bytes:
        """The key again."""
        ...

    def check(self) -> None:
        """Wrap and unwrap a test value, so that a bad setting is found at the start."""
        ...


@final
class FileKek:
    """A key of 32 random bytes in a file that only its owner reads. The file is read at each use and not kept."""

    def __init__(self, path: Path) -> None:
        self._path = path.absolute()

    @classmethod
    def create(cls, path: Path) -> FileKek:
        """Make a new key file.

        Errors: KekError when it exists already or cannot be made.
        """
        kek = cls(path)
        folder = kek._path.parent
        try:
            folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise KekError(f"The folder {folder} cannot be made: {error.strerror}.") from None
        kek._refuse_open_folders()
        try:
            kek._write(os.urandom(_LENGTH))
        except FileExistsError:
            raise KekError(
                f"The key file {kek._path} exists already. Keep it: without it, nothing stored can be read."
            ) from None
        except OSError as error:
            raise KekError(f"The key file {kek._path} cannot be made: {error.strerror}.") from None
        kek.check()
        return kek

    @property
    def uri(self) -> str:
        """The file's address."""
        return f"file:{self._path}"

    def wrap(self, key: bytes, context: Mapping[str, str]) -> bytes:
        """The key, sealed in the v1 format under the file's key."""
        secret = self._read()
        return seal(secret, _key_id(secret), _cell(context), key).blob

    def unwrap(self, blob: bytes, context: Mapping[str, str]) -> bytes:
        """The key again.

        Errors: KekError for another key file, another context, or damage.
        """
        # Raised from this frame, so that no traceback that prints locals reaches a frame with the secret in it.
        with suppress(FieldAuthError):
            return _unseal(self._read(), blob, context)
        raise KekError(f"The key file {self._path} does not open this key. Put back the file that was used to make it.")

    def check(self) -> None:
        """Read the file and wrap a test value with it."""
        context = {"p": "check/v1"}
        if self.unwrap(self.wrap(b"check", context), context) != b"check":
            raise KekError(f"The key file {self._path} does not open what it wrapped.")

    def _write(self, secret: bytes) -> None:
        flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
        with os.fdopen(os.open(self._path, flags, 0o600), "wb") as file:
            try:
                file.write(secret)
                file.flush()
                os.fsync(file.fileno())
            except OSError:
                self._path.unlink()  # Half a key must not pass for one at the next try.
                raise
        # The name must last as long as what it opens: sync the folder too.
        folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)

    def _read(self) -> bytes:
        self._refuse_open_folders()
        try:
            # O_NONBLOCK: a pipe in the file's place must not hang the start.
            descriptor = os.open(self._path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
        except FileNotFoundError:
            raise KekError(
                f"There is no key file {self._path}. Run noted init, or put back the file from your backup."
            ) from None
        except OSError as error:
            raise KekError(
                f"The key file {self._path} cannot be read ({error.strerror}). A symbolic link is refused: name the file itself."
            ) from None
        try:
            self._refuse_unsafe(os.fstat(descriptor))
            return os.read(descriptor, _LENGTH)
        finally:
            os.close(descriptor)

    def _refuse_unsafe(self, status: os.stat_result) -> None:
        if not stat.S_ISREG(status.st_mode):
            raise KekError(f"The key file {self._path} is not a plain file.")
        if status.st_uid != os.geteuid():
            raise KekError(f"The key file {self._path} belongs to another user. Run noted as its owner, or chown it.")
        if status.st_mode & 0o077:
            raise KekError(f"Others can use the key file {self._path}. Run chmod 600 on it.")
        if status.st_size != _LENGTH:
            raise KekError(f"The key file {self._path} must hold exactly 32 bytes. Put back the file from your backup.")

    def _refuse_open_folders(self) -> None:
        # Of the name as given and of where its links lead: whoever can change either can change the key.
        for folder in {*self._path.parents, *self._path.resolve().parents}:
            try:
                mode = folder.stat().st_mode
            except OSError:
                continue  # The file's own error says more than the folder's.
            if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
                raise KekError(
                    f"Anyone can replace the key file, because anyone can write to {folder}. Run chmod o-w on it."
                )


def open_kek(uri: str) -> KekProvider:
    """The provider that the address names.

    Errors: KekError for every address but file:PATH.
    """
    scheme, _, path = uri.partition(":")
    if scheme == "file" and path:
        return FileKek(Path(path))
    # The address is not repeated: people put tokens into such settings.
    named = f"{scheme}: keys do not exist yet" if scheme in _PLANNED else "This key address is not known"
    raise KekError(f"{named}. Set NOTED_KEK_URI to file:PATH.")


def _cell(context: Mapping[str, str]) -> Cell:
    """The context as the place of the wrapped key: one text for each mapping, whatever its order."""
    text = json.dumps(dict(context), sort_keys=True, separators=(",", ":"))
    return Cell(text, "kek", "file/v1", UUID(int=0), 1, "key")


def _unseal(secret: bytes, blob: bytes, context: Mapping[str, str]) -> bytes:
    return unseal(secret, _key_id(secret), _cell(context), Sealed(blob))


def _key_id(secret: bytes) -> UUID:
    return UUID(bytes=HKDF(SHA512(), 16, None, b"kek-id/v1").derive(secret))
