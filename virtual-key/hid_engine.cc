#include "virtual-key/hid_engine.h"

#include <algorithm>
#include <utility>

namespace keyrig::virtual_key {
namespace {

using ctaphid::KeepaliveStatus;

void Append(std::vector<HidReport>& to, const std::vector<HidReport>& reports) {
  to.insert(to.end(), reports.begin(), reports.end());
}

ctaphid::DeviceVersion VersionOf(const authenticator::AuthenticatorConfig& config) {
  return {static_cast<std::uint8_t>(config.firmware_version), 0, 0};
}

}  // namespace

HidEngine::HidEngine(KeyCore& core, Clock& clock, Rng& rng, Duration keepalive_interval)
    : core_(core),
      clock_(clock),
      keepalive_interval_(keepalive_interval),
      device_(VersionOf(core.Config()), clock, rng,
              {.has_ctap2 = core.HasCtap2(), .has_u2f = core.HasU2f()}) {}

void HidEngine::Note(journal::Entry::Kind kind, std::span<const HidReport> reports) const {
  journal::Journal* const journal = core_.WireJournal();
  if (journal == nullptr) return;
  for (const HidReport& report : reports) journal->Note({kind, clock_.Now(), ToBytes(report)});
}

std::vector<HidReport> HidEngine::Receive(const HidReport& report) {
  Note(journal::Entry::Kind::kToKey, {&report, 1});
  ctaphid::Step step = device_.Receive(report);
  if (step.cancel) {
    keepalives_.reset();
    held_.reset();
    core_.Cancel(*step.cancel);
  }
  if (step.wink) {
    Event winked;
    winked.kind = "key.winked";
    core_.Events().Emit(std::move(winked));
  }
  if (step.request) {
    // Most answers come sooner than the first keepalive would be due.
    keepalives_ = Keepalives{KeepaliveStatus::kProcessing, clock_.Now() + keepalive_interval_};
    if (core_.Faults().Take(faults::Kind::kNoKeepalive)) keepalives_.reset();
    core_.Submit(*std::move(step.request));
  }
  faults::TamperWithInit(core_.Faults(), step.replies);
  Note(journal::Entry::Kind::kFromKey, step.replies);
  return std::move(step.replies);
}

std::vector<HidReport> HidEngine::Collect() {
  std::vector<HidReport> reports = device_.Tick();
  CollectLate(reports);
  // Before the answers: what the core does now may end in one right after it was looked at.
  CollectKeepalive(reports);
  while (auto answer = core_.TakeAnswer()) {
    held_ = HeldAnswer{*std::move(answer), clock_.Now()};
    if (const auto slow = core_.Faults().Take(faults::Kind::kSlow)) *held_->due += slow->duration;
    if (core_.Faults().Take(faults::Kind::kStall)) held_->due.reset();
    CollectAnswer(reports);
  }
  CollectAnswer(reports);
  Note(journal::Entry::Kind::kFromKey, reports);
  return reports;
}

void HidEngine::CollectAnswer(std::vector<HidReport>& reports) {
  if (!held_ || !held_->due || clock_.Now() < *held_->due) return;
  const KeyCore::Answer answer = std::move(held_->answer);
  held_.reset();
  auto packets = device_.Respond(answer.request, answer.message);
  if (packets.empty()) return;
  keepalives_.reset();
  faults::WireAnswer sent = faults::SendAnswer(core_.Faults(), std::move(packets));
  Append(reports, sent.now);
  if (!sent.later.empty()) late_ = Late{std::move(sent.later), clock_.Now() + sent.delay};
  unplugs_ = sent.unplugs;
}

void HidEngine::CollectLate(std::vector<HidReport>& reports) {
  if (!late_ || clock_.Now() < late_->due) return;
  Append(reports, late_->packets);
  late_.reset();
}

void HidEngine::CollectKeepalive(std::vector<HidReport>& reports) {
  const KeyCore::Activity activity = core_.CurrentActivity();
  if (!keepalives_ || (activity == KeyCore::Activity::kIdle && !held_)) return;
  const auto status = activity == KeyCore::Activity::kAwaitingTouch
                          ? KeepaliveStatus::kUserPresenceNeeded
                          : KeepaliveStatus::kProcessing;
  const Instant now = clock_.Now();
  if (status == keepalives_->said && now < keepalives_->next) return;
  keepalives_ = Keepalives{status, now + keepalive_interval_};
  Append(reports, device_.Keepalive(status));
}

std::optional<Instant> HidEngine::NextDue() const {
  std::optional<Instant> due = device_.Deadline();
  const auto consider = [&](Instant at) { due = due ? std::min(*due, at) : at; };
  if (keepalives_) consider(keepalives_->next);
  if (held_ && held_->due) consider(*held_->due);
  if (late_) consider(late_->due);
  return due;
}

void HidEngine::PowerCycle() {
  if (journal::Journal* const journal = core_.WireJournal()) {
    journal->Note({journal::Entry::Kind::kPowerUp, clock_.Now(), {}});
  }
  device_.PowerCycle();
  keepalives_.reset();
  held_.reset();
  late_.reset();
  unplugs_ = false;
}

}  // namespace keyrig::virtual_key
