"""上云上平台行为数据拉取接口：供应商参考实现。一个文件，只用标准库和 cryptography，可直接照搬。

The supplier's side of the pull interface, to be copied: one file, standard library and `cryptography` only.
It answers GET requests of the platform with the records of a period, encrypted for the platform alone.

    python supplier_endpoint.py --log usage.jsonl --user-id YQ-001 --fingerprint <平台公钥指纹> --port 8443
    (TLS: --cert server.pem --key server-key.pem, or a reverse proxy in front)

The log is JSON lines, one line an operation:
    {"time": "2019-06-16T08:30:00+08:00", "user": "张三", "ip": "14.23.10.8", "action": "login"}
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import os
import ssl
from collections.abc import Callable, Iterable
from datetime import datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.serialization import load_der_public_key

VERSION = "1"
# Where the records of a period come from; replace this by a query of your own application.
Records = Callable[[datetime, datetime], Iterable[dict[str, str]]]


class NotAsked(Exception):
    """A request that gets no records: its status and what is wrong with it."""

    def __init__(self, status: int, said: str) -> None:
        self.status, self.said = status, said
        super().__init__(said)


def records_of_file(path: Path) -> Records:
    """The records of a JSON-lines file that start in a period: from start on, before end."""

    def of_period(start: datetime, end: datetime) -> Iterable[dict[str, str]]:
        with path.open(encoding="utf-8") as file:
            for line in file:
                if line.strip() and start <= datetime.fromisoformat(json.loads(line)["time"]) < end:
                    yield json.loads(line)

    return of_period


def sealed(content: bytes, public_der: bytes, bound_to: bytes) -> bytes:
    """The answer: a fresh AES-256 key, the content under it (GCM), the key under the platform's RSA key."""
    public = load_der_public_key(public_der)
    assert isinstance(public, rsa.RSAPublicKey)
    secret, nonce = AESGCM.generate_key(bit_length=256), os.urandom(12)
    oaep = padding.OAEP(mgf=padding.MGF1(algorithm=hashes.SHA256()), algorithm=hashes.SHA256(), label=None)
    answer = {
        "version": VERSION,
        "fingerprint": hashlib.sha256(public_der).hexdigest(),
        "key": base64.b64encode(public.encrypt(secret, oaep)).decode(),
        "nonce": base64.b64encode(nonce).decode(),
        "data": base64.b64encode(AESGCM(secret).encrypt(nonce, content, bound_to)).decode(),
    }
    return json.dumps(answer).encode("utf-8")


def answer_to(
    query: dict[str, str], headers: dict[str, str], *, user_id: str, fingerprint: str, records: Records
) -> bytes:
    """The body for one request of the platform; raises NotAsked.

    Only the platform's own public key is answered: whoever else sends a request, even with this key, gets
    nothing that can be read.
    """
    try:
        public_der = base64.b64decode(headers.get("x-yunquan-public-key", ""), validate=True)
    except ValueError:
        raise NotAsked(400, "X-Yunquan-Public-Key 不是 base64") from None
    if not hmac.compare_digest(hashlib.sha256(public_der).hexdigest(), fingerprint.lower()):
        raise NotAsked(403, "不是已登记的平台公钥")
    if headers.get("x-yunquan-version") != VERSION:
        raise NotAsked(400, f"只支持版本 {VERSION}")
    if not hmac.compare_digest(query.get("user_id", "").encode(), user_id.encode()):
        raise NotAsked(404, "没有这个用户标识")
    try:
        start, end = datetime.fromisoformat(query["start"]), datetime.fromisoformat(query["end"])
    except (KeyError, ValueError):
        raise NotAsked(400, "start、end 应为带时区的 ISO 8601 时间") from None
    if start.tzinfo is None or end.tzinfo is None or not start < end:
        raise NotAsked(400, "start、end 应带时区，且 start 早于 end")
    lines = (json.dumps(row, ensure_ascii=False) + "\n" for row in records(start, end))
    bound_to = "\n".join(("yunquan-pull-1", query["user_id"], query["start"], query["end"]))
    return sealed("".join(lines).encode("utf-8"), public_der, bound_to.encode("utf-8"))


def make_server(
    address: tuple[str, int], *, user_id: str, fingerprint: str, records: Records
) -> ThreadingHTTPServer:
    """A server that answers GET on any path."""

    class Endpoint(BaseHTTPRequestHandler):
        timeout = 60  # Seconds for whoever connects and says nothing.

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            query = {name: values[0] for name, values in parse_qs(parts.query).items()}
            headers = {name.lower(): value for name, value in self.headers.items()}
            try:
                body, status = (
                    answer_to(query, headers, user_id=user_id, fingerprint=fingerprint, records=records),
                    200,
                )
            except NotAsked as refused:
                body, status = (
                    json.dumps({"error": refused.said}, ensure_ascii=False).encode(),
                    refused.status,
                )
            self.send_response(status)
            self.send_header("Content-Type", "application/json; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *words: object) -> None:
            """One line a request, without the query: it names the user."""
            print(f"{self.log_date_time_string()} {self.command} {urlsplit(self.path).path} {words[1:2]}")

    return ThreadingHTTPServer(address, Endpoint)


def secure(server: ThreadingHTTPServer, cert: str, key: str | None) -> None:
    """Let a server speak TLS; each handshake is held in its own thread, so that nobody waits for another's."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(cert, key)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)


def main() -> None:
    """Serve a log file until stopped."""
    parser = argparse.ArgumentParser(description="行为数据拉取接口（供应商参考实现）")
    parser.add_argument("--log", type=Path, required=True, help="JSON 行日志")
    parser.add_argument("--user-id", required=True, help="在平台“拉取设置”中填写的用户标识")
    parser.add_argument("--fingerprint", required=True, help="平台公钥指纹，见平台“行为数据－拉取设置”")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8443)
    parser.add_argument("--cert", help="TLS 证书（不填则须由前置代理提供 https）")
    parser.add_argument("--key", help="TLS 私钥")
    given = parser.parse_args()
    if len(given.fingerprint) != 64 or set(given.fingerprint.lower()) - set("0123456789abcdef"):
        parser.error("--fingerprint 应为 64 位十六进制的平台公钥指纹，请从平台“拉取设置”页整段抄下")
    server = make_server(
        (given.host, given.port),
        user_id=given.user_id,
        fingerprint=given.fingerprint,
        records=records_of_file(given.log),
    )
    if given.cert:
        secure(server, given.cert, given.key)
    print(f"http{'s' if given.cert else ''}://{given.host}:{given.port}/")
    server.serve_forever()


if __name__ == "__main__":
    main()
