#include "virtual-key/authenticator/store.h"

#include <algorithm>

namespace keyrig::authenticator {

void MemoryStore::Put(const StoredCredential& credential) {
  const auto found = std::ranges::find(credentials_, credential.id, &StoredCredential::id);
  if (found != credentials_.end()) {
    *found = credential;
  } else {
    credentials_.push_back(credential);
  }
}

void MemoryStore::Remove(const CredentialId& id) {
  std::erase_if(credentials_, [&](const StoredCredential& held) { return held.id == id; });
}

void MemoryStore::Clear() {
  credentials_.clear();
  state_ = {};
}

}  // namespace keyrig::authenticator
