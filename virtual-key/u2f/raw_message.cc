#include "virtual-key/u2f/raw_message.h"

#include <algorithm>
#include <optional>

#include "virtual-key/apdu/command.h"

namespace keyrig::u2f {
namespace {

using apdu::StatusWord;
using authenticator::U2fPresence;
using authenticator::U2fRefusal;

constexpr std::string_view kVersion = "U2F_V2";
constexpr std::size_t kHashSize = 32;
constexpr std::size_t kKeyHandleAt = 2 * kHashSize + 1;

StatusWord StatusOf(U2fRefusal refusal) {
  switch (refusal) {
    case U2fRefusal::kBarred:
      return StatusWord::kCommandNotAllowed;
    case U2fRefusal::kNotPresent:
      return StatusWord::kConditionsNotSatisfied;
    case U2fRefusal::kForeignKeyHandle:
      return StatusWord::kWrongData;
    case U2fRefusal::kFailed:
      break;
  }
  return StatusWord::kMemoryFailure;
}

Bytes Refuse(StatusWord status) { return apdu::Response({}, status); }

ByteArray<kHashSize> HashAt(const Bytes& data, std::size_t at) {
  ByteArray<kHashSize> hash;
  std::copy_n(data.begin() + static_cast<std::ptrdiff_t>(at), kHashSize, hash.begin());
  return hash;
}

std::optional<U2fPresence> PresenceOf(std::uint8_t p1) {
  switch (p1) {
    case 0x07:
      return U2fPresence::kCheckOnly;
    case 0x03:
      return U2fPresence::kEnforce;
    case 0x08:
      return U2fPresence::kDoNotEnforce;
    default:
      return std::nullopt;
  }
}

/// challenge || application.
Bytes Register(authenticator::Authenticator& key, const apdu::Command& command,
               const authenticator::Transaction& transaction) {
  if (command.data.size() != 2 * kHashSize) return Refuse(StatusWord::kWrongLength);
  const auto made =
      key.RegisterU2f(HashAt(command.data, 0), HashAt(command.data, kHashSize), transaction);
  if (!made) return Refuse(StatusOf(made.error()));
  constexpr ByteArray<1> kReserved = {0x05};
  const ByteArray<1> size = {static_cast<std::uint8_t>(made->key_handle.size())};
  return apdu::Response(Concat({kReserved, made->public_key, size, made->key_handle,
                                made->certificate, made->signature}),
                        StatusWord::kSuccess);
}

/// challenge || application || size of the key handle || key handle.
Bytes Authenticate(authenticator::Authenticator& key, const apdu::Command& command,
                   const authenticator::Transaction& transaction) {
  const Bytes& data = command.data;
  if (data.size() < kKeyHandleAt || data.size() != kKeyHandleAt + data[kKeyHandleAt - 1]) {
    return Refuse(StatusWord::kWrongLength);
  }
  const auto presence = PresenceOf(command.p1);
  if (!presence) return Refuse(StatusWord::kWrongParameters);
  const auto made =
      key.AuthenticateU2f(HashAt(data, 0), HashAt(data, kHashSize),
                          ByteView(data).subspan(kKeyHandleAt), *presence, transaction);
  if (!made) return Refuse(StatusOf(made.error()));
  const ByteArray<1> flags = {static_cast<std::uint8_t>(made->user_present ? 0x01 : 0x00)};
  return apdu::Response(Concat({flags, BigEndian32(made->counter), made->signature}),
                        StatusWord::kSuccess);
}

}  // namespace

Bytes Process(authenticator::Authenticator& key, ByteView apdu,
              const authenticator::Transaction& transaction) {
  const auto command = apdu::Command::Parse(apdu);
  if (!command) return Refuse(command.error());
  if (command->cla != apdu::kClassInterindustry) return Refuse(StatusWord::kUnknownClass);
  switch (static_cast<apdu::Instruction>(command->ins)) {
    case apdu::Instruction::kU2fRegister:
      return Register(key, *command, transaction);
    case apdu::Instruction::kU2fAuthenticate:
      return Authenticate(key, *command, transaction);
    case apdu::Instruction::kU2fVersion:
      if (!command->data.empty()) return Refuse(StatusWord::kWrongLength);
      return apdu::Response(ViewOf(kVersion), StatusWord::kSuccess);
    default:
      return Refuse(StatusWord::kUnknownInstruction);
  }
}

}  // namespace keyrig::u2f
