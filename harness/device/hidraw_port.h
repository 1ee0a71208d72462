#pragma once

#include <memory>
#include <string>

#include "harness/base/hid.h"
#include "harness/base/result.h"

namespace keyrig::device {

/// Opens a hidraw node of a FIDO device and locks it against other clients as libfido2 does (flock;
/// waits for its holder up to 21 s). An error names the node and says what to do: it is missing,
/// may not be opened, is no FIDO device, is in use.
Result<std::unique_ptr<HidPort>, Error> OpenHidraw(const std::string& path);

}  // namespace keyrig::device
