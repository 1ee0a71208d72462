#pragma once

#include <string_view>

#include "mock-entra/directory/service.h"
#include "mock-entra/http/message.h"
#include "mock-entra/signin/flow.h"
#include "mock-entra/signin/grants.h"
#include "mock-entra/signin/pages.h"
#include "mock-entra/signin/session.h"
#include "mock-entra/signin/token_endpoint.h"

namespace keyrig::signin {

/// The sign-in service (ESTS): login.microsoftonline.com and its other names, with the ceremony
/// pages that the real one has on login.microsoft.com. No I/O.
class SignIn {
 public:
  explicit SignIn(directory::Service& service)
      : service_(service),
        flows_(service.clock, service.rng),
        grants_(service.clock, service.rng),
        pages_(service, flows_),
        token_endpoint_(service, grants_) {}

  http::Response Handle(const http::Request& request);

 private:
  http::Response HandleTenantPath(const http::Request& request);

  // GET …/oauth2[/v2.0]/authorize
  http::Response Authorize(const http::Request& request, bool v1);
  bool SatisfiedBy(const AuthorizeRequest& wanted, const directory::Session& session) const;
  http::Response Deliver(const AuthorizeRequest& wanted, const directory::Session& session);
  http::Response Return(const AuthorizeRequest& wanted, const Fields& fields) const;
  http::Response ReturnRefusal(const AuthorizeRequest& wanted, const Refusal& refusal) const;

  // The pages' own requests
  http::Response CredentialTypeOf(const http::Request& request);
  http::Response Login(const http::Request& request);
  Result<Proof, Refusal> CheckFirstFactor(Flow& flow, const http::Parameters& form);
  Result<Proof, Refusal> CheckFido(Flow& flow, const http::Parameters& form);
  http::Response Complete(Flow& flow, const Proof& proof);
  http::Response StaySignedIn(const http::Request& request);
  http::Response StartOver(const http::Request& request);
  http::Response FidoGet(const http::Request& request);
  http::Response FidoCreate(const http::Request& request);
  http::Response Logout(const http::Request& request);
  http::Response Refuse(const Refusal& refusal, std::string_view user_name);

  directory::Service& service_;
  Flows flows_;
  Grants grants_;
  Pages pages_;
  TokenEndpoint token_endpoint_;
};

}  // namespace keyrig::signin
