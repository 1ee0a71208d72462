#pragma once

#include <cstddef>
#include <cstdint>

/// Names and figures of the CTAPHID protocol (CTAP 2.1 §11.2).
namespace keyrig::ctaphid {

using ChannelId = std::uint32_t;

inline constexpr ChannelId kBroadcastChannel = 0xFFFFFFFF;
inline constexpr ChannelId kReservedChannel = 0;

inline constexpr std::size_t kInitPayload = 57;          // bytes of a message in its first packet
inline constexpr std::size_t kContinuationPayload = 59;  // and in each one after it
inline constexpr std::size_t kMaxContinuations = 128;
inline constexpr std::size_t kMaxMessage =
    kInitPayload + kMaxContinuations * kContinuationPayload;  // 7,609 bytes
inline constexpr std::uint8_t kInitPacketBit = 0x80;

enum class Command : std::uint8_t {
  kPing = 0x01,
  kMsg = 0x03,
  kLock = 0x04,
  kInit = 0x06,
  kWink = 0x08,
  kCbor = 0x10,
  kCancel = 0x11,
  kKeepalive = 0x3B,
  kError = 0x3F,
};

/// The one byte of an ERROR message. CTAP status codes travel inside CBOR messages instead.
enum class ErrorCode : std::uint8_t {
  kInvalidCommand = 0x01,
  kInvalidParameter = 0x02,
  kInvalidLength = 0x03,
  kInvalidSequence = 0x04,
  kMessageTimeout = 0x05,
  kChannelBusy = 0x06,
  kInvalidChannel = 0x0B,
};

enum class KeepaliveStatus : std::uint8_t { kProcessing = 1, kUserPresenceNeeded = 2 };

enum Capability : std::uint8_t {
  kCapabilityWink = 0x01,
  kCapabilityCbor = 0x04,
  kCapabilityNoMsg = 0x08,
};

inline constexpr std::uint8_t kProtocolVersion = 2;

}  // namespace keyrig::ctaphid
