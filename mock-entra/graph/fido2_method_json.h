#pragma once

#include <nlohmann/json_fwd.hpp>

#include "mock-entra/directory/directory.h"

namespace keyrig::graph {

/// The fido2AuthenticationMethod of facts B1, with its "@odata.type".
nlohmann::ordered_json Fido2MethodJson(const directory::Fido2Method& method);

}  // namespace keyrig::graph
