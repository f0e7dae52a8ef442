"""A line between browser and server that can be cut and mended."""

from __future__ import annotations

import socket
import threading


class Line:
    """Listens on a port of its own and hands everything on to the server's."""

    def __init__(self, server_port: int) -> None:
        self._server_port = server_port
        self._open: list[socket.socket] = []
        self._cut = False
        self._door = socket.create_server(("localhost", 0))
        self.address = f"http://localhost:{self._door.getsockname()[1]}"
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        """End every connection, and refuse new ones until mended."""
        self._cut = True
        for end in self._open:
            _hang_up(end)
        self._open.clear()

    def mend(self) -> None:
        self._cut = False

    def _accept(self) -> None:
        while True:
            near, _ = self._door.accept()
            if self._cut:
                near.close()
                continue
            far = socket.create_connection(("localhost", self._server_port))
            self._open += [near, far]
            for start, end in ((near, far), (far, near)):
                threading.Thread(target=_hand_on, args=(start, end), daemon=True).start()


def _hand_on(start: socket.socket, end: socket.socket) -> None:
    try:
        while data := start.recv(65536):
            end.sendall(data)
    except OSError:
        pass  # cut
    _hang_up(start)
    _hang_up(end)


def _hang_up(end: socket.socket) -> None:
    try:
        end.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass  # hung up before
