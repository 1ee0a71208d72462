#pragma once

#include <cstddef>
#include <mutex>
#include <vector>

#include "virtual-key/authenticator/store.h"

namespace keyrig::virtual_key {

/// A key's memory that its core changes on one thread while control reads it from others.
class SharedStore final : public authenticator::CredentialStore {
 public:
  authenticator::DeviceState Load() const override {
    const std::lock_guard lock(mutex_);
    return store_.Load();
  }
  void Save(const authenticator::DeviceState& state) override {
    const std::lock_guard lock(mutex_);
    store_.Save(state);
  }
  void Put(const authenticator::StoredCredential& credential) override {
    const std::lock_guard lock(mutex_);
    store_.Put(credential);
  }
  void Remove(const CredentialId& id) override {
    const std::lock_guard lock(mutex_);
    store_.Remove(id);
  }
  /// For the core's thread alone, the only one that changes the list.
  const std::vector<authenticator::StoredCredential>& Credentials() const override {
    return store_.Credentials();
  }
  void Clear() override {
    const std::lock_guard lock(mutex_);
    store_.Clear();
  }
  std::size_t CredentialCount() const {
    const std::lock_guard lock(mutex_);
    return store_.Credentials().size();
  }

 private:
  mutable std::mutex mutex_;
  authenticator::MemoryStore store_;
};

}  // namespace keyrig::virtual_key
