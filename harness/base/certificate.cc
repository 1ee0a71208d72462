#include "harness/base/certificate.h"

#include <arpa/inet.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <array>
#include <ctime>

namespace keyrig::crypto {
namespace {

template <auto Free>
struct Deleter {
  template <typename T>
  void operator()(T* pointer) const {
    Free(pointer);
  }
};
using Bio = std::unique_ptr<BIO, Deleter<BIO_free>>;
using Name = std::unique_ptr<X509_NAME, Deleter<X509_NAME_free>>;
using Object = std::unique_ptr<ASN1_OBJECT, Deleter<ASN1_OBJECT_free>>;
using OctetString = std::unique_ptr<ASN1_OCTET_STRING, Deleter<ASN1_OCTET_STRING_free>>;
using Extension = std::unique_ptr<X509_EXTENSION, Deleter<X509_EXTENSION_free>>;
using Store = std::unique_ptr<X509_STORE, Deleter<X509_STORE_free>>;
using StoreContext = std::unique_ptr<X509_STORE_CTX, Deleter<X509_STORE_CTX_free>>;
using Integer = std::unique_ptr<BIGNUM, Deleter<BN_free>>;

struct StackDeleter {
  void operator()(STACK_OF(X509) * stack) const { sk_X509_free(stack); }
};
using Stack = std::unique_ptr<STACK_OF(X509), StackDeleter>;

constexpr std::array kNameParts = {
    std::pair{"C", &DistinguishedName::country},
    std::pair{"O", &DistinguishedName::organization},
    std::pair{"OU", &DistinguishedName::organizational_unit},
    std::pair{"CN", &DistinguishedName::common_name},
};

Name ToName(const DistinguishedName& from) {
  Name name(X509_NAME_new());
  for (const auto& [field, member] : kNameParts) {
    const std::string& text = from.*member;
    if (text.empty()) continue;
    X509_NAME_add_entry_by_txt(name.get(), field, MBSTRING_UTF8,
                               reinterpret_cast<const unsigned char*>(text.data()),
                               static_cast<int>(text.size()), -1, 0);
  }
  return name;
}

std::time_t ToTime(Instant instant) {
  return std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(instant));
}

/// ASN1_TIME_adj, since time_t's own range is enough and X509_time_adj compares with now.
void SetTime(ASN1_TIME* time, Instant instant) { ASN1_TIME_adj(time, ToTime(instant), 0, 0); }

void AddStandard(X509* certificate, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  const Extension extension(X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  X509_add_ext(certificate, extension.get(), -1);
}

void AddRaw(X509* certificate, const CertificateExtension& from) {
  const Object oid(OBJ_txt2obj(from.oid.c_str(), 1));
  const OctetString value(ASN1_OCTET_STRING_new());
  ASN1_OCTET_STRING_set(value.get(), from.value.data(), static_cast<int>(from.value.size()));
  const Extension extension(
      X509_EXTENSION_create_by_OBJ(nullptr, oid.get(), from.critical ? 1 : 0, value.get()));
  X509_add_ext(certificate, extension.get(), -1);
}

std::string AlternativeNames(const CertificateRequest& request) {
  std::string names;
  for (const auto& name : request.dns_names) names += (names.empty() ? "DNS:" : ",DNS:") + name;
  for (const auto& ip : request.ip_addresses) names += (names.empty() ? "IP:" : ",IP:") + ip;
  return names;
}

}  // namespace

Certificate Certificate::Adopt(X509* certificate) {
  Certificate made;
  made.certificate_ = {certificate, &X509_free};
  return made;
}

Result<Certificate, Error> Certificate::FromDer(ByteView der) {
  const unsigned char* cursor = der.data();
  X509* certificate = d2i_X509(nullptr, &cursor, static_cast<long>(der.size()));
  if (certificate == nullptr) {
    ERR_clear_error();
    return Fail("not an X.509 certificate");
  }
  Certificate made = Adopt(certificate);
  if (cursor != der.data() + der.size()) return Fail("bytes after the X.509 certificate");
  return made;
}

Result<std::vector<Certificate>, Error> Certificate::FromPem(std::string_view pem) {
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  std::vector<Certificate> certificates;
  while (X509* certificate = PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr)) {
    certificates.push_back(Adopt(certificate));
  }
  ERR_clear_error();
  if (certificates.empty()) return Fail("no certificate in PEM");
  return certificates;
}

Bytes Certificate::Der() const {
  unsigned char* der = nullptr;
  const int size = i2d_X509(certificate_.get(), &der);
  Bytes bytes(der, der + std::max(size, 0));
  OPENSSL_free(der);
  return bytes;
}

