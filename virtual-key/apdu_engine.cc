#include "virtual-key/apdu_engine.h"

#include <algorithm>
#include <utility>

namespace keyrig::virtual_key {

void ApduEngine::Note(journal::Entry::Kind kind, ByteView apdu) const {
  if (journal::Journal* const journal = core_.WireJournal()) {
    journal->Note({kind, clock_.Now(), ToBytes(apdu)});
  }
}

void ApduEngine::PowerCycle() {
  Note(journal::Entry::Kind::kPowerUp, {});
  applet_.PowerCycle();
  held_.reset();
}

std::optional<Bytes> ApduEngine::Receive(ByteView command) {
  Note(journal::Entry::Kind::kToKey, command);
  apdu::Step step = applet_.Receive(command);
  if (step.cancel) {
    held_.reset();
    core_.Cancel(*step.cancel);
  }
  // No weaker than what a reader can do at any time: switch its field off and on.
  if (step.has_ended) core_.PowerCycle();
  if (applet_.IsAwaited()) next_keepalive_ = clock_.Now() + keepalive_interval_;
  if (step.request) {
    said_ = apdu::KeepaliveStatus::kProcessing;
    core_.Submit({step.request->id, step.request->session, std::move(step.request->message),
                  step.request->protocol == apdu::Protocol::kU2f});
  }
  if (step.response) Note(journal::Entry::Kind::kFromKey, *step.response);
  return std::move(step.response);
}

std::optional<Bytes> ApduEngine::Collect() {
  std::optional<Bytes> response = CollectKeepalive();
  // An answer that comes right after a keepalive is kept for the next poll.
  while (auto answer = core_.TakeAnswer()) {
    held_ = HeldAnswer{*std::move(answer), clock_.Now()};
    if (const auto slow = core_.Faults().Take(faults::Kind::kSlow)) held_->due += slow->duration;
    if (auto sent = CollectAnswer()) response = std::move(sent);
  }
  if (auto sent = CollectAnswer()) response = std::move(sent);
  if (response) Note(journal::Entry::Kind::kFromKey, *response);
  return response;
}

std::optional<Bytes> ApduEngine::CollectAnswer() {
  if (!held_ || clock_.Now() < held_->due) return std::nullopt;
  const KeyCore::Answer answer = std::move(held_->answer);
  held_.reset();
  return applet_.Respond(answer.request, answer.message);
}

std::optional<Bytes> ApduEngine::CollectKeepalive() {
  const KeyCore::Activity activity = core_.CurrentActivity();
  if (!applet_.IsAwaited() || (activity == KeyCore::Activity::kIdle && !held_)) {
    return std::nullopt;
  }
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
  std::optional<Instant> due;
  if (applet_.IsAwaited()) due = next_keepalive_;
  if (held_) due = due ? std::min(*due, held_->due) : held_->due;
  return due;
}

}  // namespace keyrig::virtual_key
