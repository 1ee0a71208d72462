#pragma once

#include <string_view>

#include "harness/base/result.h"
#include "mock-entra/directory/service.h"
#include "mock-entra/signin/aadsts.h"
#include "mock-entra/signin/flow.h"

namespace keyrig::signin {

/// Whom an assertion proved, and with which key.
struct ProvedKey {
  directory::User* user = nullptr;
  directory::Fido2Method* method = nullptr;
};

/// Verifies the `assertion` field of a type 23 form against the flow's challenges and the user's
/// keys, and then asks policy. On success the key's record is brought up to date. A challenge
/// serves once, whatever comes of it.
Result<ProvedKey, Refusal> CheckAssertion(directory::Service& service, Flow& flow,
                                          std::string_view assertion);

}  // namespace keyrig::signin
