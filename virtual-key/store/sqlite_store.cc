#include "virtual-key/store/sqlite_store.h"

#include "virtual-key/store/rows.h"
#include "virtual-key/store/schema.h"
#include "virtual-key/store/store_file.h"

namespace keyrig::key_store {

using authenticator::DeviceState;
using authenticator::StoredCredential;

Result<std::unique_ptr<SqliteStore>, Error> SqliteStore::Open(const std::filesystem::path& file,
                                                              const Options& options) {
  Database database = TRY(OpenStoreFile(file));
  if (options.max_pages) {
    TRY(database.Text("PRAGMA max_page_count = " + std::to_string(*options.max_pages)));
  }
  std::unique_ptr<SqliteStore> store(new SqliteStore(file, std::move(database)));
  if (const auto read = store->Read(); !read) return Err(Damaged(file, read.error().message));
  return store;
}

Result<void, Error> SqliteStore::Read() {
  TRY(held_.Save(TRY(ReadDevice(database_))));
  for (const StoredCredential& credential : TRY(ReadCredentials(database_))) {
    TRY(held_.Put(credential));
  }
  return {};
}

Result<void, Error> SqliteStore::Save(const DeviceState& state) {
  TRY(Write([&] { return WriteDevice(database_, held_.Load(), state); }));
  return held_.Save(state);
}

Result<void, Error> SqliteStore::Put(const StoredCredential& credential) {
  TRY(Write([&] { return WriteCredential(database_, credential); }));
  return held_.Put(credential);
}

Result<void, Error> SqliteStore::Replace(const CredentialId& replaced,
                                         const StoredCredential& credential) {
  TRY(Write([&]() -> Result<void, Error> {
    TRY(EraseCredential(database_, replaced));
    return WriteCredential(database_, credential);
  }));
  return held_.Replace(replaced, credential);
}

Result<void, Error> SqliteStore::Remove(const CredentialId& id) {
  TRY(Write([&] { return EraseCredential(database_, id); }));
  return held_.Remove(id);
}

Result<void, Error> SqliteStore::Clear(const DeviceState& fresh) {
  TRY(Write([&]() -> Result<void, Error> {
    TRY(database_.Execute("DELETE FROM credential"));
    return WriteDevice(database_, held_.Load(), fresh);
  }));
  return held_.Clear(fresh);
}

Result<void, Error> SqliteStore::Write(const std::function<Result<void, Error>()>& change) {
  const auto written = [&]() -> Result<void, Error> {
    Transaction transaction = TRY(Transaction::Begin(database_));
    TRY(change());
    return transaction.Commit();
  }();
  if (!written) return Fail(file_.string() + " could not be written: " + written.error().message);
  return {};
}

}  // namespace keyrig::key_store
