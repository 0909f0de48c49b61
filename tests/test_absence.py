"""What is let be absent: packages, and authorities of TLS."""

import ssl
import subprocess
import sys

import pytest

from node.absence import absent, no_authorities

LOADING = """
import ssl
from node.absence import no_authorities
with no_authorities():
    import aiohttp.connector as library
for context in (library._SSL_CONTEXT_VERIFIED, library._SSL_CONTEXT_UNVERIFIED):
    assert context.cert_store_stats() == {"x509": 0, "crl": 0, "x509_ca": 0}
assert library._SSL_CONTEXT_VERIFIED.verify_mode is ssl.CERT_REQUIRED
assert library._SSL_CONTEXT_VERIFIED.check_hostname
"""


def test_a_package_is_absent_inside_the_block_and_back_behind_it() -> None:
    sys.modules.pop("this", None)
    with absent("antigravity"), pytest.raises(ImportError):
        import antigravity  # noqa: F401
    assert "antigravity" not in sys.modules
    with absent("json"):  # imported before, so left alone
        import json
    assert sys.modules["json"] is json


def test_what_the_library_makes_when_it_is_loaded_trusts_nobody() -> None:
    ended = subprocess.run([sys.executable, "-c", LOADING], capture_output=True, text=True)
    assert (ended.returncode, ended.stderr) == (0, "")


def test_contexts_are_as_always_behind_the_block() -> None:
    method = ssl.SSLContext.set_default_verify_paths
    with pytest.raises(LookupError), no_authorities():
        raise LookupError
    assert ssl.SSLContext.set_default_verify_paths is method
