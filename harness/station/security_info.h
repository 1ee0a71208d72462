#pragma once

#include <string>

#include "harness/station/browser.h"
#include "harness/station/ceremony.h"
#include "harness/station/sign_in_walk.h"
#include "harness/station/station.h"

namespace keyrig::station {

/// A user's way to a registered key: My Profile, sign-in with the pass, "Update info", "Add sign-in
/// method", the ceremony on the WebAuthn origin, the key's name.
Walk<Outcome> RegisterAtSecurityInfo(Browser& browser, SignInWalk& walk, Ceremonies& ceremonies,
                                     Rng& rng, const RegisterKey& step, const std::string& pass);

}  // namespace keyrig::station
