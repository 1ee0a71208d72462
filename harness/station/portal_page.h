#pragma once

#include <string>

#include "harness/station/browser.h"
#include "harness/station/stop.h"

namespace keyrig::station {

/// Whether a portal's page shows this user as signed in. Where it says instead why not, that is its
/// AADSTS code.
Walk<void> CheckSignedIn(const Page& page, const std::string& user_name);

/// The same, and that the id token's claims, which the page shows, say that a security key did it.
Walk<void> CheckSignedInWithSecurityKey(const Page& page, const std::string& user_name);

}  // namespace keyrig::station
