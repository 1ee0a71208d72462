#pragma once

#include "harness/station/browser.h"
#include "harness/station/ceremony.h"

namespace keyrig::station {

/// What a person does at the ceremony's page, and how the key is connected ("usb", "nfc").
struct CreationAnswer {
  Presence presence;
  std::string transport;
};

/// Plays the script of the page that makes a credential: asks the key as its $Config says, posts
/// what came of it with the page's form. Where the key refused, the page is told as by a browser,
/// and `refusal` holds what the key said.
struct CreationResult {
  Page next;
  std::optional<Outcome> refusal;
};
Walk<CreationResult> AnswerCreationPage(Browser& browser, Ceremonies& ceremonies, const Page& page,
                                        const CreationAnswer& answer);

}  // namespace keyrig::station
