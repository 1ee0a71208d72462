#include "virtual-key/faults/message_faults.h"

#include <algorithm>

#include "harness/base/cbor.h"

namespace keyrig::faults {
namespace {

// Of CTAP 2.1 §6 and §8.2.
constexpr std::uint8_t kMakeCredential = 0x01, kClientPin = 0x06, kReset = 0x07;
constexpr std::uint8_t kPinBlocked = 0x32, kPinAuthBlocked = 0x34, kStoreFull = 0x28,
                       kNotAllowed = 0x30;

/// clientPIN subcommands that compare a PIN: changePIN, getPinToken and
/// getPinUvAuthTokenUsingPinWithPermissions (CTAP 2.1 §6.5.5).
bool ComparesPin(ByteView command) {
  if (command.empty() || command.front() != kClientPin) return false;
  const auto map = cbor::Decode(command.subspan(1));
  const cbor::Value* sub_command = map ? map->Find(0x02) : nullptr;
  const auto number = sub_command ? sub_command->AsUnsigned() : std::nullopt;
  return number == 0x04U || number == 0x05U || number == 0x09U;
}

/// The map of an answer, where it has one.
std::optional<cbor::Map> MapOf(const Bytes& answer) {
  if (answer.size() < 2 || answer.front() != 0) return std::nullopt;
  const auto decoded = cbor::Decode(ByteView(answer).subspan(1));
  if (!decoded || decoded->AsMap() == nullptr) return std::nullopt;
  return *decoded->AsMap();
}

Bytes AnswerOf(cbor::Map map) { return Concat({Bytes{0}, cbor::Encode(std::move(map))}); }

cbor::Map::iterator Member(cbor::Map& map, std::int64_t key) {
  return std::ranges::find_if(map, [&](const auto& entry) { return entry.first.AsInt() == key; });
}

}  // namespace

Bytes AnswerInstead(FaultBoard& board, ByteView command) {
  if (command.empty()) return {};
  const auto status = board.Take(Kind::kStatus, [&](const Fault& fault) {
    return fault.command == 0 || fault.command == command.front();
  });
  if (status) return {status->status};
  if (command.front() == kMakeCredential && board.Take(Kind::kStoreFull)) return {kStoreFull};
  if (command.front() == kReset && board.Take(Kind::kResetRefused)) return {kNotAllowed};
  if (ComparesPin(command)) {
    if (board.Take(Kind::kPinBlocked)) return {kPinBlocked};
    if (board.Take(Kind::kSoftLocked)) return {kPinAuthBlocked};
  }
  return {};
}

Bytes Tamper(FaultBoard& board, Bytes answer) {
  auto map = MapOf(answer);
  if (!map) return answer;
  const auto has_member = [&](const Fault& fault) {
    return Member(*map, fault.member) != map->end();
  };
  if (const auto fault = board.Take(Kind::kMissingMember, has_member)) {
    map->erase(Member(*map, fault->member));
    answer = AnswerOf(*map);
  }
  if (const auto fault = board.Take(Kind::kWrongType, has_member)) {
    cbor::Value& value = Member(*map, fault->member)->second;
    value = value.AsText() != nullptr ? cbor::Value(0) : cbor::Value("wrong");
    answer = AnswerOf(*map);
  }
  if (board.Take(Kind::kExtraMember)) {
    // Far above what any version assigns.
    map->emplace_back(0x7F, "extra");
    answer = AnswerOf(*map);
  }
  const bool is_short_map = answer.size() > 1 && (answer[1] & 0xE0) == 0xA0 && answer[1] < 0xB8;
  if (is_short_map && board.Take(Kind::kNonCanonicalCbor)) {
    // RFC 8949 §4.2.1: a length below 24 belongs into the first byte.
    const auto length = static_cast<std::uint8_t>(answer[1] & 0x1F);
    answer[1] = 0xB8;
    answer.insert(answer.begin() + 2, length);
  }
  if (board.Take(Kind::kTruncatedCbor)) answer.pop_back();
  return answer;
}

}  // namespace keyrig::faults
