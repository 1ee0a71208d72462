#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "harness/base/event.h"
#include "mock-entra/directory/service.h"
#include "mock-entra/graph/graph_api.h"

namespace keyrig::graph {

using Json = nlohmann::ordered_json;

/// Signing keys take their time; one serves every test.
const crypto::PrivateKey& TestSigningKey();

/// The built-in tenant behind Microsoft Graph, with callers for each kind of permission.
class GraphTest : public ::testing::Test {
 protected:
  struct Answer {
    int status = 0;
    Json body;  // null where there is none
    http::Headers headers;
    std::string Code() const;
    std::string Message() const;
  };

  /// A token of a user of the built-in tenant, "admin", with these delegated scopes.
  std::string UserToken(const std::string& name, const std::vector<std::string>& scopes);
  std::string AppToken(const std::vector<std::string>& roles);
  /// An administrator with every scope that the calls here need.
  std::string Admin();

  Answer Send(const std::string& method, const std::string& target, const std::string& token,
              const std::string& body = "");
  Answer Get(const std::string& target) { return Send("GET", target, Admin()); }
  Answer Post(const std::string& target, const Json& body) {
    return Send("POST", target, Admin(), body.dump());
  }
  /// PATCHes the security key method as the administrator; `change` gets its "@odata.type".
  Answer Patch(Json change);
  /// Puts the policy into a state without going through the API.
  void EnableForAll(bool attestation);

  directory::User& Adele() { return *tenant_.FindUser("adele@contoso.onmicrosoft.com"); }
  /// The events of one kind.
  std::vector<Event> Events(std::string_view kind) const;

  FrozenClock clock_{std::chrono::sys_days{std::chrono::year{2026} / 11 / 24} +
                     std::chrono::hours(6)};
  Rng rng_{1};
  EventStream events_;
  directory::Tenant tenant_ = directory::LoadTenant(directory::BuiltInTenant()).value();
  directory::TokenService tokens_{tenant_, clock_, rng_, TestSigningKey()};
  directory::Service service_{tenant_, clock_, rng_, events_, tokens_, {}};
  GraphApi graph_{service_};
};

}  // namespace keyrig::graph
