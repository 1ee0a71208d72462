#include <csignal>
#include <cstdlib>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>

#include <CLI/CLI.hpp>

#include "harness/base/assets.h"
#include "harness/base/hosts.h"
#include "mock-entra/http/server.h"
#include "mock-entra/mock_entra.h"
#include "mock-entra/policy/policy_export.h"

namespace keyrig {
namespace {

namespace fs = std::filesystem;

constexpr int kBadInput = 2;

struct Options {
  std::string listen = "127.0.0.1:8443";
  fs::path tenant;
  fs::path policy;
  fs::path state;
  std::vector<fs::path> attestation_roots;
  std::optional<std::uint64_t> seed;
  fs::path assets;
};

/// Where the private CA is kept between starts: XDG_STATE_HOME, or its default.
fs::path DefaultState() {
  if (const char* state = std::getenv("XDG_STATE_HOME"); state != nullptr && *state != '\0') {
    return fs::path(state) / "keyrig" / "ca";
  }
  const char* home = std::getenv("HOME");
  return fs::path(home != nullptr && *home != '\0' ? home : ".") / ".local/state/keyrig/ca";
}

Result<std::string, Error> ReadFile(const fs::path& path) {
  std::ifstream file(path, std::ios::binary);
  if (!file) return Fail(path.string() + ": " + std::strerror(errno));
  return std::string{std::istreambuf_iterator<char>(file), {}};
}

/// A policy of another tenant may name whom this one does not have.
void NoteStrangers(directory::Tenant& tenant) {
  const auto note = [&](const std::string& type, const std::string& id) {
    if (id == "all_users" || tenant.FindGroup(id) != nullptr || tenant.FindUser(id) != nullptr) {
      return;
    }
    std::cerr << "note: the policy names the " << type << " " << id
              << ", which is not in the tenant: it holds nobody here\n";
  };
  for (const auto& target : tenant.fido2.includeTargets) note(target.targetType, target.id);
  for (const auto& target : tenant.fido2.excludeTargets) note(target.targetType, target.id);
}

Result<directory::Tenant, Error> ReadTenant(const Options& options) {
  const std::string text =
      options.tenant.empty() ? directory::BuiltInTenant() : TRY(ReadFile(options.tenant));
  auto tenant = directory::LoadTenant(text);
  if (!tenant) return Fail(options.tenant.string() + ": " + tenant.error().message);
  if (!options.policy.empty()) {
    const auto fido2 = policy::ReadExport(TRY(ReadFile(options.policy)));
    if (!fido2) return Fail(options.policy.string() + ": " + fido2.error().message);
    tenant->fido2 = *fido2;
    NoteStrangers(*tenant);
  }
  for (const fs::path& path : options.attestation_roots) {
    const auto roots = crypto::Certificate::FromPem(TRY(ReadFile(path)));
    if (!roots) return Fail(path.string() + ": expected certificates in PEM");
    for (const auto& root : *roots) tenant->attestation_roots.push_back(root);
  }
  return tenant;
}

/// Tells how to use the service; ends with a curl line that works when it is pasted.
void PrintWelcome(const directory::Tenant& tenant, const std::string& address,
                  const fs::path& ca_path) {
  const std::string to = "::" + address;
  const std::string curl = "curl --cacert " + ca_path.string() + " --connect-to " + to;
  std::cout << "mock-entra: tenant " << tenant.display_name << " (" << tenant.id << ") on https://"
            << address << "\n\nHosts, all told apart by name on that one port:\n";
  for (const std::string_view host : hosts::kServed) std::cout << "  https://" << host << "\n";
  std::cout << "\nCertificates are signed by " << ca_path.string() << "\n\nUsers:\n";
  for (const directory::User& user : tenant.users) {
    std::cout << "  " << user.user_principal_name;
    if (!user.password.empty()) std::cout << "  password " << user.password;
    for (const std::string& role : user.roles) std::cout << "  [" << role << "]";
    std::cout << "\n";
  }
  std::cout << "\nPoint a client at it so:\n  " << curl << " https://" << hosts::kLogin << "/"
            << tenant.id << "/v2.0/.well-known/openid-configuration\n";
  for (const directory::Application& application : tenant.applications) {
    if (application.secret.empty()) continue;
    std::cout << "\nA token of " << application.display_name << " for Microsoft Graph:\n  " << curl
              << " -d grant_type=client_credentials -d client_id=" << application.client_id
              << " -d client_secret=" << application.secret
              << " -d scope=https://graph.microsoft.com/.default https://" << hosts::kLogin << "/"
              << tenant.id << "/oauth2/v2.0/token\n";
  }
  std::cout << "\nServing until interrupted (Ctrl-C)." << std::endl;
}

Result<void, Error> Serve(const Options& options, directory::Tenant tenant,
                          const sigset_t& stop_signals) {
  // Absolute, so that the printed lines work in any folder.
  const fs::path state = fs::absolute(options.state.empty() ? DefaultState() : options.state);
  const http::PrivateCa ca = TRY(http::OpenPrivateCa(state));
  Rng rng = options.seed ? Rng(*options.seed) : Rng();
  RealClock clock;
  NullSink events;
  RandomStream key_stream = rng.Stream("token_signing_key");
  MockEntra entra(tenant, clock, rng, events,
                  crypto::PrivateKey::Generate(CoseAlgorithm::kRs256, key_stream));
  const auto server =
      TRY(http::Server::Start(options.listen, ca.server, [&entra](const http::Request& request) {
        return entra.Handle(request);
      }));
  const std::string host = options.listen.substr(0, options.listen.rfind(':'));
  PrintWelcome(tenant, host + ":" + std::to_string(server->Port()), ca.ca_path);
  int signal = 0;
  sigwait(&stop_signals, &signal);
  std::cout << "mock-entra: stopped" << std::endl;
  return {};
}

int Main(int argc, char** argv) {
  Options options;
  CLI::App app{
      "A mock of Microsoft Entra for security keys: sign-in, Microsoft Graph, My Security Info and "
      "the portals, on one loopback port, under the real host names."};
  app.add_option("--listen", options.listen, "Loopback address and port; port 0 takes a free one")
      ->check([](const std::string& address) {
        const auto taken = http::Server::CheckAddress(address);
        return taken ? std::string() : taken.error().message;
      })
      ->capture_default_str();
  app.add_option("--tenant", options.tenant, "Tenant file (JSON); default: the built-in Contoso");
  app.add_option("--policy", options.policy,
                 "Authentication methods policy as Microsoft Graph exports it, instead of the "
                 "tenant's own");
  app.add_option("--state", options.state,
                 "Folder of the private CA, made at first start; default: "
                 "$XDG_STATE_HOME/keyrig/ca");
  app.add_option("--attestation-root", options.attestation_roots,
                 "PEM file of certificates that a key's attestation may chain to (repeatable)");
  app.add_option("--seed", options.seed,
                 "Makes tokens, challenges and passes repeatable, and so not secret");
  app.add_option("--assets", options.assets,
                 "Serve pages from this checkout instead of the built-in copies")
      ->check(CLI::ExistingDirectory);
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : kBadInput;
  }
  auto tenant = ReadTenant(options);
  if (!tenant) {
    std::cerr << "mock-entra: " << tenant.error().message << "\n";
    return kBadInput;
  }
  if (!options.assets.empty()) ServeAssetsFrom(options.assets);
  // Blocked before any thread starts, so that sigwait alone receives them.
  sigset_t stop_signals;
  sigemptyset(&stop_signals);
  sigaddset(&stop_signals, SIGINT);
  sigaddset(&stop_signals, SIGTERM);
  pthread_sigmask(SIG_BLOCK, &stop_signals, nullptr);
  const auto served = Serve(options, *std::move(tenant), stop_signals);
  if (!served) {
    std::cerr << "mock-entra: " << served.error().message << "\n";
    return 1;
  }
  return 0;
}

}  // namespace
}  // namespace keyrig

int main(int argc, char** argv) { return keyrig::Main(argc, argv); }
