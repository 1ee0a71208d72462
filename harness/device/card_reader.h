#pragma once

#include <memory>
#include <string>
#include <vector>

#include "harness/base/result.h"
#include "harness/device/apdu_port.h"

namespace keyrig::device {

/// A reader that PC/SC knows.
struct CardReader {
  std::string name;  // "Virtual PCD 00 00"
  bool has_card = false;
};

/// The readers of this machine. An error says that pcscd does not answer, and what to do.
Result<std::vector<CardReader>, Error> ListCardReaders();

/// Connects to the card in a reader, for this client alone (waits for another one up to 5 s). An
/// error names the reader and says what to do: there is none of that name, it is empty or in use.
Result<std::unique_ptr<ApduPort>, Error> OpenCard(const std::string& reader);

}  // namespace keyrig::device