std::string Certificate::Pem() const {
  const Bio bio(BIO_new(BIO_s_mem()));
  PEM_write_bio_X509(bio.get(), certificate_.get());
  char* text = nullptr;
  const long size = BIO_get_mem_data(bio.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

int Certificate::Version() const {
  return static_cast<int>(X509_get_version(certificate_.get())) + 1;
}

DistinguishedName Certificate::Subject() const {
  DistinguishedName subject;
  X509_NAME* name = X509_get_subject_name(certificate_.get());
  for (const auto& [field, member] : kNameParts) {
    const int at = X509_NAME_get_index_by_NID(name, OBJ_txt2nid(field), -1);
    if (at < 0) continue;
    unsigned char* text = nullptr;
    const int size =
        ASN1_STRING_to_UTF8(&text, X509_NAME_ENTRY_get_data(X509_NAME_get_entry(name, at)));
    if (size >= 0) subject.*member = AsText({text, static_cast<std::size_t>(size)});
    OPENSSL_free(text);
  }
  return subject;
}

PublicKey Certificate::Key() const { return PublicKey::Adopt(X509_get_pubkey(certificate_.get())); }

std::optional<bool> Certificate::IsCa() const {
  int critical = 0;
  auto* constraints = static_cast<BASIC_CONSTRAINTS*>(
      X509_get_ext_d2i(certificate_.get(), NID_basic_constraints, &critical, nullptr));
  if (constraints == nullptr) return std::nullopt;
  const bool is_ca = constraints->ca != 0;
  BASIC_CONSTRAINTS_free(constraints);
  return is_ca;
}

std::optional<CertificateExtension> Certificate::Extension(const std::string& oid) const {
  const Object object(OBJ_txt2obj(oid.c_str(), 1));
  const int at = X509_get_ext_by_OBJ(certificate_.get(), object.get(), -1);
  if (at < 0) return std::nullopt;
  X509_EXTENSION* found = X509_get_ext(certificate_.get(), at);
  const ASN1_OCTET_STRING* value = X509_EXTENSION_get_data(found);
  const unsigned char* data = ASN1_STRING_get0_data(value);
  return CertificateExtension{oid, Bytes(data, data + ASN1_STRING_length(value)),
                              X509_EXTENSION_get_critical(found) != 0};
}

Certificate IssueCertificate(const CertificateRequest& request, const PrivateKey& issuer_key,
                             RandomStream& stream) {
  Certificate made = Certificate::Adopt(X509_new());
  X509* certificate = made.Handle();
  X509_set_version(certificate, X509_VERSION_3);
  Bytes serial = stream.Take(16);
  serial[0] = static_cast<std::uint8_t>((serial[0] & 0x7F) | 0x40);  // positive, 16 bytes
  const Integer number(BN_bin2bn(serial.data(), static_cast<int>(serial.size()), nullptr));
  BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate));
  X509_set_subject_name(certificate, ToName(request.subject).get());
  X509_set_issuer_name(certificate, ToName(request.issuer).get());
  SetTime(X509_getm_notBefore(certificate), request.not_before);
  SetTime(X509_getm_notAfter(certificate), request.not_after);
  X509_set_pubkey(certificate, request.key.Handle());
  AddStandard(certificate, NID_basic_constraints, request.is_ca ? "critical,CA:TRUE" : "CA:FALSE");
  if (request.is_ca) AddStandard(certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
  if (request.server_auth) AddStandard(certificate, NID_ext_key_usage, "serverAuth");
  if (const std::string names = AlternativeNames(request); !names.empty()) {
    AddStandard(certificate, NID_subject_alt_name, names);
  }
  for (const CertificateExtension& extension : request.extensions) AddRaw(certificate, extension);
  const ScopedRandom random(stream);
  X509_sign(certificate, issuer_key.Handle(), EVP_sha256());
  return made;
}

Result<void, Error> VerifyChain(const std::vector<Certificate>& chain,
                                const std::vector<Certificate>& roots, Instant at) {
  if (chain.empty()) return Fail("the certificate chain is empty");
  const Store store(X509_STORE_new());
  for (const Certificate& root : roots) X509_STORE_add_cert(store.get(), root.Handle());
  const Stack intermediates(sk_X509_new_null());
  for (const Certificate& certificate : std::span(chain).subspan(1)) {
    sk_X509_push(intermediates.get(), certificate.Handle());
  }
  const StoreContext context(X509_STORE_CTX_new());
  X509_STORE_CTX_init(context.get(), store.get(), chain.front().Handle(), intermediates.get());
  // Partial chains: what the relying party names is trusted, be it a self-signed root or not.
  X509_STORE_CTX_set_flags(context.get(), X509_V_FLAG_PARTIAL_CHAIN);
  X509_STORE_CTX_set_time(context.get(), 0, ToTime(at));
  if (X509_verify_cert(context.get()) != 1) {
    const int error = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    return Fail(X509_verify_cert_error_string(error));
  }
  return {};
}

}  // namespace keyrig::crypto
