#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

/// makeCredential: a key under which the platform encrypts this credential's large blob.
class LargeBlobKeyToMake final : public ExtensionInput {
 public:
  Outcome<void> Check(const Ceremony& ceremony) override {
    if (!ceremony.discoverable) return Err(Status::kInvalidOption);
    return {};
  }
  void Shape(const Ceremony& ceremony, StoredCredential& credential) const override {
    auto stream = ceremony.state.environment.rng.Stream("authenticator/large-blob-key");
    stream.Fill(credential.large_blob_key.emplace());
  }
  void Answer(const Ceremony&, const StoredCredential& credential,
              ExtensionOutputs& outputs) const override {
    outputs.large_blob_key = credential.large_blob_key;
  }
};

class LargeBlobKeyToTell final : public ExtensionInput {
 public:
  void Answer(const Ceremony&, const StoredCredential& credential,
              ExtensionOutputs& outputs) const override {
    outputs.large_blob_key = credential.large_blob_key;
  }
};

template <typename Input>
DecodedExtension DecodeLargeBlobKey(const cbor::Value& extensions) {
  const auto wanted = TRY(Optional<bool>(extensions, "largeBlobKey"));
  if (!wanted) return nullptr;
  if (!*wanted) return Err(Status::kInvalidOption);
  return std::make_unique<Input>();
}

}  // namespace

// CTAP 2.3 §12.3.
const Extension kLargeBlobKey = {
    .name = "largeBlobKey",
    .is_offered = [](const State& state) { return state.config.has_large_blob_key; },
    .for_creation = DecodeLargeBlobKey<LargeBlobKeyToMake>,
    .for_assertion = DecodeLargeBlobKey<LargeBlobKeyToTell>,
};

}  // namespace keyrig::authenticator
