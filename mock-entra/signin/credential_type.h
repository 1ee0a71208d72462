#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>
#include <string_view>

#include "mock-entra/directory/service.h"
#include "mock-entra/signin/flow.h"

namespace keyrig::signin {

/// Whether the sign-in page may offer the security key: to someone not known yet, always; to a
/// user, where policy lets them use the method.
bool OffersSecurityKey(const directory::Tenant& tenant, const directory::User* user);

/// The standard base64 ids of the user's keys, as a page's AllowList has them.
std::vector<std::string> AllowList(const directory::User& user);

/// The answer of GetCredentialType for a user name: how this user can sign in. `flow` may be null;
/// with one, FidoParams carries a challenge of it.
nlohmann::ordered_json CredentialType(directory::Service& service, Flows& flows, Flow* flow,
                                      std::string_view user_name, bool is_fido_supported);

}  // namespace keyrig::signin
