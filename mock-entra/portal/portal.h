#pragma once

#include <string>
#include <string_view>

#include "mock-entra/directory/first_party.h"
#include "mock-entra/http/message.h"
#include "mock-entra/page/page.h"

namespace keyrig::portal {

/// My Profile (myprofile.microsoft.com) and My Apps (myapps.microsoft.com): single-page
/// applications. What they are is the same for everybody; the page's script signs its user in by
/// the authorization code grant with PKCE, holds the tokens, and shows what the ID token says. No
/// I/O.
///
/// A page holds a JSON block with the id "config": authorizeUrl, tokenUrl, clientId, redirectUri,
/// scope, responseMode, and claims, which asks for amr in the ID token.
class Portal {
 public:
  Portal();
  http::Response Handle(const http::Request& request);

 private:
  http::Response Page(const directory::first_party::Application& application,
                      std::string_view file) const;

  page::Folder folder_;
};

}  // namespace keyrig::portal
