#include "virtual-key/authenticator/get_info_parts.h"

namespace keyrig::authenticator {

void AddUserVerificationInfo(const State& state, Info& info) {
  if (!state.HasClientPin()) return;
  info.options.emplace_back("clientPin", state.IsProtected());
  info.options.emplace_back("pinUvAuthToken", true);
  info.options.emplace_back("makeCredUvNotRqd", true);
  info.members.emplace_back(0x0D, state.config.pin.min_length);
}

}  // namespace keyrig::authenticator
