#pragma once

#include <string>
#include <string_view>

#include "harness/base/result.h"
#include "mock-entra/policy/fido2_policy.h"

namespace keyrig::policy {

/// The fido2 configuration in what a tenant exports: a GET of
/// policies/authenticationMethodsPolicy, of its authenticationMethodConfigurations, or of the one
/// configuration. An error says what is wrong, by JSON path.
Result<Fido2Configuration, Error> ReadExport(std::string_view text);

}  // namespace keyrig::policy
