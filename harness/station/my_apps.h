#pragma once

#include "harness/station/browser.h"
#include "harness/station/sign_in_walk.h"
#include "harness/station/station.h"

namespace keyrig::station {

/// A user signs in with the security key at a portal and sees it.
Walk<Outcome> SignInAtMyApps(Browser& browser, SignInWalk& walk, const SignIn& step);

}  // namespace keyrig::station
