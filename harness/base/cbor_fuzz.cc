// Any bytes as CBOR: what decodes encodes to the same bytes, alone and as the front of more.
#include "harness/base/cbor.h"

#include <cstdlib>

using namespace keyrig;  // NOLINT(google-build-using-namespace)

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const ByteView input(data, size);
  const auto prefix = cbor::DecodePrefix(input);
  const auto value = cbor::Decode(input);
  if (prefix) {
    if (prefix->size > size || !Equal(cbor::Encode(prefix->value), input.first(prefix->size))) {
      std::abort();
    }
    if (cbor::Diagnose(prefix->value).empty()) std::abort();
    if (value.has_value() != (prefix->size == size)) std::abort();
    if (value && *value != prefix->value) std::abort();
  } else if (value) {
    std::abort();
  }
  return 0;
}
