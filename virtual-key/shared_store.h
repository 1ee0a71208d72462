#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "virtual-key/authenticator/store.h"

namespace keyrig::virtual_key {

/// A key's memory that its core changes on one thread while control reads it from others.
class SharedStore final : public authenticator::CredentialStore {
 public:
  /// Without a store to hand on to it remembers for as long as the object lives.
  explicit SharedStore(std::shared_ptr<authenticator::CredentialStore> store)
      : store_(store ? std::move(store) : std::make_shared<authenticator::MemoryStore>()) {}

  authenticator::DeviceState Load() const override {
    const std::lock_guard lock(mutex_);
    return store_->Load();
  }
  Result<void, Error> Save(const authenticator::DeviceState& state) override {
    const std::lock_guard lock(mutex_);
    return store_->Save(state);
  }
  Result<void, Error> Put(const authenticator::StoredCredential& credential) override {
    const std::lock_guard lock(mutex_);
    return store_->Put(credential);
  }
  Result<void, Error> Replace(const CredentialId& replaced,
                              const authenticator::StoredCredential& credential) override {
    const std::lock_guard lock(mutex_);
    return store_->Replace(replaced, credential);
  }
  Result<void, Error> Remove(const CredentialId& id) override {
    const std::lock_guard lock(mutex_);
    return store_->Remove(id);
  }
  /// For the core's thread alone, the only one that changes the list.
  const std::vector<authenticator::StoredCredential>& Credentials() const override {
    return store_->Credentials();
  }
  const std::vector<authenticator::StoredCredential>& NamedCredentials() const override {
    return store_->NamedCredentials();
  }
  Result<void, Error> Clear(const authenticator::DeviceState& fresh) override {
    const std::lock_guard lock(mutex_);
    return store_->Clear(fresh);
  }
  std::size_t CredentialCount() const {
    const std::lock_guard lock(mutex_);
    return store_->Credentials().size();
  }
  /// All of them, the discoverable ones first.
  std::vector<authenticator::StoredCredential> CopyOfCredentials() const {
    const std::lock_guard lock(mutex_);
    std::vector<authenticator::StoredCredential> all = store_->Credentials();
    const auto& named = store_->NamedCredentials();
    all.insert(all.end(), named.begin(), named.end());
    return all;
  }

 private:
  mutable std::mutex mutex_;
  const std::shared_ptr<authenticator::CredentialStore> store_;
};

}  // namespace keyrig::virtual_key
