#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "harness/base/cbor.h"
#include "harness/base/certificate.h"
#include "mock-entra/webauthn/authenticator_data.h"

namespace keyrig::webauthn {

/// WebAuthn L3 §6.5.3. With certificates, Basic cannot be told from AttCA by the statement.
enum class AttestationType { kNone, kSelf, kCertified };

/// What a format's verification procedure is given (§7.1 step 22).
struct AttestationInput {
  const cbor::Value& statement;
  const AuthenticatorData& data;
  ByteView authenticator_data;  // the bytes of `data`
  ByteView client_data_hash;

  /// What attestation signatures are over.
  Bytes SignedBytes() const { return Concat({authenticator_data, client_data_hash}); }
};

/// What it yields.
struct AttestationOutput {
  AttestationType type = AttestationType::kNone;
  std::vector<crypto::Certificate> trust_path;  // leaf first; empty for none and self
};

using VerificationProcedure = Result<AttestationOutput, Error> (*)(const AttestationInput& input);

/// §8.7.
Result<AttestationOutput, Error> VerifyNone(const AttestationInput& input);
/// §8.2, with and without certificates. The trust path is not yet judged.
Result<AttestationOutput, Error> VerifyPacked(const AttestationInput& input);
/// §8.2 without x5c.
Result<AttestationOutput, Error> VerifyPackedSelf(const AttestationInput& input,
                                                  std::int64_t algorithm, ByteView signature);

/// §8.2.1, and the AAGUID extension of §8.2 where there is one.
Result<void, Error> CheckPackedCertificate(const crypto::Certificate& certificate,
                                           const Aaguid& aaguid);

/// The procedure of a statement format; null where it is not supported.
VerificationProcedure FindVerificationProcedure(std::string_view format);

}  // namespace keyrig::webauthn
