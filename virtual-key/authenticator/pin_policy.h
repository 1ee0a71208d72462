#pragma once

#include <string_view>

namespace keyrig::authenticator {

/// What a PIN complexity policy refuses (CTAP 2.3 §6.4, pinComplexityPolicy): one character or one
/// group of them over and over ("1111", "121212"), and runs up or down ("1234", "dcba"). `pin` is
/// UTF-8.
bool IsSimplePin(std::string_view pin);

}  // namespace keyrig::authenticator
