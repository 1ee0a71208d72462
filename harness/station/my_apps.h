#pragma once

#include "harness/base/rng.h"
#include "harness/station/browser.h"
#include "harness/station/sign_in_walk.h"
#include "harness/station/station.h"

namespace keyrig::station {

/// A user signs in with the security key at a portal, whose page then holds tokens that say so.
Walk<Outcome> SignInAtMyApps(Browser& browser, SignInWalk& walk, Rng& rng, const SignIn& step);

}  // namespace keyrig::station
