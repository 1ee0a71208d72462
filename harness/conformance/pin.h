#pragma once

#include <optional>
#include <string>

#include "harness/conformance/client.h"

/// What a platform does with a PIN (CTAP 2.3 §6.5.5), as a case may change it.
namespace keyrig::conformance {

/// The PIN that keys of a run get: no run, no repetition, long enough for an enhanced-PIN key.
inline constexpr const char* kCasePin = "7391460258";

enum PinCommand : int {
  kGetPinRetries = 0x01,
  kGetKeyAgreement = 0x02,
  kSetPin = 0x03,
  kChangePin = 0x04,
  kGetPinToken = 0x05,
  kGetUvToken = 0x06,
  kGetUvRetries = 0x07,
  kGetPinTokenWithPermissions = 0x09,
};

/// A fresh agreement with the key, by the client's protocol.
OrStop<PinProtocol> Agree(Client& client);
/// The PIN as newPinEnc wants it: 64 bytes, filled up with zeros.
Bytes Padded(std::string_view pin);
/// LEFT(SHA-256(pin), 16).
Bytes PinHash(std::string_view pin);

/// Whole requests, as they ought to be.
OrStop<cbor::Map> SetPinRequest(Client& client, std::string_view pin);
OrStop<cbor::Map> ChangePinRequest(Client& client, std::string_view from, std::string_view to);
/// By getPinUvAuthTokenUsingPinWithPermissions, or by getPinToken for a key that has only that.
OrStop<cbor::Map> TokenRequest(PinProtocol& protocol, const Client& client, std::string_view pin,
                               int permissions, const std::string& rp);

/// Gives a key its first PIN, which the client then knows.
Outcome SetPin(Client& client, std::string_view pin = kCasePin);
/// A token by the client's PIN. Empty `rp`: bound to none.
OrStop<Bytes> Token(Client& client, int permissions, const std::string& rp = {});
/// A token by built-in user verification.
OrStop<Bytes> TokenByUv(Client& client, int permissions, const std::string& rp = {});
OrStop<std::uint64_t> PinRetries(Client& client);

/// The request with pinUvAuthParam over `data` and pinUvAuthProtocol in the members `param` and
/// `param + 1`.
cbor::Map Authorized(const Client& client, cbor::Map request, ByteView token, ByteView data,
                     int param);

}  // namespace keyrig::conformance
