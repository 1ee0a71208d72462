#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

/// Told to the same relying parties as minPinLength.
class PinComplexityPolicy final : public ExtensionInput {
 public:
  void Answer(const Ceremony& ceremony, const StoredCredential&,
              ExtensionOutputs& outputs) const override {
    if (!ceremony.state.MayLearnPinRules(ceremony.rp)) return;
    outputs.authenticated.emplace_back("pinComplexityPolicy",
                                       ceremony.state.EnforcesPinComplexity());
  }
};

DecodedExtension DecodePinComplexityPolicy(const cbor::Value& extensions) {
  if (!TRY(Optional<bool>(extensions, "pinComplexityPolicy")).value_or(false)) return nullptr;
  return std::make_unique<PinComplexityPolicy>();
}

}  // namespace

// CTAP 2.3 §12.6.
const Extension kPinComplexityPolicy = {
    .name = "pinComplexityPolicy",
    .is_offered =
        [](const State& state) { return state.config.has_pin_complexity_policy_extension; },
    .for_creation = DecodePinComplexityPolicy,
    .for_assertion = nullptr,
};

}  // namespace keyrig::authenticator
