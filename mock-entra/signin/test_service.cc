#include "mock-entra/signin/test_service.h"

#include <gtest/gtest.h>

#include "harness/base/hosts.h"

namespace keyrig::signin {
namespace {

constexpr Instant kStart = std::chrono::sys_days{std::chrono::year{2026} / 11 / 24};

directory::Tenant MakeTenant() {
  directory::Tenant tenant;
  tenant.id = "6f2d1c34-8a57-4f0e-9b63-2c1e7a90d5b8";
  tenant.display_name = "Contoso";
  tenant.default_domain = "contoso.example";
  directory::User adele;
  adele.id = "b1d5f2e8-6c37-4094-8e2b-9f804d71c302";
  adele.user_principal_name = kAdele;
  adele.display_name = "Adele Vance";
  adele.password = kAdelePassword;
  adele.group_ids = {"0a1f6e52-7d3b-4c88-9e41-b5d20c6f7a13"};
  directory::User alex;
  alex.id = "c2e60f19-7d48-41a5-9f3c-a0915e82d403";
  alex.user_principal_name = kAlex;
  alex.display_name = "Alex Wilber";
  directory::User lee;
  lee.id = "062a435d-b18c-45e9-b370-e4d592c61807";
  lee.user_principal_name = kLee;
  lee.display_name = "Lee Gu";
  lee.password = kLeePassword;
  lee.account_enabled = false;
  tenant.users = {adele, alex, lee};
  tenant.groups = {{"0a1f6e52-7d3b-4c88-9e41-b5d20c6f7a13", "Pilot"}};
  directory::Application web;
  web.client_id = kWebClient;
  web.display_name = "Contoso Web";
  web.redirect_uris = {std::string(kWebRedirect)};
  directory::Application daemon;
  daemon.client_id = kDaemon;
  daemon.display_name = "Contoso Daemon";
  daemon.secret = kDaemonSecret;
  daemon.app_roles = {"User.Read.All"};
  tenant.applications = {web, daemon};
  tenant.fido2.state = "enabled";
  return tenant;
}

/// Made once: generating RSA keys is slow.
const crypto::PrivateKey& SigningKey() {
  static const crypto::PrivateKey key = [] {
    Rng rng(3);
    RandomStream stream = rng.Stream("signing key");
    return crypto::PrivateKey::Generate(CoseAlgorithm::kRs256, stream);
  }();
  return key;
}

}  // namespace

TestService::TestService()
    : tenant(MakeTenant()),
      clock(kStart),
      tokens(tenant, clock, rng, SigningKey()),
      service{tenant, clock, rng, events, tokens, {}},
      signin(service),
      browser([this](const http::Request& request) { return signin.Handle(request); }) {}

directory::User& TestService::User(std::string_view name) {
  directory::User* user = tenant.FindUser(name);
  EXPECT_NE(user, nullptr) << name;
  return *user;
}

void TestService::Register(webauthn::TestAuthenticator& key, std::string_view user_name) {
  directory::User& user = User(user_name);
  directory::Fido2Method method;
  method.credential.id.bytes = key.say.credential_id;
  method.credential.public_key = key.credential_key.Public();
  method.credential.algorithm = key.algorithm;
  method.credential.aaguid = key.aaguid;
  method.credential.attestation_format = "packed";
  method.credential.uv_initialized = true;
  method.display_name = "Blue key";
  method.created = clock.Now();
  method.user_handle = tenant.HandleOf(user);
  key.say.user_handle = method.user_handle.bytes;
  user.fido2_methods.push_back(std::move(method));
}

std::string TestService::Assertion(webauthn::TestAuthenticator& key, const std::string& challenge) {
  key.challenge.bytes = ToBytes(challenge);
  const webauthn::AssertionResponse response = key.Assert();
  return nlohmann::json{
      {"id", ToBase64Url(response.credential_id.bytes)},
      {"clientDataJSON", ToBase64Url(response.client_data_json)},
      {"authenticatorData", ToBase64Url(response.authenticator_data)},
      {"signature", ToBase64Url(response.signature)},
      {"userHandle", response.user_handle ? ToBase64Url(response.user_handle->bytes) : ""}}
      .dump();
}

int TestService::Refusals(std::string_view code) const {
  int count = 0;
  for (const Event& event : EventsOf("service.refused")) count += event.Field("code") == code;
  return count;
}

std::vector<Event> TestService::EventsOf(std::string_view kind) const {
  std::vector<Event> found;
  for (Event& event : events.Events()) {
    if (event.kind == kind) found.push_back(std::move(event));
  }
  return found;
}

TestKey::TestKey() {
  say.rp_id = hosts::kWebAuthn;
  say.origin = "https://" + std::string(hosts::kWebAuthn);
}

std::string AuthorizeUrl(const FormFields& more) {
  std::string url = "https://login.microsoftonline.com/organizations/oauth2/v2.0/authorize?";
  FormFields fields = {{"client_id", std::string(kWebClient)},
                       {"response_type", "code"},
                       {"redirect_uri", std::string(kWebRedirect)},
                       {"scope", "openid profile offline_access User.Read"},
                       {"state", "state & more"},
                       {"code_challenge", std::string(kCodeChallenge)},
                       {"code_challenge_method", "S256"}};
  for (const auto& [name, value] : more) {
    std::erase_if(fields, [&](const auto& field) { return field.first == name; });
    fields.emplace_back(name, value);
  }
  for (const auto& [name, value] : fields) url += name + "=" + http::UrlEncode(value) + "&";
  url.pop_back();
  return url;
}

}  // namespace keyrig::signin
