#include <algorithm>
#include <iterator>
#include <map>
#include <optional>
#include <utility>

#include "virtual-key/ctaphid/framing.h"
#include "virtual-key/journal/tracker.h"

namespace keyrig::journal {
namespace {

using ctaphid::ChannelId;
using HidCommand = ctaphid::Command;

/// More requests than that are never open on one channel unless the key leaves them unanswered.
constexpr std::size_t kMaxOpen = 8;

/// A request, from its first packet until its answer is whole.
struct Open {
  Transaction transaction;
  ctaphid::Assembler request;
  ctaphid::Assembler answer;
  TouchWatch touch;
  bool is_being_answered = false;

  bool IsWhole() const { return request.IsComplete(); }
  bool IsFor(HidCommand command) const { return request.Current().command == command; }
};

Transaction::Protocol ProtocolOf(HidCommand command) {
  if (command == HidCommand::kCbor) return Transaction::Protocol::kCtap2;
  if (command == HidCommand::kMsg) return Transaction::Protocol::kU2f;
  return Transaction::Protocol::kLine;
}

/// Has the transaction end where its last packet was.
Transaction Close(Open open) {
  Transaction closed = std::move(open.transaction);
  closed.request = open.request.Take().payload;
  closed.end = closed.packets.back().at;
  return closed;
}

/// The transactions of one channel: mostly one at a time. A client that sends another request
/// before it has its answer is refused the second, and the first goes on.
class ChannelTracker {
 public:
  std::vector<Transaction> ToKey(const Entry& entry, const HidReport& report) {
    const ctaphid::PacketHead head = ctaphid::HeadOf(report);
    if (!head.is_init) {
      // One that does not follow on is the end of the message: the key says so next.
      if (!open_.empty() && !open_.back().IsWhole()) {
        open_.back().request.Continue(report);
        open_.back().transaction.packets.push_back(entry);
      }
      return {};
    }
    if (head.command == HidCommand::kCancel) return Cancel(entry, report);
    Begin(entry, report);
    if (open_.size() <= kMaxOpen) return {};
    return CloseFirst(1);
  }

  std::vector<Transaction> FromKey(const Entry& entry, const HidReport& report) {
    const ctaphid::PacketHead head = ctaphid::HeadOf(report);
    if (head.is_init && head.command == HidCommand::kKeepalive) {
      KeepAlive(entry, report);
      return {};
    }
    const std::size_t number = head.is_init ? Answered(head.command) : BeingAnswered();
    if (number == open_.size()) return {};
    Open& open = open_[number];
    open.transaction.packets.push_back(entry);
    if (head.is_init) {
      open.touch.Answered(entry.at, open.transaction);
      for (Open& each : open_) each.is_being_answered = false;
      open.answer.Begin(report);
      open.is_being_answered = true;
    } else {
      open.answer.Continue(report);
    }
    if (!open.answer.IsComplete()) return {};
    return Finish(number);
  }

  std::vector<Transaction> End() { return CloseFirst(open_.size()); }
  bool IsIdle() const { return open_.empty(); }

 private:
  void Begin(const Entry& entry, const HidReport& report) {
    Open& open = open_.emplace_back();
    open.request.Begin(report);
    open.transaction.begin = entry.at;
    open.transaction.channel = open.request.Current().channel;
    const HidCommand command = open.request.Current().command;
    open.transaction.hid_command = static_cast<std::uint8_t>(command);
    open.transaction.protocol = ProtocolOf(command);
    open.transaction.packets.push_back(entry);
  }

  /// CTAP 2.1 §11.2.9.1.5: it belongs to what it ends and has no answer of its own.
  std::vector<Transaction> Cancel(const Entry& entry, const HidReport& report) {
    if (!open_.empty()) {
      open_.back().transaction.was_cancelled = true;
      open_.back().transaction.packets.push_back(entry);
      return {};
    }
    Begin(entry, report);
    return CloseFirst(1);
  }

  void KeepAlive(const Entry& entry, const HidReport& report) {
    const auto open = std::ranges::find_if(open_, &Open::IsWhole);
    if (open == open_.end()) return;
    ctaphid::Assembler status;
    status.Begin(report);
    const Bytes& payload = status.Current().payload;
    open->transaction.packets.push_back(entry);
    open->touch.KeepAlive(payload.empty() ? std::uint8_t{0} : payload.front(), entry.at,
                          open->transaction);
  }

  /// Which one a message answers: an error the latest, anything else one of the same command.
  std::size_t Answered(HidCommand command) const {
    for (std::size_t number = open_.size(); number > 0; --number) {
      const Open& open = open_[number - 1];
      if (command == HidCommand::kError || (open.IsWhole() && open.IsFor(command)))
        return number - 1;
    }
    return open_.size();
  }
  std::size_t BeingAnswered() const {
    const auto found = std::ranges::find_if(open_, &Open::is_being_answered);
    return static_cast<std::size_t>(found - open_.begin());
  }

  std::vector<Transaction> Finish(std::size_t number) {
    Open& open = open_[number];
    const bool is_error = open.answer.Current().command == HidCommand::kError;
    Bytes payload = open.answer.Take().payload;
    if (is_error) {
      open.transaction.hid_error = payload.empty() ? std::uint8_t{0} : payload.front();
    } else {
      open.transaction.answer = std::move(payload);
    }
    // The key does one after the other: what came before has no answer any more, but for what is
    // still at work while a second request is refused.
    std::vector<Transaction> closed;
    for (std::size_t i = 0; i <= number; ++i) {
      if (i < number && is_error && open_[i].IsWhole()) continue;
      closed.push_back(Close(std::exchange(open_[i], Open())));
    }
    std::erase_if(open_, [](const Open& each) { return each.transaction.packets.empty(); });
    return closed;
  }

  std::vector<Transaction> CloseFirst(std::size_t count) {
    std::vector<Transaction> closed;
    const auto end = open_.begin() + static_cast<std::ptrdiff_t>(count);
    std::transform(std::make_move_iterator(open_.begin()), std::make_move_iterator(end),
                   std::back_inserter(closed), Close);
    open_.erase(open_.begin(), end);
    return closed;
  }

  std::vector<Open> open_;
};

class HidTracker final : public Tracker {
 public:
  std::vector<Transaction> Receive(const Entry& entry) override {
    if (entry.kind == Entry::Kind::kPowerUp) return End();
    HidReport report{};
    if (entry.packet.size() != report.size()) return {};
    std::ranges::copy(entry.packet, report.begin());
    const ChannelId id = ctaphid::HeadOf(report).channel;
    ChannelTracker& channel = channels_[id];
    auto done = entry.kind == Entry::Kind::kToKey ? channel.ToKey(entry, report)
                                                  : channel.FromKey(entry, report);
    if (channel.IsIdle()) channels_.erase(id);
    return done;
  }

  std::vector<Transaction> End() override {
    std::vector<Transaction> closed;
    for (auto& [id, channel] : channels_)
      std::ranges::move(channel.End(), std::back_inserter(closed));
    channels_.clear();
    std::ranges::stable_sort(closed, {}, &Transaction::begin);
    return closed;
  }

 private:
  std::map<ChannelId, ChannelTracker> channels_;
};

}  // namespace

std::unique_ptr<Tracker> MakeHidTracker() { return std::make_unique<HidTracker>(); }

}  // namespace keyrig::journal
