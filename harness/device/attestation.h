#pragma once

#include <optional>
#include <string>

#include "harness/device/fido2_key.h"
#include "harness/device/operator.h"

namespace keyrig::device {

/// How a key vouches for what it is.
enum class Attestation {
  kCertificate,  // with a key and a certificate of its maker
  kSelf,         // with the new credential's own key
  kNone,
};
/// "a certificate", "itself", "nothing".
std::string_view Name(Attestation attestation);

/// Has the key make a credential that it does not keep (a non-discoverable one, of a relying party
/// that does not exist) and looks at its statement; the user touches once. getInfo would not do:
/// its attestationFormats calls the first two "packed" alike. `pin` is the key's, where it has one.
Result<Attestation, Error> ReadAttestation(Fido2Key& key, Operator& person,
                                           const std::string& key_name, const std::string& pin);

}  // namespace keyrig::device
