#include <algorithm>
#include <utility>

#include "virtual-key/authenticator/authenticator.h"
#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {
namespace {

constexpr const char* kNotWritten = "the key's memory cannot be written";

Result<void, Error> CheckFits(State& state, const StoredCredential& credential) {
  if (credential.id.bytes.empty()) return Fail("a credential needs an ID");
  if (credential.rp.text.empty()) return Fail("a credential needs an RP ID");
  if (!state.Supports(static_cast<std::int64_t>(credential.algorithm))) {
    return Fail("this model of key has no " + std::string(Name(credential.algorithm)));
  }
  if (state.FindCredential(credential.id.bytes, credential.rp) != nullptr) {
    return Fail("the key has this credential already; remove it first");
  }
  if (!credential.discoverable) return {};
  if (credential.user_handle.bytes.empty()) {
    return Fail("a discoverable credential needs a user handle");
  }
  if (!state.config.has_resident_keys) {
    return Fail("this model of key keeps no discoverable credentials");
  }
  if (state.RemainingDiscoverable() == 0) return Fail("the key is full; remove a credential first");
  return {};
}

}  // namespace

Result<void, Error> Authenticator::Import(StoredCredential credential,
                                          std::uint32_t signature_counter) {
  State& state = *state_;
  TRY(CheckFits(state, credential));
  if (credential.cred_random_with_uv == ByteArray<32>{}) {
    auto stream = state.environment.rng.Stream("authenticator/imported-hmac-secret");
    stream.Fill(credential.cred_random_with_uv);
    stream.Fill(credential.cred_random_without_uv);
  }
  credential.created = state.device.next_created++;
  // One counter for all: no relying party may see its own go back.
  state.device.signature_counter = std::max(state.device.signature_counter, signature_counter);
  state.RenewStoreState();
  if (!state.Save() || !state.Put(credential)) return Fail(kNotWritten);
  state.sequence.reset();
  return {};
}

Result<void, Error> Authenticator::Remove(const CredentialId& id) {
  State& state = *state_;
  const auto& named = state.environment.store.NamedCredentials();
  if (state.FindDiscoverable(id) == nullptr &&
      std::ranges::find(named, id, &StoredCredential::id) == named.end()) {
    return Fail("the key has no credential " + ToBase64Url(id.bytes) + " to remove");
  }
  state.RenewStoreState();
  if (!state.Save() || !state.Remove(id)) return Fail(kNotWritten);
  state.sequence.reset();
  return {};
}

Result<void, Error> Authenticator::RemoveAll() {
  State& state = *state_;
  const CredentialStore& store = state.environment.store;
  while (!store.Credentials().empty()) TRY(Remove(CredentialId(store.Credentials().back().id)));
  while (!store.NamedCredentials().empty()) {
    TRY(Remove(CredentialId(store.NamedCredentials().back().id)));
  }
  return {};
}

}  // namespace keyrig::authenticator
