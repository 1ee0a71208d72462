#include "virtual-key/authenticator/cred_protect.h"

#include "virtual-key/authenticator/request.h"

namespace keyrig::authenticator {

Outcome<std::optional<std::uint64_t>> DecodeCredProtect(const cbor::Value& extensions) {
  auto level = Optional<std::uint64_t>(extensions, "credProtect");
  if (!level || !*level) return level;
  // The specification is silent about other levels; they are as invalid as an option's value.
  if (**level < cred_protect::kOptional || **level > cred_protect::kRequired) {
    return Err(Status::kInvalidOption);
  }
  return level;
}

}  // namespace keyrig::authenticator
