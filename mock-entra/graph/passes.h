#pragma once

#include <nlohmann/json_fwd.hpp>

#include "mock-entra/directory/directory.h"

namespace keyrig::graph {

/// A temporaryAccessPassAuthenticationMethod (facts B4). The pass itself is shown only where it is
/// made; here it is null.
nlohmann::ordered_json PassJson(const directory::TemporaryAccessPass& pass, Instant now);

}  // namespace keyrig::graph
