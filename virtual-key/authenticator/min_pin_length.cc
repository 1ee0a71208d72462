#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

/// Told only to the relying parties that setMinPINLength named.
class MinPinLength final : public ExtensionInput {
 public:
  void Answer(const Ceremony& ceremony, const StoredCredential&,
              ExtensionOutputs& outputs) const override {
    if (!ceremony.state.MayLearnPinRules(ceremony.rp)) return;
    outputs.authenticated.emplace_back("minPinLength", ceremony.state.MinPinLength());
  }
};

DecodedExtension DecodeMinPinLength(const cbor::Value& extensions) {
  if (!TRY(Optional<bool>(extensions, "minPinLength")).value_or(false)) return nullptr;
  return std::make_unique<MinPinLength>();
}

}  // namespace

// CTAP 2.3 §12.5.
const Extension kMinPinLength = {
    .name = "minPinLength",
    .is_offered = [](const State& state) { return state.config.has_min_pin_length_extension; },
    .for_creation = DecodeMinPinLength,
    .for_assertion = nullptr,
};

}  // namespace keyrig::authenticator
