#include "virtual-key/store/schema.h"

#include <array>
#include <string>

namespace keyrig::key_store {
namespace {

// Never change a step that has been released: add one.
constexpr std::array kSteps = {
    R"sql(
CREATE TABLE device (
  only INTEGER PRIMARY KEY CHECK (only = 1),
  pin_hash BLOB, pin_code_points INTEGER NOT NULL, pin_retries INTEGER NOT NULL,
  signature_counter INTEGER NOT NULL, next_created INTEGER NOT NULL,
  wrapping_key BLOB NOT NULL, identifier BLOB NOT NULL, store_state BLOB NOT NULL,
  persistent_token BLOB,
  uv_retries INTEGER NOT NULL, uv_count_since_pin INTEGER NOT NULL,
  min_pin_length INTEGER, force_pin_change INTEGER NOT NULL,
  pin_complexity_policy INTEGER NOT NULL, always_uv INTEGER,
  enterprise_attestation INTEGER NOT NULL, long_touch_for_reset INTEGER NOT NULL,
  initialized INTEGER NOT NULL) STRICT;
CREATE TABLE large_blobs (only INTEGER PRIMARY KEY CHECK (only = 1), array BLOB NOT NULL) STRICT;
CREATE TABLE finger (
  position INTEGER PRIMARY KEY, id BLOB NOT NULL, name TEXT NOT NULL, finger TEXT NOT NULL) STRICT;
CREATE TABLE min_pin_length_rp (position INTEGER PRIMARY KEY, rp_id TEXT NOT NULL) STRICT;
CREATE TABLE credential (
  position INTEGER PRIMARY KEY, id BLOB NOT NULL UNIQUE,
  rp_id TEXT NOT NULL, rp_name TEXT NOT NULL,
  user_handle BLOB NOT NULL, user_name TEXT NOT NULL, user_display_name TEXT NOT NULL,
  algorithm INTEGER NOT NULL, private_key BLOB NOT NULL,
  cred_random_with_uv BLOB NOT NULL, cred_random_without_uv BLOB NOT NULL,
  has_hmac_secret INTEGER NOT NULL, cred_protect INTEGER NOT NULL,
  cred_blob BLOB, large_blob_key BLOB, third_party_payment INTEGER NOT NULL,
  backup_eligible INTEGER NOT NULL, backed_up INTEGER NOT NULL, created INTEGER NOT NULL,
  discoverable INTEGER NOT NULL) STRICT;
)sql",
    R"sql(
ALTER TABLE device ADD COLUMN aaguid BLOB;
ALTER TABLE device ADD COLUMN attestation_seed BLOB;
)sql",
};

}  // namespace

std::span<const char* const> SchemaSteps() { return kSteps; }

Result<void, Error> Migrate(const Database& database) {
  const std::int64_t version = TRY(database.Integer("PRAGMA user_version"));
  if (version == static_cast<std::int64_t>(kSteps.size())) return {};
  Transaction transaction = TRY(Transaction::Begin(database));
  for (std::size_t step = static_cast<std::size_t>(version); step < kSteps.size(); ++step) {
    TRY(database.Execute(kSteps[step]));
  }
  TRY(database.Execute("PRAGMA application_id = " + std::to_string(kApplicationId)));
  TRY(database.Execute("PRAGMA user_version = " + std::to_string(kSteps.size())));
  return transaction.Commit();
}

}  // namespace keyrig::key_store
