#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

/// makeCredential: a few bytes to keep. What does not fit is not kept and no error.
class CredBlobToKeep final : public ExtensionInput {
 public:
  explicit CredBlobToKeep(ByteView blob) : blob_(ToBytes(blob)) {}
  void Shape(const Ceremony& ceremony, StoredCredential& credential) const override {
    if (ceremony.discoverable && blob_.size() <= *ceremony.state.config.max_cred_blob) {
      credential.cred_blob = blob_;
    }
  }
  void Answer(const Ceremony&, const StoredCredential& credential,
              ExtensionOutputs& outputs) const override {
    outputs.authenticated.emplace_back("credBlob", credential.cred_blob.has_value());
  }

 private:
  Bytes blob_;
};

class CredBlobToTell final : public ExtensionInput {
 public:
  void Answer(const Ceremony&, const StoredCredential& credential,
              ExtensionOutputs& outputs) const override {
    outputs.authenticated.emplace_back("credBlob", credential.cred_blob.value_or(Bytes()));
  }
};

DecodedExtension DecodeCredBlobToKeep(const cbor::Value& extensions) {
  const auto blob = TRY(Optional<ByteView>(extensions, "credBlob"));
  if (!blob) return nullptr;
  return std::make_unique<CredBlobToKeep>(*blob);
}

DecodedExtension DecodeCredBlobToTell(const cbor::Value& extensions) {
  if (!TRY(Optional<bool>(extensions, "credBlob")).value_or(false)) return nullptr;
  return std::make_unique<CredBlobToTell>();
}

}  // namespace

// CTAP 2.3 §12.2.
const Extension kCredBlob = {
    .name = "credBlob",
    .is_offered = [](const State& state) { return state.config.max_cred_blob.has_value(); },
    .for_creation = DecodeCredBlobToKeep,
    .for_assertion = DecodeCredBlobToTell,
};

}  // namespace keyrig::authenticator
