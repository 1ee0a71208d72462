#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "harness/base/bytes.h"

/// Names and figures of CTAP over NFC (CTAP 2.1 §11.3), U2F's raw messages and ISO 7816-4.
namespace keyrig::apdu {

/// Of the FIDO applet (CTAP 2.1 §11.3.3).
inline constexpr ByteArray<8> kFidoAid = {0xA0, 0x00, 0x00, 0x06, 0x47, 0x2F, 0x00, 0x01};

/// What SELECT answers. Newer versions are named by getInfo alone (CTAP 2.1 §11.3.3).
inline constexpr std::string_view kSelectedU2f = "U2F_V2";
inline constexpr std::string_view kSelectedFido2 = "FIDO_2_0";

/// Class bytes: ISO 7816-4 and U2F, and what NFCCTAP uses.
inline constexpr std::uint8_t kClassInterindustry = 0x00;
inline constexpr std::uint8_t kClassNfcCtap = 0x80;
/// ISO 7816-4 §5.1.1.1: this command is not the last one of a chain.
inline constexpr std::uint8_t kChainingBit = 0x10;

enum class Instruction : std::uint8_t {
  kU2fRegister = 0x01,         // of class 00
  kU2fAuthenticate = 0x02,     // of class 00
  kU2fVersion = 0x03,          // of class 00
  kSelect = 0xA4,              // of class 00
  kGetResponse = 0xC0,         // of class 00
  kNfcCtapMsg = 0x10,          // of class 80, CTAP 2.1 §11.3.5.1
  kNfcCtapGetResponse = 0x11,  // of class 80, §11.3.5.3
  kNfcCtapControl = 0x12,      // of class 80, §11.3.6
};

enum class StatusWord : std::uint16_t {
  kSuccess = 0x9000,
  kUpdate = 0x9100,    // the request is still being processed; the data say why
  kMoreData = 0x6100,  // the low byte is how much GET RESPONSE may fetch, 00: 256 or more
  kWrongLength = 0x6700,
  kLastOfChainExpected = 0x6883,
  kMemoryFailure = 0x6581,
  kConditionsNotSatisfied = 0x6985,
  kCommandNotAllowed = 0x6986,
  kNoAppletSelected = 0x6999,
  kWrongData = 0x6A80,
  kFileNotFound = 0x6A82,
  kWrongParameters = 0x6A86,
  kUnknownInstruction = 0x6D00,
  kUnknownClass = 0x6E00,
};

/// P1 of NFCCTAP_MSG: the client polls with NFCCTAP_GETRESPONSE.
inline constexpr std::uint8_t kClientPolls = 0x80;
/// P1 of NFCCTAP_GETRESPONSE: end the request.
inline constexpr std::uint8_t kCancel = 0x11;
/// P1 of NFCCTAP_CONTROL: the client has no more CTAP messages.
inline constexpr std::uint8_t kEndCtapMsg = 0x01;

/// The one byte of an answer with 9100.
enum class KeepaliveStatus : std::uint8_t { kProcessing = 1, kUserPresenceNeeded = 2 };

/// What one message may be, however it is framed; the same as over CTAPHID.
inline constexpr std::size_t kMaxMessage = 7609;
/// Bytes of data in a short answer.
inline constexpr std::size_t kShortAnswer = 256;

}  // namespace keyrig::apdu
