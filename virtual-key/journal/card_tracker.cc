#include <optional>
#include <utility>

#include "virtual-key/apdu/command.h"
#include "virtual-key/journal/tracker.h"

namespace keyrig::journal {
namespace {

using apdu::Command;
using apdu::Instruction;
using apdu::StatusWord;

constexpr std::uint16_t kSuccess = static_cast<std::uint16_t>(StatusWord::kSuccess);
constexpr std::uint16_t kUpdate = static_cast<std::uint16_t>(StatusWord::kUpdate);
constexpr std::uint16_t kMoreData = static_cast<std::uint16_t>(StatusWord::kMoreData);

bool IsU2f(const Command& command) {
  return command.Class() == apdu::kClassInterindustry &&
         (command.Is(Instruction::kU2fRegister) || command.Is(Instruction::kU2fAuthenticate) ||
          command.Is(Instruction::kU2fVersion));
}

bool IsCtap(const Command& command, Instruction instruction) {
  return command.Class() == apdu::kClassNfcCtap && command.Is(instruction);
}

/// The messages on a card's wire, one at a time, put together from the links of chained commands,
/// and from what GET RESPONSE and NFCCTAP_GETRESPONSE fetch.
class CardTracker final : public Tracker {
 public:
  std::vector<Transaction> Receive(const Entry& entry) override {
    switch (entry.kind) {
      case Entry::Kind::kToKey:
        return ToKey(entry);
      case Entry::Kind::kFromKey:
        return FromKey(entry);
      case Entry::Kind::kPowerUp:
        break;
    }
    return End();
  }

  std::vector<Transaction> End() override {
    if (!open_) return {};
    std::vector<Transaction> closed;
    closed.push_back(Close());
    return closed;
  }

 private:
  /// What a response leaves to be done.
  enum class Next { kNothing, kNextLink, kGetResponse, kPoll };
  struct Open {
    Transaction transaction;
    Command command;  // with the data of all links
    Bytes data;       // of the answer, so far
    TouchWatch touch;
    Next next = Next::kNothing;
  };

  std::vector<Transaction> ToKey(const Entry& entry) {
    // What no card takes for a command is an exchange of its own, whose request is all of it.
    auto command = Command::Parse(entry.packet);
    if (open_ && command && GoesOn(*command)) {
      open_->transaction.packets.push_back(entry);
      if (open_->next == Next::kNextLink) {
        Append(open_->command.data, command->data);
        open_->command.cla = command->cla;
        if (!command->IsLink()) Phrase();
      }
      open_->transaction.was_cancelled |=
          IsCtap(*command, Instruction::kNfcCtapGetResponse) && command->p1 == apdu::kCancel;
      return {};
    }
    std::vector<Transaction> closed = End();
    open_ = Open{};
    open_->transaction.begin = entry.at;
    open_->transaction.request = entry.packet;
    open_->transaction.packets.push_back(entry);
    if (command) {
      open_->command = *std::move(command);
      Phrase();
    }
    return closed;
  }

  /// Whether a command goes on with what is open.
  bool GoesOn(const Command& command) const {
    switch (open_->next) {
      case Next::kNothing:
        return false;
      case Next::kNextLink:
        return command.Class() == open_->command.Class() && command.ins == open_->command.ins;
      case Next::kGetResponse:
        return command.Class() == apdu::kClassInterindustry &&
               command.Is(Instruction::kGetResponse);
      case Next::kPoll:
        return IsCtap(command, Instruction::kNfcCtapGetResponse);
    }
    return false;
  }

  /// Says in whose words the command that has come so far is.
  void Phrase() {
    Transaction& transaction = open_->transaction;
    const Command& command = open_->command;
    if (IsCtap(command, Instruction::kNfcCtapMsg)) {
      transaction.protocol = Transaction::Protocol::kCtap2;
      transaction.request = command.data;
    } else if (IsU2f(command)) {
      transaction.protocol = Transaction::Protocol::kU2f;
      transaction.request = command.Extended();
    }
  }

  std::vector<Transaction> FromKey(const Entry& entry) {
    if (!open_ || entry.packet.size() < 2) return {};
    Transaction& transaction = open_->transaction;
    transaction.packets.push_back(entry);
    const ByteView packet(entry.packet);
    const ByteView data = packet.first(packet.size() - 2);
    const std::uint16_t status = ReadBigEndian16(packet.last<2>());
    open_->next = NextAfter(status);
    switch (open_->next) {
      case Next::kNextLink:
        return {};
      case Next::kPoll:
        open_->touch.KeepAlive(data.empty() ? std::uint8_t{0} : data.front(), entry.at,
                               transaction);
        return {};
      case Next::kGetResponse:
        open_->touch.Answered(entry.at, transaction);
        Append(open_->data, data);
        return {};
      case Next::kNothing:
        break;
    }
    open_->touch.Answered(entry.at, transaction);
    Append(open_->data, data);
    transaction.status_word = status;
    // A raw message of U2F ends with its status word over every wire.
    if (transaction.protocol == Transaction::Protocol::kU2f) {
      Append(open_->data, BigEndian16(status));
    }
    if (status == kSuccess || transaction.protocol != Transaction::Protocol::kCtap2) {
      transaction.answer = std::move(open_->data);
    }
    return End();
  }

  Next NextAfter(std::uint16_t status) const {
    if ((status & 0xFF00) == kMoreData) return Next::kGetResponse;
    if (status == kUpdate) return Next::kPoll;
    return status == kSuccess && open_->command.IsLink() ? Next::kNextLink : Next::kNothing;
  }

  Transaction Close() {
    Transaction closed = std::move(std::exchange(open_, std::nullopt)->transaction);
    closed.end = closed.packets.back().at;
    return closed;
  }

  std::optional<Open> open_;
};

}  // namespace

std::unique_ptr<Tracker> MakeCardTracker() { return std::make_unique<CardTracker>(); }

}  // namespace keyrig::journal
