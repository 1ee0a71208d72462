#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

/// makeCredential: marks the credential, without an output.
class PaymentToAllow final : public ExtensionInput {
 public:
  void Shape(const Ceremony&, StoredCredential& credential) const override {
    credential.third_party_payment = true;
  }
};

class PaymentToTell final : public ExtensionInput {
 public:
  void Answer(const Ceremony&, const StoredCredential& credential,
              ExtensionOutputs& outputs) const override {
    outputs.authenticated.emplace_back("thirdPartyPayment", credential.third_party_payment);
  }
};

template <typename Input>
DecodedExtension DecodePayment(const cbor::Value& extensions) {
  if (!TRY(Optional<bool>(extensions, "thirdPartyPayment")).value_or(false)) return nullptr;
  return std::make_unique<Input>();
}

}  // namespace

// CTAP 2.3 §12.9.
const Extension kThirdPartyPayment = {
    .name = "thirdPartyPayment",
    .is_offered = [](const State& state) { return state.config.has_third_party_payment; },
    .for_creation = DecodePayment<PaymentToAllow>,
    .for_assertion = DecodePayment<PaymentToTell>,
};

}  // namespace keyrig::authenticator
