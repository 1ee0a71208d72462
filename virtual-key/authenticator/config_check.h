#pragma once

#include <optional>
#include <string>

#include "virtual-key/authenticator/config.h"

namespace keyrig::authenticator {

/// Says in words where a description contradicts itself or names what no key can be, and what
/// would be right; nothing where it describes a key.
std::optional<std::string> FindContradiction(const AuthenticatorConfig& config);

}  // namespace keyrig::authenticator
