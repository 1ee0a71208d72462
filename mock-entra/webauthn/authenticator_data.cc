#include "mock-entra/webauthn/authenticator_data.h"

#include <algorithm>
#include <string>

namespace keyrig::webauthn {
namespace {

constexpr std::uint8_t kUserPresent = 0x01;
constexpr std::uint8_t kUserVerified = 0x04;
constexpr std::uint8_t kBackupEligible = 0x08;
constexpr std::uint8_t kBackupState = 0x10;
constexpr std::uint8_t kAttestedCredentialData = 0x40;
constexpr std::uint8_t kExtensionData = 0x80;

/// Takes bytes off the front, one field after the other.
class Reader {
 public:
  explicit Reader(ByteView bytes) : left_(bytes) {}

  bool Done() const { return left_.empty(); }

  Result<ByteView, Error> Take(std::size_t size, const char* field) {
    if (left_.size() < size) return Fail(std::string("authenticator data ends within ") + field);
    const ByteView taken = left_.first(size);
    left_ = left_.subspan(size);
    return taken;
  }

  Result<cbor::Value, Error> TakeCbor(const char* field) {
    auto prefix = cbor::DecodePrefix(left_);
    if (!prefix) {
      return Fail(std::string("authenticator data: ") + field + " is " +
                  std::string(cbor::Name(prefix.error())));
    }
    left_ = left_.subspan(prefix->size);
    return std::move(prefix->value);
  }

 private:
  ByteView left_;
};

Result<AttestedCredentialData, Error> ReadAttestedCredentialData(Reader& reader) {
  AttestedCredentialData data;
  std::ranges::copy(TRY(reader.Take(16, "aaguid")), data.aaguid.bytes.begin());
  const ByteView length = TRY(reader.Take(2, "credentialIdLength"));
  data.credential_id.bytes =
      ToBytes(TRY(reader.Take(ReadBigEndian16(length.first<2>()), "credentialId")));
  data.credential_public_key = TRY(DecodeCoseKey(TRY(reader.TakeCbor("credentialPublicKey"))));
  return data;
}

}  // namespace

Result<AuthenticatorData, Error> ParseAuthenticatorData(ByteView bytes) {
  Reader reader(bytes);
  AuthenticatorData data;
  std::ranges::copy(TRY(reader.Take(32, "rpIdHash")), data.rp_id_hash.begin());
  const std::uint8_t flags = TRY(reader.Take(1, "flags"))[0];
  data.user_present = (flags & kUserPresent) != 0;
  data.user_verified = (flags & kUserVerified) != 0;
  data.backup_eligible = (flags & kBackupEligible) != 0;
  data.backup_state = (flags & kBackupState) != 0;
  data.sign_count = ReadBigEndian32(TRY(reader.Take(4, "signCount")).first<4>());
  if ((flags & kAttestedCredentialData) != 0) {
    data.attested_credential_data = TRY(ReadAttestedCredentialData(reader));
  }
  if ((flags & kExtensionData) != 0) {
    data.extensions = TRY(reader.TakeCbor("extensions"));
    if (data.extensions->AsMap() == nullptr) {
      return Fail("authenticator data: extensions is not a map");
    }
  }
  if (!reader.Done()) return Fail("authenticator data has bytes after its last field");
  return data;
}

}  // namespace keyrig::webauthn
