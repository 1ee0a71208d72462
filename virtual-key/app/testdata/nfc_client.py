#!/usr/bin/python3
"""A client over PC/SC that knows nothing of keyrig: python3-fido2 registers and signs in.

Usage: nfc_client.py READER PIN

It prints one fact a line, for the test to read, and ends with status 0.
"""

import hashlib
import sys

from fido2.attestation import PackedAttestation
from fido2.ctap import CtapError
from fido2.pcsc import CtapPcscDevice

try:
    from fido2.ctap2 import ClientPin, Ctap2
except ImportError:  # Debian 12's
    from fido2.ctap2 import CTAP2 as Ctap2, ClientPin

MAKE_CREDENTIAL, GET_ASSERTION = 1, 2
RP = {"id": "example.com", "name": "Example"}
USER = {"id": b"adele", "name": "adele@example.com", "displayName": "Adele"}


def main(reader, pin):
    (device,) = CtapPcscDevice.list_devices(reader)
    ctap = Ctap2(device)
    print("versions", " ".join(ctap.get_info().versions))

    client_pin = ClientPin(ctap)
    try:
        client_pin.get_pin_token("0000", MAKE_CREDENTIAL, RP["id"])
    except CtapError as error:
        print("wrong pin", error.code.name)

    def token(permission):
        return client_pin.get_pin_token(pin, permission, RP["id"])

    waits = []
    client_data_hash = hashlib.sha256(b"registration").digest()
    made = ctap.make_credential(
        client_data_hash,
        RP,
        USER,
        # RS256 makes an answer of many parts; the list, a message of many links.
        [{"type": "public-key", "alg": -257}],
        exclude_list=[{"type": "public-key", "id": bytes([i]) * 100} for i in range(9)],
        options={"rk": True},
        pin_uv_param=client_pin.protocol.authenticate(token(MAKE_CREDENTIAL), client_data_hash),
        pin_uv_protocol=client_pin.protocol.VERSION,
        on_keepalive=lambda status: waits.append(int(status)),
    )
    statement = made.att_statement if hasattr(made, "att_statement") else made.att_stmt
    PackedAttestation().verify(statement, made.auth_data, client_data_hash)
    print("attestation verified")
    print("waited", " ".join(map(str, waits)))

    client_data_hash = hashlib.sha256(b"sign-in").digest()
    assertion = ctap.get_assertion(
        RP["id"],
        client_data_hash,
        pin_uv_param=client_pin.protocol.authenticate(token(GET_ASSERTION), client_data_hash),
        pin_uv_protocol=client_pin.protocol.VERSION,
    )
    assertion.verify(client_data_hash, made.auth_data.credential_data.public_key)
    print("assertion verified of", assertion.user["id"].decode())


main(*sys.argv[1:])
