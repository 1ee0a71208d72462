#include "mock-entra/signin/session.h"

#include "harness/base/crypto.h"

namespace keyrig::signin {
namespace {

constexpr std::string_view kCookie = "ESTSAUTH";
constexpr std::string_view kPersistentCookie = "ESTSAUTHPERSISTENT";

bool SameSecret(std::string_view a, std::string_view b) {
  return crypto::ConstantTimeEqual(crypto::Sha256(ViewOf(a)), crypto::Sha256(ViewOf(b)));
}

std::string Cookie(std::string_view name, std::string_view value, std::string_view age) {
  return std::string(name) + "=" + std::string(value) +
         "; path=/; secure; HttpOnly; SameSite=None" + std::string(age);
}

std::string Joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) text += (text.empty() ? "" : " ") + word;
  return text;
}

}  // namespace

Result<Proof, Refusal> CheckPassword(const directory::User* user, std::string_view password) {
  if (user == nullptr) return Err(Refusal{50034, ""});
  if (user->password.empty() || !SameSecret(user->password, password)) {
    return Err(Refusal{50126, ""});
  }
  if (!user->account_enabled) return Err(Refusal{50057, user->user_principal_name});
  return Proof{"password", {"pwd"}, false};
}

Result<Proof, Refusal> CheckAccessPass(directory::User* user, std::string_view pass, Instant now) {
  if (user == nullptr) return Err(Refusal{50034, ""});
  if (!user->temporary_access_pass) return Err(Refusal{130507, ""});
  directory::TemporaryAccessPass& known = *user->temporary_access_pass;
  if (!SameSecret(known.pass, pass)) return Err(Refusal{130503, ""});
  switch (directory::StateOf(known, now)) {
    case directory::PassState::kNotYetValid:
    case directory::PassState::kExpired:
      return Err(Refusal{130504, ""});
    case directory::PassState::kOneTimeUsed:
      return Err(Refusal{130505, ""});
    case directory::PassState::kUsable:
      break;
  }
  if (!user->account_enabled) return Err(Refusal{50057, user->user_principal_name});
  known.used = true;
  return Proof{"temporary_access_pass", {"otp", "mfa"}, true};
}

Proof FidoProof() { return {"fido", {"fido", "mfa"}, true}; }

directory::Session& StartSession(directory::Service& service, const directory::User& user,
                                 const Proof& proof) {
  directory::Session session;
  session.id = "1." + ToBase64Url(service.rng.Stream("signin.session").Take(300));
  session.user_id = user.id;
  session.amr = proof.amr;
  session.authenticated = service.clock.Now();
  if (proof.is_multi_factor) session.multi_factor = session.authenticated;
  std::string id = session.id;
  return service.sessions.insert_or_assign(std::move(id), std::move(session)).first->second;
}

directory::Session* FindSession(directory::Service& service, const http::Request& request) {
  for (const std::string_view name : {kCookie, kPersistentCookie}) {
    const auto value = request.Cookie(name);
    if (!value) continue;
    const auto found = service.sessions.find(*value);
    if (found != service.sessions.end()) return &found->second;
  }
  return nullptr;
}

void SetSessionCookies(http::Response& response, const directory::Session& session, bool stays) {
  response.headers.Add("Set-Cookie", Cookie(kCookie, session.id, ""));
  if (stays) {
    response.headers.Add("Set-Cookie", Cookie(kPersistentCookie, session.id, "; Max-Age=7776000"));
  }
}

void ClearSessionCookies(http::Response& response) {
  for (const std::string_view name : {kCookie, kPersistentCookie}) {
    response.headers.Add("Set-Cookie", Cookie(name, "", "; Max-Age=0"));
  }
}

bool IsFresh(const std::optional<Instant>& multi_factor, const directory::Service& service) {
  return multi_factor && service.clock.Now() - *multi_factor <= service.tenant.freshness_window;
}

std::vector<std::string> AmrOf(const std::vector<std::string>& amr,
                               const std::optional<Instant>& multi_factor,
                               const directory::Service& service) {
  std::vector<std::string> values = amr;
  if (IsFresh(multi_factor, service)) values.emplace_back("ngcmfa");
  return values;
}

void EmitRefused(directory::Service& service, const Refusal& refusal, std::string_view user_name) {
  Event event;
  event.source = "service";
  event.kind = "service.refused";
  event.at = service.clock.Now();
  event.fields = {{"code", std::to_string(refusal.code)},
                  {"reason", Reason(refusal)},
                  {"user", std::string(user_name)}};
  service.events.Emit(std::move(event));
}

void EmitSignedIn(directory::Service& service, const directory::User& user, const Proof& proof,
                  std::string_view client_id) {
  Event event;
  event.source = "service";
  event.kind = "service.signed_in";
  event.at = service.clock.Now();
  event.fields = {{"user", user.user_principal_name},
                  {"method", proof.method},
                  {"amr", Joined(proof.amr)},
                  {"client_id", std::string(client_id)}};
  service.events.Emit(std::move(event));
}

}  // namespace keyrig::signin
