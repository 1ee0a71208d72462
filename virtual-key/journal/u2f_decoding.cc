#include <fmt/format.h>

#include "virtual-key/apdu/command.h"
#include "virtual-key/journal/decoding.h"

// The raw messages of U2F (FIDO U2F Raw Message Formats 1.2).
namespace keyrig::journal {
namespace {

using apdu::Instruction;
using ctap::BodyText;

constexpr std::size_t kU2fHash = 32;
constexpr std::size_t kU2fPublicKey = 65;

std::string ControlText(std::uint8_t p1) {
  switch (p1) {
    case 0x03:
      return "enforce-user-presence-and-sign";
    case 0x07:
      return "check-only";
    case 0x08:
      return "dont-enforce-user-presence-and-sign";
    default:
      return fmt::format("{:#04x}", p1);
  }
}

/// Cuts a message into its parts, as long as there is enough of it.
class Cutter {
 public:
  Cutter(ByteView rest, std::size_t longest) : rest_(rest), longest_(longest) {}
  /// Null where the message is too short; what is left is then no part.
  const std::uint8_t* Byte() {
    if (rest_.empty()) return nullptr;
    const std::uint8_t* const byte = &rest_.front();
    rest_ = rest_.subspan(1);
    return byte;
  }
  void Add(const char* name, std::size_t size) {
    if (size > rest_.size()) return;
    text_.members.push_back(BytesPart(name, rest_.first(size), longest_));
    rest_ = rest_.subspan(size);
  }
  void Add(ctap::MemberText part) { text_.members.push_back(std::move(part)); }
  /// What a byte before it gives the length of.
  void AddCounted(const char* name) {
    if (const std::uint8_t* const size = Byte()) Add(name, *size);
  }
  ByteView Rest() const { return rest_; }
  BodyText Finish(const char* name_of_rest) {
    if (!rest_.empty()) Add(name_of_rest, rest_.size());
    return std::move(text_);
  }

 private:
  ByteView rest_;
  const std::size_t longest_;
  BodyText text_;
};

/// The length of the DER element that bytes begin with; all of them where they begin with none.
std::size_t DerSize(ByteView bytes) {
  constexpr std::uint8_t kTwoLengthBytes = 0x82;
  if (bytes.size() < 4 || bytes[1] != kTwoLengthBytes) return bytes.size();
  return 4 + ReadBigEndian16(bytes.subspan<2, 2>());
}

BodyText RequestText(const apdu::Command& command, std::size_t longest) {
  Cutter cutter(command.data, longest);
  if (command.Is(Instruction::kU2fAuthenticate)) {
    cutter.Add(Part("control", ControlText(command.p1)));
  }
  if (!command.Is(Instruction::kU2fVersion)) {
    cutter.Add("challenge", kU2fHash);
    cutter.Add("application", kU2fHash);
  }
  if (command.Is(Instruction::kU2fAuthenticate)) cutter.AddCounted("keyHandle");
  return cutter.Finish("data");
}

BodyText AnswerText(const apdu::Command& command, ByteView data, std::size_t longest) {
  Cutter cutter(data, longest);
  if (command.Is(Instruction::kU2fRegister)) {
    cutter.Byte();  // reserved
    cutter.Add("userPublicKey", kU2fPublicKey);
    cutter.AddCounted("keyHandle");
    cutter.Add("attestationCertificate", DerSize(cutter.Rest()));
    return cutter.Finish("signature");
  }
  if (command.Is(Instruction::kU2fAuthenticate) && data.size() >= 5) {
    cutter.Add(Part("userPresence", std::to_string(*cutter.Byte())));
    cutter.Add(Part("counter", std::to_string(ReadBigEndian32(data.subspan<1, 4>()))));
    for (int i = 0; i < 4; ++i) cutter.Byte();
    return cutter.Finish("signature");
  }
  return cutter.Finish(command.Is(Instruction::kU2fVersion) ? "version" : "data");
}

std::string U2fName(const apdu::Command& command) {
  if (command.Is(Instruction::kU2fRegister)) return "U2F_REGISTER";
  if (command.Is(Instruction::kU2fAuthenticate)) return "U2F_AUTHENTICATE";
  if (command.Is(Instruction::kU2fVersion)) return "U2F_VERSION";
  return fmt::format("U2F instruction {:#04x}", command.ins);
}

}  // namespace

Decoding DecodeU2f(const Transaction& transaction, std::size_t longest) {
  Decoding decoding;
  const auto command = apdu::Command::Parse(transaction.request);
  if (!command) {
    decoding.command = "U2F message";
    decoding.request.members = {BytesPart("data", transaction.request, longest)};
  } else {
    decoding.command = U2fName(*command);
    decoding.request = RequestText(*command, longest);
  }
  if (!transaction.answer) return decoding;
  const ByteView answer(*transaction.answer);
  if (answer.size() < 2) {
    decoding.status = "empty answer";
    return decoding;
  }
  decoding.status = StatusWordText(ReadBigEndian16(answer.last<2>()));
  const ByteView data = answer.first(answer.size() - 2);
  decoding.response = AnswerText(command.value_or(apdu::Command()), data, longest);
  return decoding;
}

}  // namespace keyrig::journal
