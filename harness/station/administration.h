#pragma once

#include <string>

#include "harness/station/graph_client.h"

namespace keyrig::station {

/// Reads the security key method's configuration, changes what `step` names, saves it and reads it
/// again. An error if the service says that it saved but shows something else.
Walk<Outcome> SaveFido2Configuration(GraphClient& graph, const EnableSecurityKeys& step);

/// Issues a Temporary Access Pass that may be used more than once.
Walk<std::string> IssueTemporaryAccessPass(GraphClient& graph,
                                           const std::string& user_principal_name);

/// Deletes every security key of the user.
Walk<Outcome> DeleteFido2Methods(GraphClient& graph, const std::string& user_principal_name);

}  // namespace keyrig::station
