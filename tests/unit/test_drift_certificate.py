"""The certificate of Kestra's address, asked of a server on loopback."""

import datetime
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from kestra_provision.drift.certificate import certificate_notice


def made(folder: Path, days: float) -> Path:
    """A certificate and its key in one file, for localhost, ending in so many days."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(days=90))
        .not_valid_after(now + datetime.timedelta(days=days))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        certificate.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    return file


@contextmanager
def served(file: Path) -> Iterator[str]:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with socket.create_server(("127.0.0.1", 0)) as server:

        def serve() -> None:
            try:
                connection, _ = server.accept()
                context.wrap_socket(connection, server_side=True).close()
            except OSError:  # refused by the client, which is what a test may want
                pass

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        yield f"https://localhost:{server.getsockname()[1]}/"
        thread.join(10)


@pytest.mark.parametrize(
    ("days", "actual"), [(60, None), (13.5, "ends in 13 days"), (-1, "certificate has expired")]
)
def test_certificate(tmp_path: Path, days: float, actual: str | None) -> None:
    file = made(tmp_path, days)
    trusting = ssl.create_default_context(cafile=str(file))
    with served(file) as url:
        notice = certificate_notice(url, trusting)
    assert (notice.actual if notice else None) == actual
    assert notice is None or notice.severity == "notice"


def test_certificate_nobody_trusts(tmp_path: Path) -> None:
    with served(made(tmp_path, 60)) as url:
        notice = certificate_notice(url)
    assert notice
    assert "self" in notice.actual


def test_address_that_does_not_answer() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
    notice = certificate_notice(f"https://localhost:{port}/")
    assert notice
    assert "could not be asked from here" in notice.actual


def test_plain_http_has_none() -> None:
    assert certificate_notice("http://localhost:8080/") is None
