#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace keyrig {

/// What a fingerprint sensor says of one sample (CTAP 2.3 §6.7.4, lastEnrollSampleStatus).
enum class SampleStatus : std::uint8_t {
  kGood = 0x00,
  kTooHigh = 0x01,
  kTooLow = 0x02,
  kTooLeft = 0x03,
  kTooRight = 0x04,
  kTooFast = 0x05,
  kTooSlow = 0x06,
  kPoorQuality = 0x07,
  kTooSkewed = 0x08,
  kTooShort = 0x09,
  kMergeFailure = 0x0A,
  kExists = 0x0B,
  kNoUserActivity = 0x0D,
  kNoPresenceTransition = 0x0E,
};

/// "good", "too-high", "poor-quality", …
std::string_view Name(SampleStatus status);
std::optional<SampleStatus> SampleStatusFrom(std::string_view name);

}  // namespace keyrig
