#include "harness/station/native_station.h"

#include <fmt/format.h>

#include <optional>

#include "harness/station/administration.h"
#include "harness/station/browser.h"
#include "harness/station/ceremony.h"
#include "harness/station/graph_client.h"
#include "harness/station/my_apps.h"
#include "harness/station/security_info.h"
#include "harness/station/sign_in_walk.h"
#include "harness/station/single_page_app.h"

namespace keyrig::station {
namespace {

class NativeStation final : public Station {
 public:
  NativeStation(NativeStationOptions options, std::unique_ptr<Browser> browser)
      : rng_(*options.rng),
        browser_(std::move(browser)),
        ceremonies_(std::move(options.open_key), *options.person, std::move(options.key_name),
                    options.created),
        walk_(*browser_, ceremonies_) {}

  Result<Outcome, Error> Do(const EnableSecurityKeys& step) override {
    return Settle(Enable(step));
  }
  Result<Outcome, Error> Do(const OpenSecurityInfo& step) override { return Settle(Open(step)); }
  Result<Outcome, Error> Do(const RegisterKey& step) override { return Settle(Register(step)); }
  Result<Outcome, Error> Do(const SignIn& step) override { return Settle(Enter(step)); }
  Result<Outcome, Error> Do(const DeleteKeys& step) override { return Settle(Delete(step)); }

 private:
  Walk<GraphClient> Administrator(const Account& administrator) {
    return GraphClient::SignIn(*browser_, walk_, rng_, administrator);
  }

  Walk<Outcome> Enable(const EnableSecurityKeys& step) {
    GraphClient graph = TRY(Administrator(step.as));
    return SaveFido2Configuration(graph, step);
  }

  /// The user's page, where a method to add is chosen; the administrator issues a pass first.
  Walk<SinglePageApp> SecurityInfo(const Account& user, const Account& administrator) {
    GraphClient graph = TRY(Administrator(administrator));
    const std::string pass = TRY(IssueTemporaryAccessPass(graph, user.user_principal_name));
    browser_->Forget();
    return ChooseSecurityKeyAtSecurityInfo(*browser_, walk_, rng_, user.user_principal_name, pass);
  }

  Walk<Outcome> Open(const OpenSecurityInfo& step) {
    open_page_.reset();
    open_page_.emplace(TRY(SecurityInfo(step.as, step.administrator)));
    return Outcome{};
  }

  Walk<Outcome> Register(const RegisterKey& step) {
    if (!step.on_open_page) {
      SinglePageApp page = TRY(SecurityInfo(step.as, step.administrator));
      return AddSecurityKey(*browser_, page, ceremonies_, rng_, step);
    }
    if (!open_page_ || open_page_->UserName() != step.as.user_principal_name) {
      return Err(
          Error{fmt::format("{} has no page of Security info open; open one with "
                            "open_security_info first.",
                            step.as.user_principal_name)});
    }
    return AddSecurityKey(*browser_, *open_page_, ceremonies_, rng_, step);
  }

  Walk<Outcome> Enter(const SignIn& step) {
    browser_->Forget();
    return SignInAtMyApps(*browser_, walk_, rng_, step);
  }

  Walk<Outcome> Delete(const DeleteKeys& step) {
    GraphClient graph = TRY(Administrator(step.as));
    return DeleteFido2Methods(graph, step.of.user_principal_name);
  }

  Rng& rng_;
  std::unique_ptr<Browser> browser_;
  Ceremonies ceremonies_;
  SignInWalk walk_;
  std::optional<SinglePageApp> open_page_;
};

}  // namespace

Result<std::unique_ptr<Station>, Error> OpenNativeStation(NativeStationOptions options) {
  auto browser = TRY(Browser::Open(options.port, options.ca_path, *options.events,
                                   options.event_source, *options.clock));
  return std::make_unique<NativeStation>(std::move(options), std::move(browser));
}

}  // namespace keyrig::station
