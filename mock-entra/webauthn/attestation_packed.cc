#include "mock-entra/webauthn/attestation.h"

namespace keyrig::webauthn {
namespace {

Result<std::vector<crypto::Certificate>, Error> ReadCertificates(const cbor::Value& x5c) {
  const cbor::Array* array = x5c.AsArray();
  if (array == nullptr || array->empty()) return Fail("x5c is not a list of certificates");
  std::vector<crypto::Certificate> certificates;
  for (const cbor::Value& element : *array) {
    if (element.AsBytes() == nullptr) return Fail("x5c holds something other than byte strings");
    certificates.push_back(TRY(crypto::Certificate::FromDer(*element.AsBytes())));
  }
  return certificates;
}

}  // namespace

Result<AttestationOutput, Error> VerifyPacked(const AttestationInput& input) {
  // WebAuthn L3 §8.2 verification procedure, step 1: the statement has the syntax of the format.
  const cbor::Value* alg = input.statement.Find("alg");
  const auto algorithm = alg != nullptr ? alg->AsInt() : std::nullopt;
  if (!algorithm) return Fail("alg is not an integer");
  const cbor::Value* sig = input.statement.Find("sig");
  const Bytes* signature = sig != nullptr ? sig->AsBytes() : nullptr;
  if (signature == nullptr) return Fail("sig is not a byte string");
  const cbor::Value* x5c = input.statement.Find("x5c");
  if (input.statement.AsMap()->size() != (x5c != nullptr ? 3U : 2U)) {
    return Fail("the statement has members other than alg, sig and x5c");
  }

  // Step 3: without x5c, self attestation is in use.
  if (x5c == nullptr) return VerifyPackedSelf(input, *algorithm, *signature);

  // Step 2: with x5c, sig is by the key of its first certificate, attestnCert, with alg.
  AttestationOutput output{AttestationType::kCertified, TRY(ReadCertificates(*x5c))};
  const crypto::Certificate& certificate = output.trust_path.front();
  const auto supported = SupportedAlgorithm(*algorithm);
  if (!supported) return Fail("alg " + std::to_string(*algorithm) + " is not supported");
  if (!certificate.Key().Verify(*supported, input.SignedBytes(), *signature)) {
    return Fail("sig is not the attestation certificate's signature");
  }
  // attestnCert meets §8.2.1, and its AAGUID extension names this authenticator's model.
  TRY(CheckPackedCertificate(certificate, input.data.attested_credential_data->aaguid));
  // Inspecting x5c to tell Basic from AttCA is optional; the relying party here does not.
  return output;
}

}  // namespace keyrig::webauthn
