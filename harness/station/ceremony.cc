#include "harness/station/ceremony.h"

#include <fmt/format.h>

#include <algorithm>

#include "harness/base/cbor.h"
#include "harness/base/crypto.h"

namespace keyrig::station {
namespace {

using device::Fido2Key;
using device::KeyError;

constexpr std::uint8_t kBackupEligible = 0x08;
constexpr std::uint8_t kBackedUp = 0x10;
constexpr std::size_t kFlagsOffset = 32;

Stop KeyRefused(const KeyError& error) {
  return Outcome{Outcome::Kind::kCtap, error.name, fmt::format("The key answered {}.", error.name)};
}

template <typename T>
Walk<T> OfKey(Result<T, KeyError> result) {
  return std::move(result).map_error(KeyRefused);
}

Result<void, Error> CheckClaim(const Url& page, const RpId& rp) {
  if (MayClaim(rp, page.Host())) return {};
  return Fail(fmt::format("SecurityError: the page {} may not use the relying party {}.",
                          page.WithoutFragment(), rp.text));
}

// WebAuthn L3 §6.2.3: with userVerification "required" a browser has the user create a PIN on a key
// that has none.
Walk<void> EnsurePin(Fido2Key& key, const std::string& pin) {
  const device::Capabilities capabilities = TRY(OfKey(key.GetInfo()));
  if (!capabilities.client_pin) {
    return Refused(Outcome::Kind::kCtap, "UNSUPPORTED_OPTION",
                   "The key knows no PIN, so it cannot verify its user.");
  }
  if (*capabilities.client_pin) return {};
  return OfKey(key.SetPin(pin));
}

// The extension outputs behind the attested credential (WebAuthn L3 §6.1).
cbor::Value ExtensionsOf(const device::MadeCredential& made) {
  const std::size_t key_at = 37 + 16 + 2 + made.id.bytes.size();
  const ByteView data = made.authenticator_data;
  if (data.size() <= key_at) return {};
  const auto key = cbor::DecodePrefix(data.subspan(key_at));
  if (!key) return {};
  return cbor::Decode(data.subspan(key_at + key->size)).value_or(cbor::Value());
}

// The person picks their own account.
const device::MadeAssertion& Pick(const std::vector<device::MadeAssertion>& made,
                                  const std::string& user_name) {
  const auto own = std::ranges::find_if(
      made, [&](const device::MadeAssertion& each) { return each.user_name == user_name; });
  return own == made.end() ? made.front() : *own;
}

}  // namespace

std::string ClientDataJson(std::string_view type, ByteView challenge, std::string_view origin) {
  return fmt::format(R"({{"type":"{}","challenge":"{}","origin":"{}","crossOrigin":false}})", type,
                     ToBase64Url(challenge), origin);
}

bool MayClaim(const RpId& rp, std::string_view host) {
  if (rp.text.empty() || !host.ends_with(rp.text)) return false;
  return host.size() == rp.text.size() || host[host.size() - rp.text.size() - 1] == '.';
}

Walk<CreatedCredential> Ceremonies::Create(const Url& page, const CreationOptions& options,
                                           const Presence& presence) {
  TRY(CheckClaim(page, options.rp));
  Fido2Key key = TRY(open_key_());
  TRY(EnsurePin(key, presence.pin));

  CreatedCredential created;
  created.client_data_json = ClientDataJson("webauthn.create", options.challenge, page.Origin());
  device::MakeCredentialRequest request;
  request.client_data_hash = crypto::Sha256(ViewOf(created.client_data_json));
  request.rp = options.rp;
  request.rp_name = options.rp_name;
  request.user_handle = options.user;
  request.user_name = options.user_name;
  request.user_display_name = options.user_display_name;
  request.algorithms = options.algorithms;
  request.exclude = options.exclude;
  request.resident_key = options.resident_key;
  request.hmac_secret = options.hmac_secret;
  request.cred_protect = options.cred_protect;
  request.pin = presence.pin;

  Result<device::MadeCredential, KeyError> made = Err(KeyError{});
  TRY(person_.During(presence.gesture, key_name_, [&] { made = key.MakeCredential(request); }));
  const device::MadeCredential credential = TRY(OfKey(std::move(made)));
  if (created_) created_->Note(credential.id, presence.pin);

  created.id = credential.id;
  created.attestation_object = credential.AttestationObject();
  created.aaguid = credential.aaguid;
  if (credential.authenticator_data.size() > kFlagsOffset) {
    const std::uint8_t flags = credential.authenticator_data[kFlagsOffset];
    created.backup_eligible = flags & kBackupEligible;
    created.backed_up = flags & kBackedUp;
  }
  const cbor::Value extensions = ExtensionsOf(credential);
  const cbor::Value* hmac_secret = extensions.Find("hmac-secret");
  created.hmac_secret = hmac_secret && hmac_secret->AsBool() && *hmac_secret->AsBool();
  return created;
}

Walk<Assertion> Ceremonies::Get(const Url& page, const RequestOptions& options,
                                const Presence& presence) {
  TRY(CheckClaim(page, options.rp));
  Fido2Key key = TRY(open_key_());
  const device::Capabilities capabilities = TRY(OfKey(key.GetInfo()));
  if (!capabilities.client_pin.value_or(false)) {
    return Refused(Outcome::Kind::kCtap, "PIN_NOT_SET",
                   "The key has no PIN, so it cannot verify its user.");
  }

  Assertion assertion;
  assertion.client_data_json = ClientDataJson("webauthn.get", options.challenge, page.Origin());
  device::GetAssertionRequest request;
  request.client_data_hash = crypto::Sha256(ViewOf(assertion.client_data_json));
  request.rp = options.rp;
  request.allow = options.allow;
  request.pin = presence.pin;

  Result<std::vector<device::MadeAssertion>, KeyError> made = Err(KeyError{});
  TRY(person_.During(presence.gesture, key_name_, [&] { made = key.GetAssertion(request); }));
  const std::vector<device::MadeAssertion> all = TRY(OfKey(std::move(made)));
  if (all.empty()) return Refused(Outcome::Kind::kCtap, "NO_CREDENTIALS", "The key offers none.");
  assertion.made = Pick(all, presence.user_name);
  return assertion;
}

}  // namespace keyrig::station
