"""What a supplier's own interface can do to the platform's round of pulls, and a stranger to the endpoint (D47-5.12)."""

from __future__ import annotations

import json
import socket
import threading
import urllib.error
import urllib.request
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from examples.supplier_endpoint import supplier_endpoint as example
from tests.cast import World, at
from tests.usage.test_pulling import USER, Serve, private, serve, source  # noqa: F401
from yunquan.usage import fetching, pulling

NOW = at("2019-06-17 10:00")


@pytest.mark.parametrize("path", ["用量", "a b".replace(" ", "\u00a0"), "%"])
def test_an_address_that_is_not_plain_is_refused_where_it_is_typed(path: str) -> None:
    fault = fetching.url_fault(f"https://pull.example.com/{path}", private=False)
    assert bool(fault) == (not path.isascii())


@pytest.mark.parametrize(
    "fault",
    [
        RuntimeError("x"),
        OverflowError("date value out of range"),
        UnicodeEncodeError("ascii", "用", 0, 1, "no"),
    ],
)
def test_one_interface_that_nobody_foresaw_does_not_keep_the_others_waiting(
    world: World, monkeypatch: pytest.MonkeyPatch, fault: Exception
) -> None:
    row = source(world, "http://127.0.0.1:9/usage")

    def fall(*_: Any) -> bytes:
        raise fault

    monkeypatch.setattr(pulling, "fetched", fall)
    told = pulling.pull_due(NOW)
    assert told.done == 0 and len(told.failed) == 1
    row.refresh_from_db()
    assert row.failures == 1 and row.next_at > NOW


@pytest.mark.parametrize("moment", ["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"])
def test_a_time_at_the_end_of_all_days_is_a_record_of_another_time(moment: str) -> None:
    content = json.dumps({"time": moment, "user": "U1", "ip": "14.23.10.8", "action": "x"}).encode()
    with pytest.raises(pulling.envelope.BadAnswer):
        pulling._of_period(content, NOW - timedelta(days=1), NOW)


@pytest.mark.enable_socket
def test_a_visitor_who_says_nothing_does_not_stop_the_reference_endpoint(tmp_path: Path) -> None:
    """With TLS the handshake of one visitor must not hold up the others."""
    cert, key = own_certificate(tmp_path)
    server = example.make_server(
        ("127.0.0.1", 0), user_id=USER, fingerprint="0" * 64, records=lambda start, end: []
    )
    example.secure(server, str(cert), str(key))
    threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True).start()
    try:
        with socket.create_connection(server.server_address[:2], 5):
            import ssl

            context = ssl._create_unverified_context()
            with pytest.raises(urllib.error.HTTPError) as refused:
                urllib.request.urlopen(
                    f"https://127.0.0.1:{server.server_address[1]}/", timeout=5, context=context
                )
            refused.value.close()
            assert refused.value.code in (400, 403)
    finally:
        server.shutdown()
        server.server_close()


def own_certificate(folder: Path) -> tuple[Path, Path]:
    from datetime import UTC

    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    from cryptography.x509.oid import NameOID

    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    cert_place, key_place = folder / "cert.pem", folder / "key.pem"
    cert_place.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    key_place.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return cert_place, key_place
