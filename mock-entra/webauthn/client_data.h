#pragma once

#include <optional>
#include <string>

#include "harness/base/bytes.h"
#include "harness/base/result.h"

namespace keyrig::webauthn {

/// The context of a ceremony as the client saw it (WebAuthn L3 §5.8.1).
struct CollectedClientData {
  std::string type;
  std::string challenge;  // base64url
  std::string origin;
  std::optional<bool> cross_origin;
  std::optional<std::string> top_origin;
};

/// Reads clientDataJSON. Members that §5.8.1 does not name are skipped, since clients may add some;
/// a member that is given twice is an error.
Result<CollectedClientData, Error> ParseClientData(ByteView json);

}  // namespace keyrig::webauthn
