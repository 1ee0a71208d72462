#pragma once

#include <nlohmann/json_fwd.hpp>

#include "harness/base/event.h"

namespace keyrig::reports {

/// One event as a line of the report, with what can be unfolded under it:
/// {lane, label, title, note, bad, took, source, details: [{name, value, secret}]}.
nlohmann::ordered_json EventView(const Event& event);

/// A body as a person reads it: JSON indented, a form one parameter a line, else as it is.
std::string ReadableBody(std::string_view body, std::string_view headers);

}  // namespace keyrig::reports
