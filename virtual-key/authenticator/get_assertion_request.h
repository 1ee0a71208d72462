#pragma once

#include <optional>
#include <vector>

#include "harness/base/ids.h"
#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {

/// authenticatorGetAssertion's parameters (CTAP 2.1 §6.2); views into the decoded map.
struct GetAssertionRequest {
  RpId rp;                                                      // 0x01
  ByteView client_data_hash;                                    // 0x02
  std::optional<std::vector<CredentialDescriptor>> allow_list;  // 0x03, never empty
  ExtensionInputs extensions;                                   // 0x04
  std::optional<bool> rk, up, uv;                               // 0x05
  PinUvAuthFields pin_uv_auth;                                  // 0x06, 0x07

  static Outcome<GetAssertionRequest> From(const State& state, const cbor::Value& map);
};

}  // namespace keyrig::authenticator
