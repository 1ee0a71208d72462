#include "mock-entra/graph/graph_fixture.h"

namespace keyrig::graph {

const crypto::PrivateKey& TestSigningKey() {
  static const crypto::PrivateKey key = [] {
    Rng rng(1);
    RandomStream stream = rng.Stream("key");
    return crypto::PrivateKey::Generate(CoseAlgorithm::kRs256, stream);
  }();
  return key;
}

std::string GraphTest::Answer::Code() const {
  return body.is_object() && body.contains("error") ? body["error"]["code"].get<std::string>() : "";
}

std::string GraphTest::Answer::Message() const {
  return body.is_object() && body.contains("error") ? body["error"]["message"].get<std::string>()
                                                    : "";
}

std::string GraphTest::UserToken(const std::string& name, const std::vector<std::string>& scopes) {
  directory::TokenClaims claims;
  claims.audience = "https://graph.microsoft.com";
  claims.client_id = "04b07795-8ddb-461a-bbee-02f9e1bf7b46";
  claims.user_id = tenant_.FindUser(name + "@contoso.onmicrosoft.com")->id;
  claims.scopes = scopes;
  claims.amr = {"pwd"};
  claims.expires = clock_.Now() + std::chrono::hours(1);
  return tokens_.Issue(directory::TokenKind::kAccessV1, claims);
}

std::string GraphTest::AppToken(const std::vector<std::string>& roles) {
  directory::TokenClaims claims;
  claims.audience = "https://graph.microsoft.com";
  claims.client_id = "7b3e5f60-1d92-4c8a-b6e7-40f1d2a39c58";
  claims.roles = roles;
  claims.expires = clock_.Now() + std::chrono::hours(1);
  return tokens_.Issue(directory::TokenKind::kAccessV1, claims);
}

std::string GraphTest::Admin() {
  return UserToken("admin", {"Policy.ReadWrite.AuthenticationMethod", "User.Read.All",
                             "Group.Read.All", "UserAuthenticationMethod.ReadWrite.All"});
}

GraphTest::Answer GraphTest::Send(const std::string& method, const std::string& target,
                                  const std::string& token, const std::string& body) {
  http::Request request;
  request.method = method;
  request.host = "graph.microsoft.com";
  const std::size_t question = std::min(target.find('?'), target.size());
  request.raw_path = target.substr(0, question);
  request.path = http::UrlDecode(request.raw_path, false);
  request.query = target.substr(std::min(question + 1, target.size()));
  if (!token.empty()) request.headers.Add("Authorization", "Bearer " + token);
  if (!body.empty()) {
    request.headers.Add("Content-Type", "application/json");
    request.body = body;
  }
  const http::Response response = graph_.Handle(request);
  return {response.status, response.body.empty() ? Json() : Json::parse(response.body),
          response.headers};
}

GraphTest::Answer GraphTest::Patch(Json change) {
  change["@odata.type"] = "#microsoft.graph.fido2AuthenticationMethodConfiguration";
  return Send("PATCH",
              "/v1.0/policies/authenticationMethodsPolicy/authenticationMethodConfigurations/fido2",
              Admin(), change.dump());
}

void GraphTest::EnableForAll(bool attestation) {
  tenant_.fido2.state = "enabled";
  tenant_.fido2.isAttestationEnforced = attestation;
}

std::vector<Event> GraphTest::Events(std::string_view kind) const {
  std::vector<Event> matching;
  for (const Event& event : events_.Events()) {
    if (event.kind == kind) matching.push_back(event);
  }
  return matching;
}

}  // namespace keyrig::graph
