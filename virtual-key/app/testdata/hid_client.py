#!/usr/bin/python3
"""A client over hidraw that knows nothing of keyrig: python3-fido2 administers a fingerprint key.

Usage: hid_client.py NODE PIN

It prints one fact a line, for the test to read, and ends with status 0.
"""

import hashlib
import sys

from fido2.ctap2.bio import FPBioEnrollment
from fido2.ctap2.blob import LargeBlobs
from fido2.ctap2.config import Config
from fido2.ctap2.credman import CredentialManagement
from fido2.hid import CtapHidDevice

try:
    from fido2.ctap2 import ClientPin, Ctap2
except ImportError:
    from fido2.ctap2 import CTAP2 as Ctap2, ClientPin

MAKE_CREDENTIAL, MANAGE_CREDENTIALS, ENROLL, WRITE_BLOBS, CONFIGURE = 1, 4, 8, 16, 32
RP = {"id": "example.com", "name": "Example"}
USER = {"id": b"adele", "name": "adele@example.com", "displayName": "Adele"}


def path_of(device):
    path = device.descriptor.path
    return path.decode() if isinstance(path, bytes) else path


def main(node, pin):
    (device,) = [each for each in CtapHidDevice.list_devices() if path_of(each) == node]
    client_pin = ClientPin(Ctap2(device))

    def by_pin(permission):
        return client_pin.protocol, client_pin.get_pin_token(pin, permission)

    bio = FPBioEnrollment(Ctap2(device), *by_pin(ENROLL))
    enrolment = bio.enroll()
    samples = 1
    while enrolment.capture() is None:
        samples += 1
    bio.set_name(enrolment.template_id, "Thumb")
    (name,) = bio.enumerate_enrollments().values()
    print("enrolled", name, "in", samples, "samples")

    Config(Ctap2(device), *by_pin(CONFIGURE)).set_min_pin_length(rp_ids=[RP["id"]])

    client_data_hash = hashlib.sha256(b"registration").digest()
    client_pin = ClientPin(Ctap2(device))
    token = client_pin.get_uv_token(MAKE_CREDENTIAL, RP["id"])
    made = Ctap2(device).make_credential(
        client_data_hash,
        RP,
        USER,
        [{"type": "public-key", "alg": -7}],
        extensions={"largeBlobKey": True, "minPinLength": True},
        options={"rk": True},
        pin_uv_param=client_pin.protocol.authenticate(token, client_data_hash),
        pin_uv_protocol=client_pin.protocol.VERSION,
    )
    print("verified by finger", made.auth_data.is_user_verified())
    print("minimum PIN length", made.auth_data.extensions["minPinLength"])

    blobs = LargeBlobs(Ctap2(device), *by_pin(WRITE_BLOBS))
    blobs.put_blob(made.large_blob_key, b"hello hello hello")
    print("large blob", blobs.get_blob(made.large_blob_key).decode())

    management = CredentialManagement(Ctap2(device), *by_pin(MANAGE_CREDENTIALS))
    (rp,) = management.enumerate_rps()
    rp_id_hash = rp[CredentialManagement.RESULT.RP_ID_HASH]
    (credential,) = management.enumerate_creds(rp_id_hash)
    credential_id = credential[CredentialManagement.RESULT.CREDENTIAL_ID]
    management.update_user_info(credential_id, dict(USER, displayName="Zoe"))
    (credential,) = management.enumerate_creds(rp_id_hash)
    print("renamed", credential[CredentialManagement.RESULT.USER]["displayName"])
    management.delete_cred(credential_id)
    left = management.get_metadata()[CredentialManagement.RESULT.EXISTING_CRED_COUNT]
    print("left", left)

    Config(Ctap2(device), *by_pin(CONFIGURE)).toggle_always_uv()
    print("always uv", Ctap2(device).info.options["alwaysUv"])

    bio = FPBioEnrollment(Ctap2(device), *by_pin(ENROLL))
    bio.remove_enrollment(enrolment.template_id)
    print("fingers left", Ctap2(device).info.options["bioEnroll"])


main(*sys.argv[1:])
