#include "virtual-key/authenticator/store.h"

#include <algorithm>

namespace keyrig::authenticator {

Result<void, Error> MemoryStore::Save(const DeviceState& state) {
  state_ = state;
  return {};
}

Result<void, Error> MemoryStore::Put(const StoredCredential& credential) {
  auto& held = credential.discoverable ? credentials_ : named_;
  const auto found = std::ranges::find(held, credential.id, &StoredCredential::id);
  if (found != held.end()) {
    *found = credential;
  } else {
    TRY(Remove(credential.id));
    held.push_back(credential);
  }
  return {};
}

Result<void, Error> MemoryStore::Replace(const CredentialId& replaced,
                                         const StoredCredential& credential) {
  TRY(Remove(replaced));
  return Put(credential);
}

Result<void, Error> MemoryStore::Remove(const CredentialId& id) {
  const auto has_id = [&](const StoredCredential& held) { return held.id == id; };
  std::erase_if(credentials_, has_id);
  std::erase_if(named_, has_id);
  return {};
}

Result<void, Error> MemoryStore::Clear(const DeviceState& fresh) {
  credentials_.clear();
  named_.clear();
  state_ = fresh;
  return {};
}

}  // namespace keyrig::authenticator
