#include "virtual-key/portable.h"

#include <utility>

namespace keyrig::virtual_key {
namespace {

using authenticator::StoredCredential;

/// The usual algorithm of a key's kind.
Result<CoseAlgorithm, Error> UsualAlgorithm(const crypto::PrivateKey& key) {
  const crypto::PublicKey own = key.Public();
  if (const auto point = own.Ec()) {
    switch (point->curve) {
      case crypto::Curve::kP256:
        return CoseAlgorithm::kEs256;
      case crypto::Curve::kP384:
        return CoseAlgorithm::kEs384;
      case crypto::Curve::kP521:
        return CoseAlgorithm::kEs512;
      case crypto::Curve::kSecp256k1:
        return CoseAlgorithm::kEs256k;
    }
  }
  if (const auto point = own.Edwards()) {
    const bool is_25519 = point->curve == crypto::EdwardsCurve::kEd25519;
    return is_25519 ? CoseAlgorithm::kEdDsa : CoseAlgorithm::kEd448;
  }
  if (own.Rsa()) return CoseAlgorithm::kRs256;
  return Fail("the credential's private key is of an unusual kind: name its algorithm");
}

}  // namespace

PortableCredential ToPortable(const StoredCredential& credential, std::uint32_t signature_counter) {
  PortableCredential portable;
  portable.id = credential.id;
  portable.discoverable = credential.discoverable;
  portable.rp = credential.rp;
  portable.private_key = credential.key.ToPkcs8();
  portable.user_handle = credential.user_handle;
  portable.signature_counter = signature_counter;
  portable.user_name = credential.user_name;
  portable.user_display_name = credential.user_display_name;
  portable.backup_eligible = credential.backup_eligible;
  portable.backed_up = credential.backed_up;
  portable.algorithm = credential.algorithm;
  portable.rp_name = credential.rp_name;
  portable.cred_protect = credential.cred_protect;
  if (credential.has_hmac_secret) {
    portable.hmac_secrets = {credential.cred_random_with_uv, credential.cred_random_without_uv};
  }
  portable.cred_blob = credential.cred_blob;
  portable.large_blob_key = credential.large_blob_key;
  portable.third_party_payment = credential.third_party_payment;
  return portable;
}

Result<StoredCredential, Error> FromPortable(const PortableCredential& portable) {
  auto key = crypto::PrivateKey::FromPkcs8(portable.private_key);
  if (!key) return Fail("the credential's private key is no PKCS #8: " + key.error().message);
  StoredCredential credential;
  credential.algorithm = portable.algorithm ? *portable.algorithm : TRY(UsualAlgorithm(*key));
  if (!key->Fits(credential.algorithm)) {
    return Fail("the credential's private key is none for " +
                std::string(Name(credential.algorithm)));
  }
  credential.id = portable.id;
  credential.discoverable = portable.discoverable;
  credential.rp = portable.rp;
  credential.rp_name = portable.rp_name;
  credential.user_handle = portable.user_handle;
  credential.user_name = portable.user_name;
  credential.user_display_name = portable.user_display_name;
  credential.key = *std::move(key);
  credential.has_hmac_secret = true;
  if (portable.hmac_secrets) {
    credential.cred_random_with_uv = portable.hmac_secrets->with_uv;
    credential.cred_random_without_uv = portable.hmac_secrets->without_uv;
  }
  credential.cred_protect = portable.cred_protect;
  credential.cred_blob = portable.cred_blob;
  credential.large_blob_key = portable.large_blob_key;
  credential.third_party_payment = portable.third_party_payment;
  credential.backup_eligible = portable.backup_eligible;
  credential.backed_up = portable.backed_up;
  return credential;
}

}  // namespace keyrig::virtual_key
