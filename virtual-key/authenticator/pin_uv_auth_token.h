#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "harness/base/bytes.h"
#include "harness/base/clock.h"

namespace keyrig::authenticator {

/// Bits of a token's permissions (CTAP 2.1 §6.5.5.7).
namespace permission {
inline constexpr std::uint64_t kMakeCredential = 0x01;
inline constexpr std::uint64_t kGetAssertion = 0x02;
inline constexpr std::uint64_t kCredentialManagement = 0x04;
inline constexpr std::uint64_t kBioEnrollment = 0x08;
inline constexpr std::uint64_t kLargeBlobWrite = 0x10;
inline constexpr std::uint64_t kAuthenticatorConfiguration = 0x20;
inline constexpr std::uint64_t kPersistentCredentialManagementReadOnly = 0x40;
}  // namespace permission

/// A pinUvAuthToken and its state variables (CTAP 2.1 §6.5.2.1), or the pinToken of CTAP 2.0.
class PinUvAuthToken {
 public:
  explicit PinUvAuthToken(const ByteArray<32>& value) : value_(value) {}

  /// beginUsingPinUvAuthToken, with what it may be used for. A PIN proves no presence, a finger
  /// does.
  void BeginUsing(Instant now, std::uint64_t permissions, std::optional<std::string> rp_id,
                  bool user_present = false);
  /// As CTAP 2.0 has it: for everything, at every relying party, until it is replaced.
  void BeginUnlimited(Instant now);
  /// Whether it is in use at `now`; its timers end it (unused for 30 s, or 600 s old).
  bool IsInUse(Instant now);
  /// Ends the initial usage limit.
  void MarkUsed() { used_ = true; }
  /// After a user presence test: no userVerified, no permission but lbw.
  void ClearAfterUserPresence();

  ByteView Value() const { return value_; }
  /// userPresent, which lasts for 30 s.
  bool IsUserPresent(Instant now) const;
  bool IsUserVerified() const { return user_verified_; }
  /// Whether built-in user verification gave it, else the PIN did.
  bool IsByFinger() const { return by_finger_; }
  bool Allows(std::uint64_t permission) const { return (permissions_ & permission) != 0; }
  const std::optional<std::string>& Rp() const { return rp_id_; }
  void BindTo(std::string_view rp_id) {
    if (!unlimited_) rp_id_ = rp_id;
  }

 private:
  void StopUsing();

  ByteArray<32> value_;
  bool in_use_ = false;
  bool used_ = false;
  bool unlimited_ = false;
  bool user_present_ = false;
  bool by_finger_ = false;
  bool user_verified_ = false;
  Instant begun_{};
  std::uint64_t permissions_ = 0;
  std::optional<std::string> rp_id_;
};

}  // namespace keyrig::authenticator
