#pragma once

#include "harness/base/result.h"
#include "mock-entra/directory/service.h"
#include "mock-entra/http/message.h"
#include "mock-entra/signin/grants.h"

namespace keyrig::signin {

/// POST /{tenant}/oauth2[/v2.0]/token: authorization_code, refresh_token and client_credentials.
class TokenEndpoint {
 public:
  TokenEndpoint(directory::Service& service, Grants& grants) : service_(service), grants_(grants) {}

  /// Success, or RFC 6749 §5.2 with Entra's members (facts C6).
  http::Response Handle(const http::Request& request, bool v1);

  /// The id token of a grant, for the authorize endpoint's hybrid answers as well.
  std::string IdToken(const Grant& grant) const;

 private:
  Result<std::string, Refusal> Redeem(const http::Request& request, const http::Parameters& form,
                                      bool v1);
  Result<Grant, Refusal> RedeemCode(const http::Parameters& form,
                                    const directory::Application& client);
  Result<Grant, Refusal> Refresh(const http::Parameters& form,
                                 const directory::Application& client);
  Result<std::string, Refusal> ClientCredentials(const http::Parameters& form,
                                                 const directory::Application& client, bool v1);
  Result<std::string, Refusal> Answer(Grant grant, const http::Parameters& form);
  std::string AccessToken(const Grant& grant) const;
  http::Response Refused(const Refusal& refusal) const;

  directory::Service& service_;
  Grants& grants_;
};

}  // namespace keyrig::signin
