#pragma once

#include <openssl/types.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/clock.h"
#include "harness/base/crypto.h"

namespace keyrig::crypto {

struct DistinguishedName {
  std::string country, organization, organizational_unit, common_name;  // empty: left out
  friend bool operator==(const DistinguishedName&, const DistinguishedName&) = default;
};

struct CertificateExtension {
  std::string oid;
  Bytes value;  // the DER inside the extension's OCTET STRING
  bool critical = false;
};

/// An X.509 certificate.
class Certificate {
 public:
  static Result<Certificate, Error> FromDer(ByteView der);
  /// Every certificate of a PEM text; an error if there is none.
  static Result<std::vector<Certificate>, Error> FromPem(std::string_view pem);
  static Certificate Adopt(X509* certificate);
  Bytes Der() const;
  std::string Pem() const;
  /// 1, 2 or 3.
  int Version() const;
  DistinguishedName Subject() const;
  PublicKey Key() const;
  /// basicConstraints' CA bit; absent without the extension.
  std::optional<bool> IsCa() const;
  std::optional<CertificateExtension> Extension(const std::string& oid) const;
  X509* Handle() const { return certificate_.get(); }
  friend bool operator==(const Certificate& a, const Certificate& b) { return a.Der() == b.Der(); }

 private:
  std::shared_ptr<X509> certificate_;
};

struct CertificateRequest {
  DistinguishedName subject;
  DistinguishedName issuer;
  PublicKey key;
  Instant not_before{}, not_after{};
  bool is_ca = false;
  std::vector<std::string> dns_names{};  // subjectAltName
  std::vector<std::string> ip_addresses{};
  bool server_auth = false;  // extendedKeyUsage serverAuth
  std::vector<CertificateExtension> extensions{};
};

/// Signs a version 3 certificate with `issuer_key` (P-256, SHA-256); the serial comes from
/// `stream`.
Certificate IssueCertificate(const CertificateRequest& request, const PrivateKey& issuer_key,
                             RandomStream& stream);

/// Whether `chain` (leaf first) leads to one of `roots` at `at`: signatures, names, validity and CA
/// bits. A leaf that is itself a root counts as trusted.
Result<void, Error> VerifyChain(const std::vector<Certificate>& chain,
                                const std::vector<Certificate>& roots, Instant at);

}  // namespace keyrig::crypto
