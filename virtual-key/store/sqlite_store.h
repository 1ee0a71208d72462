#pragma once

#include <filesystem>
#include <functional>
#include <memory>
#include <optional>

#include "virtual-key/authenticator/store.h"
#include "virtual-key/store/database.h"

namespace keyrig::key_store {

/// A memory in an SQLite file, which outlives the process, however that ends. The file is the
/// secret: it holds every private key in the clear. Only its user can read it, and only one key at
/// a time has it open.
class SqliteStore final : public authenticator::CredentialStore {
 public:
  struct Options {
    /// Pages of 4096 bytes that the file may have; a change that needs more fails, as on a full
    /// disk.
    std::optional<int> max_pages = {};
  };

  /// Opens the memory in `file`, or makes one where there is no such file. What is no key's memory,
  /// is damaged, was written by a newer keyrig, is open to other users or in use is refused, and
  /// left as it is.
  static Result<std::unique_ptr<SqliteStore>, Error> Open(const std::filesystem::path& file,
                                                          const Options& options);
  static Result<std::unique_ptr<SqliteStore>, Error> Open(const std::filesystem::path& file) {
    return Open(file, {});
  }

  authenticator::DeviceState Load() const override { return held_.Load(); }
  Result<void, Error> Save(const authenticator::DeviceState& state) override;
  Result<void, Error> Put(const authenticator::StoredCredential& credential) override;
  Result<void, Error> Replace(const CredentialId& replaced,
                              const authenticator::StoredCredential& credential) override;
  Result<void, Error> Remove(const CredentialId& id) override;
  const std::vector<authenticator::StoredCredential>& Credentials() const override {
    return held_.Credentials();
  }
  const std::vector<authenticator::StoredCredential>& NamedCredentials() const override {
    return held_.NamedCredentials();
  }
  Result<void, Error> Clear(const authenticator::DeviceState& fresh) override;

 private:
  SqliteStore(std::filesystem::path file, Database database)
      : file_(std::move(file)), database_(std::move(database)) {}
  Result<void, Error> Read();
  Result<void, Error> Write(const std::function<Result<void, Error>()>& change);

  const std::filesystem::path file_;
  const Database database_;
  authenticator::MemoryStore held_;  // what the file has
};

}  // namespace keyrig::key_store
