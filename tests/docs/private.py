"""What a private network has beside nodes: an authority of its own, and proxies that speak TLS with it.

`python -m tests.docs.private PORT TO CERTIFICATE KEY` is such a proxy: it answers on PORT of loopback and
hands each request on to port TO, as Caddy does.
"""

import asyncio
import ssl
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

# Of the connection, not of the request (RFC 9110 §7.6.1).
_HOP_BY_HOP = {"connection", "keep-alive", "transfer-encoding", "upgrade", "te", "trailer"}


def make_authority(folder: Path, authority: str, name: str, host: str) -> None:
    """Write the certificate of a new authority, and by it one for a host: `NAME.crt` and `NAME.key`."""
    root, key = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    ours = _named("Home network")
    identifier = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
    own = x509.SubjectKeyIdentifier.from_public_key(root.public_key())
    itself = _begin(ours, ours, root).add_extension(own, critical=False)
    itself = itself.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    server = _begin(_named(host), ours, key).add_extension(identifier, critical=False)
    server = server.add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
    _write(folder / authority, itself.sign(root, hashes.SHA256()))
    _write(folder / f"{name}.crt", server.sign(root, hashes.SHA256()))
    private = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (folder / f"{name}.key").write_bytes(private)


def _named(name: str) -> x509.Name:
    return x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])


def _begin(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
    )


def _write(path: Path, certificate: x509.Certificate) -> None:
    path.write_bytes(certificate.public_bytes(Encoding.PEM))


async def serve(port: int, to: int, certificate: str, key: str) -> None:
    """Answer over TLS until the process ends."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    async with aiohttp.ClientSession(auto_decompress=False) as session:

        async def hand_on(request: web.Request) -> web.Response:
            headers = request.headers.copy()
            headers["X-Forwarded-For"] = request.remote or ""
            url, body = f"http://127.0.0.1:{to}{request.raw_path}", await request.read()
            asked = session.request(request.method, url, headers=headers, data=body, allow_redirects=False)
            async with asked as answer:
                kept = {
                    name: value for name, value in answer.headers.items() if name.lower() not in _HOP_BY_HOP
                }
                return web.Response(status=answer.status, body=await answer.read(), headers=kept)

        app = web.Application(client_max_size=1_048_576)
        app.router.add_route("*", "/{path:.*}", hand_on)
        runner = web.AppRunner(app)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", port, ssl_context=context).start()
        print("ready", flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(serve(int(sys.argv[1]), int(sys.argv[2]), sys.argv[3], sys.argv[4]))
