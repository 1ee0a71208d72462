#include "virtual-key/store/rows.h"

namespace keyrig::key_store {

using authenticator::StoredCredential;

Result<std::vector<StoredCredential>, Error> ReadCredentials(const Database& database) {
  std::vector<StoredCredential> credentials;
  Statement row = database.Prepare(
      "SELECT id, rp_id, rp_name, user_handle, user_name, user_display_name, algorithm, "
      "private_key, cred_random_with_uv, cred_random_without_uv, has_hmac_secret, cred_protect, "
      "cred_blob, large_blob_key, third_party_payment, backup_eligible, backed_up, created, "
      "discoverable FROM credential ORDER BY position");
  while (TRY(row.Step())) {
    StoredCredential& credential = credentials.emplace_back();
    credential.id.bytes = row.Blob();
    const std::string name = "credential " + ToHex(credential.id.bytes);
    credential.rp.text = row.Text();
    credential.rp_name = row.Text();
    credential.user_handle.bytes = row.Blob();
    credential.user_name = row.Text();
    credential.user_display_name = row.Text();
    credential.algorithm = static_cast<CoseAlgorithm>(row.Integer());
    auto key = crypto::PrivateKey::FromPkcs8(row.Blob());
    if (!key) return Fail(name + " has no usable private key");
    credential.key = std::move(*key);
    bool fits = row.Blob(credential.cred_random_with_uv);
    fits = row.Blob(credential.cred_random_without_uv) && fits;
    credential.has_hmac_secret = row.Integer() != 0;
    credential.cred_protect = static_cast<std::uint8_t>(row.Integer());
    if (row.IsNull()) {
      row.Skip();
    } else {
      credential.cred_blob = row.Blob();
    }
    if (row.IsNull()) {
      row.Skip();
    } else {
      fits = row.Blob(credential.large_blob_key.emplace()) && fits;
    }
    credential.third_party_payment = row.Integer() != 0;
    credential.backup_eligible = row.Integer() != 0;
    credential.backed_up = row.Integer() != 0;
    credential.created = static_cast<std::uint64_t>(row.Integer());
    credential.discoverable = row.Integer() != 0;
    if (!fits) return Fail(name + " has a secret of another length than it must");
  }
  return credentials;
}

Result<void, Error> WriteCredential(const Database& database, const StoredCredential& credential) {
  return database
      .Prepare(
          "INSERT OR REPLACE INTO credential VALUES "
          "((SELECT position FROM credential WHERE id = ?), "
          "?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)")
      .Bind(credential.id.bytes)
      .Bind(credential.id.bytes)
      .Bind(credential.rp.text)
      .Bind(credential.rp_name)
      .Bind(credential.user_handle.bytes)
      .Bind(credential.user_name)
      .Bind(credential.user_display_name)
      .Bind(static_cast<std::int64_t>(credential.algorithm))
      .Bind(credential.key.ToPkcs8())
      .Bind(ByteView(credential.cred_random_with_uv))
      .Bind(ByteView(credential.cred_random_without_uv))
      .Bind(credential.has_hmac_secret)
      .Bind(credential.cred_protect)
      .BindOptional(credential.cred_blob)
      .BindOptional(credential.large_blob_key)
      .Bind(credential.third_party_payment)
      .Bind(credential.backup_eligible)
      .Bind(credential.backed_up)
      .Bind(static_cast<std::int64_t>(credential.created))
      .Bind(credential.discoverable)
      .Run();
}

Result<void, Error> EraseCredential(const Database& database, const CredentialId& id) {
  return database.Prepare("DELETE FROM credential WHERE id = ?").Bind(id.bytes).Run();
}

}  // namespace keyrig::key_store
