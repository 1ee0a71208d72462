#include "virtual-key/journal/decoding.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <string_view>
#include <utility>

#include "harness/base/authenticator_data_text.h"
#include "harness/base/ctap_names.h"
#include "virtual-key/apdu/apdu.h"

namespace keyrig::journal {
namespace {

using apdu::StatusWord;

constexpr auto kStatusWords = std::to_array<std::pair<StatusWord, std::string_view>>({
    {StatusWord::kSuccess, "OK"},
    {StatusWord::kMemoryFailure, "MEMORY_FAILURE"},
    {StatusWord::kWrongLength, "WRONG_LENGTH"},
    {StatusWord::kLastOfChainExpected, "LAST_OF_CHAIN_EXPECTED"},
    {StatusWord::kConditionsNotSatisfied, "CONDITIONS_NOT_SATISFIED"},
    {StatusWord::kCommandNotAllowed, "COMMAND_NOT_ALLOWED"},
    {StatusWord::kNoAppletSelected, "NO_APPLET_SELECTED"},
    {StatusWord::kWrongData, "WRONG_DATA"},
    {StatusWord::kFileNotFound, "FILE_NOT_FOUND"},
    {StatusWord::kWrongParameters, "WRONG_PARAMETERS"},
    {StatusWord::kUnknownInstruction, "UNKNOWN_INSTRUCTION"},
    {StatusWord::kUnknownClass, "UNKNOWN_CLASS"},
});

Decoding InTheWordsOf(const Transaction& transaction, std::size_t longest) {
  switch (transaction.protocol) {
    case Transaction::Protocol::kCtap2:
      return DecodeCtap2(transaction, longest);
    case Transaction::Protocol::kU2f:
      return DecodeU2f(transaction, longest);
    case Transaction::Protocol::kLine:
      break;
  }
  return DecodeLine(transaction, longest);
}

}  // namespace

Decoding Decode(const Transaction& transaction, std::size_t longest) {
  Decoding decoding = InTheWordsOf(transaction, longest);
  if (transaction.hid_error) {
    decoding.status = "CTAPHID " + ctap::HidErrorName(*transaction.hid_error);
  } else if (decoding.status.empty()) {
    decoding.status =
        transaction.status_word ? StatusWordText(*transaction.status_word) : kNoAnswer;
  }
  return decoding;
}

Decoding DecodeCtap2(const Transaction& transaction, std::size_t longest) {
  Decoding decoding;
  decoding.command = ctap::CommandOf(transaction.request);
  const std::uint8_t command = transaction.request.empty() ? 0 : transaction.request.front();
  if (!transaction.request.empty()) {
    decoding.request = ctap::DescribeRequest(transaction.request, longest);
  }
  if (!transaction.answer) return decoding;
  if (transaction.answer->empty()) {
    decoding.status = "empty answer";
    return decoding;
  }
  decoding.status = ctap::StatusName(transaction.answer->front());
  decoding.response = ctap::DescribeResponse(command, *transaction.answer, longest);
  const Bytes data = ctap::AuthenticatorDataOf(command, *transaction.answer);
  if (!data.empty()) decoding.authenticator_data = ctap::DescribeAuthenticatorData(data, longest);
  return decoding;
}

std::string StatusWordText(std::uint16_t status) {
  const auto found = std::ranges::find(kStatusWords, static_cast<StatusWord>(status),
                                       &std::pair<StatusWord, std::string_view>::first);
  if (found == kStatusWords.end()) return fmt::format("{:04x}", status);
  if (found->first == StatusWord::kSuccess) return std::string(found->second);
  return fmt::format("{:04x} {}", status, found->second);
}

ctap::MemberText Part(std::string name, std::string value) {
  return {.name = std::move(name), .value = std::move(value), .key = {}};
}

ctap::MemberText BytesPart(std::string name, ByteView bytes, std::size_t longest) {
  return Part(std::move(name), "h'" + ctap::HexText(bytes, longest) + "'");
}

}  // namespace keyrig::journal
