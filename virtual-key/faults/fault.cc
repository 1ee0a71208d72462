#include "virtual-key/faults/fault.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <vector>

#include "harness/base/duration_text.h"
#include "harness/base/nearest.h"

namespace keyrig::faults {
namespace {

constexpr std::array kKnobs = {
    Knob{Kind::kDropPacket, "drop_packet", Argument::kPacket,
         "leaves out this packet of an answer"},
    Knob{Kind::kDuplicatePacket, "duplicate_packet", Argument::kPacket,
         "sends this packet of an answer twice"},
    Knob{Kind::kSwapPackets, "swap_packets", Argument::kPacket,
         "sends this packet of an answer after the next one"},
    Knob{Kind::kDelayPacket, "delay_packet", Argument::kPacketAndDuration,
         "sends this packet of an answer, and those after it, later"},
    Knob{Kind::kWrongSequence, "wrong_sequence", Argument::kPacket,
         "numbers this continuation packet of an answer wrongly"},
    Knob{Kind::kForeignChannel, "foreign_channel", Argument::kPacket,
         "sends this packet of an answer on another channel"},
    Knob{Kind::kShortInit, "short_init", Argument::kNone,
         "answers INIT with 16 bytes instead of 17"},
    Knob{Kind::kLongInit, "long_init", Argument::kNone, "answers INIT with 18 bytes instead of 17"},
    Knob{Kind::kBusy, "busy", Argument::kNone,
         "answers with ERR_CHANNEL_BUSY in place of the answer"},
    Knob{Kind::kNoKeepalive, "no_keepalive", Argument::kNone,
         "sends no keepalive during a command"},
    Knob{Kind::kStall, "stall", Argument::kNone, "sends keepalives and never the answer"},
    Knob{Kind::kOversize, "oversize", Argument::kNone,
         "announces an answer longer than a message can be"},
    Knob{Kind::kSilence, "silence", Argument::kNone, "never answers a command"},
    Knob{Kind::kUnplug, "unplug", Argument::kPacket,
         "is unplugged in place of this packet of an answer"},
    Knob{Kind::kStatus, "status", Argument::kStatus, "answers a command (or any) with this status"},
    Knob{Kind::kTruncatedCbor, "truncated_cbor", Argument::kNone,
         "leaves out the last byte of an answer"},
    Knob{Kind::kNonCanonicalCbor, "non_canonical_cbor", Argument::kNone,
         "writes the length of an answer's map in more bytes than it needs"},
    Knob{Kind::kExtraMember, "extra_member", Argument::kNone,
         "adds a member that no specification knows to an answer"},
    Knob{Kind::kMissingMember, "missing_member", Argument::kMember,
         "leaves this member out of an answer"},
    Knob{Kind::kWrongType, "wrong_type", Argument::kMember,
         "makes this member of an answer a text, or a number where it is one"},
    Knob{Kind::kBadSignature, "bad_signature", Argument::kNone,
         "signs something else than it says"},
    Knob{Kind::kWrongRpIdHash, "wrong_rp_id_hash", Argument::kNone,
         "signs for another relying party"},
    Knob{Kind::kUserPresenceOff, "up_off", Argument::kNone, "signs without the user presence flag"},
    Knob{Kind::kUserVerificationOff, "uv_off", Argument::kNone,
         "signs without the user verification flag"},
    Knob{Kind::kCounterStuck, "counter_stuck", Argument::kNone,
         "signs with the counter that it signed with before"},
    Knob{Kind::kCounterBack, "counter_back", Argument::kNone, "signs with the counter 1"},
    Knob{Kind::kWrongCredentialId, "wrong_credential_id", Argument::kNone,
         "names a credential that it does not have"},
    Knob{Kind::kForeignUserHandle, "foreign_user_handle", Argument::kNone,
         "names another user's handle"},
    Knob{Kind::kExpiredAttestation, "expired_attestation", Argument::kNone,
         "attests with a certificate that has expired"},
    Knob{Kind::kUntrustedAttestation, "untrusted_attestation", Argument::kNone,
         "attests with a certificate of an unknown root"},
    Knob{Kind::kAaguidMismatch, "aaguid_mismatch", Argument::kNone,
         "attests with the certificate of another model"},
    Knob{Kind::kZeroAaguid, "zero_aaguid", Argument::kNone, "registers with an AAGUID of zeroes"},
    Knob{Kind::kStoreFull, "store_full", Argument::kNone, "has no room for another credential"},
    Knob{Kind::kPinBlocked, "pin_blocked", Argument::kNone, "takes no PIN until it is reset"},
    Knob{Kind::kSoftLocked, "soft_locked", Argument::kNone,
         "takes no PIN until it is plugged again"},
    Knob{Kind::kSlow, "slow", Argument::kDuration, "takes so long for a command"},
    Knob{Kind::kResetRefused, "reset_refused", Argument::kNone, "refuses to be reset"},
};

constexpr std::array<std::pair<std::string_view, std::uint8_t>, 12> kCommands = {{
    {"any", 0x00},
    {"makeCredential", 0x01},
    {"getAssertion", 0x02},
    {"getInfo", 0x04},
    {"clientPIN", 0x06},
    {"reset", 0x07},
    {"getNextAssertion", 0x08},
    {"bioEnrollment", 0x09},
    {"credentialManagement", 0x0A},
    {"selection", 0x0B},
    {"largeBlobs", 0x0C},
    {"config", 0x0D},
}};

std::optional<std::int64_t> NumberFrom(std::string_view text) {
  int base = 10;
  if (text.starts_with("0x")) {
    base = 16;
    text.remove_prefix(2);
  }
  std::int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc{} || rest != end) return std::nullopt;
  return number;
}

Result<std::uint32_t, Error> ReadPacket(std::string_view text) {
  // A message has an initial packet and at most 128 continuations.
  const auto number = NumberFrom(text);
  if (!number || *number < 0 || *number > 128) {
    return Fail(fmt::format("\"{}\" is no packet's number; the first is 0, the last 128", text));
  }
  return static_cast<std::uint32_t>(*number);
}

Result<void, Error> ReadStatus(std::string_view text, Fault& fault) {
  const std::size_t colon = text.find(':');
  const std::string_view command = text.substr(0, colon);
  const auto found =
      std::ranges::find_if(kCommands, [&](const auto& known) { return known.first == command; });
  const auto status = colon == text.npos ? std::nullopt : NumberFrom(text.substr(colon + 1));
  if (found == kCommands.end() || !status || *status < 1 || *status > 0xFF) {
    std::vector<std::string> names;
    for (const auto& [name, number] : kCommands) names.emplace_back(name);
    return Fail(fmt::format("\"{}\" is no command and status; write them as getAssertion:0x2E; {}",
                            text, strict_json::Suggestion(command, names)));
  }
  fault.command = found->second;
  fault.status = static_cast<std::uint8_t>(*status);
  return {};
}

Result<void, Error> ReadArgument(const Knob& knob, std::string_view text, Fault& fault) {
  switch (knob.argument) {
    case Argument::kNone:
      return {};
    case Argument::kPacket:
      fault.packet = TRY(ReadPacket(text));
      return {};
    case Argument::kDuration:
      fault.duration = TRY(ParseDuration(text));
      return {};
    case Argument::kPacketAndDuration: {
      const std::size_t colon = text.find(':');
      if (colon == text.npos) {
        return Fail(fmt::format("\"{}\" names no time; write 0:300ms for the first packet", text));
      }
      fault.packet = TRY(ReadPacket(text.substr(0, colon)));
      fault.duration = TRY(ParseDuration(text.substr(colon + 1)));
      return {};
    }
    case Argument::kStatus:
      return ReadStatus(text, fault);
    case Argument::kMember: {
      const auto member = NumberFrom(text);
      if (!member) return Fail(fmt::format("\"{}\" is no member's number, such as 2", text));
      fault.member = *member;
      return {};
    }
  }
  return {};
}

Result<std::uint32_t, Error> ReadTimes(std::string_view text) {
  if (text.empty() || text == "once") return 1U;
  if (text == "always") return Fault::kAlways;
  constexpr std::string_view kTimes = " times";
  if (text.ends_with(kTimes)) {
    const auto number = NumberFrom(text.substr(0, text.size() - kTimes.size()));
    if (number && *number >= 1 && *number <= 1'000'000) return static_cast<std::uint32_t>(*number);
  }
  return Fail(fmt::format("\"{}\" does not say how often; write once, 3 times or always", text));
}

std::string ArgumentText(const Knob& knob, const Fault& fault) {
  switch (knob.argument) {
    case Argument::kNone:
      return "";
    case Argument::kPacket:
      return fmt::format("={}", fault.packet);
    case Argument::kDuration:
      return "=" + DurationText(fault.duration);
    case Argument::kPacketAndDuration:
      return fmt::format("={}:{}", fault.packet, DurationText(fault.duration));
    case Argument::kStatus: {
      const auto found = std::ranges::find_if(
          kCommands, [&](const auto& known) { return known.second == fault.command; });
      return fmt::format("={}:0x{:02X}", found->first, fault.status);
    }
    case Argument::kMember:
      return fmt::format("={}", fault.member);
  }
  return "";
}

}  // namespace

