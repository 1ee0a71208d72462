#include <cstdlib>

#include "harness/base/bytes.h"
#include "mock-entra/http/message.h"

// Whatever a form holds, parsing ends, and encoding what was parsed and parsing it again gives the
// same pairs.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using keyrig::http::Parameters;
  using keyrig::http::UrlEncode;
  const Parameters first = Parameters::Parse(keyrig::AsText({data, size}));
  std::string encoded;
  for (const auto& [name, value] : first.All()) {
    encoded += UrlEncode(name) + "=" + UrlEncode(value) + "&";
  }
  if (Parameters::Parse(encoded).All() != first.All()) std::abort();
  return 0;
}
