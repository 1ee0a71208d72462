#pragma once

#include <string_view>

#include "harness/base/ids.h"
#include "harness/scenario/scenario.h"
#include "virtual-key/authenticator/config.h"

namespace keyrig::app {

/// The model that virtual keys have where a scenario names none.
Aaguid DefaultModel();
authenticator::Attestation ConfiguredAttestation(const scenario::KeyProfile& profile);
/// "packed", "self", "none", "fido-u2f", …
std::string_view Name(authenticator::Attestation attestation);

}  // namespace keyrig::app
