#pragma once

#include <optional>

#include "harness/base/bytes.h"

namespace keyrig::device {

/// A client's end of a card in a reader.
class ApduPort {
 public:
  virtual ~ApduPort() = default;
  /// The response to a command APDU; nothing once the card or its reader is gone.
  virtual std::optional<Bytes> Transmit(ByteView apdu) = 0;
};

}  // namespace keyrig::device
