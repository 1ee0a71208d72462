#include "virtual-key/apdu_engine.h"

#include <utility>

namespace keyrig::virtual_key {

std::optional<Bytes> ApduEngine::Receive(ByteView command) {
  apdu::Step step = applet_.Receive(command);
  if (step.cancel) core_.Cancel(*step.cancel);
  // No weaker than what a reader can do at any time: switch its field off and on.
  if (step.has_ended) core_.PowerCycle();
  if (applet_.IsAwaited()) next_keepalive_ = clock_.Now() + keepalive_interval_;
  if (step.request) {
    said_ = apdu::KeepaliveStatus::kProcessing;
    core_.Submit({step.request->id, step.request->session, std::move(step.request->message),
                  step.request->protocol == apdu::Protocol::kU2f});
  }
  return std::move(step.response);
}

std::optional<Bytes> ApduEngine::Collect() {
  std::optional<Bytes> response = CollectKeepalive();
  // An answer that comes right after a keepalive is kept for the next poll.
  while (const auto answer = core_.TakeAnswer()) {
    auto sent = applet_.Respond(answer->request, answer->message);
    if (sent) response = std::move(sent);
  }
  return response;
}

std::optional<Bytes> ApduEngine::CollectKeepalive() {
  const KeyCore::Activity activity = core_.CurrentActivity();
  if (!applet_.IsAwaited() || activity == KeyCore::Activity::kIdle) return std::nullopt;
  const auto status = activity == KeyCore::Activity::kAwaitingTouch
                          ? apdu::KeepaliveStatus::kUserPresenceNeeded
                          : apdu::KeepaliveStatus::kProcessing;
  const Instant now = clock_.Now();
  if (status == said_ && now < next_keepalive_) return std::nullopt;
  said_ = status;
  next_keepalive_ = now + keepalive_interval_;
  return applet_.Keepalive(status);
}

std::optional<Instant> ApduEngine::NextDue() const {
  if (!applet_.IsAwaited()) return std::nullopt;
  return next_keepalive_;
}

}  // namespace keyrig::virtual_key
