#include "virtual-key/control/credential_json.h"

#include <algorithm>
#include <limits>
#include <nlohmann/json.hpp>
#include <set>

namespace keyrig::control {
namespace {

using nlohmann::json;

/// Takes the members of one object; what is wrong is said of the member by name.
class Members {
 public:
  static Result<Members, Error> Of(const json& object, std::string of) {
    if (!object.is_object()) return Fail(of + " must be a JSON object");
    return Members(object, std::move(of));
  }

  bool Has(const char* name) const { return object_->contains(name); }
  Result<std::string, Error> Text(const char* name) {
    const json& value = TRY(Find(name));
    if (!value.is_string()) return Refuse(name, "must be a text");
    return value.get<std::string>();
  }
  Result<Bytes, Error> Base64Url(const char* name) {
    const std::string text = TRY(Text(name));
    auto bytes = FromBase64Url(text);
    if (!bytes) return Refuse(name, "is no base64url: " + bytes.error().message);
    return *std::move(bytes);
  }
  Result<ByteArray<32>, Error> Secret(const char* name) {
    const Bytes bytes = TRY(Base64Url(name));
    ByteArray<32> secret{};
    if (bytes.size() != secret.size()) return Refuse(name, "must be 32 bytes long");
    std::ranges::copy(bytes, secret.begin());
    return secret;
  }
  Result<bool, Error> Bool(const char* name) {
    const json& value = TRY(Find(name));
    if (!value.is_boolean()) return Refuse(name, "must be true or false");
    return value.get<bool>();
  }
  Result<std::int64_t, Error> Number(const char* name, std::int64_t least, std::int64_t most) {
    const json& value = TRY(Find(name));
    const auto number = value.is_number_integer() ? value.get<std::int64_t>() : least - 1;
    if (number < least || number > most) {
      return Refuse(name, "must be a whole number from " + std::to_string(least) + " to " +
                              std::to_string(most));
    }
    return number;
  }
  const json& At(const char* name) {
    known_.insert(name);
    return object_->at(name);
  }
  Result<void, Error> ExpectNothingElse() const {
    for (const auto& [name, value] : object_->items()) {
      if (!known_.contains(name)) return Refuse(name, "is not known");
    }
    return {};
  }

 private:
  Members(const json& object, std::string of) : object_(&object), of_(std::move(of)) {}
  Result<std::reference_wrapper<const json>, Error> Find(const char* name) {
    known_.insert(name);
    const auto found = object_->find(name);
    if (found == object_->end()) return Refuse(name, "is missing");
    return std::cref(*found);
  }
  tl::unexpected<Error> Refuse(const std::string& name, const std::string& what) const {
    return Fail(of_ + ": \"" + name + "\" " + what);
  }

  const json* object_;
  std::string of_;
  std::set<std::string> known_;
};

Result<void, Error> ReadBeyondWebDriver(const json& object, PortableCredential& credential) {
  Members members = TRY(Members::Of(object, "the credential's \"keyrig\""));
  if (members.Has("algorithm")) {
    constexpr std::int64_t kLimit = std::numeric_limits<std::int32_t>::max();
    credential.algorithm =
        static_cast<CoseAlgorithm>(TRY(members.Number("algorithm", -kLimit, kLimit)));
  }
  if (members.Has("rpName")) credential.rp_name = TRY(members.Text("rpName"));
  if (members.Has("credProtect")) {
    credential.cred_protect = static_cast<std::uint8_t>(TRY(members.Number("credProtect", 1, 3)));
  }
  if (members.Has("hmacSecretWithUv") || members.Has("hmacSecretWithoutUv")) {
    PortableCredential::HmacSecrets secrets;
    secrets.with_uv = TRY(members.Secret("hmacSecretWithUv"));
    secrets.without_uv = TRY(members.Secret("hmacSecretWithoutUv"));
    credential.hmac_secrets = secrets;
  }
  if (members.Has("credBlob")) credential.cred_blob = TRY(members.Base64Url("credBlob"));
  if (members.Has("largeBlobKey")) credential.large_blob_key = TRY(members.Secret("largeBlobKey"));
  if (members.Has("thirdPartyPayment")) {
    credential.third_party_payment = TRY(members.Bool("thirdPartyPayment"));
  }
  return members.ExpectNothingElse();
}

}  // namespace

json ToJson(const PortableCredential& credential) {
  json beyond{{"rpName", credential.rp_name},
              {"credProtect", credential.cred_protect},
              {"thirdPartyPayment", credential.third_party_payment}};
  if (credential.algorithm) beyond["algorithm"] = static_cast<int>(*credential.algorithm);
  if (credential.hmac_secrets) {
    beyond["hmacSecretWithUv"] = ToBase64Url(credential.hmac_secrets->with_uv);
    beyond["hmacSecretWithoutUv"] = ToBase64Url(credential.hmac_secrets->without_uv);
  }
  if (credential.cred_blob) beyond["credBlob"] = ToBase64Url(*credential.cred_blob);
  if (credential.large_blob_key) beyond["largeBlobKey"] = ToBase64Url(*credential.large_blob_key);
  return {{"credentialId", ToBase64Url(credential.id.bytes)},
          {"isResidentCredential", credential.discoverable},
          {"rpId", credential.rp.text},
          {"privateKey", ToBase64Url(credential.private_key)},
          {"userHandle", ToBase64Url(credential.user_handle.bytes)},
          {"signCount", credential.signature_counter},
          {"userName", credential.user_name},
          {"userDisplayName", credential.user_display_name},
          {"backupEligibility", credential.backup_eligible},
          {"backupState", credential.backed_up},
          {"keyrig", std::move(beyond)}};
}

Result<PortableCredential, Error> CredentialFrom(const json& object) {
  Members members = TRY(Members::Of(object, "the credential"));
  PortableCredential credential;
  credential.id.bytes = TRY(members.Base64Url("credentialId"));
  credential.discoverable = TRY(members.Bool("isResidentCredential"));
  credential.rp.text = TRY(members.Text("rpId"));
  credential.private_key = TRY(members.Base64Url("privateKey"));
  if (credential.discoverable || members.Has("userHandle")) {
    credential.user_handle.bytes = TRY(members.Base64Url("userHandle"));
  }
  credential.signature_counter = static_cast<std::uint32_t>(
      TRY(members.Number("signCount", 0, std::numeric_limits<std::uint32_t>::max())));
  if (members.Has("userName")) credential.user_name = TRY(members.Text("userName"));
  if (members.Has("userDisplayName")) {
    credential.user_display_name = TRY(members.Text("userDisplayName"));
  }
  if (members.Has("backupEligibility")) {
    credential.backup_eligible = TRY(members.Bool("backupEligibility"));
  }
  if (members.Has("backupState")) credential.backed_up = TRY(members.Bool("backupState"));
  if (members.Has("keyrig")) TRY(ReadBeyondWebDriver(members.At("keyrig"), credential));
  TRY(members.ExpectNothingElse());
  return credential;
}

}  // namespace keyrig::control
