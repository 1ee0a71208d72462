#include "virtual-key/authenticator/get_info_parts.h"

namespace keyrig::authenticator {

void AddCredentialInfo(const State& state, Info& info) {
  info.extensions.emplace_back("credProtect");
  if (state.config.has_hmac_secret) info.extensions.emplace_back("hmac-secret");
  info.options.emplace_back("rk", state.config.has_resident_keys);
  if (state.HasCredentialManagement()) info.options.emplace_back("credMgmt", true);
  if (state.config.has_resident_keys) {
    info.members.emplace_back(0x14, state.RemainingDiscoverable());
  }
}

}  // namespace keyrig::authenticator
