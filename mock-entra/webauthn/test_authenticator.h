#pragma once

#include <functional>
#include <optional>
#include <ostream>
#include <string>
#include <vector>

#include "harness/base/cbor.h"
#include "harness/base/certificate.h"
#include "harness/base/rng.h"
#include "mock-entra/webauthn/verify.h"

/// For tests, fuzzers and benchmarks: what an authenticator and a browser would send, each detail
/// of it open to change. Written here so that the decoders are not tested by an encoder of the
/// product.
namespace keyrig::webauthn {

inline constexpr std::string_view kTestRpId = "login.example";
inline constexpr std::string_view kTestOrigin = "https://login.example";

/// Failed expectations show a check by its name.
inline void PrintTo(Check check, std::ostream* out) { *out << Name(check); }

/// Flags of authenticator data (WebAuthn L3 §6.1).
namespace flag {
inline constexpr std::uint8_t kUserPresent = 0x01;
inline constexpr std::uint8_t kUserVerified = 0x04;
inline constexpr std::uint8_t kBackupEligible = 0x08;
inline constexpr std::uint8_t kBackupState = 0x10;
inline constexpr std::uint8_t kAttestedData = 0x40;
inline constexpr std::uint8_t kExtensions = 0x80;
}  // namespace flag

/// The COSE_Key map of a public key.
cbor::Map CoseKeyOf(const crypto::PublicKey& key, CoseAlgorithm algorithm);

enum class TestAttestation { kNone, kSelf, kCertified };

/// One credential on one key, with an attestation certificate under a root of its own.
class TestAuthenticator {
 public:
  explicit TestAuthenticator(CoseAlgorithm algorithm = CoseAlgorithm::kEs256);

  /// What goes into the next response; change any of it before the call.
  struct {
    std::string type;
    std::optional<bool> cross_origin = false;
    std::optional<std::string> top_origin;
    std::string origin{kTestOrigin};
    std::string rp_id{kTestRpId};
    std::uint8_t flags = flag::kUserPresent | flag::kUserVerified;
    std::uint32_t sign_count = 1;
    Bytes credential_id = Bytes(16, 0xC1);
    Bytes user_handle = Bytes(8, 0x55);
    std::optional<cbor::Value> extensions;
    cbor::Map cose_key;
    TestAttestation attestation = TestAttestation::kCertified;
    crypto::CertificateRequest certificate;
    /// Applied to the finished statement, client data and authenticator data.
    std::function<void(cbor::Map&)> change_statement;
    std::function<void(std::string&)> change_client_data;
    std::function<void(Bytes&)> change_authenticator_data;
    std::string format;  // empty: as `attestation` has it
  } say;

  Aaguid aaguid;
  Challenge challenge;
  std::vector<crypto::Certificate> roots;

  RegistrationExpectation ExpectedRegistration() const;
  RegistrationResponse Register();
  AssertionExpectation ExpectedAssertion() const;
  AssertionResponse Assert();

  Rng rng;
  RandomStream stream;
  CoseAlgorithm algorithm;
  crypto::PrivateKey credential_key;
  crypto::PrivateKey root_key;
  crypto::PrivateKey attestation_key;

 private:
  std::string ClientData(const std::string& type) const;
  Bytes AuthenticatorDataBytes(std::uint8_t more_flags, ByteView attested) const;
  cbor::Map Statement(ByteView signed_bytes);
};

}  // namespace keyrig::webauthn
