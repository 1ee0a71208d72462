#include "virtual-key/authenticator/extension.h"
#include "virtual-key/authenticator/get_info_parts.h"
#include "virtual-key/authenticator/persistent_token.h"

namespace keyrig::authenticator {

void AddCredentialInfo(const State& state, Info& info) {
  const AuthenticatorConfig& config = state.config;
  for (const char* name : OfferedExtensions(state)) info.extensions.emplace_back(name);
  info.options.emplace_back("rk", config.has_resident_keys);
  if (config.has_resident_keys) {
    info.members.emplace_back(0x14, state.RemainingDiscoverable());
  }
  if (state.HasCredentialManagement()) info.options.emplace_back("credMgmt", true);
  if (state.HasCredentialManagementPreview()) {
    info.options.emplace_back("credentialMgmtPreview", true);
  }
  if (config.max_large_blob_array) {
    info.options.emplace_back("largeBlobs", true);
    info.members.emplace_back(0x0B, *config.max_large_blob_array);
  }
  if (config.max_cred_blob) info.members.emplace_back(0x0F, *config.max_cred_blob);
  if (state.HasPersistentToken()) {
    info.options.emplace_back("perCredMgmtRO", true);
    info.members.emplace_back(
        0x19, EncryptForTokenHolder(state, "encIdentifier", state.device.identifier));
    info.members.emplace_back(
        0x1E, EncryptForTokenHolder(state, "encCredStoreState", state.device.store_state));
  }
}

}  // namespace keyrig::authenticator
