#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace keyrig::strict_json {

/// The candidates that `text` may have been meant to be, best first: few typing errors apart, or
/// holding it. At most three.
std::vector<std::string> Nearest(std::string_view text, std::span<const std::string> candidates);

/// "did you mean \"touch\"?" or nothing; then "allowed: touch, decline, never".
std::string Suggestion(std::string_view text, std::span<const std::string> candidates);

}  // namespace keyrig::strict_json
