#pragma once

#include <vector>

#include "harness/base/bytes.h"
#include "harness/base/event.h"

namespace keyrig::device {

/// One CTAP command and its answer in words, as the fields of a ctap.transaction event: `command`,
/// `request`, `status`, `response`, `authenticator_data` where the answer holds one. A secret
/// member is left out of its map and stands in a field of its own, marked.
std::vector<EventField> DescribeTransaction(ByteView request, ByteView response);

/// The same for a command that ended in CTAPHID_ERROR.
std::vector<EventField> DescribeHidError(ByteView request, ByteView error);

}  // namespace keyrig::device
