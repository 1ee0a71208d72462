#pragma once

#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "harness/scenario/scenario.h"
#include "virtual-key/authenticator/config.h"

namespace keyrig::app {

/// The profile of the virtual key that a scenario wants: "pin_key" where it names none.
std::string ModelOf(const scenario::KeyProfile& profile);
/// That profile, with what the scenario wants otherwise. An error names a profile that there is
/// not.
Result<authenticator::AuthenticatorConfig, Error> ConfigOf(const scenario::KeyProfile& profile);
/// Whether it attests with certificates that chain to a root of the key.
bool HasAttestationRoot(authenticator::Attestation attestation);
/// "packed", "self" or "none".
std::string_view Name(scenario::KeyProfile::Attestation attestation);

}  // namespace keyrig::app
