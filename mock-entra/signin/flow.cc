#include "mock-entra/signin/flow.h"

#include <algorithm>

namespace keyrig::signin {
namespace {

constexpr auto kFlowLifetime = std::chrono::hours(1);
constexpr auto kChallengeLifetime = std::chrono::minutes(5);
// As long as the real ones, so that buffers meet them.
constexpr std::size_t kContextBytes = 300;
constexpr std::size_t kTokenBytes = 400;
constexpr std::size_t kChallengeBytes = 600;

}  // namespace

Flow& Flows::Start(AuthorizeRequest request) {
  const Instant now = clock_.Now();
  std::erase_if(flows_, [now](const auto& entry) { return entry.second.expires <= now; });
  RandomStream stream = rng_.Stream("signin.flow");
  Flow flow;
  flow.request = std::move(request);
  flow.context = "rQQI" + ToBase64Url(stream.Take(kContextBytes));
  flow.token = "AQAB" + ToBase64Url(stream.Take(kTokenBytes));
  flow.canary = ToBase64(stream.Take(32)) + "0:1";
  flow.cross_domain_canary = ToBase64(stream.Take(32)) + "8:1";
  flow.correlation_id = stream.TakeGuid();
  flow.session_id = stream.TakeGuid();
  flow.user_name = flow.request.login_hint;
  flow.expires = now + kFlowLifetime;
  std::string context = flow.context;
  return flows_.insert_or_assign(std::move(context), std::move(flow)).first->second;
}

Flow* Flows::Find(std::string_view context, std::string_view token) {
  auto found = flows_.find(context);
  if (found == flows_.end() && !token.empty()) {
    found = std::ranges::find_if(flows_,
                                 [&](const auto& entry) { return entry.second.token == token; });
  }
  if (found == flows_.end() || found->second.expires <= clock_.Now()) return nullptr;
  return &found->second;
}

const std::string& Flows::Challenge(Flow& flow) {
  RandomStream stream = rng_.Stream("signin.challenge");
  flow.challenges.push_back({"O." + ToBase64Url(stream.Take(kChallengeBytes)), flow.user_name,
                             clock_.Now() + kChallengeLifetime});
  return flow.challenges.back().value;
}

}  // namespace keyrig::signin
