#include "mock-entra/mock_entra.h"

#include <algorithm>
#include <optional>

#include "harness/base/hosts.h"
#include "mock-entra/directory/service.h"
#include "mock-entra/graph/graph_api.h"
#include "mock-entra/portal/portal.h"
#include "mock-entra/security-info/security_info.h"
#include "mock-entra/signin/signin.h"

namespace keyrig {
namespace {

/// The surfaces, one for each kind of real host, with what they remember between requests.
struct Surfaces {
  explicit Surfaces(directory::Service& service)
      : graph(service), signin(service), security_info(service) {}

  http::Response Handle(const http::Request& request) {
    const std::string_view host = request.host;
    if (host == hosts::kGraph) return graph.Handle(request);
    if (host == hosts::kLogin || host == hosts::kWebAuthn || host == hosts::kLoginWindows ||
        host == hosts::kSts) {
      return signin.Handle(request);
    }
    if (host == hosts::kMySignIns) return security_info.Handle(request);
    if (host == hosts::kMyProfile || host == hosts::kMyApps || host == hosts::kMyApplications) {
      return portal.Handle(request);
    }
    if (host == hosts::kAdminCenter) {
      return http::Text(404,
                        "This mock service has no admin center. Change the policy through "
                        "Microsoft Graph: PATCH https://graph.microsoft.com/v1.0/policies/"
                        "authenticationMethodsPolicy/authenticationMethodConfigurations/fido2\n");
    }
    if (std::ranges::find(hosts::kAll, host) != hosts::kAll.end()) {
      return http::Text(404, "This mock service serves nothing on " + request.host + ".\n");
    }
    std::string known;
    for (const std::string_view name : hosts::kServed) known += "  " + std::string(name) + "\n";
    return http::Text(421, "\"" + request.host +
                               "\" is not a host of this mock service. Keep the real host name in "
                               "the request and point its connection here; the hosts are\n" +
                               known);
  }

  graph::GraphApi graph;
  signin::SignIn signin;
  security_info::SecurityInfo security_info;
  portal::Portal portal;
};

}  // namespace

class MockEntra::State final : public ServiceControl {
 public:
  State(directory::Tenant tenant, Clock& clock, Rng& rng, EventSink& events,
        crypto::PrivateKey signing_key)
      : start_(std::move(tenant)),
        tenant_(start_),
        tokens_(tenant_, clock, rng, std::move(signing_key)),
        service_{tenant_, clock, rng, events, tokens_, {}} {
    surfaces_.emplace(service_);
  }

  http::Response Handle(const http::Request& request) {
    const std::lock_guard lock(mutex_);
    return surfaces_->Handle(request);
  }

  Result<void, Error> Advance(Duration by) override {
    if (by < Duration{0}) return Fail("the service's clock only goes forward");
    service_.clock.Advance(by);
    return {};
  }

  Result<void, Error> Reset() override {
    const std::lock_guard lock(mutex_);
    tenant_ = start_;
    service_.sessions.clear();
    surfaces_.emplace(service_);
    return {};
  }

 private:
  std::mutex mutex_;
  const directory::Tenant start_;
  directory::Tenant tenant_;
  directory::TokenService tokens_;
  directory::Service service_;
  std::optional<Surfaces> surfaces_;
};

MockEntra::MockEntra(directory::Tenant tenant, Clock& clock, Rng& rng, EventSink& events,
                     crypto::PrivateKey signing_key)
    : state_(
          std::make_unique<State>(std::move(tenant), clock, rng, events, std::move(signing_key))) {}

MockEntra::~MockEntra() = default;

http::Response MockEntra::Handle(const http::Request& request) { return state_->Handle(request); }

ServiceControl& MockEntra::Control() { return *state_; }

}  // namespace keyrig
