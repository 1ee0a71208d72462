#include "virtual-key/authenticator/pin.h"

#include <algorithm>

#include "virtual-key/authenticator/pin_policy.h"

namespace keyrig::authenticator {
namespace {

constexpr int kMismatchesInARow = 3;
constexpr std::size_t kPaddedPinSize = 64, kMaxPinSize = 63, kPinHashSize = 16;

}  // namespace

bool IsPinLatched(const State& state) { return state.pin_mismatches_in_a_row >= kMismatchesInARow; }

Outcome<void> CheckPinUsable(const State& state) {
  if (!state.HasPin()) return Err(Status::kPinNotSet);
  if (state.device.pin_retries == 0) return Err(Status::kPinBlocked);
  if (IsPinLatched(state)) return Err(Status::kPinAuthBlocked);
  return {};
}

Outcome<void> ComparePin(State& state, PinUvAuthProtocol& protocol, const SharedSecret& secret,
                         ByteView pin_hash_enc) {
  // Durable before the comparison: cutting the power gives no free guess.
  --state.device.pin_retries;
  TRY(state.Save());
  const auto pin_hash = secret.Decrypt(pin_hash_enc);
  if (pin_hash && crypto::ConstantTimeEqual(*pin_hash, *state.device.pin_hash)) {
    state.pin_mismatches_in_a_row = 0;
    state.device.pin_retries = state.config.pin.max_retries;
    if (state.HasBuiltInUv()) state.device.uv_retries = state.config.fingerprint->max_uv_retries;
    state.device.uv_count_since_pin = 0;
    TRY(state.Save());
    return {};
  }
  protocol.Regenerate(state.environment.rng);
  ++state.pin_mismatches_in_a_row;
  state.Emit("key.pin_wrong", {{"retries", std::to_string(state.device.pin_retries)}});
  if (state.device.pin_retries == 0) return Err(Status::kPinBlocked);
  if (IsPinLatched(state)) return Err(Status::kPinAuthBlocked);
  return Err(Status::kPinInvalid);
}

Outcome<void> StoreNewPin(State& state, const SharedSecret& secret, ByteView new_pin_enc) {
  const auto padded = secret.Decrypt(new_pin_enc);
  if (!padded) return Err(Status::kPinAuthInvalid);
  if (padded->size() != kPaddedPinSize) return Err(Status::kInvalidParameter);
  // Only the padding goes; a PIN may hold zero bytes inside.
  std::size_t size = padded->size();
  while (size > 0 && (*padded)[size - 1] == 0) --size;
  const ByteView pin = ByteView(*padded).first(size);
  if (size > kMaxPinSize || !IsUtf8(pin)) return Err(Status::kPinPolicyViolation);
  const std::size_t code_points = CodePoints(AsText(pin));
  if (code_points < state.MinPinLength() || code_points > state.config.pin.max_length) {
    return Err(Status::kPinPolicyViolation);
  }
  if (state.EnforcesPinComplexity() && IsSimplePin(AsText(pin))) {
    return Err(Status::kPinPolicyViolation);
  }
  ByteArray<kPinHashSize> hash;
  std::ranges::copy_n(crypto::Sha256(pin).begin(), kPinHashSize, hash.begin());
  // A change that is forced is to another PIN.
  if (state.device.force_pin_change && state.device.pin_hash == hash) {
    return Err(Status::kPinPolicyViolation);
  }
  state.device.force_pin_change = false;
  state.device.pin_hash = hash;
  state.device.pin_code_points = static_cast<std::uint32_t>(code_points);
  state.device.pin_retries = state.config.pin.max_retries;
  TRY(state.Save());
  return {};
}

}  // namespace keyrig::authenticator
