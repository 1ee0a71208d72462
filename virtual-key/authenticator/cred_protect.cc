#include "virtual-key/authenticator/cred_protect.h"

#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

class CredProtect final : public ExtensionInput {
 public:
  explicit CredProtect(std::uint8_t level) : level_(level) {}
  void Shape(const Ceremony&, StoredCredential& credential) const override {
    credential.cred_protect = level_;
  }
  void Answer(const Ceremony&, const StoredCredential& credential,
              ExtensionOutputs& outputs) const override {
    outputs.authenticated.emplace_back("credProtect", int{credential.cred_protect});
  }

 private:
  std::uint8_t level_;
};

DecodedExtension DecodeCredProtect(const cbor::Value& extensions) {
  const auto level = TRY(Optional<std::uint64_t>(extensions, "credProtect"));
  if (!level) return nullptr;
  // The specification is silent about other levels; they are as invalid as an option's value.
  if (*level < cred_protect::kOptional || *level > cred_protect::kRequired) {
    return Err(Status::kInvalidOption);
  }
  return std::make_unique<CredProtect>(static_cast<std::uint8_t>(*level));
}

}  // namespace

// CTAP 2.3 §12.1.
const Extension kCredProtect = {
    .name = "credProtect",
    .is_offered = [](const State& state) { return state.config.has_cred_protect; },
    .for_creation = DecodeCredProtect,
    .for_assertion = nullptr,
};

}  // namespace keyrig::authenticator
