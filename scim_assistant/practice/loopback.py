"""A WSGI application on a port of this computer, for the length of a practice session.

Listens on 127.0.0.1 only, keeps connections open between requests, prints nothing, and stops at once, leaving
neither thread nor socket. The gateway is small and our own: werkzeug's development server ends every
connection and lingers 10 ms after each answer, wsgiref speaks HTTP/1.0.
"""

from __future__ import annotations

import contextlib
import io
import socket
import threading
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler
from socketserver import TCPServer, ThreadingMixIn
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIApplication

HOST: Final = "127.0.0.1"
_POLL_S: Final = 0.02
_MAX_BODY: Final = 16 * 1024 * 1024
_NO_BODY: Final = frozenset({204, 304})


class _Handler(BaseHTTPRequestHandler):
    """One connection: request after request into the application."""

    protocol_version = "HTTP/1.1"
    # Without this each answer on a kept connection could wait for a delayed acknowledgement.
    disable_nagle_algorithm = True
    wbufsize = -1
    server: _Server

    def version_string(self) -> str:
        """No product name in the Server header."""
        return "practice"

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""

    def parse_request(self) -> bool:
        """Read the request line and hand every method to the application."""
        if not super().parse_request():
            return False
        method = f"do_{self.command}"
        if not hasattr(self, method):
            setattr(self, method, self._serve)
        return True

    def finish(self) -> None:
        """Let go of the connection, also when the client is gone before the last answer."""
        with contextlib.suppress(OSError):
            self.wfile.close()
        self.rfile.close()

    def _serve(self) -> None:
        body = self._read_body()
        if body is None:
            return
        head: list[Any] = []

        def start_response(status: str, headers: list[tuple[str, str]], exc_info: Any = None) -> Any:
            head[:] = [status, headers]

        answer = self.server.app(self._environ(body), start_response)
        try:
            content = b"".join(answer)
            self._send(head[0], head[1], content)
        finally:
            close = getattr(answer, "close", None)
            if close is not None:
                close()

    def _send(self, status: str, headers: list[tuple[str, str]], content: bytes) -> None:
        number, _, phrase = status.partition(" ")
        code = int(number)
        self.send_response_only(code, phrase)
        names = {name.lower() for name, _ in headers}
        for name, value in headers:
            self.send_header(name, value)
        if "date" not in names:
            self.send_header("Date", self.date_time_string())
        if "content-length" not in names and code not in _NO_BODY:
            self.send_header("Content-Length", str(len(content)))
        if self.close_connection:
            self.send_header("Connection", "close")
        self.end_headers()
        if self.command != "HEAD" and code not in _NO_BODY:
            self.wfile.write(content)
        self.wfile.flush()

    def _read_body(self) -> bytes | None:
        """The whole body; None when it was refused and the connection ends."""
        if "chunked" in self.headers.get("Transfer-Encoding", "").lower():
            return self._read_chunks()
        text = self.headers.get("Content-Length", "0")
        length = int(text) if text.isdigit() else -1
        if length < 0 or length > _MAX_BODY:
            self._refuse(HTTPStatus.BAD_REQUEST if length < 0 else HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
            return None
        return self.rfile.read(length)

    def _read_chunks(self) -> bytes | None:
        body = bytearray()
        while True:
            try:
                size = int(self.rfile.readline(1024).split(b";")[0], 16)
            except ValueError:
                self._refuse(HTTPStatus.BAD_REQUEST)
                return None
            if size < 0 or len(body) + size > _MAX_BODY:
                self._refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE)
                return None
            body += self.rfile.read(size)
            if size == 0:
                while self.rfile.readline(8192).strip():
                    pass
                return bytes(body)
            self.rfile.readline(8)

    def _refuse(self, status: HTTPStatus) -> None:
        self.close_connection = True
        self._send(f"{status.value} {status.phrase}", [], b"")

    def _environ(self, body: bytes) -> dict[str, Any]:
        path, _, query = self.path.partition("?")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": self.command,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote(path, "latin-1"),
            "QUERY_STRING": query,
            "RAW_URI": self.path,
            "CONTENT_LENGTH": str(len(body)),
            "SERVER_NAME": HOST,
            "SERVER_PORT": str(self.server.server_address[1]),
            "SERVER_PROTOCOL": self.request_version,
            "REMOTE_ADDR": self.client_address[0],
            "wsgi.version": (1, 0),
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(body),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }
        if "Content-Type" in self.headers:
            environ["CONTENT_TYPE"] = self.headers["Content-Type"]
        for name in self.headers:
            key = "HTTP_" + name.upper().replace("-", "_")
            if name.lower() not in {"content-type", "content-length"}:
                environ[key] = ",".join(self.headers.get_all(name, []))
        return environ


class _Server(ThreadingMixIn, TCPServer):
    """Remembers its connections, so that it can end them."""

    request_queue_size = 128
    daemon_threads = True
    allow_reuse_address = False

    def __init__(self, app: WSGIApplication) -> None:
        self.app = app
        self._guard = threading.Lock()
        self._open: dict[Any, threading.Thread] = {}
        super().__init__((HOST, 0), _Handler)

    def process_request(self, request: Any, client_address: Any) -> None:
        thread = threading.Thread(
            target=self._serve_connection,
            args=(request, client_address),
            name="practice connection",
            daemon=True,
        )
        with self._guard:
            self._open[request] = thread
        thread.start()

    def _serve_connection(self, request: Any, client_address: Any) -> None:
        try:
            self.process_request_thread(request, client_address)
        finally:
            with self._guard:
                self._open.pop(request, None)

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that hangs up is no news; an application answers its own faults."""

    def end_connections(self) -> None:
        """Close what is still open and wait for the threads behind it."""
        with self._guard:
            left = list(self._open.items())
        for connection, _ in left:
            with contextlib.suppress(OSError):
                connection.shutdown(socket.SHUT_RDWR)
        for _, thread in left:
            if thread is not threading.current_thread():
                thread.join(timeout=5)


class LoopbackServer:
    """Serves one application until it is stopped.

    Args:
        app: Called from several threads.
        name: For the thread.
    """

    def __init__(self, app: WSGIApplication, name: str) -> None:
        self._app = app
        self._name = name
        self._server: _Server | None = None
        self._thread: threading.Thread | None = None
        self._stopping = threading.Lock()

    def start(self) -> int:
        """Listen on a port that the system chooses, and return it."""
        self._server = server = _Server(self._app)
        self._thread = threading.Thread(
            target=lambda: server.serve_forever(_POLL_S), name=self._name, daemon=True
        )
        self._thread.start()
        return int(server.server_address[1])

    def stop(self) -> None:
        """Stop listening and end every connection. Harmless when not started, or stopped from two threads at once."""
        with self._stopping:
            if self._server is None or self._thread is None:
                return
            self._server.shutdown()
            self._server.end_connections()
            self._server.server_close()
            self._thread.join(timeout=5)
            self._server = self._thread = None


class RefusedPort:
    """A port of this computer that refuses every connection while it is held."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None

    def start(self) -> int:
        """Reserve a port without listening on it, and return it."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        self._socket.bind((HOST, 0))
        return int(self._socket.getsockname()[1])

    def stop(self) -> None:
        """Give the port back. Harmless when not started."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None
