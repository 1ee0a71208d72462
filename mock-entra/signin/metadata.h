#pragma once

#include <string>
#include <string_view>

#include "mock-entra/directory/directory.h"

namespace keyrig::signin {

/// OpenID Connect discovery (facts C7) for the tenant as the client named it; "common" keeps the
/// literal {tenantid} in its issuer.
std::string Discovery(const directory::Tenant& tenant, std::string_view name, bool v1);

/// Instance discovery: the sign-in service's hosts are one authority under several names.
std::string InstanceDiscovery(const directory::Tenant& tenant);

}  // namespace keyrig::signin
