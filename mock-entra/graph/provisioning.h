#pragma once

#include "mock-entra/graph/call.h"

namespace keyrig::graph {

/// Whether the caller may register a key for `user`: 405 for oneself, 403 without the permission or
/// role, 400 where policy does not let the user register one.
GraphResult<void> MayProvision(const Call& call, const directory::User& user);

}  // namespace keyrig::graph
