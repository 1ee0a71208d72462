#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string_view>

#include "harness/base/control.h"
#include "harness/base/event.h"

/// The control socket's JSON, both ways.
namespace keyrig::control {

/// {"source", "ordinal", "kind", "fields": [{"name", "value", "secret"?}], "beside"?: likewise,
/// "at_us", "took_us"?}
nlohmann::json ToJson(const Event& event);
Result<Event, Error> EventFrom(const nlohmann::json& json);

/// {"plugged", "awaiting_touch", "awaiting_finger", "awaiting_since_us"?, "pin_set", "pin_retries",
/// "uv_retries", "fingers": [names], "discoverable_credentials", "aaguid", "device_node",
/// "gesture"}
nlohmann::json ToJson(const KeyStateReport& state);
Result<KeyStateReport, Error> StateFrom(const nlohmann::json& json);

}  // namespace keyrig::control
