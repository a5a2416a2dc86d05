"""A registry of images, from Debian's packages, which lets in by a password or by tokens."""

from __future__ import annotations

import json
import shutil
import socket
import time
from base64 import b64encode
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from hashlib import sha256
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import httpx
import jwt
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from tests.support.certificate import make_certificate
from tests.support.processes import Program

__all__ = ["MISSING", "PASSWORD", "USER", "push", "start_registry"]

MISSING = "A registry is not installed: apt-get install docker-registry"
USER = "etl"
PASSWORD = "s3cr3t-of-registry"
HASH = "$2y$04$abcdefghijklmnopqrstuuXnHMifEKmVDI/fVaBckWjpxpOPzPCGu"
"""The password, as bcrypt keeps it."""
MANIFEST = "application/vnd.oci.image.manifest.v1+json"
CONFIG = "application/vnd.oci.image.config.v1+json"


@contextmanager
def start_registry(folder: Path, auth: str) -> Iterator[str | None]:
    """Run one on a free port, `open` or by `basic` or `token`; give None without the program."""
    program = shutil.which("docker-registry")
    if program is None:
        yield None
        return
    with ExitStack() as stack:
        with socket.create_server(("127.0.0.1", 0)) as listener:
            port = listener.getsockname()[1]
        access: dict[str, Any] = {}
        if auth == "basic":
            (folder / "users").write_text(f"{USER}:{HASH}\n")
            access = {"htpasswd": {"realm": "test", "path": str(folder / "users")}}
        elif auth == "token":
            make_certificate(folder / "key", folder / "certificate")
            access = {
                "token": {
                    "realm": stack.enter_context(_tokens(folder)),
                    "service": "registry",
                    "issuer": "test",
                    "rootcertbundle": str(folder / "certificate"),
                }
            }
        config = {
            "version": 0.1,
            "log": {"level": "info"},
            "storage": {"filesystem": {"rootdirectory": str(folder / "images")}},
            "http": {"addr": f"127.0.0.1:{port}"},
        } | ({"auth": access} if access else {})
        # JSON is YAML as well.
        (folder / "config.yml").write_text(json.dumps(config))
        running = stack.enter_context(Program([program, "serve", folder / "config.yml"]))
        running.wait_for_line("listening on")
        yield f"http://127.0.0.1:{port}"


@contextmanager
def _tokens(folder: Path) -> Iterator[str]:
    """Run a server that gives tokens for a scope to who knows the password; give its address."""
    certificate = x509.load_pem_x509_certificate((folder / "certificate").read_bytes())
    chain = [b64encode(certificate.public_bytes(Encoding.DER)).decode()]
    expected = "Basic " + b64encode(f"{USER}:{PASSWORD}".encode()).decode()

    class Tokens(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            known = self.headers["Authorization"] == expected
            said: dict[str, Any] = {"errors": [{"message": "wrong password"}]}
            if known:
                wanted = parse_qs(urlsplit(self.path).query).get("scope", [])
                said = {"token": _token(folder, chain, wanted)}
            body = json.dumps(said).encode()
            self.send_response(200 if known else 401)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Tokens) as server:
        thread = Thread(target=server.serve_forever, daemon=True)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/token"
        finally:
            server.shutdown()
            thread.join()


def _token(folder: Path, chain: list[str], wanted: list[str]) -> str:
    scopes = [scope.split(":") for scope in wanted]
    now = int(time.time())
    claims = {
        "iss": "test",
        "sub": USER,
        "aud": "registry",
        "iat": now,
        "nbf": now - 10,
        "exp": now + 300,
        "access": [
            {"type": kind, "name": name, "actions": actions.split(",")}
            for kind, name, actions in scopes
        ],
    }
    key = (folder / "key").read_bytes()
    return jwt.encode(claims, key, algorithm="ES256", headers={"x5c": chain})


def push(url: str, repository: str, tag: str) -> str:
    """Put an image without layers into an open registry, and return its digest."""
    config = b"{}"
    parts = {"mediaType": CONFIG, "size": len(config), "digest": _digest(config)}
    manifest = {"schemaVersion": 2, "mediaType": MANIFEST, "config": parts, "layers": []}
    body = json.dumps(manifest | {"annotations": {"tag": tag}}).encode()
    with httpx.Client(base_url=f"{url}/v2/{repository}/") as client:
        place = client.post("blobs/uploads/").raise_for_status().headers["Location"]
        place = httpx.URL(place).copy_merge_params({"digest": _digest(config)})
        client.put(place, content=config).raise_for_status()
        headers = {"Content-Type": MANIFEST}
        client.put(f"manifests/{tag}", content=body, headers=headers).raise_for_status()
    return _digest(body)


def _digest(content: bytes) -> str:
    return f"sha256:{sha256(content).hexdigest()}"
