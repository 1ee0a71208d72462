#include "reports/markup.h"

#include "harness/base/bytes.h"

namespace keyrig::reports {
namespace {

/// The bytes of the UTF-8 sequence that `text` begins with; 0 where it is none.
std::size_t SequenceLength(std::string_view text) {
  for (std::size_t length = 1; length <= 4 && length <= text.size(); ++length) {
    if (IsUtf8(ViewOf(text.substr(0, length)))) return length;
  }
  return 0;
}

}  // namespace

std::string EscapeMarkup(std::string_view text) {
  std::string escaped;
  escaped.reserve(text.size() + text.size() / 8);
  for (std::size_t at = 0; at < text.size();) {
    const char c = text[at];
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x80) {
      const std::size_t length = SequenceLength(text.substr(at));
      if (length == 0) {
        escaped += "\xEF\xBF\xBD";
        ++at;
      } else {
        escaped += text.substr(at, length);
        at += length;
      }
      continue;
    }
    ++at;
    switch (c) {
      case '&':
        escaped += "&amp;";
        break;
      case '<':
        escaped += "&lt;";
        break;
      case '>':
        escaped += "&gt;";
        break;
      case '"':
        escaped += "&quot;";
        break;
      case '\n':
      case '\t':
        escaped += c;
        break;
      case '\r':
        break;
      default:
        if (byte < 0x20) {
          escaped += "\xE2\x90";
          escaped += static_cast<char>(0x80 + byte);
        } else {
          escaped += c;
        }
    }
  }
  return escaped;
}

}  // namespace keyrig::reports