std::span<const Knob> Catalogue() { return kKnobs; }

const Knob& KnobOf(Kind kind) {
  return *std::ranges::find_if(kKnobs, [&](const Knob& knob) { return knob.kind == kind; });
}

bool IsOnTheWire(Kind kind) { return kind <= Kind::kUnplug; }

std::string Usage(const Knob& knob) {
  switch (knob.argument) {
    case Argument::kNone:
      return knob.name;
    case Argument::kPacket:
      return std::string(knob.name) + "=PACKET";
    case Argument::kDuration:
      return std::string(knob.name) + "=TIME";
    case Argument::kPacketAndDuration:
      return std::string(knob.name) + "=PACKET:TIME";
    case Argument::kStatus:
      return std::string(knob.name) + "=COMMAND:STATUS";
    case Argument::kMember:
      return std::string(knob.name) + "=MEMBER";
  }
  return knob.name;
}

std::string Fault::Text() const {
  const Knob& knob = KnobOf(kind);
  const std::string how_often = times == 1         ? "once"
                                : times == kAlways ? "always"
                                                   : fmt::format("{} times", times);
  return knob.name + ArgumentText(knob, *this) + " " + how_often;
}

Result<Fault, Error> Fault::Parse(std::string_view text) {
  const std::size_t space = text.find(' ');
  const std::string_view what = text.substr(0, space);
  const std::size_t equals = what.find('=');
  const std::string_view name = what.substr(0, equals);
  const auto knob = std::ranges::find_if(kKnobs, [&](const Knob& k) { return name == k.name; });
  if (knob == kKnobs.end()) {
    std::vector<std::string> names;
    for (const Knob& known : kKnobs) names.emplace_back(known.name);
    return Fail(fmt::format("\"{}\" is no fault; {}", name, strict_json::Suggestion(name, names)));
  }
  const bool has_argument = equals != what.npos;
  if (has_argument && knob->argument == Argument::kNone) {
    return Fail(fmt::format("{} takes no argument", name));
  }
  if (!has_argument && knob->argument != Argument::kNone) {
    return Fail(fmt::format("{} needs an argument after '=': it {}", name, knob->meaning));
  }
  Fault fault;
  fault.kind = knob->kind;
  if (has_argument) TRY(ReadArgument(*knob, what.substr(equals + 1), fault));
  fault.times = TRY(ReadTimes(space == text.npos ? "" : text.substr(space + 1)));
  return fault;
}

}  // namespace keyrig::faults
