#include <fmt/format.h>

#include <algorithm>
#include <chrono>
#include <optional>
#include <utility>
#include <vector>

#include "virtual-key/journal/decoding.h"
#include "virtual-key/journal/tracker.h"
#include "virtual-key/journal/writer.h"

namespace keyrig::journal {
namespace {

/// Byte strings up to here are short enough to be looked at.
constexpr std::size_t kShownBytes = 16;

double Milliseconds(Duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::string TookText(Duration duration) {
  const double milliseconds = Milliseconds(duration);
  if (milliseconds < 10) return fmt::format("{:.1f} ms", milliseconds);
  if (milliseconds < 10'000) return fmt::format("{:.0f} ms", milliseconds);
  return fmt::format("{:.1f} s", milliseconds / 1000);
}

/// How many packets went to the key and came from it; keepalives are none of them.
std::string PacketsText(const Transaction& transaction) {
  const auto to_key = std::ranges::count(transaction.packets, Entry::Kind::kToKey, &Entry::kind);
  const auto all = static_cast<std::ptrdiff_t>(transaction.packets.size());
  const auto from_key = all - to_key - static_cast<std::ptrdiff_t>(transaction.keepalives);
  return fmt::format("{}+{} packets", to_key, from_key);
}

/// What is worth knowing beside the answer: "812 ms, 3+17 packets, waited 780 ms for a touch".
std::string Remarks(const Transaction& transaction) {
  std::string text = fmt::format("{}, {}", TookText(transaction.end - transaction.begin),
                                 PacketsText(transaction));
  if (transaction.awaited_touch != Duration{0}) {
    text += fmt::format(", waited {} for a touch", TookText(transaction.awaited_touch));
  }
  if (transaction.keepalives > 0) {
    text += fmt::format(", {} keepalive{}", transaction.keepalives,
                        transaction.keepalives == 1 ? "" : "s");
  }
  if (transaction.was_cancelled) text += ", cancelled";
  return text;
}

/// A transaction is a line with its time, its status and its command, and below it a line for each
/// member of the request (>), of the answer (<) and of authenticator data ( | ).
class TextWriter final : public Writer {
 public:
  TextWriter(Wire wire, std::string transport)
      : transport_(std::move(transport)), tracker_(MakeTracker(wire)) {}

  std::string Begin() override { return {}; }

  std::string Write(const Entry& entry) override {
    std::string text;
    if (!start_) {
      start_ = entry.at;
      text = fmt::format("{} key, seconds since {}\n", transport_, ToRfc3339(*start_));
    }
    text += Lines(tracker_->Receive(entry));
    if (entry.kind == Entry::Kind::kPowerUp) {
      text += fmt::format("{}  power up\n", TimeText(entry.at));
    }
    return text;
  }

  std::string Lose(std::uint64_t entries) override {
    return fmt::format("           {} packets are not kept any more\n", entries);
  }

  std::string End() override { return Lines(tracker_->End()); }

 private:
  std::string TimeText(Instant at) const {
    return fmt::format("{:>9.3f}", Milliseconds(at - *start_) / 1000);
  }

  std::string Lines(const std::vector<Transaction>& transactions) const {
    std::string text;
    for (const Transaction& transaction : transactions) {
      const Decoding decoding = Decode(transaction, kShownBytes);
      text += fmt::format("{}  {:<23}  {}", TimeText(transaction.begin), decoding.status,
                          decoding.command);
      if (transaction.channel) text += fmt::format("  [{:08x}]", *transaction.channel);
      text += fmt::format("  {}\n", Remarks(transaction));
      text += Members('>', decoding.request);
      text += Members('<', decoding.response);
      text += Members('|', {decoding.authenticator_data, {}});
    }
    return text;
  }

  static std::string Members(char mark, const ctap::BodyText& body) {
    std::string text;
    for (const ctap::MemberText& member : body.members) {
      text += fmt::format("           {} {:<21}  {}\n", mark, member.name, member.value);
    }
    if (body.members.empty() && !body.other.empty()) {
      text += fmt::format("           {} {}\n", mark, body.other);
    }
    return text;
  }

  const std::string transport_;
  const std::unique_ptr<Tracker> tracker_;
  std::optional<Instant> start_;
};

}  // namespace

std::unique_ptr<Writer> MakeTextWriter(Wire wire, const std::string& transport) {
  return std::make_unique<TextWriter>(wire, transport);
}

}  // namespace keyrig::journal
