#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>

#include "harness/base/certificate.h"
#include "mock-entra/http/message.h"

namespace keyrig::http {

/// A certificate and its key, PEM.
struct TlsIdentity {
  std::string certificate_chain_pem;
  std::string private_key_pem;
};

/// The private CA and the server certificate for every host of keyrig::hosts. Real time, real
/// randomness, P-256. Made at first use in `folder` (0700; keys 0600) and kept there.
struct PrivateCa {
  std::filesystem::path ca_path;  // ca.pem, what clients are told to trust
  TlsIdentity server;
};
Result<PrivateCa, Error> OpenPrivateCa(const std::filesystem::path& folder);

/// A TLS server (Boost.Beast) on one loopback port, HTTP/1.1 with keep-alive. Serves until
/// destroyed.
class Server {
 public:
  using Handler = std::function<Response(const Request&)>;
  /// Whether Start takes the address.
  static Result<void, Error> CheckAddress(const std::string& address);
  /// `address` "127.0.0.1:8443"; port 0 takes a free one. Only loopback addresses are accepted.
  static Result<std::unique_ptr<Server>, Error> Start(const std::string& address,
                                                      const TlsIdentity& identity, Handler handler);
  virtual ~Server() = default;
  virtual std::uint16_t Port() const = 0;
};

}  // namespace keyrig::http
