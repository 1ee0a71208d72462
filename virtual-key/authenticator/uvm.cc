#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

// FIDO Registry of Predefined Values §3: what the metadata statement of such a key says, too.
constexpr int kPresenceInternal = 0x0001, kFingerprintInternal = 0x0002;
constexpr int kPasscodeExternal = 0x0800;
constexpr int kKeyProtectionHardware = 0x0002, kMatcherProtectionOnChip = 0x0004;

/// By what the user was verified, and how well that is protected.
class Uvm final : public ExtensionInput {
 public:
  void Answer(const Ceremony& ceremony, const StoredCredential&,
              ExtensionOutputs& outputs) const override {
    cbor::Array methods;
    methods.emplace_back(
        cbor::Array{MethodOf(ceremony), kKeyProtectionHardware, kMatcherProtectionOnChip});
    outputs.authenticated.emplace_back("uvm", std::move(methods));
  }

 private:
  static int MethodOf(const Ceremony& ceremony) {
    if (!ceremony.user_verified) return kPresenceInternal;
    return ceremony.verified_by_finger ? kFingerprintInternal : kPasscodeExternal;
  }
};

DecodedExtension DecodeUvm(const cbor::Value& extensions) {
  if (!TRY(Optional<bool>(extensions, "uvm")).value_or(false)) return nullptr;
  return std::make_unique<Uvm>();
}

}  // namespace

// WebAuthn Level 1 §10.8.
const Extension kUvm = {
    .name = "uvm",
    .is_offered = [](const State& state) { return state.config.has_uvm; },
    .for_creation = DecodeUvm,
    .for_assertion = DecodeUvm,
};

}  // namespace keyrig::authenticator
