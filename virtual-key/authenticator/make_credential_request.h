#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "harness/base/ids.h"
#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {

/// authenticatorMakeCredential's parameters (CTAP 2.1 §6.1); views into the decoded map.
struct MakeCredentialRequest {
  ByteView client_data_hash;                            // 0x01
  RpId rp;                                              // 0x02 id
  std::string_view rp_name;                             // 0x02 name
  ByteView user_id;                                     // 0x03 id
  std::string_view user_name;                           // 0x03 name
  std::string_view user_display_name;                   // 0x03 displayName
  ArrayView pub_key_cred_params;                        // 0x04, judged in step 3
  std::vector<CredentialDescriptor> exclude_list;       // 0x05
  ExtensionInputs extensions;                           // 0x06
  std::optional<bool> rk, up, uv;                       // 0x07
  PinUvAuthFields pin_uv_auth;                          // 0x08, 0x09
  std::optional<std::uint64_t> enterprise_attestation;  // 0x0A
  std::optional<ArrayView> attestation_formats;         // 0x0B

  static Outcome<MakeCredentialRequest> From(const State& state, const cbor::Value& map);
};

/// `text` as the key keeps names: at most 64 bytes, cut where a character ends.
std::string KeptName(std::string_view text);

}  // namespace keyrig::authenticator
