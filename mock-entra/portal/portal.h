#pragma once

#include <map>
#include <string>
#include <string_view>

#include "mock-entra/directory/first_party.h"
#include "mock-entra/directory/service.h"
#include "mock-entra/http/message.h"
#include "mock-entra/page/page.h"

namespace keyrig::portal {

/// My Profile (myprofile.microsoft.com) and My Apps (myapps.microsoft.com): web applications that
/// sign their user in with OpenID Connect (an id token, posted back) and keep a session cookie. No
/// I/O.
class Portal {
 public:
  explicit Portal(directory::Service& service);
  http::Response Handle(const http::Request& request);

 private:
  using Application = directory::first_party::Application;
  /// A sign-in that a browser was sent away for, under its state.
  struct Errand {
    std::string client_id;
    std::string nonce;
    Instant expires{};
  };
  /// Who is signed in at which application, under the cookie's value.
  struct Visit {
    std::string client_id;
    std::string user_id;
    std::string id_token;
  };

  const Visit* FindVisit(const http::Request& request, const Application& application) const;
  http::Response SendToSignIn(const Application& application);
  /// POST /signin-oidc.
  http::Response Receive(const http::Request& request, const Application& application);
  http::Response SignOut(const http::Request& request, const Application& application);
  http::Response Page(const Visit& visit, const Application& application) const;
  http::Response Refuse(const std::string& message) const;

  directory::Service& service_;
  page::Folder folder_;
  std::map<std::string, Errand, std::less<>> errands_;
  std::map<std::string, Visit, std::less<>> visits_;
};

}  // namespace keyrig::portal
