"""Runs one of the servers that nobody here wrote: ``python -m tests.scim.foreign.host NAME FOLDER``.

Prints one line of JSON with the Tenant URL and the token. Every line on standard input asks for what the server keeps,
which comes back as a line of JSON too; the end of standard input ends it. Whatever the server itself prints
goes to standard error.
"""

from __future__ import annotations

import json
import os
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path

from tests.scim.foreign.served import TOKEN, Served


def _scim2_server(_host: str, _folder: Path) -> Served:
    from tests.scim.foreign.scim2_server_app import serve

    return serve(checks_tokens=False)


def _scim2_server_token(_host: str, _folder: Path) -> Served:
    from tests.scim.foreign.scim2_server_app import serve

    return serve(checks_tokens=True)


def _django_scim2(_host: str, folder: Path) -> Served:
    from tests.scim.foreign.django_scim2_app import serve

    return serve(folder)


def _django_scim2_server(_host: str, folder: Path) -> Served:
    from tests.scim.foreign.django_scim2_server_app import serve

    return serve(folder)


def _canaille(host: str, _folder: Path) -> Served:
    from tests.scim.foreign.canaille_app import serve

    return serve(host)


SERVERS: dict[str, Callable[[str, Path], Served]] = {
    "scim2-server": _scim2_server,
    "scim2-server-token": _scim2_server_token,
    "django-scim2": _django_scim2,
    "django-scim2-server": _django_scim2_server,
    "canaille": _canaille,
}


def main(name: str, folder: str) -> None:
    """Run the server called ``name`` until standard input ends."""
    from werkzeug.serving import WSGIRequestHandler, make_server

    class Quiet(WSGIRequestHandler):
        protocol_version = "HTTP/1.1"

        def log(self, type: str, message: str, *args: object) -> None:
            """Print nothing."""

    out = os.fdopen(os.dup(sys.stdout.fileno()), "w", encoding="utf-8")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    # The port is taken first: one of the servers has to know under which name it is asked.
    listening = socket.create_server(("127.0.0.1", 0))
    host = f"127.0.0.1:{listening.getsockname()[1]}"
    served = SERVERS[name](host, Path(folder))
    server = make_server(
        "127.0.0.1", 0, served.wsgi, threaded=True, request_handler=Quiet, fd=listening.fileno()
    )
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    print(json.dumps({"url": f"http://{host}{served.path}", "token": TOKEN}), file=out, flush=True)
    for _ in sys.stdin:
        print(json.dumps(served.kept()), file=out, flush=True)
    server.shutdown()
    thread.join()


if __name__ == "__main__":
    main(*sys.argv[1:])
