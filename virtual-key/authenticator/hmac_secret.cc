#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/pin_uv_auth_protocol.h"
#include "virtual-key/authenticator/request.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

constexpr std::size_t kSaltSize = 32;

/// One or two salts of 32 bytes, and the secret under which the outputs go back.
struct HmacSecretSalts {
  SharedSecret shared_secret;
  Bytes salts;
};

/// makeCredential: every credential has its secrets; this only says so.
class HmacSecretAtCreation final : public ExtensionInput {
 public:
  void Answer(const Ceremony&, const StoredCredential&, ExtensionOutputs& outputs) const override {
    outputs.authenticated.emplace_back("hmac-secret", true);
  }
};

/// The map of getAssertion's hmac-secret and of makeCredential's hmac-secret-mc.
class HmacSecretEvaluation final : public ExtensionInput {
 public:
  static DecodedExtension From(const char* name, const cbor::Value& extensions) {
    const auto map = TRY(Optional<MapView>(extensions, name));
    if (!map) return nullptr;
    auto input = std::make_unique<HmacSecretEvaluation>();
    input->name_ = name;
    input->key_agreement_ = *TRY(Required<MapView>(*map->value, 0x01)).value;
    input->salt_enc_ = ToBytes(TRY(Required<ByteView>(*map->value, 0x02)));
    input->salt_auth_ = ToBytes(TRY(Required<ByteView>(*map->value, 0x03)));
    input->protocol_ = TRY(Optional<std::uint64_t>(*map->value, 0x04)).value_or(1);
    return input;
  }

  Outcome<void> Check(const Ceremony& ceremony) override {
    if (!ceremony.user_present) return Err(Status::kUnsupportedOption);
    const PinUvAuthProtocol* protocol = ceremony.state.FindHmacSecretProtocol(protocol_);
    if (protocol == nullptr) return Err(Status::kInvalidParameter);
    const SharedSecret secret = TRY(protocol->Decapsulate(key_agreement_));
    if (!secret.Verify(salt_enc_, salt_auth_)) return Err(Status::kPinAuthInvalid);
    auto salts = secret.Decrypt(salt_enc_);
    if (!salts || (salts->size() != kSaltSize && salts->size() != 2 * kSaltSize)) {
      return Err(Status::kInvalidParameter);
    }
    opened_ = HmacSecretSalts{secret, std::move(*salts)};
    return {};
  }

  void Answer(const Ceremony& ceremony, const StoredCredential& credential,
              ExtensionOutputs& outputs) const override {
    if (!credential.has_hmac_secret) return;
    const auto& cred_random =
        ceremony.user_verified ? credential.cred_random_with_uv : credential.cred_random_without_uv;
    const ByteView salts = opened_->salts;
    Bytes output;
    for (std::size_t at = 0; at < salts.size(); at += kSaltSize) {
      Append(output, crypto::HmacSha256(cred_random, salts.subspan(at, kSaltSize)));
    }
    auto stream = ceremony.state.environment.rng.Stream("authenticator/hmac-secret-iv");
    outputs.authenticated.emplace_back(name_, opened_->shared_secret.Encrypt(output, stream));
  }

 private:
  const char* name_ = nullptr;
  cbor::Value key_agreement_;
  Bytes salt_enc_, salt_auth_;
  std::uint64_t protocol_ = 1;
  std::optional<HmacSecretSalts> opened_;
};

Outcome<bool> WantsHmacSecret(const cbor::Value& extensions) {
  return TRY(Optional<bool>(extensions, "hmac-secret")).value_or(false);
}

DecodedExtension DecodeHmacSecretAtCreation(const cbor::Value& extensions) {
  if (!TRY(WantsHmacSecret(extensions))) return nullptr;
  return std::make_unique<HmacSecretAtCreation>();
}

DecodedExtension DecodeHmacSecret(const cbor::Value& extensions) {
  return HmacSecretEvaluation::From("hmac-secret", extensions);
}

DecodedExtension DecodeHmacSecretMc(const cbor::Value& extensions) {
  auto input = TRY(HmacSecretEvaluation::From("hmac-secret-mc", extensions));
  if (input && !TRY(WantsHmacSecret(extensions))) return Err(Status::kMissingParameter);
  return input;
}

}  // namespace

// CTAP 2.3 §12.7.
const Extension kHmacSecret = {
    .name = "hmac-secret",
    .is_offered = [](const State& state) { return state.config.has_hmac_secret; },
    .for_creation = DecodeHmacSecretAtCreation,
    .for_assertion = DecodeHmacSecret,
};

// CTAP 2.3 §12.8.
const Extension kHmacSecretMc = {
    .name = "hmac-secret-mc",
    .is_offered =
        [](const State& state) {
          return state.config.has_hmac_secret && state.config.has_hmac_secret_mc;
        },
    .for_creation = DecodeHmacSecretMc,
    .for_assertion = nullptr,
};

}  // namespace keyrig::authenticator
