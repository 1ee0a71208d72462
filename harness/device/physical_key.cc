#include "harness/device/physical_key.h"

#include <fmt/format.h>

#include <utility>

#include "harness/base/crypto.h"

namespace keyrig::device {
namespace {

// A silent assertion finds credentials without a PIN or a touch, but for those that are protected
// by credProtect.
Result<bool, KeyError> HoldsCredentialOf(Fido2Key& key, const RpId& rp) {
  GetAssertionRequest probe;
  probe.client_data_hash = crypto::Sha256(ViewOf("keyrig looks for credentials"));
  probe.rp = rp;
  probe.user_verification = false;
  probe.user_presence = false;
  const auto found = key.GetAssertion(probe);
  if (found) return !found->empty();
  constexpr int kNoCredentials = 0x2E;
  if (found.error().code == kNoCredentials) return false;
  return Err(found.error());
}

Result<std::string, KeyError> WhatItHolds(Fido2Key& key, const Capabilities& capabilities,
                                          const RpId& rp) {
  if (capabilities.client_pin.value_or(false)) return "a PIN";
  if (capabilities.user_verification.value_or(false)) return "a fingerprint";
  if (TRY(HoldsCredentialOf(key, rp))) return fmt::format("a credential of {}", rp.text);
  return "";
}

/// Why it may be somebody's; empty where it certainly holds nothing.
Result<std::string, KeyError> Doubt(Fido2Key& key, const Capabilities& capabilities,
                                    const RpId& rp) {
  if (const std::string held = TRY(WhatItHolds(key, capabilities, rp)); !held.empty()) {
    return fmt::format("This key holds {}", held);
  }
  if (!capabilities.resident_keys) return "";
  const auto& room = capabilities.remaining_credentials;
  return fmt::format(
      "This key has no PIN, and without one a key does not tell which credentials it "
      "holds{}",
      room ? fmt::format(" ({} more would fit in)", *room) : "");
}

}  // namespace

Result<void, Error> MayUsePhysicalKey(Fido2Key& key, const RpId& rp, std::optional<Aaguid> owned) {
  const auto unreadable = [](const KeyError& error) {
    return Error{
        fmt::format("The key does not say what it holds ({}), so it is not used.", error.name)};
  };
  const Capabilities capabilities = TRY(key.GetInfo().map_error(unreadable));
  if (owned && *owned == capabilities.aaguid) return {};
  if (owned) {
    return Fail(fmt::format("--i-own-this-key names {}, but this key is {}. It is not used.",
                            owned->Text(), capabilities.aaguid.Text()));
  }
  const std::string doubt = TRY(Doubt(key, capabilities, rp).map_error(unreadable));
  if (doubt.empty()) return {};
  return Fail(
      fmt::format("{}, so it may be somebody's. If it is yours and a test may use it, give "
                  "--i-own-this-key {}. It is never reset.",
                  doubt, capabilities.aaguid.Text()));
}

CreatedCredentials::~CreatedCredentials() { static_cast<void>(DeleteAll()); }

void CreatedCredentials::Note(CredentialId id, std::string pin) {
  made_.push_back({std::move(id), std::move(pin)});
}

Result<std::size_t, Error> CreatedCredentials::DeleteAll() {
  if (made_.empty()) return std::size_t{0};
  // Deleting waits for nobody; a key that does not answer soon is not going to.
  constexpr std::chrono::seconds kPatience(10);
  Fido2Key key = TRY(open_().map_error([&](const Error& error) {
    std::string ids;
    for (const Made& made : made_) ids += " " + ToHex(made.id.bytes);
    return Error{fmt::format("Still on the key:{}. {}", ids, error.message)};
  }));
  key.SetPatience(kPatience);
  const std::vector<Made> all = std::exchange(made_, {});
  std::string failures;
  for (const Made& made : all) {
    const auto deleted = key.DeleteCredential(made.id, made.pin);
    constexpr int kNoCredentials = 0x2E;
    if (deleted || deleted.error().code == kNoCredentials) continue;
    failures += fmt::format(" {} ({})", ToHex(made.id.bytes), deleted.error().name);
    made_.push_back(made);
  }
  if (!failures.empty()) {
    return Fail(fmt::format("Still on the key:{}. Delete with fido2-token -D -i ID.", failures));
  }
  return all.size();
}

}  // namespace keyrig::device
