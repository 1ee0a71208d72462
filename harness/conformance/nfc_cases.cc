// CTAP over ISO 7816 (CTAP 2.3 §11.3): selecting, chaining, long answers, status words.
#include <fmt/format.h>

#include "harness/conformance/case.h"
#include "harness/conformance/credentials.h"
#include "harness/conformance/pin.h"
#include "harness/device/apdu_port.h"

namespace keyrig::conformance {
namespace {

struct CardAnswer {
  Bytes data;
  std::uint16_t status_word = 0;
};

OrStop<CardAnswer> Transmit(Client& client, ByteView apdu) {
  const auto answer = client.Link().Card()->Transmit(apdu);
  if (!answer || answer->size() < 2) return Failed("the card answered nothing");
  const ByteView all(*answer);
  return CardAnswer{ToBytes(all.first(all.size() - 2)), ReadBigEndian16(all.last<2>())};
}

Bytes SelectApdu() { return FromHex("00a4040008a0000006472f000100").value_or(Bytes()); }

OrStop<std::string> Select(Client& client) {
  const CardAnswer answer = TRY(Transmit(client, SelectApdu()));
  TRY(Check(answer.status_word == 0x9000,
            fmt::format("SELECT is answered {:04x}", answer.status_word)));
  return std::string(AsText(answer.data));
}

Outcome ExpectWord(Client& client, std::string_view hex, std::uint16_t status_word) {
  TRY(Select(client));
  const CardAnswer answer = TRY(Transmit(client, FromHex(hex).value_or(Bytes())));
  TRY(Check(answer.status_word == status_word,
            fmt::format("{} is answered {:04x} instead of {:04x}", hex, answer.status_word,
                        status_word)));
  TRY(Select(client));
  TRY(client.Ask(kGetInfo));
  return {};
}

Outcome SaysAnOldVersion(Client& client) {
  const std::string version = TRY(Select(client));
  const bool u2f = client.KeyInfo().HasVersion("U2F_V2");
  return Check(version == (u2f ? "U2F_V2" : "FIDO_2_0"), "SELECT says \"" + version + "\"");
}

Outcome TakesExtendedLength(Client& client) {
  TRY(Select(client));
  const CardAnswer answer = TRY(Transmit(client, FromHex("8010000000000104"
                                                         "0000")
                                                     .value_or(Bytes())));
  TRY(Check(answer.status_word == 0x9000 && !answer.data.empty() && answer.data.front() == kOk,
            fmt::format("getInfo in an extended APDU is {:04x}", answer.status_word)));
  const auto info = cbor::Decode(ByteView(answer.data).subspan(1));
  return Check(info && info->Find(1) != nullptr, "getInfo in one answer is no CBOR");
}

Outcome AnswersInParts(Client& client) {
  TRY(Select(client));
  CardAnswer answer = TRY(Transmit(client, FromHex("80100000010400").value_or(Bytes())));
  Bytes whole = answer.data;
  while ((answer.status_word & 0xFF00) == 0x6100) {
    answer = TRY(Transmit(client, Bytes{0x00, 0xC0, 0x00, 0x00,
                                        static_cast<std::uint8_t>(answer.status_word & 0xFF)}));
    Append(whole, answer.data);
  }
  TRY(Check(answer.status_word == 0x9000 && !whole.empty() && whole.front() == kOk,
            fmt::format("getInfo in short APDUs ends with {:04x}", answer.status_word)));
  const auto info = cbor::Decode(ByteView(whole).subspan(1));
  return Check(info && info->Find(1) != nullptr, "getInfo in parts is no CBOR");
}

/// A request in links of `step` bytes.
Outcome TakesChains(Client& client, std::size_t step) {
  const Bytes message =
      Concat({Bytes{kMakeCredential}, cbor::Encode(TRY(ByPin(client, Registration(client))))});
  TRY(Select(client));
  // Selecting ends a token, so the chain is only to be understood.
  const ByteView all(message);
  CardAnswer answer;
  for (std::size_t at = 0; at < all.size(); at += step) {
    const ByteView part = all.subspan(at, std::min(step, all.size() - at));
    const bool last = at + step >= all.size();
    answer = TRY(Transmit(client, Concat({Bytes{static_cast<std::uint8_t>(last ? 0x80 : 0x90), 0x10,
                                                0x00, 0x00, static_cast<std::uint8_t>(part.size())},
                                          part, last ? Bytes{0x00} : Bytes()})));
    if (!last) {
      TRY(Check(answer.status_word == 0x9000 && answer.data.empty(),
                fmt::format("a link of a chain is answered {:04x}", answer.status_word)));
    }
  }
  TRY(Check(answer.status_word == 0x9000 || (answer.status_word & 0xFF00) == 0x6100,
            fmt::format("a chain ends with {:04x}", answer.status_word)));
  TRY(Check(!answer.data.empty() &&
                (answer.data.front() == kOk || answer.data.front() == kPinAuthInvalid),
            "a chained request was not understood"));
  TRY(Select(client));
  return {};
}

Outcome ErrorsAre9000(Client& client) {
  TRY(Select(client));
  const CardAnswer answer = TRY(Transmit(client, FromHex("80100000010800").value_or(Bytes())));
  return Check(answer.status_word == 0x9000 && answer.data == Bytes{kNotAllowed},
               "an error of CTAP is not one byte with 9000");
}

}  // namespace

std::vector<Case> NfcCases() {
  constexpr const char* kSelect = "CTAP 2.3 §11.3.3";
  constexpr const char* kFrames = "CTAP 2.3 §11.3.5 and §11.3.6";
  const auto word = [](std::string id, std::string shows, const char* hex, std::uint16_t status) {
    return Case{std::move(id), "CTAP 2.3 §11.3.5, ISO 7816-4 §5.1.3", std::move(shows),
                [hex, status](Client& client) { return ExpectWord(client, hex, status); }};
  };
  std::vector<Case> cases = {
      {"nfc_select", kSelect, "SELECT says U2F_V2 or FIDO_2_0, nothing newer", SaysAnOldVersion},
      {"nfc_extended", kFrames, "a request in an extended APDU is answered in one",
       TakesExtendedLength},
      {"nfc_short", kFrames, "a short one is answered in parts, by GET RESPONSE", AnswersInParts},
      {"nfc_chain_of_50", kFrames, "a request in links of 50 bytes is put together",
       [](Client& client) { return TakesChains(client, 50); }},
      {"nfc_chain_of_255", kFrames, "a request in links of 255 bytes is put together",
       [](Client& client) { return TakesChains(client, 255); }},
      {"nfc_errors", "CTAP 2.3 §11.3.5", "errors of CTAP come with 9000", ErrorsAre9000},
      word("nfc_unknown_class", "an unknown class is 6E00", "70100000010400", 0x6E00),
      word("nfc_unknown_instruction", "an unknown instruction is 6D00", "80550000010400", 0x6D00),
      word("nfc_other_application", "another application is 6A82", "00a4040008a0000006472f000200",
           0x6A82),
  };
  for (Case& each : cases) each.needs.emplace_back("nfc");
  return cases;
}

}  // namespace keyrig::conformance
