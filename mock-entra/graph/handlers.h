#pragma once

#include "mock-entra/graph/call.h"

/// The operations of Microsoft Graph that this service has; graph_api.cc routes to them.
namespace keyrig::graph {

using Handler = GraphResult<http::Response> (*)(const Call&);

// policies.cc (facts A1 to A4)
GraphResult<http::Response> GetPolicy(const Call& call);
GraphResult<http::Response> GetConfiguration(const Call& call);
GraphResult<http::Response> PatchConfiguration(const Call& call);
GraphResult<http::Response> DeleteConfiguration(const Call& call);

// directory_objects.cc (facts F4)
GraphResult<http::Response> ListUsers(const Call& call);
GraphResult<http::Response> GetUser(const Call& call);
GraphResult<http::Response> ListMemberOf(const Call& call);
GraphResult<http::Response> ListGroups(const Call& call);
GraphResult<http::Response> GetGroup(const Call& call);
GraphResult<http::Response> ListMembers(const Call& call);

// methods.cc (facts B1)
GraphResult<http::Response> ListMethods(const Call& call);
GraphResult<http::Response> ListPasswordMethods(const Call& call);
GraphResult<http::Response> GetPasswordMethod(const Call& call);
GraphResult<http::Response> ListFido2Methods(const Call& call);
GraphResult<http::Response> GetFido2Method(const Call& call);
GraphResult<http::Response> DeleteFido2Method(const Call& call);

// passes.cc (facts B4)
GraphResult<http::Response> ListPasses(const Call& call);
GraphResult<http::Response> GetPass(const Call& call);
GraphResult<http::Response> CreatePass(const Call& call);
GraphResult<http::Response> DeletePass(const Call& call);

// creation_options.cc (facts B2) and provisioning.cc (facts B3)
GraphResult<http::Response> CreationOptions(const Call& call);
GraphResult<http::Response> CreateFido2Method(const Call& call);

}  // namespace keyrig::graph
