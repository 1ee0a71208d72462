#include "harness/base/ids.h"

#include <algorithm>

namespace keyrig {

std::string Aaguid::Text() const {
  std::string text = ToHex(bytes);
  for (const std::size_t dash : {8U, 13U, 18U, 23U}) text.insert(dash, 1, '-');
  return text;
}

Result<Aaguid, Error> Aaguid::Parse(std::string_view text) {
  const auto fail = [&] {
    return Fail("\"" + std::string(text) +
                "\" is not an AAGUID; expected the form 2fc0579f-8113-47ea-b116-bb5a8db9202a");
  };
  if (text.size() != 36) return fail();
  std::string hex;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (dash != (text[i] == '-')) return fail();
    if (!dash) hex += text[i];
  }
  const auto decoded = FromHex(hex);
  if (!decoded) return fail();
  Aaguid aaguid;
  std::ranges::copy(*decoded, aaguid.bytes.begin());
  return aaguid;
}

}  // namespace keyrig
