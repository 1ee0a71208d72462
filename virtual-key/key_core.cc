#include "virtual-key/key_core.h"

#include <algorithm>
#include <utility>

#include "virtual-key/authenticator/config_check.h"
#include "virtual-key/faults/message_faults.h"
#include "virtual-key/initial_pin.h"
#include "virtual-key/u2f/raw_message.h"

namespace keyrig::virtual_key {

Result<std::unique_ptr<KeyCore>, Error> KeyCore::Create(VirtualKeyOptions options,
                                                        std::string_view transport, Clock& clock,
                                                        Rng& rng, EventSink& events) {
  if (const auto contradiction = authenticator::FindContradiction(options.config)) {
    return Fail(*contradiction);
  }
  const auto pin = options.pin;
  const std::vector<faults::Fault> faults = std::exchange(options.faults, {});
  std::unique_ptr<KeyCore> core(new KeyCore(std::move(options), transport, clock, rng, events));
  for (const faults::Fault& fault : faults) TRY(core->SetFault(fault));
  const authenticator::DeviceState memory = core->store_.Load();
  if (!memory.initialized) return Fail("the key's memory cannot be written");
  if (memory.aaguid != core->config_.aaguid) {
    return Fail("the memory is of a key of the model " + memory.aaguid.value_or(Aaguid()).Text() +
                ", but this one is " + core->config_.aaguid.Text() +
                "; choose that model or another memory");
  }
  if (pin && memory.pin_hash) {
    TRY(ExpectPin(memory, *pin));
  } else if (pin) {
    TRY(SetInitialPin(core->authenticator_, *pin, rng));
    core->authenticator_.PowerCycle();
  }
  core->Start();
  return core;
}

KeyCore::KeyCore(VirtualKeyOptions options, std::string_view transport, Clock& clock, Rng& rng,
                 EventSink& events)
    : config_(options.config),
      events_(options.event_source, clock, events),
      store_(std::move(options.store)),
      gesture_(options.gesture, clock, events_, changes_),
      tap_(gesture_, clock, events_),
      journal_(std::move(options.journal)),
      transport_(transport),
      authenticator_(options.config, {clock, rng, tap_, store_, events_, &liar_}) {}

KeyCore::~KeyCore() { Interrupt(); }

bool KeyCore::HasU2f() const {
  return std::ranges::find(config_.versions, authenticator::Version::kU2fV2) !=
         config_.versions.end();
}

bool KeyCore::HasCtap2() const { return config_.versions.size() > (HasU2f() ? 1U : 0U); }

Result<void, Error> KeyCore::SetFault(const faults::Fault& fault) {
  if (transport_ == "nfc" && faults::IsOnTheWire(fault.kind)) {
    return Fail(std::string(faults::KnobOf(fault.kind).name) +
                " is about the packets of USB; this key is a contactless card");
  }
  faults_.Set(fault);
  return {};
}

void KeyCore::Start() {
  worker_ = std::jthread([this](std::stop_token stop) { Work(std::move(stop)); });
}

void KeyCore::Work(std::stop_token stop) {
  std::unique_lock lock(mutex_);
  while (changed_.wait(lock, stop, [this] { return !queue_.empty() && !running_; })) {
    const ctaphid::Request request = std::move(queue_.front());
    queue_.pop_front();
    running_ = Running{request.id, {}};
    const authenticator::Transaction transaction{request.channel, running_->stop.get_token(),
                                                 transport_};
    lock.unlock();
    Bytes message = Process(request, transaction);
    lock.lock();
    running_.reset();
    answers_.push_back({request.id, std::move(message)});
    changed_.notify_all();
    changes_.Raise();
  }
}

Bytes KeyCore::Process(const ctaphid::Request& request,
                       const authenticator::Transaction& transaction) {
  if (request.is_u2f) return u2f::Process(authenticator_, request.message, transaction);
  Bytes instead = faults::AnswerInstead(faults_, request.message);
  if (!instead.empty()) return instead;
  return faults::Tamper(faults_, authenticator_.Process(request.message, transaction));
}

void KeyCore::Submit(ctaphid::Request request) {
  {
    const std::lock_guard lock(mutex_);
    queue_.push_back(std::move(request));
  }
  changed_.notify_all();
}

void KeyCore::Cancel(ctaphid::RequestId request) {
  std::optional<std::stop_source> stop;
  {
    const std::lock_guard lock(mutex_);
    if (running_ && running_->request == request) {
      stop = running_->stop;
    } else if (std::erase_if(queue_, [&](const auto& queued) { return queued.id == request; })) {
      constexpr std::uint8_t kKeepaliveCancel = 0x2D;
      answers_.push_back({request, Bytes{kKeepaliveCancel}});
    }
  }
  // Outside the lock: what waits is woken on this thread.
  if (stop) stop->request_stop();
}

std::optional<KeyCore::Answer> KeyCore::TakeAnswer() {
  const std::lock_guard lock(mutex_);
  if (answers_.empty()) return std::nullopt;
  Answer answer = std::move(answers_.front());
  answers_.pop_front();
  return answer;
}

KeyCore::Activity KeyCore::CurrentActivity() const {
  const std::lock_guard lock(mutex_);
  if (!running_ && queue_.empty()) return Activity::kIdle;
  return gesture_.IsAwaiting() ? Activity::kAwaitingTouch : Activity::kProcessing;
}

void KeyCore::Interrupt() {
  std::unique_lock lock(mutex_);
  InterruptLocked(lock);
}

void KeyCore::PowerCycle() {
  std::unique_lock lock(mutex_);
  InterruptLocked(lock);
  authenticator_.PowerCycle();
}

Result<void, Error> KeyCore::BetweenRequests(
    const std::function<Result<void, Error>(authenticator::Authenticator&)>& act) {
  std::unique_lock lock(mutex_);
  while (running_) {
    if (gesture_.IsAwaiting()) {
      return Fail("the key waits for its user; touch it, or let that end, first");
    }
    // A wait that begins is not signalled here.
    changed_.wait_for(lock, std::chrono::milliseconds(10));
  }
  return act(authenticator_);
}

void KeyCore::InterruptLocked(std::unique_lock<std::mutex>& lock) {
  queue_.clear();
  if (running_) {
    std::stop_source stop = running_->stop;
    lock.unlock();
    stop.request_stop();
    lock.lock();
    changed_.wait(lock, [this] { return !running_; });
  }
  answers_.clear();
}

}  // namespace keyrig::virtual_key
