#pragma once

#include <cstdint>
#include <vector>

#include "virtual-key/authenticator/state.h"

namespace keyrig::authenticator {

/// Subcommands of authenticatorConfig (CTAP 2.3 §6.11).
enum class ConfigSubCommand : std::uint64_t {
  kEnableEnterpriseAttestation = 0x01,
  kToggleAlwaysUv = 0x02,
  kSetMinPinLength = 0x03,
  kEnableLongTouchForReset = 0x04,
};

/// Those that the key has, ascending (getInfo member 0x1F).
std::vector<ConfigSubCommand> ConfigSubCommandsOf(const State& state);

}  // namespace keyrig::authenticator
