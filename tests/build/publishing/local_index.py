"""A package index on this machine: uploads, simple pages, trusted publishing.

It speaks the legacy upload API and PEP 691 over real sockets. `faults` says how
each upload in turn goes wrong: a status (`503`), `reset` (the connection breaks in
the middle), `lost` (the file is taken, and no answer comes), `hang`, `echo` (the
refusal repeats the password).
"""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import struct
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

MINTED = "minted-upload-token"
IDENTITY = "header.eyJhdWQiOiJsb2NhbCJ9.signature"


@dataclass
class Upload:
    """One upload that arrived whole."""

    fields: dict[str, list[str]]
    filename: str
    content: bytes
    user: str
    password: str


@dataclass
class Index:
    """What the server holds, how it misbehaves, and what it was asked."""

    url: str = ""
    faults: list[str] = field(default_factory=list)
    users: dict[str, str] = field(default_factory=dict)
    files: dict[str, bytes] = field(default_factory=dict)
    uploads: list[Upload] = field(default_factory=list)
    requests: list[tuple[str, str]] = field(default_factory=list)
    tells_hash: bool = True
    answers_simple: bool = True
    lifetime_s: float = 900.0
    minted: int = 0
    refuses_identity: bool = False

    def posts(self) -> int:
        """Return how many uploads were started."""
        return sum(request == ("POST", "/legacy/") for request in self.requests)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    index: Index

    def log_message(self, *_):
        """Tests read `requests` instead."""

    def do_GET(self):
        parts = urlsplit(self.path)
        self.index.requests.append(("GET", parts.path))
        if parts.path == "/_/oidc/audience":
            self._answer_json(200, {"audience": "local"})
        elif parts.path == "/identity":
            wanted = parse_qs(parts.query).get("audience") == ["local"]
            known = self.headers.get("Authorization") == "bearer job-token"
            self._answer_json(200 if wanted and known else 403, {"value": IDENTITY})
        elif parts.path.startswith("/simple/") and self.index.answers_simple:
            self._answer_page(parts.path.split("/")[2])
        elif parts.path.startswith("/files/"):
            content = self.index.files.get(parts.path.rsplit("/", 1)[-1])
            self._answer(200 if content else 404, content or b"", "application/zip")
        else:
            self._answer(404, b"nothing here", "text/plain")

    def do_POST(self):
        path = urlsplit(self.path).path
        self.index.requests.append(("POST", path))
        if path == "/_/oidc/mint-token":
            self._mint()
            return
        fault = self.index.faults.pop(0) if self.index.faults else ""
        if fault == "reset":
            self.rfile.read(1000)
            self._reset()
            return
        upload = self._read_upload()
        if fault == "hang":
            time.sleep(5)
            self._reset()
        elif fault == "echo":
            self._answer(400, f"you sent {upload.password}".encode(), "text/plain")
        elif fault.isdigit():
            self._answer(int(fault), b"<p>by order of the test</p>", "text/html")
        else:
            self._take(upload, loses_answer=fault == "lost")

    def _take(self, upload, *, loses_answer):
        index = self.index
        if index.users and index.users.get(upload.user) != upload.password:
            self._answer(403, b"Invalid authentication information", "text/plain")
        elif upload.filename in index.files:
            self._answer(400, b"File already exists", "text/plain")
        else:
            index.files[upload.filename] = upload.content
            index.uploads.append(upload)
            if loses_answer:
                self._reset()
            else:
                self._answer(200, b"OK", "text/plain")

    def _read_upload(self):
        length = int(self.headers["Content-Length"])
        body = self.rfile.read(length)
        head = f"Content-Type: {self.headers['Content-Type']}\r\n\r\n".encode()
        fields, filename, content = {}, "", b""
        for part in message_from_bytes(head + body).get_payload():
            name = part.get_param("name", header="content-disposition")
            if name == "content":
                filename, content = part.get_filename(), part.get_payload(decode=True)
            else:
                text = part.get_payload(decode=True).decode()
                fields.setdefault(name, []).append(text)
        kind, _, secret = self.headers.get("Authorization", "").partition(" ")
        user, _, password = base64.b64decode(secret).decode().partition(":")
        assert kind in {"Basic", ""}
        return Upload(fields, filename, content, user, password)

    def _mint(self):
        length = int(self.headers["Content-Length"])
        given = json.loads(self.rfile.read(length))
        if self.index.refuses_identity or given != {"token": IDENTITY}:
            text = "no publisher is registered for this job"
            errors = [{"code": "invalid-publisher", "description": text}]
            self._answer_json(422, {"message": "refused", "errors": errors})
            return
        self.index.minted += 1
        token = f"{MINTED}-{self.index.minted}"
        self.index.users = {"__token__": token}
        expires = int(time.time() + self.index.lifetime_s)
        self._answer_json(200, {"success": True, "token": token, "expires": expires})

    def _answer_page(self, project):
        names = [
            name
            for name in sorted(self.index.files)
            if name.lower().replace("_", "-").startswith(f"{project}-")
        ]
        if not names:
            self._answer(404, b"no such project", "text/plain")
            return
        files = [
            {
                "filename": name,
                "url": f"/files/{name}",
                "hashes": {"sha256": hashlib.sha256(self.index.files[name]).hexdigest()}
                if self.index.tells_hash
                else {},
            }
            for name in names
        ]
        page = {"meta": {"api-version": "1.0"}, "name": project, "files": files}
        kind = "application/vnd.pypi.simple.v1+json"
        self._answer(200, json.dumps(page).encode(), kind)

    def _answer_json(self, status, value):
        self._answer(status, json.dumps(value).encode(), "application/json")

    def _answer(self, status, content, kind):
        self.send_response(status)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _reset(self):
        """Break the connection so that the peer sees a reset."""
        self.close_connection = True
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.shutdown(socket.SHUT_RD)
        self.connection.close()


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_):
        """A broken connection is what the tests ask for."""


@contextmanager
def serving(**values):
    """Serve an index on a free port of the loopback interface."""
    index = Index(**values)
    handler = type("Handler", (_Handler,), {"index": index})
    server = _Server(("127.0.0.1", 0), handler)
    index.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(
        target=server.serve_forever, kwargs={"poll_interval": 0.05}
    )
    thread.start()
    try:
        yield index
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
