#pragma once

#include <chrono>
#include <string>

#include "harness/base/bytes.h"
#include "harness/base/result.h"

namespace keyrig::transport {

/// Waits until pcscd knows a reader with the card of this ATR in it: "Virtual PCD 00 00". An error
/// says what is missing and what to do.
Result<std::string, Error> AwaitReader(ByteView atr, std::chrono::milliseconds timeout);

/// Waits until pcscd has noticed that the reader is empty: else a card that comes soon after is
/// taken for the one before. Gives up silently, for a pcscd that has gone notices nothing.
void AwaitEmpty(const std::string& reader, std::chrono::milliseconds timeout);

}  // namespace keyrig::transport
