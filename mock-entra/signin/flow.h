#pragma once

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "harness/base/clock.h"
#include "harness/base/rng.h"
#include "mock-entra/directory/service.h"
#include "mock-entra/signin/authorize_request.h"

namespace keyrig::signin {

/// One interactive sign-in: what the service remembers between its pages, under `context` (sCtx).
struct Flow {
  AuthorizeRequest request;
  std::string context;              // sCtx
  std::string token;                // sFT
  std::string canary;               // of the forms on login.microsoftonline.com
  std::string cross_domain_canary;  // of the form that comes from login.microsoft.com
  std::string correlation_id;
  std::string session_id;  // posted back as hpgrequestid
  std::string user_name;   // as typed; empty while the user has not said who they are
  std::vector<directory::PendingChallenge> challenges;
  std::string accepted_assertion;  // clients may post it twice
  std::string signed_in;           // the session's id, once signed in
  Instant expires{};
};

/// The sign-ins under way.
class Flows {
 public:
  Flows(Clock& clock, Rng& rng) : clock_(clock), rng_(rng) {}

  Flow& Start(AuthorizeRequest request);
  /// By sCtx, else by sFT; null where there is none or it is over.
  Flow* Find(std::string_view context, std::string_view token);
  /// A new challenge, good for five minutes and for this flow alone.
  const std::string& Challenge(Flow& flow);

 private:
  Clock& clock_;
  Rng& rng_;
  std::map<std::string, Flow, std::less<>> flows_;
};

}  // namespace keyrig::signin
