#pragma once

#include "harness/base/bytes.h"

namespace keyrig {

/// Bytes written in hexadecimal, as published vectors are. For tests: wrong digits throw.
inline Bytes Hex(std::string_view hex) { return FromHex(hex).value(); }

}  // namespace keyrig
