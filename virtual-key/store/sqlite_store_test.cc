#include "virtual-key/store/sqlite_store.h"

#include <gmock/gmock.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>

#include "harness/base/rng.h"
#include "virtual-key/store/schema.h"

namespace keyrig::key_store {
namespace {

using authenticator::DeviceState;
using authenticator::StoredCredential;
using testing::HasSubstr;

/// Values that differ from the defaults and from each other.
DeviceState FullState() {
  DeviceState state;
  state.pin_hash = ByteArray<16>{1, 2, 3};
  state.pin_code_points = 6;
  state.pin_retries = 5;
  state.signature_counter = 0xFFFFFFF0;
  state.next_created = 77;
  state.wrapping_key = {4, 5};
  state.identifier = {6, 7};
  state.store_state = {8, 9};
  state.persistent_token = ByteArray<32>{10, 11};
  state.uv_retries = 2;
  state.uv_count_since_pin = 12;
  state.fingers = {{Bytes{1}, "", "thumb"}, {Bytes{2, 0}, "index", "index"}};
  state.min_pin_length = 8;
  state.min_pin_length_rp_ids = {"b.example", "a.example"};
  state.force_pin_change = true;
  state.pin_complexity_policy = true;
  state.always_uv = false;
  state.enterprise_attestation = true;
  state.long_touch_for_reset = true;
  state.large_blobs = Bytes(3000, 0xAB);
  state.initialized = true;
  state.aaguid = Aaguid{{13, 14}};
  state.attestation_seed = ByteArray<32>{15, 16};
  return state;
}

void ExpectSame(const DeviceState& a, const DeviceState& b) {
  EXPECT_EQ(a.pin_hash, b.pin_hash);
  EXPECT_EQ(a.pin_code_points, b.pin_code_points);
  EXPECT_EQ(a.pin_retries, b.pin_retries);
  EXPECT_EQ(a.signature_counter, b.signature_counter);
  EXPECT_EQ(a.next_created, b.next_created);
  EXPECT_EQ(a.wrapping_key, b.wrapping_key);
  EXPECT_EQ(a.identifier, b.identifier);
  EXPECT_EQ(a.store_state, b.store_state);
  EXPECT_EQ(a.persistent_token, b.persistent_token);
  EXPECT_EQ(a.uv_retries, b.uv_retries);
  EXPECT_EQ(a.uv_count_since_pin, b.uv_count_since_pin);
  ASSERT_EQ(a.fingers.size(), b.fingers.size());
  for (std::size_t i = 0; i < a.fingers.size(); ++i) {
    EXPECT_EQ(a.fingers[i].id, b.fingers[i].id);
    EXPECT_EQ(a.fingers[i].name, b.fingers[i].name);
    EXPECT_EQ(a.fingers[i].finger, b.fingers[i].finger);
  }
  EXPECT_EQ(a.min_pin_length, b.min_pin_length);
  EXPECT_EQ(a.min_pin_length_rp_ids, b.min_pin_length_rp_ids);
  EXPECT_EQ(a.force_pin_change, b.force_pin_change);
  EXPECT_EQ(a.pin_complexity_policy, b.pin_complexity_policy);
  EXPECT_EQ(a.always_uv, b.always_uv);
  EXPECT_EQ(a.enterprise_attestation, b.enterprise_attestation);
  EXPECT_EQ(a.long_touch_for_reset, b.long_touch_for_reset);
  EXPECT_EQ(a.large_blobs, b.large_blobs);
  EXPECT_EQ(a.initialized, b.initialized);
  EXPECT_EQ(a.aaguid, b.aaguid);
  EXPECT_EQ(a.attestation_seed, b.attestation_seed);
}

StoredCredential FullCredential(std::string id, CoseAlgorithm algorithm = CoseAlgorithm::kEs256) {
  RandomStream stream = Rng(1).Stream(id);
  StoredCredential credential;
  credential.id.bytes = ToBytes(id);
  credential.rp.text = "example.com";
  credential.rp_name = "Example";
  credential.user_handle.bytes = Bytes{0, 1, 0};
  credential.user_name = "adele@example.com";
  credential.user_display_name = "Ad\xC3\xA8le";
  credential.algorithm = algorithm;
  credential.key = crypto::PrivateKey::Generate(algorithm, stream);
  credential.cred_random_with_uv = {1};
  credential.cred_random_without_uv = {2};
  credential.has_hmac_secret = true;
  credential.cred_protect = 3;
  credential.cred_blob = Bytes();
  credential.large_blob_key = ByteArray<32>{3};
  credential.third_party_payment = true;
  credential.backup_eligible = true;
  credential.backed_up = true;
  credential.created = 41;
  return credential;
}

void ExpectSame(const StoredCredential& a, const StoredCredential& b) {
  EXPECT_EQ(a.id, b.id);
  EXPECT_EQ(a.rp, b.rp);
  EXPECT_EQ(a.rp_name, b.rp_name);
  EXPECT_EQ(a.user_handle, b.user_handle);
  EXPECT_EQ(a.user_name, b.user_name);
  EXPECT_EQ(a.user_display_name, b.user_display_name);
  EXPECT_EQ(a.algorithm, b.algorithm);
  EXPECT_EQ(a.key.Public(), b.key.Public());
  EXPECT_EQ(a.cred_random_with_uv, b.cred_random_with_uv);
  EXPECT_EQ(a.cred_random_without_uv, b.cred_random_without_uv);
  EXPECT_EQ(a.has_hmac_secret, b.has_hmac_secret);
  EXPECT_EQ(a.cred_protect, b.cred_protect);
  EXPECT_EQ(a.cred_blob, b.cred_blob);
  EXPECT_EQ(a.large_blob_key, b.large_blob_key);
  EXPECT_EQ(a.third_party_payment, b.third_party_payment);
  EXPECT_EQ(a.backup_eligible, b.backup_eligible);
  EXPECT_EQ(a.backed_up, b.backed_up);
  EXPECT_EQ(a.created, b.created);
  EXPECT_EQ(a.discoverable, b.discoverable);
}

std::vector<std::string> IdsOf(const std::vector<StoredCredential>& credentials) {
  std::vector<std::string> ids;
  for (const auto& credential : credentials) ids.emplace_back(AsText(credential.id.bytes));
  return ids;
}

std::string ReadFile(const std::filesystem::path& file) {
  std::ostringstream text;
  text << std::ifstream(file, std::ios::binary).rdbuf();
  return text.str();
}

void WriteFile(const std::filesystem::path& file, const std::string& text) {
  std::ofstream(file, std::ios::binary | std::ios::trunc) << text;
  std::filesystem::permissions(file, std::filesystem::perms(0600));
}

class SqliteStoreTest : public testing::Test {
 protected:
  SqliteStoreTest() {
    std::string name = testing::TempDir() + "/key_store.XXXXXX";
    folder_ = ::mkdtemp(name.data());
    file_ = folder_ / "key #1?.db";
  }
  ~SqliteStoreTest() override { std::filesystem::remove_all(folder_); }

