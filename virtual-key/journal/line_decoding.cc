#include <fmt/format.h>

#include <array>
#include <string_view>
#include <utility>

#include "harness/base/ctap_names.h"
#include "virtual-key/apdu/command.h"
#include "virtual-key/ctaphid/ctaphid.h"
#include "virtual-key/journal/decoding.h"

// What the wires say to each other about themselves.
namespace keyrig::journal {
namespace {

using apdu::Instruction;
using ctap::BodyText;

std::string CapabilityNames(std::uint8_t capabilities) {
  constexpr std::pair<std::uint8_t, std::string_view> kNames[] = {
      {ctaphid::kCapabilityWink, "WINK"},
      {ctaphid::kCapabilityCbor, "CBOR"},
      {ctaphid::kCapabilityNoMsg, "NMSG"}};
  std::string text;
  for (const auto& [bit, name] : kNames) {
    if ((capabilities & bit) == 0) continue;
    text += text.empty() ? "" : "|";
    text += name;
  }
  return text.empty() ? "none" : text;
}

BodyText BytesBody(const char* name, ByteView bytes, std::size_t longest) {
  BodyText text;
  if (!bytes.empty()) text.members = {BytesPart(name, bytes, longest)};
  return text;
}

/// CTAP 2.1 §11.2.9.1.3.
BodyText InitAnswer(ByteView payload, std::size_t longest) {
  constexpr std::size_t kInitAnswer = 17;
  if (payload.size() != kInitAnswer) return BytesBody("data", payload, longest);
  BodyText text;
  text.members = {
      BytesPart("nonce", payload.first(8), longest),
      Part("channel", ToHex(payload.subspan(8, 4))),
      Part("protocolVersion", std::to_string(payload[12])),
      Part("deviceVersion", fmt::format("{}.{}.{}", payload[13], payload[14], payload[15])),
      Part("capabilities", CapabilityNames(payload[16])),
  };
  return text;
}

Decoding DecodeHid(const Transaction& transaction, std::size_t longest) {
  using ctaphid::Command;
  Decoding decoding;
  decoding.command = ctap::HidCommandName(transaction.hid_command);
  if (transaction.answer) decoding.status = "OK";
  const auto command = static_cast<Command>(transaction.hid_command);
  const ByteView answer = transaction.answer ? ByteView(*transaction.answer) : ByteView();
  switch (command) {
    case Command::kInit:
      decoding.request = BytesBody("nonce", transaction.request, longest);
      decoding.response = InitAnswer(answer, longest);
      return decoding;
    case Command::kLock:
      if (transaction.request.size() == 1) {
        decoding.request.members = {Part("seconds", std::to_string(transaction.request.front()))};
        return decoding;
      }
      break;
    case Command::kCancel:
      decoding.status = "nothing to cancel";
      return decoding;
    default:
      break;
  }
  decoding.request = BytesBody("data", transaction.request, longest);
  decoding.response = BytesBody("data", answer, longest);
  return decoding;
}

std::string ApduName(const apdu::Command& command) {
  const bool is_ctap = command.Class() == apdu::kClassNfcCtap;
  if (is_ctap && command.Is(Instruction::kNfcCtapControl)) return "NFCCTAP_CONTROL";
  if (is_ctap && command.Is(Instruction::kNfcCtapGetResponse)) return "NFCCTAP_GETRESPONSE";
  if (!is_ctap && command.Is(Instruction::kSelect)) return "SELECT";
  if (!is_ctap && command.Is(Instruction::kGetResponse)) return "GET RESPONSE";
  return fmt::format("APDU {:02x} {:02x}", command.cla, command.ins);
}

Decoding DecodeApdu(const Transaction& transaction, std::size_t longest) {
  Decoding decoding;
  if (transaction.status_word) decoding.status = StatusWordText(*transaction.status_word);
  if (transaction.answer) decoding.response = BytesBody("data", *transaction.answer, longest);
  const auto command = apdu::Command::Parse(transaction.request);
  if (!command) {
    decoding.command = "no APDU";
    decoding.request = BytesBody("data", transaction.request, longest);
    return decoding;
  }
  decoding.command = ApduName(*command);
  const bool is_fido = Equal(command->data, apdu::kFidoAid);
  if (command->Is(Instruction::kSelect) && is_fido) decoding.command += " of the FIDO applet";
  decoding.request.members.push_back(Part("p1", fmt::format("{:02x}", command->p1)));
  decoding.request.members.push_back(Part("p2", fmt::format("{:02x}", command->p2)));
  if (!command->data.empty()) {
    decoding.request.members.push_back(BytesPart("data", command->data, longest));
  }
  return decoding;
}

}  // namespace

Decoding DecodeLine(const Transaction& transaction, std::size_t longest) {
  return transaction.channel ? DecodeHid(transaction, longest) : DecodeApdu(transaction, longest);
}

}  // namespace keyrig::journal
