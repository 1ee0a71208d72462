#pragma once

#include <string>
#include <string_view>

namespace keyrig::reports {

/// For text inside XML and HTML elements and double-quoted attributes. Control characters that XML
/// 1.0 does not have are shown as their pictures (U+2400…), bytes that are no UTF-8 as U+FFFD.
std::string EscapeMarkup(std::string_view text);

}  // namespace keyrig::reports
