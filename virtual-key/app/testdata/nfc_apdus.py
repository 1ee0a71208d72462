#!/usr/bin/python3
"""Sends APDUs to a card through pyscard, and prints what comes back.

Usage: nfc_apdus.py READER APDU...        (each in hexadecimal)

Each line is the status word, then how many bytes of data were in front of it, then their SHA-256.
"""

import hashlib
import sys

from smartcard.System import readers


def main(name, *apdus):
    (reader,) = [each for each in readers() if str(each) == name]
    connection = reader.createConnection()
    connection.connect()
    for apdu in apdus:
        data, sw1, sw2 = connection.transmit(list(bytes.fromhex(apdu)))
        print("%02x%02x %d %s" % (sw1, sw2, len(data), hashlib.sha256(bytes(data)).hexdigest()))
    connection.disconnect()


main(*sys.argv[1:])
