#include "mock-entra/signin/signin.h"

namespace keyrig::signin {
namespace {

/// The answer's parameters as a query or fragment.
std::string Encoded(const Fields& fields) {
  std::string text;
  for (const auto& [name, value] : fields) {
    text += (text.empty() ? "" : "&") + name + "=" + http::UrlEncode(value);
  }
  return text;
}

/// What clients compare to notice that another session signed in.
std::string SessionState(const directory::Session& session) {
  std::string guid = ToHex(ByteView(crypto::Sha256(ViewOf(session.id))).first(16));
  for (const std::size_t dash : {8, 13, 18, 23}) guid.insert(dash, "-");
  return guid;
}

}  // namespace

http::Response SignIn::Authorize(const http::Request& request, bool v1) {
  const http::Parameters parameters = request.method == "POST" ? request.Form() : request.Query();
  const auto wanted = ParseAuthorize(service_.tenant, v1, parameters);
  if (!wanted) {
    const auto& [refusal, return_to] = wanted.error();
    if (!return_to) return Refuse(refusal, "");
    return ReturnRefusal(*return_to, refusal);
  }
  const directory::Session* session = FindSession(service_, request);
  if (session != nullptr && SatisfiedBy(*wanted, *session)) return Deliver(*wanted, *session);
  if (wanted->prompt == "none") return ReturnRefusal(*wanted, {50058, ""});
  AuthorizeRequest asked = *wanted;
  if (session != nullptr && asked.login_hint.empty() && asked.prompt.empty()) {
    // Stepping up: the one who is signed in proves themself again.
    if (const auto* user = service_.tenant.FindUser(session->user_id)) {
      asked.login_hint = user->user_principal_name;
    }
  }
  return pages_.SignIn(flows_.Start(std::move(asked)), std::nullopt);
}

bool SignIn::SatisfiedBy(const AuthorizeRequest& wanted, const directory::Session& session) const {
  if (wanted.prompt == "login" || wanted.prompt == "select_account") return false;
  const directory::User* user = service_.tenant.FindUser(session.user_id);
  if (user == nullptr || !user->account_enabled) return false;
  if (!wanted.login_hint.empty() && service_.tenant.FindUser(wanted.login_hint) != user) {
    return false;
  }
  return !wanted.wants_fresh_mfa || IsFresh(session.multi_factor, service_);
}

http::Response SignIn::Deliver(const AuthorizeRequest& wanted, const directory::Session& session) {
  Grant grant;
  grant.client_id = wanted.client_id;
  grant.is_single_page = wanted.is_single_page;
  grant.user_id = session.user_id;
  grant.redirect_uri = wanted.redirect_uri;
  grant.code_challenge = wanted.code_challenge;
  grant.code_challenge_method = wanted.code_challenge_method;
  grant.nonce = wanted.nonce;
  grant.scopes = wanted.scopes;
  grant.wants_id_token_amr = wanted.wants_id_token_amr;
  grant.v1 = wanted.v1;
  grant.amr = session.amr;
  grant.authenticated = session.authenticated;
  grant.multi_factor = session.multi_factor;

  Fields fields;
  if (wanted.wants_code) fields.emplace_back("code", grants_.IssueCode(grant));
  if (wanted.wants_id_token) fields.emplace_back("id_token", token_endpoint_.IdToken(grant));
  if (!wanted.state.empty()) fields.emplace_back("state", wanted.state);
  fields.emplace_back("session_state", SessionState(session));
  return Return(wanted, fields);
}

http::Response SignIn::Return(const AuthorizeRequest& wanted, const Fields& fields) const {
  if (wanted.mode == ResponseMode::kFormPost) return pages_.FormPost(wanted.redirect_uri, fields);
  const bool is_query = wanted.mode == ResponseMode::kQuery;
  const bool has_query = wanted.redirect_uri.find('?') != std::string::npos;
  const char* separator = is_query ? (has_query ? "&" : "?") : "#";
  return http::Redirect(wanted.redirect_uri + separator + Encoded(fields));
}

http::Response SignIn::ReturnRefusal(const AuthorizeRequest& wanted, const Refusal& refusal) const {
  EmitRefused(service_, refusal, wanted.login_hint);
  Fields fields = {{"error", std::string(OAuthError(refusal.code))},
                   {"error_description", Message(refusal)}};
  if (!wanted.state.empty()) fields.emplace_back("state", wanted.state);
  return Return(wanted, fields);
}

}  // namespace keyrig::signin
