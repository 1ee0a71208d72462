#include <openssl/x509v3.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>
#include <fstream>
#include <iterator>
#include <system_error>

#include "harness/base/hosts.h"
#include "mock-entra/http/server.h"

namespace keyrig::http {
namespace {

namespace fs = std::filesystem;

constexpr auto kCaLifetime = std::chrono::days(3650);
// Browsers take no server certificate that is valid for longer than 398 days.
constexpr auto kServerLifetime = std::chrono::days(365);
constexpr auto kRenewBefore = std::chrono::days(30);

Instant RealNow() {
  return std::chrono::time_point_cast<Duration>(std::chrono::system_clock::now());
}

std::vector<std::string> ServerNames() {
  std::vector<std::string> names(hosts::kAll.begin(), hosts::kAll.end());
  names.emplace_back("localhost");
  return names;
}

std::optional<std::string> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return std::nullopt;
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

/// Writes a file in one step, so that a second process never reads half of it.
Result<void, Error> WriteFile(const fs::path& path, const std::string& content, mode_t mode) {
  std::string temporary = path.string() + ".XXXXXX";
  const int descriptor = ::mkstemp(temporary.data());
  if (descriptor < 0) {
    return Fail("cannot write " + path.string() + ": " + std::strerror(errno));
  }
  const bool written =
      ::write(descriptor, content.data(), content.size()) == static_cast<ssize_t>(content.size()) &&
      ::fchmod(descriptor, mode) == 0;
  const int reason = errno;
  ::close(descriptor);
  if (!written || ::rename(temporary.c_str(), path.c_str()) != 0) {
    const int why = written ? errno : reason;
    ::unlink(temporary.c_str());
    return Fail("cannot write " + path.string() + ": " + std::strerror(why));
  }
  return {};
}

/// A certificate and its key as they stand in the folder.
struct Stored {
  crypto::Certificate certificate;
  crypto::PrivateKey key;
};

std::optional<Stored> Load(const fs::path& folder, const std::string& name) {
  const auto certificate_pem = ReadFile(folder / (name + ".pem"));
  const auto key_pem = ReadFile(folder / (name + ".key"));
  if (!certificate_pem || !key_pem) return std::nullopt;
  auto certificates = crypto::Certificate::FromPem(*certificate_pem);
  auto key = crypto::PrivateKey::FromPem(*key_pem);
  if (!certificates || !key || !(certificates->front().Key() == key->Public())) {
    return std::nullopt;
  }
  return Stored{std::move(certificates->front()), *std::move(key)};
}

Result<Stored, Error> Store(const fs::path& folder, const std::string& name, Stored stored) {
  TRY(WriteFile(folder / (name + ".key"), stored.key.ToPem(), 0600));
  TRY(WriteFile(folder / (name + ".pem"), stored.certificate.Pem(), 0644));
  return stored;
}

bool ValidFor(const crypto::Certificate& certificate, Duration remaining) {
  const auto at = std::chrono::system_clock::to_time_t(
      std::chrono::time_point_cast<std::chrono::system_clock::duration>(RealNow() + remaining));
  std::time_t moment = at;
  std::time_t now = std::chrono::system_clock::to_time_t(std::chrono::system_clock::now());
  return X509_cmp_time(X509_get0_notAfter(certificate.Handle()), &moment) > 0 &&
         X509_cmp_time(X509_get0_notBefore(certificate.Handle()), &now) < 0;
}

/// Whether the certificate names exactly the hosts of today's table.
bool NamesAllHosts(const crypto::Certificate& certificate) {
  std::vector<std::string> names;
  auto* alternatives = static_cast<GENERAL_NAMES*>(
      X509_get_ext_d2i(certificate.Handle(), NID_subject_alt_name, nullptr, nullptr));
  for (int i = 0; i < sk_GENERAL_NAME_num(alternatives); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(alternatives, i);
    if (name->type != GEN_DNS) continue;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(name->d.dNSName)),
                       static_cast<std::size_t>(ASN1_STRING_length(name->d.dNSName)));
  }
  GENERAL_NAMES_free(alternatives);
  std::vector<std::string> wanted = ServerNames();
  std::ranges::sort(names);
  std::ranges::sort(wanted);
  return names == wanted;
}

Stored MakeCa(RandomStream& stream) {
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  crypto::CertificateRequest request;
  request.subject = {.country = "",
                     .organization = "keyrig",
                     .organizational_unit = "",
                     .common_name = "keyrig private CA"};
  request.issuer = request.subject;
  request.key = key.Public();
  request.not_before = RealNow() - std::chrono::hours(1);
  request.not_after = RealNow() + kCaLifetime;
  request.is_ca = true;
  return {crypto::IssueCertificate(request, key, stream), key};
}

Stored MakeServer(const Stored& ca, RandomStream& stream) {
  const crypto::PrivateKey key = crypto::PrivateKey::Generate(CoseAlgorithm::kEs256, stream);
  crypto::CertificateRequest request;
  request.subject = {.country = "",
                     .organization = "keyrig",
                     .organizational_unit = "",
                     .common_name = std::string(hosts::kLogin)};
  request.issuer = ca.certificate.Subject();
  request.key = key.Public();
  request.not_before = RealNow() - std::chrono::hours(1);
  request.not_after = RealNow() + kServerLifetime;
  request.dns_names = ServerNames();
  request.ip_addresses = {"127.0.0.1", "::1"};
  request.server_auth = true;
  return {crypto::IssueCertificate(request, ca.key, stream), key};
}

}  // namespace

Result<PrivateCa, Error> OpenPrivateCa(const fs::path& folder) {
  std::error_code failure;
  fs::create_directories(folder, failure);
  if (!failure) fs::permissions(folder, fs::perms::owner_all, failure);
  if (failure) {
    return Fail("cannot use " + folder.string() + " for the private CA: " + failure.message());
  }
  Rng rng;
  RandomStream stream = rng.Stream("private_ca");
  std::optional<Stored> ca = Load(folder, "ca");
  if (!ca || !ValidFor(ca->certificate, kServerLifetime)) {
    ca = TRY(Store(folder, "ca", MakeCa(stream)));
  }
  std::optional<Stored> server = Load(folder, "server");
  if (!server || !ValidFor(server->certificate, kRenewBefore) ||
      !NamesAllHosts(server->certificate) ||
      !crypto::VerifyChain({server->certificate}, {ca->certificate}, RealNow())) {
    server = TRY(Store(folder, "server", MakeServer(*ca, stream)));
  }
  return PrivateCa{.ca_path = folder / "ca.pem",
                   .server = {.certificate_chain_pem = server->certificate.Pem(),
                              .private_key_pem = server->key.ToPem()}};
}

}  // namespace keyrig::http
