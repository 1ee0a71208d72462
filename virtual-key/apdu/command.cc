#include "virtual-key/apdu/command.h"

namespace keyrig::apdu {
namespace {

constexpr std::size_t kHeader = 4;
constexpr std::size_t kMaxShort = 256;
constexpr std::size_t kMaxExtended = 65'536;

std::size_t Extended(ByteView two) { return ReadBigEndian16(two.first<2>()); }

/// A length field, where zero stands for the most.
std::size_t Expected(std::size_t field, std::size_t most) { return field == 0 ? most : field; }

Result<void, StatusWord> ParseShort(ByteView body, Command& command) {
  // Case 2: Le alone.
  if (body.size() == 1) {
    command.le = Expected(body[0], kMaxShort);
    return {};
  }
  // Cases 3 and 4: Lc and data, then perhaps Le.
  const std::size_t size = body[0];
  const ByteView rest = body.subspan(1);
  if (size == 0 || rest.size() < size || rest.size() > size + 1) {
    return Err(StatusWord::kWrongLength);
  }
  command.data = ToBytes(rest.first(size));
  if (rest.size() > size) command.le = Expected(rest[size], kMaxShort);
  return {};
}

Result<void, StatusWord> ParseExtended(ByteView body, Command& command) {
  command.is_extended = true;
  if (body.size() < 3) return Err(StatusWord::kWrongLength);
  const std::size_t field = Extended(body.subspan(1));
  const ByteView rest = body.subspan(3);
  // Case 2: Le alone.
  if (rest.empty()) {
    command.le = Expected(field, kMaxExtended);
    return {};
  }
  // Cases 3 and 4: Lc and data, then perhaps Le.
  if (rest.size() != field && rest.size() != field + 2) return Err(StatusWord::kWrongLength);
  command.data = ToBytes(rest.first(field));
  if (rest.size() > field) command.le = Expected(Extended(rest.subspan(field)), kMaxExtended);
  return {};
}

}  // namespace

Result<Command, StatusWord> Command::Parse(ByteView apdu) {
  if (apdu.size() < kHeader) return Err(StatusWord::kWrongLength);
  Command command{
      .cla = apdu[0], .ins = apdu[1], .p1 = apdu[2], .p2 = apdu[3], .data = {}, .le = {}};
  const ByteView body = apdu.subspan(kHeader);
  if (body.empty()) return command;  // case 1
  const bool is_extended = body.size() > 1 && body[0] == 0;
  TRY(is_extended ? ParseExtended(body, command) : ParseShort(body, command));
  return command;
}

Bytes Command::Extended() const {
  Bytes apdu = {cla, ins, p1, p2, 0};
  if (!data.empty()) {
    Append(apdu, BigEndian16(static_cast<std::uint16_t>(data.size())));
    Append(apdu, data);
  }
  Append(apdu, Bytes{0, 0});
  return apdu;
}

Bytes Response(ByteView data, StatusWord status) {
  Bytes response = ToBytes(data);
  Append(response, BigEndian16(static_cast<std::uint16_t>(status)));
  return response;
}

}  // namespace keyrig::apdu
