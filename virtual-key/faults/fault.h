#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "harness/base/clock.h"
#include "harness/base/result.h"

/// How a key lies or breaks, on purpose: named knobs that are set at the start, over the control
/// socket or by a scenario.
namespace keyrig::faults {

enum class Kind {
  // On the wire (CTAP 2.1 §11.2): packets of answers, counted from 0.
  kDropPacket,
  kDuplicatePacket,
  kSwapPackets,
  kDelayPacket,
  kWrongSequence,
  kForeignChannel,
  kShortInit,
  kLongInit,
  kBusy,
  kNoKeepalive,
  kStall,
  kOversize,
  kSilence,
  kUnplug,
  // In the message (CTAP 2.1 §8).
  kStatus,
  kTruncatedCbor,
  kNonCanonicalCbor,
  kExtraMember,
  kMissingMember,
  kWrongType,
  // In what the key signs.
  kBadSignature,
  kWrongRpIdHash,
  kUserPresenceOff,
  kUserVerificationOff,
  kCounterStuck,
  kCounterBack,
  kWrongCredentialId,
  kForeignUserHandle,
  kExpiredAttestation,
  kUntrustedAttestation,
  kAaguidMismatch,
  kZeroAaguid,
  // In the device.
  kStoreFull,
  kPinBlocked,
  kSoftLocked,
  kSlow,
  kResetRefused,
};

/// What stands after the '=' of a fault.
enum class Argument { kNone, kPacket, kDuration, kPacketAndDuration, kStatus, kMember };

/// One knob of the catalogue.
struct Knob {
  Kind kind;
  const char* name;
  Argument argument;
  const char* meaning;  // what the key does
};
std::span<const Knob> Catalogue();
const Knob& KnobOf(Kind kind);
/// Whether it is about the packets of USB, which a contactless card does not have.
bool IsOnTheWire(Kind kind);
/// "delay_packet=PACKET:TIME".
std::string Usage(const Knob& knob);

/// A knob that is turned. As text: NAME[=ARGUMENT] [once|N times|always], once where not said, such
/// as "drop_packet=1", "delay_packet=0:300ms always", "slow=3s 2 times",
/// "status=makeCredential:0x27", "missing_member=2".
struct Fault {
  static constexpr std::uint32_t kAlways = UINT32_MAX;

  Kind kind = Kind::kSilence;
  std::uint32_t packet = 0;
  Duration duration{0};
  std::uint8_t command = 0;  // of CTAP; 0 is any
  std::uint8_t status = 0;
  std::int64_t member = 0;  // key of the answer's map
  std::uint32_t times = 1;

  std::string Text() const;
  static Result<Fault, Error> Parse(std::string_view text);
  friend bool operator==(const Fault&, const Fault&) = default;
};

}  // namespace keyrig::faults
