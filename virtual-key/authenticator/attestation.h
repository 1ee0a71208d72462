#pragma once

#include <optional>
#include <string_view>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/cbor.h"
#include "harness/base/certificate.h"
#include "harness/base/crypto.h"
#include "harness/base/rng.h"
#include "virtual-key/authenticator/config.h"
#include "virtual-key/authenticator/store.h"

namespace keyrig::authenticator {

/// The certificate and key that vouch for a model of key (WebAuthn L3 §8.2.1), under a root of
/// their own.
struct AttestationIdentity {
  crypto::PrivateKey key;
  Bytes certificate;  // DER
  crypto::PrivateKey root_key;
  Bytes root;  // DER
};

/// Makes the chain root → leaf; seeded chance makes the same one again.
AttestationIdentity MakeAttestationIdentity(const AuthenticatorConfig& config, Rng& rng);

/// A certificate under the identity's root with the profile's subject and names ending in
/// `common_name`.
crypto::Certificate IssueUnderRoot(const AuthenticatorConfig& config,
                                   const AttestationIdentity& identity,
                                   const crypto::DistinguishedName& subject,
                                   const crypto::PublicKey& key,
                                   std::vector<crypto::CertificateExtension> extensions,
                                   RandomStream& stream);

/// The subject of packed's leaf (WebAuthn L3 §8.2.1), for a certificate with this name.
crypto::DistinguishedName AttestationSubject(const AuthenticatorConfig& config,
                                             std::string common_name);
/// id-fido-gen-ce-aaguid (WebAuthn L3 §8.2.1).
crypto::CertificateExtension AaguidExtension(const Aaguid& aaguid);

/// An attestation statement and the name of its format (WebAuthn L3 §6.5).
struct AttestationStatement {
  std::string_view format;
  cbor::Map statement;
};

/// What a statement speaks of, and by what it is made.
struct AttestationSource {
  const AuthenticatorConfig& config;
  const AttestationIdentity* identity;  // null where no certificate is needed
  const StoredCredential& credential;
  ByteView authenticator_data;
  ByteView client_data_hash;
  RandomStream& stream;

  /// What most statements' signatures are over.
  Bytes SignedData() const { return Concat({authenticator_data, client_data_hash}); }
};

/// One for each format. The key signs packed by its certificate, or by the credential itself.
AttestationStatement AttestByCertificate(const AttestationSource& source);
AttestationStatement AttestBySelf(const AttestationSource& source);
AttestationStatement AttestByNone();
/// Packed by a certificate that names this very device (CTAP 2.3 §7.1).
AttestationStatement AttestEnterprise(const AttestationSource& source);
/// WebAuthn L3 §8.6, §8.3, §8.4 and §8.8. The last three are such as a phone's or a computer's own
/// authenticator would make, under this key's root.
AttestationStatement AttestFidoU2f(const AttestationSource& source);
AttestationStatement AttestTpm(const AttestationSource& source);
AttestationStatement AttestAndroidKey(const AttestationSource& source);
AttestationStatement AttestApple(const AttestationSource& source);

/// The format's name: "packed", "tpm", …
std::string_view FormatOf(Attestation attestation);
/// Whether a certificate under the key's root is part of it.
bool NeedsIdentity(Attestation attestation);
/// Whether a credential of this algorithm can be attested so: fido-u2f knows only P-256, a TPM no
/// Edwards curve.
bool CanAttest(Attestation attestation, CoseAlgorithm algorithm);
/// All that a key has, its own first.
std::vector<Attestation> AttestationsOf(const AuthenticatorConfig& config);
/// What a platform's attestationFormatsPreference comes to (CTAP 2.3 §6.1.2); the key's own where
/// it has none. Where that cannot attest the algorithm, packed does.
Attestation ChooseAttestation(const AuthenticatorConfig& config, CoseAlgorithm algorithm,
                              const cbor::Array* preference);
AttestationStatement Attest(Attestation attestation, const AttestationSource& source);

}  // namespace keyrig::authenticator
