#pragma once

#include <string>
#include <string_view>

#include "harness/base/event.h"
#include "mock-entra/directory/service.h"
#include "mock-entra/signin/signin.h"
#include "mock-entra/signin/test_browser.h"
#include "mock-entra/webauthn/test_authenticator.h"

/// For tests: a tenant with a few people, and the sign-in service in front of it.
namespace keyrig::signin {

inline constexpr std::string_view kAdele = "adele@contoso.example";
inline constexpr std::string_view kAdelePassword = "Blue-Harbour-3305";
inline constexpr std::string_view kAlex = "alex@contoso.example";  // has no password
inline constexpr std::string_view kLee = "lee@contoso.example";    // disabled
inline constexpr std::string_view kLeePassword = "Winter-Anchor-1203";
inline constexpr std::string_view kWebClient = "5a8e1f04-3c27-4d19-9b60-71e2c8d4a5f3";
inline constexpr std::string_view kWebRedirect = "https://web.contoso.example/answer";
inline constexpr std::string_view kDaemon = "7b3e5f60-1d92-4c8a-b6e7-40f1d2a39c58";
inline constexpr std::string_view kDaemonSecret = "daemon-secret";
/// The verifier and challenge of RFC 7636 appendix B.
inline constexpr std::string_view kVerifier = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk";
inline constexpr std::string_view kCodeChallenge = "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM";

class TestService {
 public:
  TestService();

  directory::User& User(std::string_view name);
  /// Gives Adele's account to this key, as registered before.
  void Register(webauthn::TestAuthenticator& key, std::string_view user_name);
  /// The `assertion` field that a browser posts for the page's challenge.
  static std::string Assertion(webauthn::TestAuthenticator& key, const std::string& challenge);
  /// How many events of this kind have this code.
  int Refusals(std::string_view code) const;
  std::vector<Event> EventsOf(std::string_view kind) const;

  directory::Tenant tenant;
  FrozenClock clock;
  Rng rng{7};
  EventStream events;
  directory::TokenService tokens;
  directory::Service service;
  SignIn signin;
  TestBrowser browser;
};

/// A key that speaks to the sign-in service's relying party.
struct TestKey : webauthn::TestAuthenticator {
  TestKey();
};

/// An authorize URL of the web application, with more parameters.
std::string AuthorizeUrl(const FormFields& more = {});

}  // namespace keyrig::signin
