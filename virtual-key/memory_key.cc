#include <algorithm>
#include <deque>
#include <map>
#include <mutex>
#include <utility>

#include "virtual-key/ctaphid/framing.h"
#include "virtual-key/hid_engine.h"
#include "virtual-key/key_core.h"
#include "virtual-key/local_key_control.h"
#include "virtual-key/virtual_key.h"

namespace keyrig {
namespace {

using virtual_key::ChangeSignal;
using virtual_key::HidEngine;
using virtual_key::KeyCore;
using virtual_key::LocalKeyControl;

/// Less traffic than a kernel device needs: nothing is ever late here.
constexpr Duration kMemoryKeepaliveInterval = std::chrono::milliseconds(100);

/// The bus between a key and its clients: reports go to the client whose channel they are on.
class Bus final : public virtual_key::Attachment {
 public:
  using ClientId = std::uint64_t;

  Bus(KeyCore& core, Clock& clock, Rng& rng)
      : core_(core), clock_(clock), engine_(core, clock, rng, kMemoryKeepaliveInterval) {}

  std::optional<ClientId> Join() {
    const std::lock_guard lock(mutex_);
    if (!attached_) return std::nullopt;
    inboxes_[++last_client_];
    return last_client_;
  }

  void Leave(ClientId client) {
    const std::lock_guard lock(mutex_);
    inboxes_.erase(client);
    std::erase_if(owners_, [&](const auto& entry) { return entry.second == client; });
  }

  bool Write(ClientId client, const HidReport& report) {
    const std::lock_guard lock(mutex_);
    if (!inboxes_.contains(client)) return false;
    owners_[ctaphid::HeadOf(report).channel] = client;
    Deliver(engine_.Receive(report));
    return true;
  }

  std::optional<HidReport> Read(ClientId client, std::chrono::milliseconds timeout) {
    std::optional<Instant> deadline;
    if (timeout.count() >= 0) deadline = clock_.Now() + timeout;
    while (true) {
      const std::uint64_t seen = core_.Changes().Version();
      // With a frozen clock the core and its client take turns: nothing depends on who is faster.
      if (clock_.IsFrozen() && core_.CurrentActivity() == KeyCore::Activity::kProcessing) {
        core_.Changes().Wait(seen, std::nullopt);
        continue;
      }
      std::optional<Instant> next = deadline;
      {
        const std::lock_guard lock(mutex_);
        Deliver(engine_.Collect());
        const auto inbox = inboxes_.find(client);
        if (inbox == inboxes_.end()) return std::nullopt;
        if (!inbox->second.empty()) {
          const HidReport report = inbox->second.front();
          inbox->second.pop_front();
          return report;
        }
        next = Earlier(next, engine_.NextDue());
      }
      const Instant now = clock_.Now();
      if (deadline && now >= *deadline) return std::nullopt;
      if (!clock_.IsFrozen()) {
        core_.Changes().Wait(seen, next ? std::optional(*next - now) : std::nullopt);
        continue;
      }
      next = Earlier(next, core_.User().NextInstant());
      if (!next) return std::nullopt;  // nothing will ever come
      if (*next > now) clock_.Advance(*next - now);
      core_.User().ClockMoved();
    }
  }

  Result<void, Error> Attach() override {
    const std::lock_guard lock(mutex_);
    engine_.PowerCycle();
    attached_ = true;
    return {};
  }

  void Detach() override {
    {
      const std::lock_guard lock(mutex_);
      Drop();
    }
    core_.Changes().Raise();
  }

  bool IsAttached() const override {
    const std::lock_guard lock(mutex_);
    return attached_;
  }

  std::string Node() const override { return {}; }

 private:
  static std::optional<Instant> Earlier(std::optional<Instant> a, std::optional<Instant> b) {
    if (!a || !b) return a ? a : b;
    return std::min(*a, *b);
  }

  void Deliver(const std::vector<HidReport>& reports) {
    for (const HidReport& report : reports) {
      const auto owner = owners_.find(ctaphid::HeadOf(report).channel);
      if (owner != owners_.end()) inboxes_[owner->second].push_back(report);
    }
    if (engine_.TakeUnplug()) Drop();
  }

  void Drop() {
    attached_ = false;
    inboxes_.clear();
    owners_.clear();
  }

  KeyCore& core_;
  Clock& clock_;
  mutable std::mutex mutex_;
  HidEngine engine_;
  bool attached_ = true;
  ClientId last_client_ = 0;
  std::map<ClientId, std::deque<HidReport>> inboxes_;
  std::map<ctaphid::ChannelId, ClientId> owners_;
};

/// What lives as long as the key or one of its clients.
struct Parts {
  Parts(std::unique_ptr<KeyCore> made, Clock& clock, Rng& rng)
      : core(std::move(made)), bus(*core, clock, rng), control(*core, bus, clock) {}
  std::unique_ptr<KeyCore> core;
  Bus bus;
  LocalKeyControl control;
};

class MemoryPort final : public HidPort {
 public:
  MemoryPort(std::shared_ptr<Parts> parts, Bus::ClientId client)
      : parts_(std::move(parts)), client_(client) {}
  ~MemoryPort() override { parts_->bus.Leave(client_); }
  bool Write(const HidReport& report) override { return parts_->bus.Write(client_, report); }
  std::optional<HidReport> Read(std::chrono::milliseconds timeout) override {
    return parts_->bus.Read(client_, timeout);
  }

 private:
  std::shared_ptr<Parts> parts_;
  Bus::ClientId client_;
};

class AssembledMemoryKey final : public MemoryKey {
 public:
  explicit AssembledMemoryKey(std::shared_ptr<Parts> parts) : parts_(std::move(parts)) {}
  std::unique_ptr<HidPort> Open() override {
    const auto client = parts_->bus.Join();
    return client ? std::make_unique<MemoryPort>(parts_, *client) : nullptr;
  }
  KeyControl& Control() override { return parts_->control; }
  Bytes AttestationRoot() const override { return parts_->core->AttestationRoot(); }

 private:
  std::shared_ptr<Parts> parts_;
};

}  // namespace

Result<std::unique_ptr<MemoryKey>, Error> MemoryKey::Create(VirtualKeyOptions options, Clock& clock,
                                                            Rng& rng, EventSink& events) {
  auto core = TRY(KeyCore::Create(std::move(options), "usb", clock, rng, events));
  auto parts = std::make_shared<Parts>(std::move(core), clock, rng);
  return std::make_unique<AssembledMemoryKey>(std::move(parts));
}

}  // namespace keyrig
