#pragma once

#include <string>

#include "harness/station/browser.h"
#include "harness/station/ceremony.h"
#include "harness/station/sign_in_walk.h"
#include "harness/station/single_page_app.h"
#include "harness/station/station.h"

namespace keyrig::station {

/// A user's way to the page that adds a key: My Profile, sign-in with the pass, "Update info", "Add
/// sign-in method". not_offered where the page has no "Security key".
Walk<SinglePageApp> ChooseSecurityKeyAtSecurityInfo(Browser& browser, SignInWalk& walk, Rng& rng,
                                                    const std::string& user_name,
                                                    const std::string& pass);

/// From there to a registered key: "Security key", the ceremony on the WebAuthn origin, the key's
/// name.
Walk<Outcome> AddSecurityKey(Browser& browser, SinglePageApp& app, Ceremonies& ceremonies, Rng& rng,
                             const RegisterKey& step);

}  // namespace keyrig::station
