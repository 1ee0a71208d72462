#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "mock-entra/directory/service.h"
#include "mock-entra/http/message.h"
#include "mock-entra/page/page.h"
#include "mock-entra/security-info/caller.h"
#include "mock-entra/security-info/registration.h"

namespace keyrig::security_info {

/// My Security Info on mysignins.microsoft.com: the page, and the JSON API that it works with
/// (facts D2). No I/O.
///
/// The page at / and /security-info holds a JSON block with the id "config": how to get a token
/// (authorizeUrl, tokenUrl, clientId, redirectUri, scope, responseMode, and stepUpClaims for
/// `claims` where the API asks for ngcmfa) and the API's paths (api.authorize, api.available,
/// api.registered, api.new, api.verify, api.delete). Every call has a bearer token for clientId;
/// all but api.authorize also have the header SessionCtxV2 with what that call answered.
class SecurityInfo {
 public:
  explicit SecurityInfo(directory::Service& service);
  http::Response Handle(const http::Request& request);

 private:
  http::Response Page() const;
  /// POST /api/post/newfido: what the ceremony page made comes back. The page that answers holds
  /// it in the data-content of the element "context", as verify wants it, and where to go on in
  /// that of "redirectUrl".
  http::Response NewFido(const http::Request& request);
  http::Response Api(const http::Request& request, std::string_view name);

  directory::Service& service_;
  Callers callers_;
  Registrations registrations_;
  page::Folder folder_;
};

}  // namespace keyrig::security_info
