#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "virtual-key/authenticator/config.h"

namespace keyrig::authenticator {

/// "FIDO_2_1", … as getInfo has it.
std::string_view Name(Version version);

/// What a key of this description lacks of what the version obliges to (CTAP 2.3 §9), in words;
/// nothing where it may call itself that.
std::optional<std::string> UnmetObligation(const AuthenticatorConfig& config, Version version);

}  // namespace keyrig::authenticator
