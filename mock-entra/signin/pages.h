#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "mock-entra/directory/service.h"
#include "mock-entra/http/message.h"
#include "mock-entra/page/page.h"
#include "mock-entra/signin/aadsts.h"
#include "mock-entra/signin/flow.h"

namespace keyrig::signin {

/// What a form that the browser posts by itself carries.
using Fields = std::vector<std::pair<std::string, std::string>>;

/// What the page on login.microsoft.com that asks for an assertion was posted.
struct AssertionPage {
  std::string post_url;  // where the assertion goes
  std::string cancel_url;
  std::string resume_url;
  std::string challenge;
  std::vector<std::string> allow_list;  // standard base64; empty: any discoverable credential
};

/// What the page on login.microsoft.com that makes a credential was posted (facts D2 step 4).
struct CreationPage {
  std::string post_url;
  std::string challenge;
  std::string canary;
  std::string user_id;  // base64url
  std::string member_name;
  std::string display_name;
  std::string authenticator;
  std::vector<std::string> exclude;  // base64url
};

/// The sign-in service's pages. Each carries `$Config`, one line of JSON that is the first with
/// braces, and beside it forms whose hidden fields hold the same values: what posts a form needs
/// nothing that the page does not say.
class Pages {
 public:
  Pages(directory::Service& service, Flows& flows);

  /// ConvergedSignIn: form `i0281` for password and pass, form `fidoform` for the security key
  /// where the user may use one. Without a refusal, sErrorCode is 50058: nobody is signed in yet.
  http::Response SignIn(Flow& flow, const std::optional<Refusal>& refusal) const;
  /// KmsiInterrupt: "Stay signed in?"
  http::Response StaySignedIn(const Flow& flow) const;
  /// ConvergedError, with status 400.
  http::Response Error(const Refusal& refusal) const;
  /// The form `hiddenform` that takes the browser back to a client.
  http::Response FormPost(const std::string& action, const Fields& fields) const;
  http::Response Assertion(const Flow& flow, const AssertionPage& page) const;
  http::Response Creation(const CreationPage& page) const;
  http::Response SignedOut() const;
  /// A style or script.
  http::Response File(std::string_view name) const { return folder_.File(name); }

 private:
  directory::Service& service_;
  Flows& flows_;
  page::Folder folder_;
};

}  // namespace keyrig::signin
