"""Messages between the batch, the supervisor of a run and the run: pickled values over a Unix socket.

Both ends are processes of one batch of one user; nothing else can reach the socket, which has no name.
"""

from __future__ import annotations

import pickle
import socket
import struct

_LENGTH = struct.Struct("!Q")


def send(to: socket.socket, message: object) -> None:
    """Send one message; raises OSError when the other end is gone."""
    data = pickle.dumps(message)
    to.sendall(_LENGTH.pack(len(data)) + data)


def receive(origin: socket.socket) -> object:
    """Return the next message; raises EOFError when the other end is gone, also in the middle of one."""
    (length,) = _LENGTH.unpack(_exactly(origin, _LENGTH.size))
    return pickle.loads(_exactly(origin, length))


def _exactly(origin: socket.socket, size: int) -> bytes:
    data = bytearray()
    while len(data) < size:
        try:
            part = origin.recv(min(size - len(data), 1 << 20))
        except ConnectionResetError:
            part = b""
        if not part:
            raise EOFError("the other end is gone")
        data += part
    return bytes(data)
