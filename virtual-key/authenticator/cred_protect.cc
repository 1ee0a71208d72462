#include "virtual-key/authenticator/cred_protect.h"

#include "virtual-key/authenticator/request.h"

namespace keyrig::authenticator {

Outcome<std::optional<std::uint8_t>> DecodeCredProtect(const cbor::Value& extensions) {
  const auto level = TRY(Optional<std::uint64_t>(extensions, "credProtect"));
  if (!level) return std::optional<std::uint8_t>();
  // The specification is silent about other levels; they are as invalid as an option's value.
  if (*level < cred_protect::kOptional || *level > cred_protect::kRequired) {
    return Err(Status::kInvalidOption);
  }
  return std::optional(static_cast<std::uint8_t>(*level));
}

}  // namespace keyrig::authenticator