  std::unique_ptr<SqliteStore> Open(SqliteStore::Options options = {}) {
    auto store = SqliteStore::Open(file_, options);
    EXPECT_TRUE(store.has_value()) << store.error().message;
    return store ? *std::move(store) : nullptr;
  }
  /// What SQLite itself does to the file, without a store.
  void Sql(const std::string& sql) const {
    sqlite3* handle = nullptr;
    ASSERT_EQ(sqlite3_open(file_.c_str(), &handle), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(handle, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(handle);
    sqlite3_close(handle);
    std::filesystem::permissions(file_, std::filesystem::perms(0600));
  }
  /// Refused with these words, and nothing in the folder has changed.
  void ExpectRefused(const std::string& words) const {
    const std::string before = ReadFile(file_);
    const auto store = SqliteStore::Open(file_);
    ASSERT_FALSE(store.has_value());
    EXPECT_THAT(store.error().message, HasSubstr(words));
    EXPECT_THAT(store.error().message, HasSubstr(file_.string()));
    EXPECT_TRUE(ReadFile(file_) == before) << "the file was changed";
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
      if (entry.file_size() > 0) names.push_back(entry.path().filename());
    }
    EXPECT_THAT(names, testing::IsSubsetOf({file_.filename().string()}));
  }

  std::filesystem::path folder_, file_;
};

TEST_F(SqliteStoreTest, ANewMemoryIsEmptyAndItsUsersAlone) {
  const auto store = Open();
  EXPECT_FALSE(store->Load().initialized);
  EXPECT_TRUE(store->Credentials().empty());
  struct stat status{};
  ASSERT_EQ(::stat(file_.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777, 0600U);
  ASSERT_TRUE(store->Save(FullState()).has_value());
  for (const auto& entry : std::filesystem::directory_iterator(folder_)) {
    ASSERT_EQ(::stat(entry.path().c_str(), &status), 0);
    EXPECT_EQ(status.st_mode & 07777, 0600U) << entry.path();
  }
}

TEST_F(SqliteStoreTest, EveryMemberOfTheDeviceSurvives) {
  const DeviceState full = FullState();
  ASSERT_TRUE(Open()->Save(full).has_value());
  ExpectSame(Open()->Load(), full);
  DeviceState emptied;
  emptied.always_uv = true;
  emptied.initialized = true;
  ASSERT_TRUE(Open()->Save(emptied).has_value());
  ExpectSame(Open()->Load(), emptied);
}

TEST_F(SqliteStoreTest, EveryMemberOfACredentialSurvives) {
  const StoredCredential full = FullCredential("full");
  StoredCredential bare = FullCredential("bare");
  bare.cred_blob.reset();
  bare.large_blob_key.reset();
  bare.has_hmac_secret = bare.third_party_payment = bare.backup_eligible = bare.backed_up = false;
  bare.user_name.clear();
  StoredCredential named = FullCredential("named");
  named.discoverable = false;
  {
    const auto store = Open();
    for (const auto& credential : {full, bare, named}) {
      ASSERT_TRUE(store->Put(credential).has_value());
    }
  }
  const auto store = Open();
  ASSERT_EQ(IdsOf(store->Credentials()), (std::vector<std::string>{"full", "bare"}));
  ASSERT_EQ(IdsOf(store->NamedCredentials()), (std::vector<std::string>{"named"}));
  ExpectSame(store->Credentials()[0], full);
  ExpectSame(store->Credentials()[1], bare);
  ExpectSame(store->NamedCredentials()[0], named);
}

TEST_F(SqliteStoreTest, PrivateKeysOfEachKindSurvive) {
  for (const auto algorithm :
       {CoseAlgorithm::kEs256, CoseAlgorithm::kEs384, CoseAlgorithm::kEs512, CoseAlgorithm::kEdDsa,
        CoseAlgorithm::kEd448, CoseAlgorithm::kRs256}) {
    const StoredCredential credential = FullCredential(std::string(Name(algorithm)), algorithm);
    ASSERT_TRUE(Open()->Put(credential).has_value());
    RandomStream stream = Rng(1).Stream("signature");
    const Bytes data(32);
    EXPECT_TRUE(credential.key.Public().Verify(
        algorithm, data, Open()->Credentials().back().key.Sign(algorithm, data, stream)))
        << Name(algorithm);
  }
}

TEST_F(SqliteStoreTest, CredentialsAreReplacedInTheirPlaceAndForgotten) {
  {
    const auto store = Open();
    for (const char* id : {"a", "b", "c"}) ASSERT_TRUE(store->Put(FullCredential(id)));
    StoredCredential changed = FullCredential("a");
    changed.user_name = "bob";
    ASSERT_TRUE(store->Put(changed));
    ASSERT_TRUE(store->Remove({ToBytes("b")}));
    ASSERT_TRUE(store->Remove({ToBytes("unknown")}));
    ASSERT_TRUE(store->Replace({ToBytes("c")}, FullCredential("d")));
    EXPECT_EQ(IdsOf(store->Credentials()), (std::vector<std::string>{"a", "d"}));
  }
  const auto store = Open();
  EXPECT_EQ(IdsOf(store->Credentials()), (std::vector<std::string>{"a", "d"}));
  EXPECT_EQ(store->Credentials().front().user_name, "bob");
}

TEST_F(SqliteStoreTest, ClearingLeavesTheFreshStateAndNoTraceOfAKey) {
  const StoredCredential credential = FullCredential("gone");
  DeviceState fresh;
  fresh.pin_retries = 3;
  {
    const auto store = Open();
    ASSERT_TRUE(store->Save(FullState()));
    ASSERT_TRUE(store->Put(credential));
    ASSERT_TRUE(store->Clear(fresh));
    ExpectSame(store->Load(), fresh);
  }
  const auto store = Open();
  ExpectSame(store->Load(), fresh);
  EXPECT_TRUE(store->Credentials().empty());
  const std::string secret(AsText(ByteView(credential.key.ToPkcs8()).last(32)));
  EXPECT_EQ(ReadFile(file_).find(secret), std::string::npos) << "the key is still in the file";
}

TEST_F(SqliteStoreTest, ASecondKeyOnTheSameFileIsRefused) {
  const auto first = Open();
  ExpectRefused("is in use by another key");
  EXPECT_TRUE(first->Save(FullState()).has_value()) << "the first one is not disturbed";
}

TEST_F(SqliteStoreTest, WhatIsNoSqliteFileIsRefused) {
  WriteFile(file_, std::string(5000, 'x'));
  ExpectRefused("it is no SQLite file");
  WriteFile(file_, "short");
  ExpectRefused("it is no SQLite file");
  WriteFile(file_, "");
  ExpectRefused("is empty and no key's memory");
}

TEST_F(SqliteStoreTest, ACorruptHeaderIsRefused) {
  ASSERT_TRUE(Open()->Save(FullState()));
  std::string bytes = ReadFile(file_);
  bytes[3] = 'x';
  WriteFile(file_, bytes);
  ExpectRefused("it is no SQLite file");
}

TEST_F(SqliteStoreTest, ATruncatedFileIsRefused) {
  ASSERT_TRUE(Open()->Save(FullState()));
  const std::string bytes = ReadFile(file_);
  WriteFile(file_, bytes.substr(0, bytes.size() / 2));
  ExpectRefused("is damaged");
}

TEST_F(SqliteStoreTest, DamagedPagesAreRefused) {
  ASSERT_TRUE(Open()->Put(FullCredential("a")));
  std::string bytes = ReadFile(file_);
  for (std::size_t page = 1; page < bytes.size() / 4096; ++page) bytes[page * 4096 + 3] = '\x7F';
  WriteFile(file_, bytes);
  ExpectRefused("is damaged");
}

TEST_F(SqliteStoreTest, ASecretThatIsTooShortIsRefused) {
  ASSERT_TRUE(Open()->Put(FullCredential("a")));
  Sql("UPDATE credential SET cred_random_with_uv = x'01'");
  ExpectRefused("credential 61 has a secret of another length");
  Sql("UPDATE credential SET private_key = x'01'");
  ExpectRefused("credential 61 has no usable private key");
}

TEST_F(SqliteStoreTest, AnotherProgramsDatabaseIsRefused) {
  Sql("CREATE TABLE moz_places (id INTEGER); INSERT INTO moz_places VALUES (1)");
  ExpectRefused("it is another program's SQLite file");
  Sql("PRAGMA journal_mode = WAL");
  ExpectRefused("it is another program's SQLite file");
}

TEST_F(SqliteStoreTest, ANewerSchemaIsRefused) {
  ASSERT_TRUE(Open()->Save(FullState()));
  Sql("PRAGMA user_version = 99");
  ExpectRefused("was written by a newer keyrig (schema version 99, this one knows 2)");
}

TEST_F(SqliteStoreTest, AnOlderSchemaIsBroughtUpToDate) {
  for (std::size_t version = 0; version < SchemaSteps().size(); ++version) {
    std::filesystem::remove(file_);
    std::string steps;
    for (std::size_t step = 0; step < version; ++step) steps += SchemaSteps()[step];
    Sql(steps + "PRAGMA application_id = " + std::to_string(kApplicationId) +
        "; PRAGMA user_version = " + std::to_string(version));
    ASSERT_TRUE(Open()->Save(FullState()));
    ExpectSame(Open()->Load(), FullState());
  }
}

TEST_F(SqliteStoreTest, AFileThatOthersCanReadIsRefused) {
  ASSERT_TRUE(Open()->Save(FullState()));
  std::filesystem::permissions(file_, std::filesystem::perms(0640));
  ExpectRefused("is open to other users; run chmod 600");
}

TEST_F(SqliteStoreTest, AFolderIsRefused) {
  const auto store = SqliteStore::Open(folder_);
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().message, HasSubstr("is no file"));
}

/// Without the rights of root, which would be let in anywhere.
class AsNobody {
 public:
  AsNobody() { EXPECT_EQ(::seteuid(::geteuid() == 0 ? 65534 : ::geteuid()), 0); }
  ~AsNobody() { EXPECT_EQ(::seteuid(::getuid()), 0); }
};

TEST_F(SqliteStoreTest, AFolderThatCannotBeWrittenIsSaid) {
  std::filesystem::permissions(folder_, std::filesystem::perms(0555));
  const AsNobody nobody;
  const auto store = SqliteStore::Open(file_);
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().message,
              HasSubstr("cannot make " + file_.string() + ": Permission denied"));
}

TEST_F(SqliteStoreTest, AMemoryInAFolderThatCannotBeWrittenIsRefusedAtOnce) {
  ASSERT_TRUE(Open()->Save(FullState()));
  std::filesystem::remove(file_.string() + "-journal");
  ASSERT_EQ(::chown(file_.c_str(), ::geteuid() == 0 ? 65534 : ::geteuid(), ::getegid()), 0);
  std::filesystem::permissions(folder_, std::filesystem::perms(0555));
  const AsNobody nobody;
  ExpectRefused("cannot be written");
}

TEST_F(SqliteStoreTest, AMissingFolderIsSaid) {
  const auto store = SqliteStore::Open(folder_ / "no" / "key.db");
  ASSERT_FALSE(store.has_value());
  EXPECT_THAT(store.error().message, HasSubstr("No such file or directory"));
}

TEST_F(SqliteStoreTest, AFullDiskFailsTheChangeAndChangesNothing) {
  ASSERT_TRUE(Open()->Save(FullState()));
  const int pages = static_cast<int>(std::filesystem::file_size(file_) / 4096);
  {
    const auto store = Open({.max_pages = pages});
    DeviceState larger = FullState();
    larger.signature_counter = 1;
    larger.large_blobs = Bytes(40'000, 0xCD);
    const auto saved = store->Save(larger);
    ASSERT_FALSE(saved.has_value());
    EXPECT_THAT(saved.error().message, HasSubstr(file_.string() + " could not be written"));
    EXPECT_THAT(saved.error().message, HasSubstr("full"));
    ExpectSame(store->Load(), FullState());
    DeviceState counted = FullState();
    counted.signature_counter = 2;
    EXPECT_TRUE(store->Save(counted).has_value()) << "what fits is still written";
  }
  EXPECT_EQ(Open()->Load().signature_counter, 2U);
  EXPECT_EQ(Open()->Load().large_blobs, FullState().large_blobs);
}

}  // namespace
}  // namespace keyrig::key_store
