#include "harness/station/native_station.h"

#include <fmt/format.h>

#include "harness/station/administration.h"
#include "harness/station/browser.h"
#include "harness/station/ceremony.h"
#include "harness/station/graph_client.h"
#include "harness/station/my_apps.h"
#include "harness/station/security_info.h"
#include "harness/station/sign_in_walk.h"

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
  Result<Outcome, Error> Do(const RegisterKey& step) override { return Settle(Register(step)); }
  Result<Outcome, Error> Do(const SignIn& step) override { return Settle(Enter(step)); }
  Result<Outcome, Error> Do(const DeleteKey& step) override { return Settle(Delete(step)); }

 private:
  Walk<GraphClient> Administrator(const Account& administrator) {
    return GraphClient::SignIn(*browser_, walk_, rng_, administrator);
  }

  Walk<Outcome> Enable(const EnableSecurityKeys& step) {
    GraphClient graph = TRY(Administrator(step.as));
    return SaveFido2Configuration(graph, step);
  }

  Walk<Outcome> Register(const RegisterKey& step) {
    GraphClient graph = TRY(Administrator(step.administrator));
    const std::string pass = TRY(IssueTemporaryAccessPass(graph, step.as.user_principal_name));
    browser_->Forget();
    return RegisterAtSecurityInfo(*browser_, walk_, ceremonies_, rng_, step, pass);
  }

  Walk<Outcome> Enter(const SignIn& step) {
    browser_->Forget();
    return SignInAtMyApps(*browser_, walk_, step);
  }

  Walk<Outcome> Delete(const DeleteKey& step) {
    GraphClient graph = TRY(Administrator(step.as));
    return DeleteFido2Methods(graph, step.of.user_principal_name);
  }

  Rng& rng_;
  std::unique_ptr<Browser> browser_;
  Ceremonies ceremonies_;
  SignInWalk walk_;
};

}  // namespace

Result<std::unique_ptr<Station>, Error> OpenNativeStation(NativeStationOptions options) {
  auto browser = TRY(Browser::Open(options.port, options.ca_path, *options.events,
                                   options.event_source, *options.clock));
  return std::make_unique<NativeStation>(std::move(options), std::move(browser));
}

}  // namespace keyrig::station
